import { createHash } from 'crypto';
import { Caller } from '../account';
import { JsonObject } from '../json';
import { evaluateTemplate, ProvisioningRequest, ProvisioningResult } from '../provisioning-template';
import { Certificate, Registry, Thing, ThingSettings } from '../registry/registry';

export type RegistrationRequest = Pick<ProvisioningRequest, 'template' | 'flow' | 'parameters' | 'builtin'>;

const EVERYTHING_ALLOWED: Pick<Caller, 'authorize'> = { authorize: () => undefined };

/**
 * Makes what a template says of one device: the thing, its groups, the policies, the attachments, the status of the certificate.
 *
 * All of it is done in the name of the provisioning role. Whether the role may, and everything else that can fail, is found out first, so
 * that a refusal leaves nothing behind.
 *
 * @param role - absent: everything is allowed
 * @throws AwsError AccessDeniedException, ProvisioningError, RegistryError
 */
export function register(
  registry: Registry, request: RegistrationRequest, certificate: Certificate, role: Pick<Caller, 'authorize'> = EVERYTHING_ALLOWED,
): ProvisioningResult {
  role.authorize('iot:RegisterThing', '*');
  role.authorize('iot:DescribeCertificate', certificate.arn);
  const { result, known } = evaluated(registry, request);
  const policies = result.policies.map(({ PolicyName, PolicyDocument }): { name: string; document?: string } =>
    PolicyName === undefined ? byDocument(PolicyDocument as JsonObject) : { name: PolicyName });
  const changes = result.thing && settingsOf(result.thing);
  const isChanged = known !== undefined && differs(known, changes!);
  const groups = result.thing?.ThingGroups ?? [];
  const left = known && result.thing?.ThingGroups ? registry.groupsOf(known.thingName).filter(group => !groups.includes(group)) : [];

  for (const { name, document } of policies) {
    role.authorize(document === undefined || registry.policies.has(name) ? 'iot:GetPolicy' : 'iot:CreatePolicy', registry.arn(`policy/${name}`));
    if (document === undefined) registry.policies.get(name);
  }
  if (result.thing && changes) mayMakeThing(registry, role, result.thing.ThingName, { known, isChanged, changes, groups, left });
  if (policies.length > 0) role.authorize('iot:AttachPolicy', certificate.arn);
  role.authorize('iot:UpdateCertificate', certificate.arn);

  if (result.thing && changes) {
    const { ThingName } = result.thing;
    if (!known) registry.createThing(ThingName, changes);
    else if (isChanged) registry.updateThing(ThingName, changes);
    left.forEach(group => registry.removeThingFromGroup(ThingName, group));
    groups.forEach(group => registry.addThingToGroup(ThingName, group));
    registry.attachThingPrincipal(ThingName, certificate.arn);
  }
  for (const { name, document } of policies) {
    if (document !== undefined && !registry.policies.has(name)) registry.policies.create(name, document);
    registry.attachPolicy(name, certificate.arn);
  }
  registry.updateCertificate(certificate.certificateId, result.certificate?.Status?.toUpperCase() === 'INACTIVE' ? 'INACTIVE' : 'ACTIVE');
  return result;
}

function evaluated(registry: Registry, request: RegistrationRequest): { result: ProvisioningResult; known?: Thing } {
  const first = evaluateTemplate(request);
  const known = first.thing && registry.findThing(first.thing.ThingName);
  if (!known) return { result: first };
  const existing = {
    thing: {
      ThingName: known.thingName,
      AttributePayload: known.attributes,
      ThingGroups: registry.groupsOf(known.thingName),
      ...known.thingTypeName === undefined ? {} : { ThingTypeName: known.thingTypeName },
      ...known.billingGroupName === undefined ? {} : { BillingGroup: known.billingGroupName },
    },
  };
  return { result: evaluateTemplate({ ...request, existing }), known };
}

interface Making {
  readonly known?: Thing;
  readonly isChanged: boolean;
  readonly changes: ThingSettings;
  readonly groups: readonly string[];
  readonly left: readonly string[];
}

function mayMakeThing(registry: Registry, role: Pick<Caller, 'authorize'>, thingName: string, { known, isChanged, changes, groups, left }: Making): void {
  const thing = registry.arn(`thing/${thingName}`);
  const both = (action: string, other: string) => [thing, other].forEach(arn => role.authorize(action, arn));
  role.authorize('iot:DescribeThing', thing);
  if (changes.thingTypeName !== undefined) {
    role.authorize('iot:DescribeThingType', registry.arn(`thingtype/${changes.thingTypeName}`));
    registry.classes.type(changes.thingTypeName);
  }
  if (!known) role.authorize('iot:CreateThing', thing);
  else if (isChanged) role.authorize('iot:UpdateThing', thing);
  for (const group of groups) {
    both('iot:AddThingToThingGroup', registry.arn(`thinggroup/${group}`));
    registry.classes.group(group);
  }
  for (const group of left) both('iot:RemoveThingFromThingGroup', registry.arn(`thinggroup/${group}`));
  if (changes.billingGroupName !== undefined && changes.billingGroupName !== known?.billingGroupName) {
    both('iot:AddThingToBillingGroup', registry.arn(`billinggroup/${changes.billingGroupName}`));
    registry.classes.billingGroup(changes.billingGroupName);
  }
  role.authorize('iot:AttachThingPrincipal', '*');
}

function settingsOf({ ThingTypeName, BillingGroup, AttributePayload = {} }: NonNullable<ProvisioningResult['thing']>): ThingSettings {
  return {
    ...ThingTypeName !== undefined && { thingTypeName: ThingTypeName },
    ...BillingGroup !== undefined && { billingGroupName: BillingGroup },
    attributes: { ...AttributePayload },
  };
}

function differs(thing: Thing, changes: ThingSettings): boolean {
  return Object.entries(changes).some(([name, value]) => JSON.stringify(value) !== JSON.stringify(thing[name as keyof Thing]));
}

/** AWS IoT names such a policy by a hash of its document, so that equal documents are one policy. */
function byDocument(document: JsonObject): { name: string; document: string } {
  const text = JSON.stringify(document);
  return { name: createHash('sha256').update(text).digest('hex'), document: text };
}
