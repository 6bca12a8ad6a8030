import { PolicyDocument } from '../policy/policy-document';

const allow = (...Action: string[]): PolicyDocument => ({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action, Resource: '*' }] });
const LOGS = ['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents'];

/**
 * The policies of AWS that functions and fleet provisioning commonly have, by what follows `policy/` in their ARN.
 *
 * @see https://docs.aws.amazon.com/aws-managed-policy/latest/reference/policy-list.html
 */
const DOCUMENTS = new Map<string, PolicyDocument>([
  ['service-role/AWSLambdaBasicExecutionRole', allow(...LOGS)],
  ['service-role/AWSLambdaVPCAccessExecutionRole', allow(...LOGS, ...[
    'CreateNetworkInterface', 'DescribeNetworkInterfaces', 'DescribeSubnets', 'DeleteNetworkInterface', 'AssignPrivateIpAddresses', 'UnassignPrivateIpAddresses',
  ].map(action => `ec2:${action}`))],
  ['service-role/AWSLambdaRole', allow('lambda:InvokeFunction')],
  ['AWSXRayDaemonWriteAccess', allow(...[
    'PutTraceSegments', 'PutTelemetryRecords', 'GetSamplingRules', 'GetSamplingTargets', 'GetSamplingStatisticSummaries',
  ].map(action => `xray:${action}`))],
  ['service-role/AWSIoTThingsRegistration', allow(...[
    'AddThingToThingGroup', 'AttachPolicy', 'AttachPrincipalPolicy', 'AttachThingPrincipal', 'CreateCertificateFromCsr', 'CreatePolicy', 'CreateThing',
    'DescribeCertificate', 'DescribeThing', 'DescribeThingGroup', 'DescribeThingType', 'DetachPolicy', 'DetachThingPrincipal', 'GetPolicy',
    'ListAttachedPolicies', 'ListPolicyPrincipals', 'ListPrincipalPolicies', 'ListPrincipalThings', 'ListTargetsForPolicy', 'ListThingGroupsForThing',
    'ListThingPrincipals', 'RegisterCertificate', 'RegisterThing', 'RemoveThingFromThingGroup', 'UpdateCertificate', 'UpdateThing',
    'UpdateThingGroupsForThing', 'AddThingToBillingGroup', 'DescribeBillingGroup', 'RemoveThingFromBillingGroup',
  ].map(action => `iot:${action}`))],
]);

const OF_AWS = /^arn:[^:]+:iam::aws:policy\/(.+)$/;

/** Undefined where the ARN is not of AWS, or the policy is not modelled. */
export function awsManagedPolicy(arn: string): PolicyDocument | undefined {
  return DOCUMENTS.get(OF_AWS.exec(arn)?.[1] ?? '');
}
