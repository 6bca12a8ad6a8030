import { CERTIFICATE_ID, CERTIFICATE_SUBJECT_PARAMETERS, functionNameOf, isObject, Json, JsonObject, RESOURCE_TYPES } from '../../../src/provisioning/template-document';

/** Evaluates the bodies of provisioning templates, by the page https://docs.aws.amazon.com/iot/latest/developerguide/provision-template.html */

export type Flow = 'fleet' | 'jitp' | 'bulk' | 'api';

export interface ThingState {
  readonly ThingName: string;
  readonly AttributePayload?: { readonly [name: string]: string };
  readonly ThingTypeName?: string;
  readonly ThingGroups?: readonly string[];
  readonly BillingGroup?: string;
}

export interface CertificateState { readonly [property: string]: string }

export interface PolicyState { readonly PolicyName?: string; readonly PolicyDocument?: Json }

export interface ProvisioningRequest {
  readonly template: JsonObject;
  readonly flow: Flow;
  /** What the device sent, with the overrides of the hook. */
  readonly parameters: Readonly<Record<string, string>>;
  /** What AWS IoT supplies: the id of the certificate, and for JITP its subject. */
  readonly builtin: Readonly<Record<string, string>>;
  /** The thing and the certificate as the registry has them; nothing where there is none. */
  readonly existing?: { readonly thing?: ThingState; readonly certificate?: CertificateState };
}

export interface ProvisioningResult {
  readonly thing?: ThingState;
  readonly certificate?: CertificateState;
  readonly policies: PolicyState[];
  readonly deviceConfiguration?: { readonly [name: string]: string };
}

export class ProvisioningError extends Error {
  constructor(readonly code: 'InvalidRequest' | 'ResourceConflictsException', message: string) {
    super(message);
    this.name = code;
  }
}

const THING_NAME = /^[a-zA-Z0-9:_-]{1,128}$/;
const OVERRIDES: Record<string, string[]> = {
  AttributePayload: ['DO_NOTHING', 'REPLACE', 'FAIL', 'MERGE'],
  ThingGroups: ['DO_NOTHING', 'REPLACE', 'FAIL', 'MERGE'],
  ThingTypeName: ['DO_NOTHING', 'REPLACE', 'FAIL'],
  Status: ['DO_NOTHING', 'REPLACE', 'FAIL'],
};

/** What the registry holds when the device has registered; throws a ProvisioningError where it cannot. */
export function evaluateTemplate(request: ProvisioningRequest): ProvisioningResult {
  const { template, existing = {} } = request;
  const scope = scopeOf(request);
  const result: { thing?: ThingState; certificate?: CertificateState; policies: PolicyState[] } = { policies: [] };
  const resources = Object.values(objectIn(template.Resources, 'Resources')).map(resource => objectIn(resource, 'resource'));
  for (const { Type, Properties, OverrideSettings } of resources) {
    const properties = objectIn(Properties ?? {}, 'Properties');
    const overrides = overrideSettings(OverrideSettings);
    switch (Type) {
      case RESOURCE_TYPES.thing: result.thing = override(thingFrom(properties, scope), existing.thing, overrides); break;
      case RESOURCE_TYPES.certificate:
        result.certificate = override(certificateFrom(properties, scope, request.flow), existing.certificate, overrides);
        break;
      case RESOURCE_TYPES.policy: result.policies.push(policyFrom(properties, scope)); break;
      default: fail(`resource type ${JSON.stringify(Type)}`);
    }
  }
  return { ...result, ...(template.DeviceConfiguration === undefined ? {} : { deviceConfiguration: texts(template.DeviceConfiguration, scope) }) };
}

interface Scope { readonly values: ReadonlyMap<string, string>; readonly mappings: JsonObject }

function scopeOf({ template, flow, parameters, builtin }: ProvisioningRequest): Scope {
  const values = new Map<string, string>();
  for (const [name, declaration] of Object.entries(objectIn(template.Parameters ?? {}, 'Parameters'))) {
    const { Default } = objectIn(declaration, name);
    if (typeof Default === 'string') values.set(name, Default);
    if (Object.hasOwn(parameters, name)) values.set(name, parameters[name]);
    // The certificate of a device that comes just in time has to have all that the template declares.
    if (flow === 'jitp' && CERTIFICATE_SUBJECT_PARAMETERS.includes(name) && !Object.hasOwn(builtin, name)) fail(`the certificate has no ${name}`);
  }
  // Last, so that no device speaks for AWS IoT.
  Object.entries(builtin).forEach(([name, value]) => values.set(name, value));
  return { values, mappings: objectIn(template.Mappings ?? {}, 'Mappings') };
}

function thingFrom(properties: JsonObject, scope: Scope): ThingState {
  const optional = (name: string) => properties[name] === undefined ? {} : { [name]: text(properties[name], scope) };
  const thing = {
    ThingName: text(properties.ThingName ?? fail('ThingName is missing'), scope),
    ...(properties.AttributePayload === undefined ? {} : { AttributePayload: texts(properties.AttributePayload, scope) }),
    ...optional('ThingTypeName'),
    ...(properties.ThingGroups === undefined ? {} : { ThingGroups: list(properties.ThingGroups, scope) }),
    ...optional('BillingGroup'),
  };
  return THING_NAME.test(thing.ThingName) ? thing : fail(`thing name ${JSON.stringify(thing.ThingName)}`);
}

function certificateFrom(properties: JsonObject, scope: Scope, flow: Flow): CertificateState {
  const ways = ['CertificateId', 'CertificateSigningRequest', 'CertificatePem'].filter(name => properties[name] !== undefined);
  if (ways.length !== 1) fail(`a certificate is given in one way, not in ${ways.length}`);
  if ((flow === 'fleet' || flow === 'jitp') && ways[0] !== 'CertificateId') fail(`${flow} uses CertificateId`);
  const values = texts(properties, scope);
  const status = (values.Status ?? 'ACTIVE').toUpperCase();
  return ['ACTIVE', 'INACTIVE'].includes(status) ? { ...values, Status: status } : fail(`certificate status ${status}`);
}

