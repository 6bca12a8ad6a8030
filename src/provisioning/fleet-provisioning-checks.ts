import { Token } from 'aws-cdk-lib';
import { FleetProvisioningOptions, FleetProvisioningProps, ProvisioningTemplateType, ThingOverride } from './fleet-provisioning-options';
import { groupProblems } from './membership';
import { literalOf, parametersOf } from './template-text';
import { numberProblems, Problem, textProblems } from '../private/validation';

/** @see https://docs.aws.amazon.com/iot/latest/apireference/API_CreateProvisioningTemplate.html */
const TEMPLATE_NAME = { max: 36, pattern: /^[0-9A-Za-z_-]+$/, characters: 'letters, digits, underscores and dashes' };
const DESCRIPTION = { min: 0, max: 500 };
const THING_NAME = { min: 0, max: 127, pattern: /^[a-zA-Z0-9:_-]*$/, characters: 'letters, digits, colons, underscores and dashes around the parameters' };
const PARAMETER = { max: 128, pattern: /^[0-9A-Za-z_]+$/, characters: 'letters, digits and underscores' };
/** @see https://docs.aws.amazon.com/iot/latest/apireference/API_AttributePayload.html */
const ATTRIBUTE_NAME = { max: 128, pattern: /^[a-zA-Z0-9_.,@/:#-]+$/, characters: 'letters, digits and _.,@/:#-' };
const ATTRIBUTE_VALUE = { min: 0, max: 800, pattern: /^[a-zA-Z0-9_.,@/:#=[\]-]*$/, characters: 'letters, digits and _.,@/:#=[]- around the parameters' };
/** @see https://docs.aws.amazon.com/iot/latest/developerguide/thing-types.html */
const MAX_ATTRIBUTES = { withType: 50, withoutType: 3 };
const DENIALS = { min: 1, max: 1_000_000, unit: 'denials' };

export const TEMPLATE_NAME_LENGTH = TEMPLATE_NAME.max;

const BODY_OPTIONS: (keyof FleetProvisioningOptions)[] = [
  'thingName', 'thingType', 'thingGroups', 'billingGroup', 'attributes', 'deviceConfiguration', 'parameterDefaults',
  'attributesOverride', 'thingTypeOverride', 'thingGroupsOverride',
];
const HOOK_OPTIONS: (keyof FleetProvisioningOptions)[] = ['hook', 'allowSharedHook', 'allowAnyDevice'];
const CLAIM_OPTIONS: (keyof FleetProvisioningOptions)[] = ['claimCertificate', 'claimClientIdPrefix', 'claimKeysFromAws'];

/** What can be said of the props before there is a body. */
export function propProblems(props: FleetProvisioningProps): Problem[] {
  return [
    ...textProblems('templateName', props.templateName, TEMPLATE_NAME),
    ...textProblems('description', props.description, DESCRIPTION),
    ...textProblems('serialNumberParameter', props.serialNumberParameter, PARAMETER),
    ...numberProblems('denialAlarmThreshold', props.denialAlarmThreshold, DENIALS),
    ...contradictions(props),
    ...thingProblems(props),
    ...overrideProblems(props),
    // Before anything is made: a hook that a refused construct has taken would be missing to its successor.
    ...props.claimCertificate?._problems ?? [],
  ];
}

function contradictions(props: FleetProvisioningProps): Problem[] {
  const given = (names: (keyof FleetProvisioningOptions)[]) => names.filter(name => props[name] !== undefined && props[name] !== false);
  const refuse = (names: (keyof FleetProvisioningOptions)[], allowed: string, fix: string): Problem[] =>
    given(names).map(prop => ({ prop, got: 'a value', allowed, fix }));
  const jitp = props.templateType === ProvisioningTemplateType.JITP;
  return [
    ...(props.templateBody ? refuse(BODY_OPTIONS, 'absent beside templateBody', 'write it into the body') : []),
    ...(!props.templateBody && !props.policy ? [{ prop: 'policy', got: undefined, allowed: 'given', fix: 'pass a ThingPolicy, or a templateBody that names a policy' }] : []),
    ...(jitp ? refuse(HOOK_OPTIONS, 'absent with JITP', 'AWS IoT calls hooks only for FLEET_PROVISIONING; a certificate of your authority is what lets a device in') : []),
    ...(jitp ? refuse(CLAIM_OPTIONS, 'absent with JITP', 'devices come with their own certificate; register its authority with addCertificateAuthority') : []),
    ...(props.allowAnyDevice ? refuse(['hook'], 'absent beside allowAnyDevice', 'leave one of the two out') : []),
    ...(props.provisioningRole ? refuse(['registrationManagedPolicy'], 'absent beside provisioningRole', 'attach the managed policy to your role, or leave the role out') : []),
  ];
}

function thingProblems({ thingName, thingType, thingGroups, billingGroup, attributes = {} }: FleetProvisioningProps): Problem[] {
  const max = thingType ? MAX_ATTRIBUTES.withType : MAX_ATTRIBUTES.withoutType;
  const count = Object.keys(attributes).length;
  return [
    ...(thingName === undefined ? [] : thingNameProblems(thingName)),
    ...thingType?._membership.problems('thingType') ?? [],
    ...thingGroups?.flatMap((group, index) => group._membership.problems(`thingGroups[${index}]`)) ?? [],
    ...groupProblems(thingGroups?.map(group => group._membership) ?? []),
    ...billingGroup?._membership.problems('billingGroup') ?? [],
    ...(count <= max ? [] : [{
      prop: 'attributes', got: count, allowed: `at most ${max} attributes`, fix: thingType ? 'leave some out' : `give a thingType, which allows ${MAX_ATTRIBUTES.withType}`,
    }]),
    ...Object.entries(attributes).flatMap(([name, value]) => [
      ...textProblems(`attributes.${name}`, name, ATTRIBUTE_NAME),
      ...(Token.isUnresolved(value) ? [] : textProblems(`attributes.${name}`, literalOf(value), ATTRIBUTE_VALUE)),
    ]),
  ];
}

function thingNameProblems(thingName: string): Problem[] {
  if (Token.isUnresolved(thingName)) return [];
  if (parametersOf(thingName).length > 0) return textProblems('thingName', literalOf(thingName), THING_NAME);
  return [{ prop: 'thingName', got: thingName, allowed: 'a text with a parameter such as ${SerialNumber}', fix: 'without one, all devices would be one thing' }];
}

function overrideProblems({ thingTypeOverride }: FleetProvisioningProps): Problem[] {
  return thingTypeOverride !== ThingOverride.MERGE ? []
    : [{ prop: 'thingTypeOverride', got: thingTypeOverride, allowed: 'DO_NOTHING, REPLACE or FAIL', fix: 'a thing has one type, so there is nothing to merge' }];
}
