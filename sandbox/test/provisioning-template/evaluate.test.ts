import * as fc from 'fast-check';
import examples from './examples.json';
import { Json, JsonObject } from '../../src/json';
import { evaluateTemplate, Flow, ProvisioningError, ProvisioningRequest, ProvisioningResult } from '../../src/provisioning-template';

interface Example {
  readonly id: string;
  readonly flow: string;
  readonly template: unknown;
  readonly parameters: object;
  readonly builtin: object;
  readonly existing?: object;
  readonly ambiguous?: boolean;
  readonly source: string;
  readonly expect: {
    readonly thing?: { readonly ThingGroups?: string[] };
    readonly certificate?: object;
    readonly policy?: object;
    readonly policies?: object[];
    readonly deviceConfiguration?: object;
    readonly error?: string;
  };
}

const run = (example: Example) => evaluateTemplate({
  template: example.template as JsonObject,
  flow: example.flow as Flow,
  parameters: example.parameters as Record<string, string>,
  builtin: example.builtin as Record<string, string>,
  existing: example.existing,
});
const all = (examples as unknown as Example[]).filter(({ ambiguous }) => !ambiguous);

test.each(all.filter(({ expect: { error } }) => !error).map(example => [example.id, example.source, example] as const))('%s evaluates as %s has it', (_id, _source, example) => {
  const { thing, certificate, policies, deviceConfiguration } = run(example);
  const sorted = (state?: { readonly ThingGroups?: readonly string[] }) =>
    state?.ThingGroups ? { ...state, ThingGroups: [...state.ThingGroups].sort() } : state;
  expect(sorted(thing)).toEqual(sorted(example.expect.thing));
  expect(certificate).toEqual(example.expect.certificate);
  expect(policies).toEqual(example.expect.policies ?? (example.expect.policy ? [example.expect.policy] : []));
  expect(deviceConfiguration).toEqual(example.expect.deviceConfiguration);
});

test.each(all.filter(({ expect: { error } }) => error).map(example => [example.id, example.source, example] as const))('%s is refused, by %s', (_id, _source, example) => {
  const code = example.expect.error === 'ResourceConflictsException' ? 'ResourceConflictsException' : 'InvalidRequest';
  expect(() => run(example)).toThrow(ProvisioningError);
  expect(() => run(example)).toThrow(expect.objectContaining({ code }));
});

const BUILTIN = { 'AWS::IoT::Certificate::Id': 'c'.repeat(64) };

interface More extends Partial<ProvisioningRequest> {
  readonly sections?: JsonObject;
  readonly certificate?: JsonObject;
  readonly overrides?: JsonObject;
}

/** The template of one thing with these properties, and one certificate. */
function register(properties: JsonObject, more: More = {}): ProvisioningResult {
  const { sections = {}, certificate = { CertificateId: { Ref: 'AWS::IoT::Certificate::Id' } }, overrides, ...request } = more;
  const template = {
    Parameters: { SerialNumber: { Type: 'String' }, Site: { Type: 'String', Default: 'north' } },
    Resources: {
      thing: { Type: 'AWS::IoT::Thing', Properties: { ThingName: { Ref: 'SerialNumber' }, ...properties }, ...overrides && { OverrideSettings: overrides } },
      certificate: { Type: 'AWS::IoT::Certificate', Properties: certificate },
    },
    ...sections,
  };
  return evaluateTemplate({ template, flow: 'fleet', parameters: { SerialNumber: 'SN1' }, builtin: BUILTIN, ...request });
}

