import { ArnFormat, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { Json, JsonObject, Resource, RESOURCE_TYPES, resourcesOf } from './template-document';

/**
 * What AWS IoT has to do for a device, read from what the template body holds.
 *
 * AWS documents one managed policy for all bodies and no smaller set for each. Every statement here takes from that
 * policy the actions that concern one kind of resource, and names the resources of the body as far as they are known.
 *
 * @see https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSIoTThingsRegistration.html
 */
export function provisioningStatements(scope: Construct, body: JsonObject): iam.PolicyStatement[] {
  const arn = (resource: string, name: string) => Stack.of(scope).formatArn({ service: 'iot', resource, resourceName: name, arnFormat: ArnFormat.SLASH_RESOURCE_NAME });
  const things = resourcesOf(body, RESOURCE_TYPES.thing);
  const policies = resourcesOf(body, RESOURCE_TYPES.policy);
  const certificates = resourcesOf(body, RESOURCE_TYPES.certificate);
  const types = namesIn(things.map(({ properties }) => properties.ThingTypeName));
  const groups = namesIn(things.flatMap(({ properties }) => properties.ThingGroups as Json[] | undefined ?? []));
  const billingGroups = namesIn(things.map(({ properties }) => properties.BillingGroup));
  const thing = arn('thing', '*');
  const certificate = arn('cert', '*');
  return [
    // These have no resource types in IAM: nothing but `*` matches them.
    allow(['iot:RegisterThing', ...(things.length > 0 ? ['iot:AttachThingPrincipal', 'iot:DetachThingPrincipal', 'iot:ListThingPrincipals', 'iot:ListPrincipalThings'] : []),
      ...(policies.length > 0 ? ['iot:ListAttachedPolicies', 'iot:ListPrincipalPolicies', 'iot:ListPolicyPrincipals'] : [])], ['*']),
    ...(certificates.length > 0 ? [allow(['iot:DescribeCertificate', 'iot:UpdateCertificate'], [certificate])] : []),
    ...(things.length > 0 ? [allow(['iot:CreateThing', 'iot:DescribeThing', 'iot:UpdateThing'], [thing, ...billingGroups.map(name => arn('billinggroup', name))])] : []),
    ...(types.length > 0 ? [allow(['iot:DescribeThingType'], types.map(name => arn('thingtype', name)))] : []),
    ...(groups.length > 0 ? [allow(
      ['iot:AddThingToThingGroup', 'iot:DescribeThingGroup', 'iot:ListThingGroupsForThing', 'iot:RemoveThingFromThingGroup', 'iot:UpdateThingGroupsForThing'],
      // REPLACE takes a thing out of groups that the body does not name.
      [thing, ...(things.some(replacesGroups) ? [arn('thinggroup', '*')] : groups.map(name => arn('thinggroup', name)))],
    )] : []),
    ...(billingGroups.length > 0 ? [allow(
      ['iot:AddThingToBillingGroup', 'iot:DescribeBillingGroup', 'iot:RemoveThingFromBillingGroup'], [thing, ...billingGroups.map(name => arn('billinggroup', name))],
    )] : []),
    ...policyStatements(policies, certificate, name => arn('policy', name)),
  ];
}

function policyStatements(policies: Resource[], certificate: string, arn: (name: string) => string): iam.PolicyStatement[] {
  if (policies.length === 0) return [];
  const byDocument = policies.some(({ properties }) => properties.PolicyDocument !== undefined);
  // AWS IoT names the policies that it makes of documents.
  const names = byDocument ? ['*'] : namesIn(policies.map(({ properties }) => properties.PolicyName));
  return [
    allow(['iot:AttachPolicy', 'iot:AttachPrincipalPolicy', 'iot:DetachPolicy'], [certificate, ...names.map(arn)]),
    allow(['iot:GetPolicy', 'iot:ListTargetsForPolicy', ...(byDocument ? ['iot:CreatePolicy'] : [])], names.map(arn)),
  ];
}

function replacesGroups({ overrideSettings }: Resource): boolean {
  return overrideSettings.ThingGroups === 'REPLACE';
}

/** The names that a body holds; one that is made for each device can be any. */
function namesIn(values: (Json | undefined)[]): string[] {
  const names = values.filter(value => value !== undefined).map(value => typeof value === 'string' ? value : '*');
  return names.includes('*') ? ['*'] : [...new Set(names)];
}

function allow(actions: string[], resources: string[]): iam.PolicyStatement {
  return new iam.PolicyStatement({ actions, resources });
}
