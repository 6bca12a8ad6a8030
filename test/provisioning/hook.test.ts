import { createServer, RequestListener, Server } from 'http';
import { AddressInfo } from 'net';
import { CreateTableCommand, DeleteItemCommand, DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { HookAnswer, HookEvent } from '../../src/provisioning/hook-handler/core';
import { HOOK_ENV, HookSettings, readSettings } from '../../src/provisioning/hook-handler/env';
import { makeHandler, registry } from '../../src/provisioning/hook-handler/index';
import { LocalDynamoDb, startDynamoDb } from '../dynamodb/dynamodb-local';
import hookExamples from './fixtures/hooks.json';

const TABLE = 'Registry';
const SETTINGS: HookSettings = {
  tableName: TABLE,
  templateName: 'Fleet',
  serialNumberParameter: 'SerialNumber',
  thingNameParts: ['pump-', { Ref: 'SerialNumber' }],
  declaredParameters: ['SerialNumber', 'ThingName', 'Site', 'Firmware', 'DeviceLocation'],
  fixedParameters: ['ThingName'],
  attributeParameters: ['Firmware'],
  reprovisionWindowSeconds: 0,
};
/** A busy machine is no reason to fail; the deadline has a test of its own. */
const DEADLINE_MS = 30_000;
const NOW = new Date('2026-01-02T03:04:05.000Z');

let db: LocalDynamoDb;
beforeAll(async () => {
  db = await startDynamoDb();
  await db.client.send(new CreateTableCommand({
    TableName: TABLE,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: [{ AttributeName: 'SerialNumber', AttributeType: 'S' }],
    KeySchema: [{ AttributeName: 'SerialNumber', KeyType: 'HASH' }],
  }));
}, 120_000);
afterAll(async () => db.stop());

interface Asked { readonly answer: HookAnswer; readonly lines: Record<string, unknown>[]; readonly writes: number }

async function ask(event: Partial<HookEvent>, settings: Partial<HookSettings> = {}, now = NOW, meanwhile?: () => Promise<void>): Promise<Asked> {
  const lines: Record<string, unknown>[] = [];
  let writes = 0;
  const all = { ...SETTINGS, ...settings };
  const { read, claim } = registry(db.client, all);
  const hook = makeHandler({
    settings: all,
    read,
    claim: async (...args) => {
      writes++;
      await meanwhile?.();
      return claim(...args);
    },
    deadlineMs: DEADLINE_MS,
    now: () => now,
    log: line => lines.push(line),
  });
  const answer = await hook({
    claimCertificateId: 'claim1', certificateId: 'cert1', certificatePem: 'SECRET-PEM', clientId: 'claim-1', parameters: { SerialNumber: 'S1' }, ...event,
  });
  return { answer, lines, writes };
}

/** Asks, and lets `meanwhile` happen between each look and its write. */
async function askWhile(meanwhile: () => Promise<void>, settings: Partial<HookSettings> = {}): Promise<Asked> {
  return ask({}, settings, NOW, meanwhile);
}

function once(change: () => Promise<void>): () => Promise<void> {
  let done = false;
  return async () => {
    if (!done) await change();
    done = true;
  };
}

async function put(item: Record<string, string>, parameters?: Record<string, string>): Promise<void> {
  const strings = (map: Record<string, string>) => Object.fromEntries(Object.entries(map).map(([name, value]) => [name, { S: value }]));
  await db.client.send(new PutItemCommand({ TableName: TABLE, Item: { ...strings({ SerialNumber: 'S1', ...item }), ...(parameters ? { Parameters: { M: strings(parameters) } } : {}) } }));
}

async function stored(serialNumber = 'S1'): Promise<Record<string, unknown> | undefined> {
  const { Item } = await db.client.send(new GetItemCommand({ TableName: TABLE, Key: { SerialNumber: { S: serialNumber } }, ConsistentRead: true }));
  return Item && Object.fromEntries(Object.entries(Item).map(([name, value]) => [name, value.S ?? value.M ?? value.SS]));
}

beforeEach(async () => {
  await db.client.send(new DeleteItemCommand({ TableName: TABLE, Key: { SerialNumber: { S: 'S1' } } }));
});

describe('a device that may', () => {
  test('is let in, gets its name from the serial number, and is provisioned in the registry', async () => {
    await put({ Status: 'REGISTERED' });
    const { answer, writes } = await ask({});
    expect(answer).toEqual({ allowProvisioning: true, parameterOverrides: { ThingName: 'pump-S1' } });
    expect(writes).toBe(1);
    expect(await stored()).toEqual({
      SerialNumber: 'S1',
      Status: 'PROVISIONED',
      CertificateId: 'cert1',
      ClaimCertificateId: 'claim1',
      TemplateName: 'Fleet',
      ThingName: 'pump-S1',
      ProvisionedAt: NOW.toISOString(),
      UpdatedAt: NOW.toISOString(),
    });
  });

  test('gets what the registry fixes, whatever it asks for', async () => {
    await put({ Status: 'REGISTERED', ThingName: 'chosen' }, { Site: 'north', SerialNumber: 'S2' });
    const { answer } = await ask({ parameters: { SerialNumber: 'S1', ThingName: 'pump-S2', Site: 'south', Firmware: '1.2' } });
    expect(answer.parameterOverrides).toEqual({ ThingName: 'chosen', Site: 'north' });
  });

  test('is not refused for a value that the registry replaces', async () => {
    await put({ Status: 'REGISTERED' }, { Firmware: '1.2' });
    const { answer } = await ask({ parameters: { SerialNumber: 'S1', Firmware: 'has space' } });
    expect(answer).toEqual({ allowProvisioning: true, parameterOverrides: { ThingName: 'pump-S1', Firmware: '1.2' } });
  });

  test('gets only what the template declares; the log counts the rest and tells neither its names nor its values', async () => {
    await put({ Status: 'REGISTERED' }, { Site: 'north', Note: 'SPARE', constructor: 'SPARE' });
    const { answer, lines } = await ask({ parameters: { SerialNumber: 'S1', Other: 'sent' } });
    expect(answer).toEqual({ allowProvisioning: true, parameterOverrides: { ThingName: 'pump-S1', Site: 'north' } });
    expect(lines).toEqual([{
      decision: 'ALLOW', reason: 'FIRST_CLAIM', template: 'Fleet', serialNumber: 'S1', claimCertificateId: 'claim1', thingName: 'pump-S1', parametersLeftOut: 2,
    }]);
  });

  test('is named from a value of the registry that the template itself does not declare', async () => {
    await put({ Status: 'REGISTERED' }, { Line: 'l4' });
    const { answer } = await ask({}, { thingNameParts: [{ Ref: 'Line' }, '-', { Ref: 'SerialNumber' }] });
    expect(answer.parameterOverrides).toEqual({ ThingName: 'l4-S1' });
  });

  test('has no count in the log where nothing was left out, and the serial number is none of it', async () => {
    await put({ Status: 'REGISTERED' }, { Site: 'north', SerialNumber: 'S2' });
    const { lines } = await ask({});
    expect(lines[0]).not.toHaveProperty('parametersLeftOut');
  });

  test('may be of a template that takes no thing name: the one in the registry is left out', async () => {
    await put({ Status: 'REGISTERED', ThingName: 'chosen' }, { DeviceId: 'd-1' });
    const { answer, lines } = await ask({}, { declaredParameters: ['SerialNumber', 'DeviceId'], fixedParameters: ['DeviceId'], thingNameParts: undefined });
    expect(answer).toEqual({ allowProvisioning: true, parameterOverrides: { DeviceId: 'd-1' } });
    expect(lines[0]).toMatchObject({ parametersLeftOut: 1 });
  });

  test('is answered the same when it asks again with its certificate, without another write', async () => {
    await put({ Status: 'REGISTERED' });
    const first = await ask({});
    const again = await ask({}, {}, new Date(NOW.getTime() + 3_600_000));
    expect(again.answer).toEqual(first.answer);
    expect(again.writes).toBe(0);
    expect(again.lines).toEqual([expect.objectContaining({ decision: 'ALLOW', reason: 'SAME_CERTIFICATE' })]);
  });

  test('may come again with a new certificate within the window, which counts from the first time', async () => {
    const settings = { reprovisionWindowSeconds: 600 };
    await put({ Status: 'REGISTERED' });
    await ask({ certificateId: 'cert1' }, settings);
    const second = await ask({ certificateId: 'cert2' }, settings, new Date(NOW.getTime() + 599_000));
    expect(second.lines[0]).toMatchObject({ decision: 'ALLOW', reason: 'WITHIN_REPROVISION_WINDOW' });
    expect(await stored()).toMatchObject({ CertificateId: 'cert2', ProvisionedAt: NOW.toISOString() });
    const third = await ask({ certificateId: 'cert3' }, settings, new Date(NOW.getTime() + 600_000));
    expect(third.lines[0]).toMatchObject({ decision: 'DENY', reason: 'ALREADY_PROVISIONED' });
  });

  test('leaves a note of each certificate that it had before, since that still works', async () => {
    const settings = { reprovisionWindowSeconds: 600 };
    await put({ Status: 'REGISTERED' });
    for (const certificateId of ['cert1', 'cert2', 'cert3', 'cert3']) await ask({ certificateId }, settings);
    const item = (await stored())!;
    expect([item.CertificateId, [...item.RetiringCertificateIds as string[]].sort()]).toEqual(['cert3', ['cert1', 'cert2']]);
  });

  test('that an operator has registered again leaves a note of the certificate of its first life, unless it comes with that one', async () => {
    await put({ Status: 'REGISTERED', CertificateId: 'cert1' });
    await ask({ certificateId: 'cert1' });
    expect(await stored()).not.toHaveProperty('RetiringCertificateIds');
    await put({ Status: 'REGISTERED', CertificateId: 'cert1' });
    await ask({ certificateId: 'cert2' });
    expect(await stored()).toMatchObject({ CertificateId: 'cert2', RetiringCertificateIds: ['cert1'] });
  });

  test('may have a serial number of 128 characters', async () => {
    const serialNumber = 'x'.repeat(128);
    const { lines } = await ask({ parameters: { SerialNumber: serialNumber } });
    expect(lines[0]).toMatchObject({ decision: 'DENY', reason: 'NOT_REGISTERED', serialNumber });
  });

  test('is looked up as it is now, not as it was a moment ago', async () => {
    const asked: object[] = [];
    const client = { send: async ({ input }: { input: object }) => { asked.push(input); return {}; } };
    await registry(client as unknown as DynamoDBClient, SETTINGS).read('S1', AbortSignal.timeout(1_000));
    expect(asked).toEqual([{ TableName: TABLE, Key: { SerialNumber: { S: 'S1' } }, ConsistentRead: true }]);
  });

  test('may come again when an operator has registered it again', async () => {
    await put({ Status: 'REGISTERED', CertificateId: 'old', ProvisionedAt: '2020-01-01T00:00:00.000Z' });
    expect((await ask({})).answer.allowProvisioning).toBe(true);
    expect(await stored()).toMatchObject({ CertificateId: 'cert1', ProvisionedAt: NOW.toISOString() });
  });
});

describe('a device that an operator changes between the look and the write', () => {
  type Row = [Record<string, string>, Record<string, string>?];
  test.each<[string, Row, Row, Record<string, string>]>([
    ['gets the values that are there now', [{ Status: 'REGISTERED' }, { Site: 'old', Firmware: '1' }], [{ Status: 'REGISTERED' }, { Site: 'new', Firmware: '1' }],
      { ThingName: 'pump-S1', Site: 'new', Firmware: '1' }],
    ['gets no value that was taken away', [{ Status: 'REGISTERED' }, { Site: 'old' }], [{ Status: 'REGISTERED' }], { ThingName: 'pump-S1' }],
    ['gets a value that took the place of another', [{ Status: 'REGISTERED' }, { Site: 'old' }], [{ Status: 'REGISTERED' }, { Firmware: '1' }],
      { ThingName: 'pump-S1', Firmware: '1' }],
    ['gets a value that was added', [{ Status: 'REGISTERED' }], [{ Status: 'REGISTERED' }, { Site: 'new' }], { ThingName: 'pump-S1', Site: 'new' }],
    ['gets a value that was added beside another', [{ Status: 'REGISTERED' }, { Firmware: '1' }], [{ Status: 'REGISTERED' }, { Firmware: '1', Site: 'new' }],
      { ThingName: 'pump-S1', Firmware: '1', Site: 'new' }],
    ['gets a value that was added to an empty map', [{ Status: 'REGISTERED' }, {}], [{ Status: 'REGISTERED' }, { Site: 'new' }], { ThingName: 'pump-S1', Site: 'new' }],
    ['gets the name that is there now', [{ Status: 'REGISTERED', ThingName: 'old' }], [{ Status: 'REGISTERED', ThingName: 'new' }], { ThingName: 'new' }],
    ['gets the name that was added', [{ Status: 'REGISTERED' }], [{ Status: 'REGISTERED', ThingName: 'new' }], { ThingName: 'new' }],
    ['gets the name that the serial number makes once its own was taken away', [{ Status: 'REGISTERED', ThingName: 'old' }], [{ Status: 'REGISTERED' }], { ThingName: 'pump-S1' }],
  ])('%s', async (_what, before, after, overrides) => {
    await put(...before);
    const { answer, lines, writes } = await askWhile(once(() => put(...after)));
    expect(answer).toEqual({ allowProvisioning: true, parameterOverrides: overrides });
    expect(lines).toEqual([expect.objectContaining({ decision: 'ALLOW', reason: 'FIRST_CLAIM', thingName: overrides.ThingName })]);
    expect(writes).toBe(2);
    expect(await stored()).toMatchObject({ Status: 'PROVISIONED', CertificateId: 'cert1', ThingName: overrides.ThingName });
  });

  test('is denied once its window was moved into the past', async () => {
    await put({ Status: 'PROVISIONED', CertificateId: 'old', ProvisionedAt: NOW.toISOString() });
    const { lines } = await askWhile(once(() => put({ Status: 'PROVISIONED', CertificateId: 'old', ProvisionedAt: '2020-01-01T00:00:00.000Z' })), { reprovisionWindowSeconds: 60 });
    expect(lines).toEqual([expect.objectContaining({ decision: 'DENY', reason: 'ALREADY_PROVISIONED' })]);
  });

  test.each([
    ['an empty map of parameters', {}],
    ['100 parameters of any name', Object.fromEntries(Array.from({ length: 100 }, (_, at) => [`a.b-${at} "ä"`, 'x'.repeat(100)]))],
  ])('is let in at the first try where nothing changed, with %s', async (_what, parameters) => {
    await put({ Status: 'REGISTERED' }, parameters);
    expect(await ask({})).toMatchObject({ answer: { allowProvisioning: true }, writes: 1 });
  });
});

describe('a device that may not', () => {
  const parameters = { SerialNumber: 'S1' };
  test.each<[string, Record<string, string> | undefined, Partial<HookEvent>, Partial<HookSettings>]>([
    ['NO_SERIAL_NUMBER', { Status: 'REGISTERED' }, { parameters: {} }, {}],
    ['NO_SERIAL_NUMBER', { Status: 'REGISTERED' }, { parameters: undefined }, {}],
    ['NO_SERIAL_NUMBER', { Status: 'REGISTERED' }, { parameters: { SerialNumber: '' } }, {}],
    ['NO_SERIAL_NUMBER', { Status: 'REGISTERED' }, { parameters: { SerialNumber: 'x'.repeat(129) } }, {}],
    ['NO_SERIAL_NUMBER', { Status: 'REGISTERED' }, { parameters: { SerialNumber: 7 } }, {}],
    ['NO_CERTIFICATE', { Status: 'REGISTERED' }, { certificateId: undefined }, {}],
    ['NO_CERTIFICATE', { Status: 'REGISTERED' }, { certificateId: '' }, {}],
    ['NOT_REGISTERED', undefined, {}, {}],
    ['REVOKED', { Status: 'REVOKED', CertificateId: 'cert1' }, {}, {}],
    ['ALREADY_PROVISIONED', { Status: 'PROVISIONED', CertificateId: 'other', ProvisionedAt: NOW.toISOString() }, {}, {}],
    ['ALREADY_PROVISIONED', { Status: 'PROVISIONED', CertificateId: 'other' }, {}, { reprovisionWindowSeconds: 60 }],
    ['INVALID_PARAMETER', { Status: 'REGISTERED' }, { parameters: { ...parameters, Firmware: 'has space' } }, {}],
    ['INVALID_PARAMETER', { Status: 'REGISTERED' }, { parameters: { ...parameters, Firmware: 'x'.repeat(801) } }, {}],
    ['INVALID_PARAMETER', { Status: 'REGISTERED' }, { parameters: { ...parameters, Other: { nested: true } } }, {}],
    ['INVALID_THING_NAME', { Status: 'REGISTERED', ThingName: 'with space' }, {}, {}],
    ['PARAMETER_NOT_IN_REGISTRY', { Status: 'REGISTERED' }, { parameters: { ...parameters, Site: 'north' } }, { fixedParameters: ['Site'] }],
    ['PARAMETER_NOT_IN_REGISTRY', { Status: 'REGISTERED' }, { parameters: { ...parameters, Site: 'north' } }, { thingNameParts: [{ Ref: 'Site' }] }],
    ['PARAMETER_NOT_IN_REGISTRY', { Status: 'REGISTERED' }, { parameters: { ...parameters, ThingName: 'pump-S2' } }, { thingNameParts: undefined }],
    ['PARAMETER_NOT_IN_REGISTRY', { Status: 'REGISTERED' }, { parameters: { ...parameters, Site: 'north' } }, { fixedParameters: ['ThingName', 'Site'] }],
    ['PARAMETER_NOT_IN_REGISTRY', { Status: 'REGISTERED' }, {}, { fixedParameters: ['constructor'] }],
  ])('is denied as %s and leaves the registry as it was (%j, %j)', async (reason, item, event, settings) => {
    if (item) await put(item);
    const before = await stored();
    const { answer, lines, writes } = await ask(event, settings);
    expect(answer).toEqual({ allowProvisioning: false });
    expect(writes).toBe(0);
    expect(await stored()).toEqual(before);
    expect(lines).toEqual([expect.objectContaining({ decision: 'DENY', reason, template: 'Fleet' })]);
  });

  test('is denied when it is revoked between the look and the write', async () => {
    await put({ Status: 'REGISTERED' });
    const { lines } = await askWhile(() => put({ Status: 'REVOKED' }));
    expect(lines).toEqual([expect.objectContaining({ decision: 'DENY', reason: 'REVOKED' })]);
    expect(await stored()).toEqual({ SerialNumber: 'S1', Status: 'REVOKED' });
  });

  test('is denied when an operator changes it at each of three tries, and nothing is written', async () => {
    await put({ Status: 'REGISTERED' });
    let changes = 0;
    const { answer, lines } = await askWhile(() => put({ Status: 'REGISTERED' }, { Site: `site-${++changes}` }));
    expect(answer).toEqual({ allowProvisioning: false });
    expect(changes).toBe(3);
    expect(lines).toEqual([expect.objectContaining({ decision: 'DENY', reason: 'CHANGED_MEANWHILE' })]);
    expect(await stored()).toEqual({ SerialNumber: 'S1', Status: 'REGISTERED', Parameters: { Site: { S: 'site-3' } } });
  });

  test('is denied when another device wins between the look and the write, also where the window is open', async () => {
    await put({ Status: 'REGISTERED' });
    const { lines } = await askWhile(() => put({ Status: 'PROVISIONED', CertificateId: 'faster', ProvisionedAt: NOW.toISOString() }), { reprovisionWindowSeconds: 60 });
    expect(lines).toEqual([expect.objectContaining({ decision: 'DENY', reason: 'CLAIMED_MEANWHILE' })]);
    expect(await stored()).toMatchObject({ CertificateId: 'faster' });
  });

  test('is one line in the log, without the certificate and without what it sent', async () => {
    const { lines } = await ask({ parameters: { SerialNumber: 'S1', Firmware: 'PRIVATE' } });
    expect(lines).toHaveLength(1);
    expect(JSON.stringify(lines)).not.toMatch(/SECRET-PEM|PRIVATE/);
  });
});

describe('devices with one serial number', () => {
  const DEVICES = 20;

  test.each([
    ['a device that is new', 0, { Status: 'REGISTERED' }],
    ['a device that is new', 3_600, { Status: 'REGISTERED' }],
    ['a device that comes again', 3_600, { Status: 'PROVISIONED', CertificateId: 'cert', ProvisionedAt: NOW.toISOString(), ThingName: 'pump-S1' }],
  ])('of 20 that ask at once for %s, exactly one wins (window of %i seconds)', async (_what, reprovisionWindowSeconds, item) => {
    for (let round = 0; round < 3; round++) {
      await put(item);
      const ids = Array.from({ length: DEVICES }, (_, index) => `cert-${index}`);
      const answers = await atOnce(ids, { ...SETTINGS, reprovisionWindowSeconds });
      const winners = ids.filter((_, index) => answers[index].allowProvisioning);
      expect(winners).toHaveLength(1);
      expect(await stored()).toMatchObject({ Status: 'PROVISIONED', CertificateId: winners[0] });
    }
  });

  test('the same device asking 20 times at once is let in each time', async () => {
    await put({ Status: 'REGISTERED' });
    const answers = await atOnce(Array.from({ length: DEVICES }, () => 'cert-1'), SETTINGS);
    expect(answers.every(({ allowProvisioning }) => allowProvisioning)).toBe(true);
  });

  /** All read before any writes, which is the worst case. */
  async function atOnce(certificateIds: string[], settings: HookSettings): Promise<HookAnswer[]> {
    const { read, claim } = registry(db.client, settings);
    const firstReads: Promise<unknown>[] = [];
    return Promise.all(certificateIds.map(certificateId => {
      let first = true;
      const hook = makeHandler({
        settings,
        claim,
        now: () => NOW,
        deadlineMs: DEADLINE_MS,
        log: () => undefined,
        read: async (...args) => {
          const item = read(...args);
          if (first) firstReads.push(item);
          first = false;
          // Once its own answer is there, all have asked, and the list is complete.
          await item;
          await Promise.all(firstReads);
          return item;
        },
      });
      return hook({ certificateId, parameters: { SerialNumber: 'S1' } });
    }));
  }
});

describe('a registry that cannot be asked', () => {
  test('is an error, not a denial', async () => {
    const lines: Record<string, unknown>[] = [];
    const settings = { ...SETTINGS, tableName: 'Missing' };
    const hook = makeHandler({ settings, ...registry(db.client, settings), now: () => NOW, deadlineMs: DEADLINE_MS, log: line => lines.push(line) });
    await expect(hook({ certificateId: 'c', parameters: { SerialNumber: 'S1' } })).rejects.toThrow(expect.objectContaining({ name: 'ResourceNotFoundException' }));
    expect(lines).toEqual([expect.objectContaining({ decision: 'ERROR', reason: 'ResourceNotFoundException', serialNumber: 'S1' })]);
  });

  test.each<[string, Record<string, string>, Record<string, string>?]>([
    ['a status that does not exist', { Status: 'registered' }, {}],
    ['no status', {}, {}],
    ['a date that is none', { Status: 'PROVISIONED', CertificateId: 'other', ProvisionedAt: 'yesterday' }, {}],
    ['parameters that are no map', { Status: 'REGISTERED', Parameters: 'Site=north' }, undefined],
    ['101 parameters', { Status: 'REGISTERED' }, Object.fromEntries(Array.from({ length: 101 }, (_, at) => [`p${at}`, '']))],
    ['an attribute with a space', { Status: 'REGISTERED' }, { Firmware: 'has space' }],
  ])('is the same as an item with %s: somebody has to mend it', async (_what, item, parameters) => {
    await put(item, parameters);
    await expect(ask({}, { reprovisionWindowSeconds: 60 })).rejects.toThrow(expect.objectContaining({ name: 'RegistryItemInvalid' }));
  });

  const silent: RequestListener = () => undefined;
  const slowAndRefusing: RequestListener = (request, response) => setTimeout(() => {
    const reads = String(request.headers['x-amz-target']).endsWith('GetItem');
    response.writeHead(reads ? 200 : 400, { 'content-type': 'application/x-amz-json-1.0' });
    response.end(JSON.stringify(reads ? { Item: { SerialNumber: { S: 'c' }, Status: { S: 'REGISTERED' } } } : { __type: 'ConditionalCheckFailedException' }));
  }, 800);

  test.each([['says nothing', silent], ['takes long, again and again', slowAndRefusing]])(
    'because it %s is given up well before AWS IoT stops waiting, and the error is a line of JSON on its own', async (_what, listener) => {
      const server = await listen(createServer(listener));
      const env = { ...process.env };
      const lines: string[] = [];
      const write = jest.spyOn(process.stdout, 'write').mockImplementation(line => { lines.push(String(line)); return true; });
      try {
        Object.assign(process.env, {
          AWS_ENDPOINT_URL_DYNAMODB: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
          [HOOK_ENV.tableName]: TABLE,
          [HOOK_ENV.templateName]: 'Fleet',
          [HOOK_ENV.serialNumberParameter]: 'SerialNumber',
          [HOOK_ENV.declaredParameters]: '["SerialNumber","ThingName"]',
        });
        const { handler } = fresh();
        const start = Date.now();
        await expect(handler({ certificateId: 'c', parameters: { SerialNumber: 'S1' } })).rejects.toThrow();
        expect(Date.now() - start).toBeLessThan(4_000);
      } finally {
        write.mockRestore();
        process.env = env;
        server.closeAllConnections();
        server.close();
      }
      expect(lines.map(line => JSON.parse(line))).toEqual([expect.objectContaining({ decision: 'ERROR', template: 'Fleet' })]);
    });

  /** The function as Lambda starts it: it keeps its client from the first call on. */
  function fresh(): typeof import('../../src/provisioning/hook-handler/index') {
    let loaded: typeof import('../../src/provisioning/hook-handler/index');
    jest.isolateModules(() => { loaded = jest.requireActual('../../src/provisioning/hook-handler/index'); });
    return loaded!;
  }
});

describe('settings', () => {
  const ENV = { [HOOK_ENV.tableName]: 't', [HOOK_ENV.templateName]: 'n', [HOOK_ENV.serialNumberParameter]: 's', [HOOK_ENV.declaredParameters]: '["s"]' };
  test('that are left out mean nothing fixed and no window', () => {
    expect(readSettings(ENV)).toEqual({
      tableName: 't', templateName: 'n', serialNumberParameter: 's', thingNameParts: undefined, declaredParameters: ['s'], fixedParameters: [], attributeParameters: [], reprovisionWindowSeconds: 0,
    });
  });
  test.each([
    [{ ...ENV, [HOOK_ENV.tableName]: undefined }, 'environment variable REGISTRY_TABLE_NAME is missing'],
    [{ ...ENV, [HOOK_ENV.tableName]: '' }, 'environment variable REGISTRY_TABLE_NAME is empty'],
    [{ ...ENV, [HOOK_ENV.declaredParameters]: undefined }, 'environment variable DECLARED_PARAMETERS is missing'],
    [{ ...ENV, [HOOK_ENV.declaredParameters]: '' }, 'environment variable DECLARED_PARAMETERS is empty'],
    [{ ...ENV, [HOOK_ENV.declaredParameters]: '"s"' }, 'environment variable DECLARED_PARAMETERS is not a JSON list'],
    [{ ...ENV, [HOOK_ENV.thingNameParts]: '{}' }, 'environment variable THING_NAME_PARTS is not a JSON list'],
    [{ ...ENV, [HOOK_ENV.fixedParameters]: 'x' }, 'environment variable FIXED_PARAMETERS is not a JSON list'],
    [{ ...ENV, [HOOK_ENV.reprovisionWindowSeconds]: '1h' }, 'environment variable REPROVISION_WINDOW_SECONDS is not a whole number of seconds'],
  ])('that are wrong say so (%#)', (env, message) => expect(() => readSettings(env)).toThrow(message));
});

describe("AWS's examples of hooks", () => {
  test.each(hookExamples.map(({ id, event }) => [id, event] as const))('%s: a device of another kind is denied by default, and an answer has the documented shape', async (_id, event) => {
    expect((await ask({ ...event, parameters: { ...event.parameters, SerialNumber: 'S1' } })).answer).toEqual({ allowProvisioning: false });
    await put({ Status: 'REGISTERED', ThingName: event.parameters.ThingName }, { DeviceLocation: 'Seattle' });
    const { answer } = await ask({ ...event, parameters: { ...event.parameters, SerialNumber: 'S1' } } as HookEvent);
    // The page's sample: the override is added to what the device sent.
    expect({ ...event.parameters, ...answer.parameterOverrides }).toEqual({ ...event.parameters, DeviceLocation: 'Seattle' });
    expect(answer.allowProvisioning).toBe(true);
  });
});

async function listen(server: Server): Promise<Server> {
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  return server;
}