describe('functions (provision-template.html#intrinsic)', () => {
  const MAPPINGS = { Mappings: { Places: { north: { city: 'Oslo', zone: 'n-1' }, south: { city: 'Rome', zone: 's-1' } } } };

  test.each<[string, Json, string]>([
    ['Ref of a parameter', { Ref: 'SerialNumber' }, 'SN1'],
    ['Ref of a default', { Ref: 'Site' }, 'north'],
    ['a number is text in an attribute', 7, '7'],
    ['a boolean is text in an attribute', true, 'true'],
    ['Join with an empty delimiter', { 'Fn::Join': ['', ['a', { Ref: 'Site' }, 'b']] }, 'anorthb'],
    ['Join of one', { 'Fn::Join': ['-', ['a']] }, 'a'],
    ['Join of none', { 'Fn::Join': ['-', []] }, ''],
    ['Join of a Split', { 'Fn::Join': ['/', { 'Fn::Split': ['-', 'a-b-c'] }] }, 'a/b/c'],
    ['Select from a list', { 'Fn::Select': ['1', ['a', 'b']] }, 'b'],
    ['Select from a Split', { 'Fn::Select': [2, { 'Fn::Split': ['|', 'a|b|'] }] }, ''],
    ['FindInMap by a parameter', { 'Fn::FindInMap': ['Places', { Ref: 'Site' }, 'city'] }, 'Oslo'],
    ['FindInMap by a function in a function', { 'Fn::FindInMap': ['Places', { 'Fn::Sub': '${Site}' }, { 'Fn::Join': ['', ['zo', 'ne']] }] }, 'n-1'],
    ['Sub of a parameter', { 'Fn::Sub': 'at-${Site}' }, 'at-north'],
    ['Sub with a map, which goes before parameters', { 'Fn::Sub': ['${Site}-${x}', { Site: 'mapped', x: { Ref: 'SerialNumber' } }] }, 'mapped-SN1'],
    ['Sub keeps what is escaped', { 'Fn::Sub': '${!Site}' }, '${Site}'],
    ['Sub keeps dollars and braces alone', { 'Fn::Sub': '$5 {Site} $' }, '$5 {Site} $'],
    ['Sub of what AWS IoT fills in', { 'Fn::Sub': '${AWS::IoT::Certificate::Id}' }, 'c'.repeat(64)],
  ])('%s', (_claim, value, expected) => expect(register({ AttributePayload: { a: value } }, { sections: MAPPINGS }).thing?.AttributePayload).toEqual({ a: expected }));

  test.each<[string, Json, string]>([
    ['Ref of nothing', { Ref: 'Nothing' }, 'Nothing has no value'],
    ['Ref of a name that objects have by themselves', { Ref: 'constructor' }, 'constructor has no value'],
    ['Ref of no name', { Ref: ['SerialNumber'] }, 'Ref takes a name'],
    ['Join without a list', { 'Fn::Join': ['-', 'a'] }, 'is no list'],
    ['Join of one argument', { 'Fn::Join': ['-'] }, 'Fn::Join takes 2 arguments'],
    ['Select past the end', { 'Fn::Select': ['2', ['a', 'b']] }, 'Fn::Select has no item 2'],
    ['Select of a negative index', { 'Fn::Select': ['-1', ['a']] }, 'Fn::Select has no item -1'],
    ['FindInMap of an unknown key', { 'Fn::FindInMap': ['Places', 'east', 'city'] }, 'is no object'],
    ['FindInMap of an unknown attribute', { 'Fn::FindInMap': ['Places', 'north', 'mayor'] }, 'no mayor in map Places'],
    ['FindInMap of what objects have by themselves', { 'Fn::FindInMap': ['Places', '__proto__', 'toString'] }, 'is no object'],
    ['Sub of nothing', { 'Fn::Sub': '${Nothing}' }, 'Nothing has no value'],
    ['Sub of no text', { 'Fn::Sub': 7 }, 'Fn::Sub takes a text'],
    ['a function that templates do not have', { 'Fn::GetAtt': ['thing', 'Arn'] }, 'function'],
    ['two functions in one object', { 'Ref': 'Site', 'Fn::Sub': 'x' }, 'function'],
    ['a list where a text belongs', ['a'], 'is no text'],
    ['null', null, 'is no text'],
  ])('%s is refused', (_claim, value, message) => {
    expect(() => register({ AttributePayload: { a: value } }, { sections: MAPPINGS })).toThrow(message);
  });
});

