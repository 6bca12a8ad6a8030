/** A value of JSON, as template bodies are made of. */
export type Json = string | number | boolean | null | Json[] | JsonObject;
export interface JsonObject { readonly [name: string]: Json }

export const RESOURCE_TYPES = { thing: 'AWS::IoT::Thing', certificate: 'AWS::IoT::Certificate', policy: 'AWS::IoT::Policy' } as const;

/** Filled in by AWS IoT for every device, so that a body may refer to it without declaring it. */
export const CERTIFICATE_ID = 'AWS::IoT::Certificate::Id';

/** @see https://docs.aws.amazon.com/iot/latest/developerguide/jit-provisioning.html */
export const CERTIFICATE_SUBJECT_PARAMETERS = ['Country', 'Organization', 'OrganizationalUnit', 'DistinguishedNameQualifier', 'StateName', 'CommonName', 'SerialNumber']
  .map(field => `AWS::IoT::Certificate::${field}`);

const SUB_VARIABLE = /\$\{([^!{}[\]][^{}[\]]*)\}/g;

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The name of the function that an object is, or undefined for a plain object. */
export function functionNameOf(value: Json): string | undefined {
  return isObject(value) ? Object.keys(value).find(key => key === 'Ref' || key.startsWith('Fn::')) : undefined;
}

/** The variables of a text for Fn::Sub; `${!x}` is text, and so are the markers that CDK puts for tokens. */
export function subVariables(text: string): string[] {
  return [...text.matchAll(SUB_VARIABLE)].map(match => match[1]);
}

/** Every parameter that a value depends on. */
export function parametersIn(value: Json | undefined): string[] {
  if (value === undefined) return [];
  if (Array.isArray(value)) return value.flatMap(parametersIn);
  if (!isObject(value)) return [];
  if (typeof value.Ref === 'string') return [value.Ref];
  const sub = value['Fn::Sub'];
  if (typeof sub === 'string') return subVariables(sub);
  if (Array.isArray(sub) && typeof sub[0] === 'string') {
    const map = isObject(sub[1]) ? sub[1] : {};
    return [...subVariables(sub[0]).filter(name => !Object.hasOwn(map, name)), ...parametersIn(map)];
  }
  return Object.values(value).flatMap(parametersIn);
}

/** The parameters that a body declares and that a device or the registry may fill in. */
export function declaredParameters(body: JsonObject): string[] {
  return Object.keys(isObject(body.Parameters) ? body.Parameters : {}).filter(name => name !== CERTIFICATE_ID);
}

export interface Resource {
  readonly name: string;
  readonly type: string;
  readonly properties: JsonObject;
  readonly overrideSettings: JsonObject;
}

/** The resources of a body that has been checked. */
export function resourcesOf(body: JsonObject, type: string): Resource[] {
  return Object.entries(isObject(body.Resources) ? body.Resources : {}).filter(([, resource]) => isObject(resource) && resource.Type === type)
    .map(([name, resource]) => {
      const { Properties, OverrideSettings } = resource as JsonObject;
      return { name, type, properties: isObject(Properties) ? Properties : {}, overrideSettings: isObject(OverrideSettings) ? OverrideSettings : {} };
    });
}

/**
 * The parameters that decide what a device is or may do. A hook must not take them from the device: whoever chooses
 * the thing name, a group or the policy chooses whose data it reads.
 */
export function decisiveParameters(body: JsonObject): string[] {
  const values = [
    ...resourcesOf(body, RESOURCE_TYPES.thing)
      .flatMap(({ properties: { ThingName, ThingTypeName, ThingGroups, BillingGroup } }) => [ThingName, ThingTypeName, ThingGroups, BillingGroup]),
    ...resourcesOf(body, RESOURCE_TYPES.policy).map(({ properties }) => properties),
  ];
  return [...new Set(values.flatMap(parametersIn))].filter(name => name !== CERTIFICATE_ID);
}

/** The parameters that become attributes of the thing. */
export function attributeParameters(body: JsonObject): string[] {
  return [...new Set(resourcesOf(body, RESOURCE_TYPES.thing).flatMap(({ properties }) => parametersIn(properties.AttributePayload)))]
    .filter(name => name !== CERTIFICATE_ID);
}
