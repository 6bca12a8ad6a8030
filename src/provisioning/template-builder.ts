import { CERTIFICATE_ID, Json, JsonObject, parametersIn, RESOURCE_TYPES } from './template-document';
import { valueOf } from './template-text';

export interface BodyParts {
  /** Text with parameters, or the one parameter that the hook fills in. */
  readonly thingName: string;
  readonly policyName: string;
  readonly thingTypeName?: string;
  readonly thingGroupNames: string[];
  readonly billingGroupName?: string;
  readonly attributes: { [name: string]: string };
  readonly deviceConfiguration?: { [name: string]: string };
  readonly parameterDefaults: { [name: string]: string };
  /** Parameters to declare although the body does not use them: the hook reads them. */
  readonly extraParameters: string[];
  readonly overrides: { readonly attributes: string; readonly thingType: string; readonly thingGroups: string };
}

/** The body of a template from typed parts. Parameters are declared as they are used. */
export function buildBody(parts: BodyParts): JsonObject {
  const resources = {
    thing: thingResource(parts),
    certificate: { Type: RESOURCE_TYPES.certificate, Properties: { CertificateId: { Ref: CERTIFICATE_ID }, Status: 'ACTIVE' } },
    policy: { Type: RESOURCE_TYPES.policy, Properties: { PolicyName: parts.policyName } },
  };
  const deviceConfiguration = parts.deviceConfiguration && valuesOf(parts.deviceConfiguration);
  const used = [...parts.extraParameters, ...parametersIn(resources), ...parametersIn(deviceConfiguration), ...Object.keys(parts.parameterDefaults)];
  return {
    Parameters: Object.fromEntries([...new Set(used)].map(name => [
      name, withDefault(Object.hasOwn(parts.parameterDefaults, name) ? parts.parameterDefaults[name] : undefined),
    ])),
    Resources: resources,
    ...(deviceConfiguration ? { DeviceConfiguration: deviceConfiguration } : {}),
  };
}

function thingResource({ thingName, attributes, thingTypeName, thingGroupNames, billingGroupName, overrides }: BodyParts): JsonObject {
  const payload: JsonObject = Object.keys(attributes).length > 0 ? { AttributePayload: valuesOf(attributes) } : {};
  const type: JsonObject = thingTypeName === undefined ? {} : { ThingTypeName: valueOf(thingTypeName) };
  const groups: JsonObject = thingGroupNames.length > 0 ? { ThingGroups: thingGroupNames.map(valueOf) } : {};
  const billingGroup: JsonObject = billingGroupName === undefined ? {} : { BillingGroup: valueOf(billingGroupName) };
  const settings = { AttributePayload: overrides.attributes, ThingTypeName: overrides.thingType, ThingGroups: overrides.thingGroups };
  const present = Object.entries(settings).filter(([name]) => Object.hasOwn({ ...payload, ...type, ...groups }, name));
  return {
    Type: RESOURCE_TYPES.thing,
    Properties: { ThingName: valueOf(thingName), ...payload, ...type, ...groups, ...billingGroup },
    ...(present.length > 0 ? { OverrideSettings: Object.fromEntries(present) } : {}),
  };
}

function valuesOf(texts: { [name: string]: string }): { [name: string]: Json } {
  return Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, valueOf(text)]));
}

function withDefault(value: string | undefined): JsonObject {
  return { Type: 'String', ...(value === undefined ? {} : { Default: value }) };
}