describe('parameters (provision-template.html#parameters-section)', () => {
  test('the device does not speak for AWS IoT', () => {
    const parameters = { 'SerialNumber': 'SN1', 'AWS::IoT::Certificate::Id': 'mine' };
    expect(register({}, { parameters }).certificate).toMatchObject({ CertificateId: 'c'.repeat(64) });
  });

  test('a value goes before the default, also an empty one', () => {
    const attribute = { AttributePayload: { site: { Ref: 'Site' } } };
    expect(register(attribute, { parameters: { SerialNumber: 'SN1', Site: 'south' } }).thing).toMatchObject({ AttributePayload: { site: 'south' } });
    expect(register(attribute, { parameters: { SerialNumber: 'SN1', Site: '' } }).thing).toMatchObject({ AttributePayload: { site: '' } });
  });

  test('what is not declared has no value', () => {
    expect(() => register({ ThingTypeName: { Ref: 'Type' } }, { parameters: { SerialNumber: 'SN1', Type: 'Pump' } })).toThrow('Type has no value');
  });

  test('a certificate just in time has what its subject has, and is refused without what is declared (jit-provisioning.html)', () => {
    const sections = { Parameters: { 'SerialNumber': { Type: 'String' }, 'AWS::IoT::Certificate::CommonName': { Type: 'String' } } };
    const subject = { 'AWS::IoT::Certificate::CommonName': 'press-7' };
    const name = { ThingName: { Ref: 'AWS::IoT::Certificate::CommonName' } };
    expect(register(name, { flow: 'jitp', sections, builtin: { ...BUILTIN, ...subject } }).thing).toEqual({ ThingName: 'press-7' });
    expect(() => register(name, { flow: 'jitp', sections })).toThrow('the certificate has no AWS::IoT::Certificate::CommonName');
  });
});

describe('resources (provision-template.html#resources-section)', () => {
  test.each([['a'.repeat(128), true], ['a'.repeat(129), false], ['a:b_c-1', true], ['a/b', false], ['', false], ['a b', false]])('a thing named %j may be: %s', (name, may) => {
    const named = () => register({ ThingName: name });
    if (may) expect(named().thing).toEqual({ ThingName: name });
    else expect(named).toThrow('thing name');
  });

  test.each<[JsonObject, string]>([
    [{}, 'given in one way, not in 0'], [{ CertificateId: 'a', CertificatePem: 'b' }, 'given in one way, not in 2'], [{ CertificatePem: 'b' }, 'fleet uses CertificateId'],
    [{ CertificateId: 'a', Status: 'REVOKED' }, 'certificate status REVOKED'],
  ])('the certificate %j is refused', (certificate, message) => expect(() => register({}, { certificate })).toThrow(message));

  test.each([['ACTIVE'], ['Active'], ['INACTIVE']])('the status %s counts in any case', Status => {
    expect(register({}, { certificate: { CertificateId: 'a', Status } }).certificate).toEqual({ CertificateId: 'a', Status: Status.toUpperCase() });
  });

  test('a policy has a name or a document, which may be text', () => {
    const policies = (...properties: JsonObject[]) => register({}, {
      sections: { Resources: Object.fromEntries(properties.map((Properties, at) => [`p${at}`, { Type: 'AWS::IoT::Policy', Properties }])) },
    }).policies;
    expect(policies({ PolicyName: 'P' }, { PolicyDocument: '{"Version":"2012-10-17"}' }, { PolicyDocument: { Statement: [{ Resource: { Ref: 'Site' } }] } }))
      .toEqual([{ PolicyName: 'P' }, { PolicyDocument: { Version: '2012-10-17' } }, { PolicyDocument: { Statement: [{ Resource: 'north' }] } }]);
    expect(() => policies({ PolicyName: 'P', PolicyDocument: {} })).toThrow('by name or by document');
    expect(() => policies({})).toThrow('by name or by document');
    expect(() => policies({ PolicyDocument: '{' })).toThrow('PolicyDocument is no JSON');
  });
});

