import { CfnResource, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { FleetProvisioningProps, ProvisioningTemplateType, ThingOverride } from './fleet-provisioning-options';
import { NamePart, THING_NAME_PARAMETER } from './hook-handler/env';
import { ProvisioningTemplateBody } from './provisioning-template-body';
import { buildBody } from './template-builder';
import { bodyProblems, parseBody } from './template-checks';
import { declaredParameters, JsonObject } from './template-document';
import { parametersOf, partsOf } from './template-text';
import { Problem, throwOnProblems } from '../private/validation';

const DEFAULT_SERIAL_NUMBER_PARAMETER = 'SerialNumber';
const DEFAULT_JITP_THING_NAME = '${AWS::IoT::Certificate::CommonName}';

/** How a template works, with all defaults resolved. */
export interface TemplateFlow {
  readonly templateType: ProvisioningTemplateType;
  /** Whether the built-in hook decides. */
  readonly asksRegistry: boolean;
  readonly serialNumberParameter: string;
  readonly thingName: string;
  readonly removalPolicy: RemovalPolicy;
}

export interface TemplateParts {
  /** Absent where the body is a token as a whole, so that nothing can be read from it. */
  readonly body?: JsonObject;
  readonly json: string;
  /** What the built-in hook makes the thing name of; absent where the body makes it by itself. */
  readonly thingNameParts?: NamePart[];
  /** Types and groups that must exist before the first device comes. */
  readonly memberships: CfnResource[];
}

export function flowOf(props: FleetProvisioningProps): TemplateFlow {
  const templateType = props.templateType ?? ProvisioningTemplateType.FLEET_PROVISIONING;
  const serialNumberParameter = props.serialNumberParameter ?? DEFAULT_SERIAL_NUMBER_PARAMETER;
  const jitp = templateType === ProvisioningTemplateType.JITP;
  return {
    templateType,
    asksRegistry: !jitp && !props.hook && !props.allowAnyDevice,
    serialNumberParameter,
    thingName: props.thingName ?? (jitp ? DEFAULT_JITP_THING_NAME : `\${${serialNumberParameter}}`),
    removalPolicy: props.removalPolicy ?? RemovalPolicy.RETAIN,
  };
}

/** The body of the template, given or built, with the resources that it names. */
export function templateParts(scope: Construct, props: FleetProvisioningProps, flow: TemplateFlow): TemplateParts {
  return props.templateBody ? givenBody(scope, props.templateBody, props, flow) : builtBody(scope, props, flow);
}

function givenBody(scope: Construct, { json }: ProvisioningTemplateBody, props: FleetProvisioningProps, flow: TemplateFlow): TemplateParts {
  const { body, problems } = parseBody(json);
  throwOnProblems(scope, problems);
  throwOnProblems(scope, body ? problemsOf(body, flow) : opaqueBodyProblems(props, flow));
  return { body, json: body ? Stack.of(scope).toJsonString(body) : json, memberships: [] };
}

function builtBody(scope: Construct, props: FleetProvisioningProps, flow: TemplateFlow): TemplateParts {
  const type = props.thingType?._membership.bind(scope, flow.removalPolicy);
  const groups = props.thingGroups?.map((group, index) => group._membership.bind(scope, flow.removalPolicy, index + 1)) ?? [];
  const billingGroup = props.billingGroup?._membership.bind(scope, flow.removalPolicy);
  const body = buildBody({
    // The built-in hook makes the name, so that the registry can fix it.
    thingName: flow.asksRegistry ? `\${${THING_NAME_PARAMETER}}` : flow.thingName,
    extraParameters: flow.asksRegistry ? [flow.serialNumberParameter, ...parametersOf(flow.thingName)] : [],
    policyName: props.policy!.policyName,
    thingTypeName: type?.name,
    thingGroupNames: groups.map(({ name }) => name),
    billingGroupName: billingGroup?.name,
    attributes: props.attributes ?? {},
    deviceConfiguration: props.deviceConfiguration,
    parameterDefaults: props.parameterDefaults ?? {},
    overrides: {
      attributes: props.attributesOverride ?? ThingOverride.MERGE,
      thingType: props.thingTypeOverride ?? ThingOverride.REPLACE,
      thingGroups: props.thingGroupsOverride ?? ThingOverride.DO_NOTHING,
    },
  });
  throwOnProblems(scope, problemsOf(body, flow));
  return {
    body,
    json: Stack.of(scope).toJsonString(body),
    thingNameParts: flow.asksRegistry ? partsOf(flow.thingName) : undefined,
    memberships: [type, ...groups, billingGroup].flatMap(member => member?.resource ?? []),
  };
}

function problemsOf(body: JsonObject, { templateType, asksRegistry, serialNumberParameter }: TemplateFlow): Problem[] {
  const declared = declaredParameters(body);
  return [
    ...bodyProblems(body, templateType === ProvisioningTemplateType.JITP),
    ...(!asksRegistry || declared.includes(serialNumberParameter) ? [] : [{
      prop: 'serialNumberParameter',
      got: serialNumberParameter,
      allowed: `one of the parameters ${JSON.stringify(declared)} of the body`,
      fix: 'the built-in hook looks devices up by it',
    }]),
  ];
}

/** A body that is one token can be passed on, but nothing can be read from it. */
function opaqueBodyProblems(props: FleetProvisioningProps, { asksRegistry }: TemplateFlow): Problem[] {
  const unreadable = (purpose: string, instead: string): Problem => ({
    prop: 'templateBody', got: 'a token', allowed: `readable at synth ${purpose}`, fix: `put tokens into strings inside the JSON, or pass a ${instead}`,
  });
  return [
    ...(asksRegistry ? [unreadable('for the built-in hook', 'hook')] : []),
    ...(props.provisioningRole || props.registrationManagedPolicy ? [] : [unreadable('to derive the role', 'provisioningRole')]),
  ];
}
