import { deep, list, Scope, text, texts } from './expression';
import { CERTIFICATE_SUBJECT, Flow, objectIn, ProvisioningError, refuse } from './template';
import { Json, JsonObject } from '../json';

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

const THING_NAME = /^[a-zA-Z0-9:_-]{1,128}$/;
const OVERRIDES: Record<string, string[]> = {
  AttributePayload: ['DO_NOTHING', 'REPLACE', 'FAIL', 'MERGE'],
  ThingGroups: ['DO_NOTHING', 'REPLACE', 'FAIL', 'MERGE'],
  ThingTypeName: ['DO_NOTHING', 'REPLACE', 'FAIL'],
  Status: ['DO_NOTHING', 'REPLACE', 'FAIL'],
};

/**
 * What the registry holds when the device has registered.
 *
 * @see https://docs.aws.amazon.com/iot/latest/developerguide/provision-template.html
 * @throws ProvisioningError where it cannot
 */
export function evaluateTemplate(request: ProvisioningRequest): ProvisioningResult {
  try {
    return evaluateResources(request);
  } catch (error) {
    // The end of the stack: no template that means something is so deep.
    if (error instanceof RangeError) return refuse('the template is too deeply nested');
    throw error;
  }
}

function evaluateResources(request: ProvisioningRequest): ProvisioningResult {
  const { template, existing = {} } = request;
  const scope = scopeOf(request);
  const result: { thing?: ThingState; certificate?: CertificateState; policies: PolicyState[] } = { policies: [] };
  const resources = Object.values(objectIn(template.Resources, 'Resources')).map(resource => objectIn(resource, 'resource'));
  for (const { Type, Properties, OverrideSettings } of resources) {
    const properties = objectIn(Properties ?? {}, 'Properties');
    const overrides = overrideSettings(OverrideSettings);
    switch (Type) {
      case 'AWS::IoT::Thing': result.thing = override(thingFrom(properties, scope), existing.thing, overrides); break;
      case 'AWS::IoT::Certificate':
        result.certificate = override(certificateFrom(properties, scope, request.flow), existing.certificate, overrides);
        break;
      case 'AWS::IoT::Policy': result.policies.push(policyFrom(properties, scope)); break;
      default: refuse(`resource type ${JSON.stringify(Type)}`);
    }
  }
  return { ...result, ...(template.DeviceConfiguration === undefined ? {} : { deviceConfiguration: texts(template.DeviceConfiguration, scope) }) };
}

function scopeOf({ template, flow, parameters, builtin }: ProvisioningRequest): Scope {
  const values = new Map<string, string>();
  for (const [name, declaration] of Object.entries(objectIn(template.Parameters ?? {}, 'Parameters'))) {
    const { Default } = objectIn(declaration, name);
    if (typeof Default === 'string') values.set(name, Default);
    if (Object.hasOwn(parameters, name)) values.set(name, parameters[name]);
    // The certificate of a device that comes just in time has to have all that the template declares.
    if (flow === 'jitp' && CERTIFICATE_SUBJECT.includes(name) && !Object.hasOwn(builtin, name)) refuse(`the certificate has no ${name}`);
  }
  // Last, so that no device speaks for AWS IoT.
  Object.entries(builtin).forEach(([name, value]) => values.set(name, value));
  return { values, mappings: objectIn(template.Mappings ?? {}, 'Mappings') };
}

function thingFrom(properties: JsonObject, scope: Scope): ThingState {
  const optional = (name: string) => properties[name] === undefined ? {} : { [name]: text(properties[name], scope) };
  const thing = {
    ThingName: text(properties.ThingName ?? refuse('ThingName is missing'), scope),
    ...(properties.AttributePayload === undefined ? {} : { AttributePayload: texts(properties.AttributePayload, scope) }),
    ...optional('ThingTypeName'),
    ...(properties.ThingGroups === undefined ? {} : { ThingGroups: list(properties.ThingGroups, scope) }),
    ...optional('BillingGroup'),
  };
  return THING_NAME.test(thing.ThingName) ? thing : refuse(`thing name ${JSON.stringify(thing.ThingName)}`);
}

function certificateFrom(properties: JsonObject, scope: Scope, flow: Flow): CertificateState {
  const ways = ['CertificateId', 'CertificateSigningRequest', 'CertificatePem'].filter(name => properties[name] !== undefined);
  if (ways.length !== 1) refuse(`a certificate is given in one way, not in ${ways.length}`);
  if ((flow === 'fleet' || flow === 'jitp') && ways[0] !== 'CertificateId') refuse(`${flow} uses CertificateId`);
  const values = texts(properties, scope);
  const status = (values.Status ?? 'ACTIVE').toUpperCase();
  return ['ACTIVE', 'INACTIVE'].includes(status) ? { ...values, Status: status } : refuse(`certificate status ${status}`);
}

function policyFrom(properties: JsonObject, scope: Scope): PolicyState {
  const { PolicyName, PolicyDocument } = properties;
  if ((PolicyName === undefined) === (PolicyDocument === undefined)) refuse('a policy is given by name or by document');
  if (PolicyName !== undefined) return { PolicyName: text(PolicyName, scope) };
  const document = deep(PolicyDocument, scope);
  return { PolicyDocument: typeof document === 'string' ? parse(document) : document };
}

function overrideSettings(settings: Json | undefined): Record<string, string> {
  const actions = Object.entries(objectIn(settings ?? {}, 'OverrideSettings'));
  const bad = actions.find(([name, action]) => !Object.hasOwn(OVERRIDES, name) || !OVERRIDES[name].includes(action as string));
  if (bad) refuse(`override ${bad.join(' ')}`);
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

function parse(document: string): Json {
  try {
    return JSON.parse(document) as Json;
  } catch {
    return refuse('PolicyDocument is no JSON');
  }
}
