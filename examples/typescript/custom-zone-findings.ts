import { Validations } from 'aws-cdk-lib';
import { IConstruct } from 'constructs';

/** The resources of custom-zone.ts that are the company's own; those of the landing zone bring their reasons along. */
export interface OwnResources {
  readonly bucket: IConstruct;
  readonly hook: IConstruct;
  readonly overheated: IConstruct;
  readonly logGroup: IConstruct;
}

/** Why this company accepts what the packs of cdk-nag find in its own resources. An app that does not use cdk-nag needs none of it. */
export function acknowledgeFindings({ bucket, hook, overheated, logGroup }: OwnResources): void {
  accept(bucket, ['AwsSolutions-S1', ...standards('S3BucketLoggingEnabled')], 'Data events of all buckets of this account are in its CloudTrail.');
  accept(bucket, standards('S3BucketReplicationEnabled'), 'The lake can be measured again; versions guard against deletion.');
  accept(hook, ['AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole]'], 'It may write its log and nothing else.');
  accept(hook, standards('LambdaConcurrency', 'LambdaDLQ'), 'AWS IoT waits for its answer, and refuses a device that gets none: there is nothing to keep.');
  accept(hook, standards('LambdaInsideVPC'), 'It calls nothing.');
  accept(overheated, ['AwsSolutions-SQS3'], 'The program that reads it deletes what it cannot read; what the rule could not send waits in the queue of the zone.');
  accept(logGroup, standards('CloudWatchLogGroupEncrypted'), 'Temperatures are no secret; CloudWatch Logs encrypts them with a key of its own.');
}

/** What `Validations.of(construct).acknowledge` records; that method refuses the colons in the names of some findings. */
function accept(construct: IConstruct, rules: string[], reason: string): void {
  construct.node.addMetadata(Validations.ACKNOWLEDGED_RULES_METADATA_KEY, Object.fromEntries(rules.map(rule => [`Annotation::${rule}`, reason])));
}

/** The packs for NIST, HIPAA and PCI share most of their rules; what a pack does not have is not found either. */
function standards(...rules: string[]): string[] {
  return rules.flatMap(rule => ['NIST.800.53.R5', 'HIPAA.Security', 'PCI.DSS.321'].map(pack => `${pack}-${rule}`));
}