describe('OverrideSettings (provision-template.html#override-settings)', () => {
  const existing = { thing: { ThingName: 'SN1', AttributePayload: { a: '1', b: '1' }, ThingTypeName: 'Old', ThingGroups: ['g'] } };
  const wanted = { AttributePayload: { b: '2', c: '2' }, ThingTypeName: 'New', ThingGroups: ['g', 'h'] };

  test.each<[JsonObject, object]>([
    [{ AttributePayload: 'MERGE' }, { AttributePayload: { a: '1', b: '2', c: '2' } }],
    [{ AttributePayload: 'REPLACE' }, { AttributePayload: { b: '2', c: '2' } }],
    [{ AttributePayload: 'DO_NOTHING' }, { AttributePayload: { a: '1', b: '1' } }],
    [{ ThingGroups: 'MERGE' }, { ThingGroups: ['g', 'h'] }],
    [{ ThingGroups: 'DO_NOTHING', ThingTypeName: 'DO_NOTHING' }, { ThingGroups: ['g'], ThingTypeName: 'Old' }],
    [{ ThingTypeName: 'REPLACE' }, { ThingTypeName: 'New' }],
  ])('%j', (overrides, expected) => expect(register(wanted, { existing, overrides }).thing).toMatchObject(expected));

  test('FAIL refuses what differs, and lets pass what does not', () => {
    expect(() => register(wanted, { existing, overrides: { ThingTypeName: 'FAIL' } })).toThrow(expect.objectContaining({ code: 'ResourceConflictsException' }));
    expect(register({ ThingTypeName: 'Old' }, { existing, overrides: { ThingTypeName: 'FAIL' } }).thing).toMatchObject({ ThingTypeName: 'Old' });
  });

  test.each<[JsonObject]>([[{ ThingTypeName: 'MERGE' }], [{ Colour: 'REPLACE' }], [{ ThingGroups: 'replace' }], [{ constructor: 'FAIL' }]])('%j is refused', overrides => {
    expect(() => register(wanted, { overrides })).toThrow('override');
  });
});

test('DeviceConfiguration is a flat map (provision-template.html#device-config-section)', () => {
  expect(register({}, { sections: { DeviceConfiguration: { url: { 'Fn::Sub': 'https://${Site}.example.com' }, port: 8883 } } }).deviceConfiguration)
    .toEqual({ url: 'https://north.example.com', port: '8883' });
  expect(() => register({}, { sections: { DeviceConfiguration: { a: { b: 'c' } } } })).toThrow('is no text');
});

test('any template registers a device or is refused, and nothing else happens', () => {
  const words = fc.constantFrom('Ref', 'Fn::Join', 'Fn::Sub', 'Fn::Select', 'Fn::Split', 'Fn::FindInMap', 'SerialNumber', 'thing', '-', '0', '${Site}', '__proto__', 'constructor');
  const { value } = fc.letrec<{ value: Json }>(tie => ({
    value: fc.oneof({ maxDepth: 5 }, words, fc.integer(), fc.constant(null), fc.array(tie('value'), { maxLength: 3 }), fc.dictionary(words, tie('value'), { maxKeys: 2 })),
  }));
  const outcome = (register_: () => ProvisioningResult) => {
    try {
      register_();
    } catch (error) {
      expect(error).toBeInstanceOf(ProvisioningError);
    }
  };
  fc.assert(fc.property(value, value, (one, other) => {
    outcome(() => register({ AttributePayload: { a: one }, ThingGroups: other }, { sections: { DeviceConfiguration: other, Mappings: one } }));
    outcome(() => evaluateTemplate({ template: { Resources: one, Parameters: other }, flow: 'fleet', parameters: {}, builtin: BUILTIN }));
  }), { numRuns: 1_000 });
  const deep = JSON.parse(`${'{"Fn::Join":["",['.repeat(20_000)}"x"${']]}'.repeat(20_000)}`);
  outcome(() => register({ AttributePayload: { a: deep } }));
});