function policyFrom(properties: JsonObject, scope: Scope): PolicyState {
  const { PolicyName, PolicyDocument } = properties;
  if ((PolicyName === undefined) === (PolicyDocument === undefined)) fail('a policy is given by name or by document');
  if (PolicyName !== undefined) return { PolicyName: text(PolicyName, scope) };
  const document = deep(PolicyDocument, scope);
  return { PolicyDocument: typeof document === 'string' ? parse(document) : document };
}

function overrideSettings(settings: Json | undefined): Record<string, string> {
  const actions = Object.entries(objectIn(settings ?? {}, 'OverrideSettings'));
  const bad = actions.find(([name, action]) => !Object.hasOwn(OVERRIDES, name) || !OVERRIDES[name].includes(action as string));
  if (bad) fail(`override ${bad.join(' ')}`);
  return Object.fromEntries(actions) as Record<string, string>;
}

/** The settings speak of a resource that exists already: a new one is as the template says. */
function override<T extends object>(wanted: T, existing: T | undefined, settings: Record<string, string>): T {
  if (existing === undefined) return wanted;
  const merged = { ...existing } as Record<string, unknown>;
  for (const [name, value] of Object.entries(wanted)) {
    const before = merged[name];
    switch (before === undefined ? 'REPLACE' : settings[name] ?? 'REPLACE') {
      case 'DO_NOTHING': break;
      case 'FAIL': if (JSON.stringify(before) !== JSON.stringify(value)) throw new ProvisioningError('ResourceConflictsException', `${name} exists`); break;
      case 'MERGE': merged[name] = Array.isArray(value) ? [...new Set([...before as string[], ...value])] : { ...before as object, ...value }; break;
      default: merged[name] = value;
    }
  }
  return merged as T;
}

function texts(map: Json, scope: Scope): Record<string, string> {
  return Object.fromEntries(Object.entries(objectIn(map, 'map')).map(([name, value]) => [name, text(value, scope)]));
}

function text(value: Json, scope: Scope): string {
  const result = evaluate(value, scope);
  return typeof result === 'string' || typeof result === 'number' || typeof result === 'boolean' ? String(result) : fail(`${JSON.stringify(value)} is no text`);
}

function list(value: Json, scope: Scope): string[] {
  const items = evaluate(value, scope);
  return Array.isArray(items) ? items.map(item => text(item, scope)) : fail(`${JSON.stringify(value)} is no list`);
}

/** Functions anywhere in a value, such as a policy document. */
function deep(value: Json | undefined, scope: Scope): Json {
  if (Array.isArray(value)) return value.map(item => deep(item, scope));
  if (!isObject(value)) return value ?? null;
  if (functionNameOf(value) !== undefined) return evaluate(value, scope);
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, deep(inner, scope)]));
}

function evaluate(value: Json, scope: Scope): Json {
  const name = functionNameOf(value);
  if (name === undefined) return value;
  const argument = (value as JsonObject)[name];
  const arguments_ = (count: number) => Array.isArray(argument) && argument.length === count ? argument : fail(`${name} takes ${count} arguments`);
  switch (Object.keys(value as JsonObject).length === 1 ? name : '') {
    case 'Ref': return valueOf(argument, scope);
    case 'Fn::Join': {
      const [delimiter, items] = arguments_(2);
      return list(items, scope).join(text(delimiter, scope));
    }
    case 'Fn::Split': {
      const [delimiter, whole] = arguments_(2);
      return text(whole, scope).split(text(delimiter, scope));
    }
    case 'Fn::Select': {
      const [index, items] = arguments_(2);
      const position = text(index, scope);
      const item = /^\d+$/.test(position) ? list(items, scope)[Number(position)] : undefined;
      return item ?? fail(`Fn::Select has no item ${position}`);
    }
    case 'Fn::FindInMap': {
      const [map, key, attribute] = arguments_(3).map(item => text(item, scope));
      const row = objectIn(own(objectIn(own(scope.mappings, map), 'map'), key), 'key');
      return own(row, attribute) ?? fail(`no ${attribute} in map ${map}`);
    }
    case 'Fn::Sub': return substitute(argument, scope);
    default: return fail(`function ${name}`);
  }
}

function substitute(argument: Json, scope: Scope): string {
  const [pattern, map] = Array.isArray(argument) && argument.length === 2 ? argument : [argument, {}];
  if (typeof pattern !== 'string') return fail('Fn::Sub takes a text');
  const variables = objectIn(map, 'variables');
  return pattern.replace(/\$\{([^{}]*)\}/g, (_whole, variable: string) => {
    if (variable.startsWith('!')) return `\${${variable.slice(1)}}`;
    const inner = own(variables, variable);
    return inner === undefined ? valueOf(variable, scope) : text(inner, scope);
  });
}

function valueOf(name: Json, { values }: Scope): string {
  return typeof name === 'string' ? values.get(name) ?? fail(`${name} has no value${name === CERTIFICATE_ID ? ' yet' : ''}`) : fail('Ref takes a name');
}

function own(object: JsonObject, name: string): Json | undefined {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

function objectIn(value: Json | undefined, what: string): JsonObject {
  return isObject(value) ? value : fail(`${what} is no object`);
}

function parse(document: string): Json {
  try {
    return JSON.parse(document) as Json;
  } catch {
    return fail('PolicyDocument is no JSON');
  }
}

function fail(message: string): never {
  throw new ProvisioningError('InvalidRequest', message);
}
