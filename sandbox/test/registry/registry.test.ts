import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'fs';
import { tmpdir } from 'os';
import * as path from 'path';
import { RecordFile } from '../../src/registry/record-file';
import { Registry } from '../../src/registry/registry';

const ENVIRONMENT = { partition: 'aws', region: 'eu-west-1', account: '111122223333' };
const CERTIFICATE = { certificateId: 'a'.repeat(64), certificatePem: 'pem' };
const DOCUMENT = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: 'iot:Connect', Resource: '*' }] };

let folder: string;
beforeEach(() => { folder = mkdtempSync(path.join(tmpdir(), 'registry-')); });
afterEach(() => rmSync(folder, { recursive: true }));
const file = () => path.join(folder, 'registry.jsonl');
/** Without a close before, as after a kill. */
const opened = () => new Registry(ENVIRONMENT, { file: RecordFile.open(file()) });

function filled(registry = opened()): Registry {
  registry.classes.createType('Press', { thingTypeDescription: 'presses' });
  registry.classes.createGroup('plant');
  registry.classes.createGroup('hall', 'plant');
  registry.classes.createBillingGroup('maintenance');
  registry.policies.create('Things', DOCUMENT);
  registry.createThing('press-07', { thingTypeName: 'Press', billingGroupName: 'maintenance', attributes: { made: 'here' } });
  registry.addThingToGroup('press-07', 'hall');
  const { arn } = registry.addCertificate(CERTIFICATE, 'PENDING_ACTIVATION');
  registry.attachPolicy('Things', arn);
  registry.attachThingPrincipal('press-07', arn, 'EXCLUSIVE_THING');
  registry.updateCertificate(CERTIFICATE.certificateId, 'ACTIVE');
  return registry;
}

describe('after a kill', () => {
  test('all is there that was acknowledged', () => {
    const before = filled();
    const after = opened();
    expect(after.thing('press-07')).toEqual(before.thing('press-07'));
    expect(after.certificate(CERTIFICATE.certificateId)).toMatchObject({ ...CERTIFICATE, status: 'ACTIVE' });
    const principal = after.principal(CERTIFICATE.certificateId, 'another name')!;
    expect(principal).toMatchObject({ exclusive: true, thing: { thingName: 'press-07' } });
    expect(principal.policies.statements).toHaveLength(1);
    expect(after.groupsOf('press-07')).toEqual(['hall']);
    expect(after.classes.withAncestors('hall').map(({ name }) => name)).toEqual(['hall', 'plant']);
  });

  test('what was taken away stays away', () => {
    const before = filled();
    const { arn } = before.certificate(CERTIFICATE.certificateId);
    before.detachThingPrincipal('press-07', arn);
    before.deleteThing('press-07');
    before.detachPolicy('Things', arn);
    const after = opened();
    expect(after.findThing('press-07')).toBeUndefined();
    expect(after.thingsOf(arn)).toEqual([]);
    expect(after.policiesOf(arn)).toEqual([]);
    expect(after.thingsIn('hall')).toEqual([]);
  });

  test('a line that was torn is dropped, and what follows is kept', () => {
    filled();
    appendFileSync(file(), '{"kind":"thing","key":"press-08","val');
    const after = opened();
    expect(after.allThings()).toHaveLength(1);
    after.createThing('press-09');
    expect(opened().allThings().map(({ thingName }) => thingName)).toEqual(['press-07', 'press-09']);
  });

  test('a file that somebody broke is named with its line', () => {
    filled();
    appendFileSync(file(), 'no json\n{"kind":"thing","key":"a"}\n');
    expect(opened).toThrow(/registry\.jsonl: line 1\d cannot be read/);
  });

  test('a file that is mostly history is written anew', () => {
    const registry = opened();
    registry.createThing('press-07');
    for (let change = 0; change < 20; change++) registry.updateThing('press-07', { attributes: { change: String(change) } });
    opened();
    expect(readFileSync(file(), 'utf8').split('\n')).toHaveLength(2);
    expect(opened().thing('press-07').attributes).toEqual({ change: '19' });
  });
});

describe('policies', () => {
  test('the default version counts, for principals that are asked for afterwards', () => {
    const registry = filled();
    const statements = () => registry.principal(CERTIFICATE.certificateId, 'press-07')!.policies.statements.length;
    registry.policies.createVersion('Things', { ...DOCUMENT, Statement: [] }, false);
    expect(statements()).toBe(1);
    registry.policies.setDefault('Things', '2');
    expect(statements()).toBe(0);
    expect(() => registry.policies.deleteVersion('Things', '2')).toThrow(/default version/);
    registry.policies.deleteVersion('Things', '1');
    expect(registry.policies.createVersion('Things', DOCUMENT, true).id).toBe('3');
  });

  test('a policy has at most five versions', () => {
    const { policies } = filled();
    for (let version = 2; version <= 5; version++) policies.createVersion('Things', DOCUMENT, false);
    expect(() => policies.createVersion('Things', DOCUMENT, false)).toThrow(/maximum number of versions \(5\)/);
  });

  test.each<[string, string | object, RegExp]>([
    ['that is no JSON', '{', /not JSON/],
    ['with an unknown element', { Statement: [{ Effect: 'Allow', Action: '*', Resource: '*', Principal: '*' }] }, /Principal/],
    ['over 2,048 characters', { Statement: [{ Effect: 'Allow', Action: '*', Resource: 'x'.repeat(2048) }] }, /2048 are allowed/],
  ])('fails for a document %s', (_name, document, message) => {
    expect(() => opened().policies.create('Bad', document)).toThrow(message);
  });

  test('policies of groups above the own one count, too', () => {
    const registry = filled();
    registry.policies.create('Plant', DOCUMENT);
    registry.attachPolicy('Plant', registry.classes.group('plant').arn);
    expect(registry.principal(CERTIFICATE.certificateId, 'press-07')!.policies.statements.map(({ policy }) => policy)).toEqual(['Plant', 'Things']);
  });
});

describe('things', () => {
  test('creating what is there with the same settings succeeds, with others it fails', () => {
    const registry = filled();
    const same = { thingTypeName: 'Press', billingGroupName: 'maintenance', attributes: { made: 'here' } };
    expect(registry.createThing('press-07', same).version).toBe(1);
    expect(() => registry.createThing('press-07')).toThrow(expect.objectContaining({ name: 'ResourceAlreadyExistsException' }));
  });

  test('a version that is not the current one is refused', () => {
    const registry = filled();
    registry.updateThing('press-07', { attributes: {} }, 1);
    expect(() => registry.updateThing('press-07', { attributes: {} }, 1)).toThrow(expect.objectContaining({ name: 'VersionConflictException' }));
  });

  test('a type is deleted only when it is deprecated and no thing is of it', () => {
    const registry = filled();
    expect(() => registry.deleteThingType('Press')).toThrow(/press-07 is of it/);
    registry.updateThing('press-07', { thingTypeName: undefined });
    expect(() => registry.deleteThingType('Press')).toThrow(/deprecated/);
    registry.classes.deprecateType('Press', true);
    expect(() => registry.createThing('press-08', { thingTypeName: 'Press' })).toThrow(/deprecated/);
    registry.deleteThingType('Press');
    expect(registry.classes.allTypes()).toEqual([]);
  });
});
