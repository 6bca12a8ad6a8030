import { Stack, Validations } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as iam from 'aws-cdk-lib/aws-iam';
import { IConstruct } from 'constructs';

/**
 * Records why a finding of cdk-nag is accepted, for this construct and all below it, beside the code that it is about.
 *
 * It goes into construct metadata, not into the template, and needs no cdk-nag. `Validations.of(…).acknowledge` does the
 * same but takes a stack trace each time, which a zone would pay for at every synthesis.
 */
export function acknowledge(scope: IConstruct, rules: string[], reason: string): void {
  const accepted = Object.fromEntries(rules.map(rule => [`Annotation::${rule}`, reason]));
  scope.node.addMetadata(Validations.ACKNOWLEDGED_RULES_METADATA_KEY, accepted);
}

/** The packs of cdk-nag that stand for a standard. They share rules, each under its own prefix; PCI DSS has the fewest. */
const STANDARDS = ['NIST.800.53.R5', 'HIPAA.Security', 'PCI.DSS.321'];

/** Accepts a finding of the packs for NIST 800-53, HIPAA and PCI DSS, by the name that it has in all of them. */
export function acknowledgeStandards(scope: IConstruct, rules: string[], reason: string): void {
  acknowledge(scope, rules.flatMap(rule => STANDARDS.map(standard => `${standard}-${rule}`)), reason);
}

/** Accepts that what a role may do is a policy inside it. */
export function acknowledgeInlinePolicy(scope: IConstruct): void {
  acknowledgeStandards(scope, ['IAMNoInlinePolicy'],
    'The policy is for this one role and is deleted with it; a managed policy could be attached to somebody else by mistake.');
}

/** Gives an alarm its actions, and accepts that it has none where none were given. */
export function addActions(alarm: cloudwatch.Alarm, actions: cloudwatch.IAlarmAction[]): void {
  alarm.addAlarmAction(...actions);
  if (actions.length > 0) return;
  acknowledgeStandards(alarm, ['CloudWatchAlarmAction'], 'Only the owner of the app knows whom an alarm shall call; the option alarmActions takes it.');
}

/** Accepts a log without a customer key. */
export function acknowledgeLogWithoutKey(log: IConstruct): void {
  acknowledgeStandards(log, ['CloudWatchLogGroupEncrypted'],
    'CloudWatch Logs encrypts every log with a key of its own; the option encryptionKey puts a customer key in its place, which costs extra.');
}

/** Accepts a table that no backup plan names. */
export function acknowledgeTableWithoutPlan(table: IConstruct): void {
  acknowledgeStandards(table, ['DynamoDBInBackupPlan'],
    'Point-in-time recovery restores any second of the last 35 days; a backup plan belongs to the account and can select this table by its ARN or tag.');
}

/** Accepts the wildcards in these statements, each by its exact text, so that another wildcard still is a finding. */
export function acknowledgeWildcards(scope: IConstruct, statements: iam.PolicyStatement[], reason: string): void {
  const stack = Stack.of(scope);
  const findings = statements.flatMap(statement => [
    ...statement.actions.filter(action => action.includes('*')).map(action => `Action::${action}`),
    ...statement.resources.map(resource => flatten(stack.resolve(resource))).filter(text => text.includes('*')).map(text => `Resource::${text}`),
  ]);
  acknowledge(scope, findings.map(finding => `AwsSolutions-IAM5[${finding}]`), reason);
}

/** Accepts the wildcards that CDK's grants write for the use of a customer key, below this construct. */
export function acknowledgeKeyUse(scope: IConstruct): void {
  acknowledge(scope, ['Action::kms:GenerateDataKey*', 'Action::kms:ReEncrypt*'].map(finding => `AwsSolutions-IAM5[${finding}]`),
    'KMS has a family of actions each for data keys and for re-encryption; the statement names one key as its only resource.');
}

/** A resolved ARN as cdk-nag writes it. */
function flatten(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value).replaceAll('${', '<').replaceAll('}', '>');
  const [[intrinsic, argument]] = Object.entries(value) as [string, any][];
  switch (intrinsic) {
    case 'Fn::Join': return (argument[1] as unknown[]).map(flatten).join(argument[0]);
    case 'Fn::GetAtt': return `<${argument[0]}.${argument[1]}>`;
    case 'Fn::ImportValue': return flatten(argument);
    case 'Ref': return `<${argument}>`;
    default: return JSON.stringify(value);
  }
}
