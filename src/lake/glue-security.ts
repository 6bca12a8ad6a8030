import { ArnFormat, Names, Stack } from 'aws-cdk-lib';
import * as glue from 'aws-cdk-lib/aws-glue';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { acknowledge, acknowledgeInlinePolicy, acknowledgeKeyUse, acknowledgeWildcards } from '../private/acknowledge';
import { allowLogsToUse } from '../private/key-policy';
import { trustedService } from '../private/trust';

/** A role for a crawler or a job, which may write its logs and nothing else yet. */
export function createGlueRole(scope: Construct, description: string, logGroups: string): iam.Role {
  const role = new iam.Role(scope, 'Role', { assumedBy: trustedService(scope, 'glue.amazonaws.com'), description });
  const writeLogs = new iam.PolicyStatement({
    actions: ['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents'],
    resources: [Stack.of(scope).formatArn({ service: 'logs', resource: 'log-group', resourceName: `${logGroups}*`, arnFormat: ArnFormat.COLON_RESOURCE_NAME })],
  });
  role.addToPolicy(writeLogs);
  acknowledgeWildcards(role, [writeLogs], 'Glue chooses the names of the log groups and streams; the statement is for those of Glue only.');
  acknowledgeInlinePolicy(role);
  acknowledgeKeyUse(role);
  return role;
}

/** Lets a role list folders of a bucket. */
export function listFolders(role: iam.Role, bucket: s3.IBucket, folders: string[]): void {
  role.addToPolicy(new iam.PolicyStatement({
    actions: ['s3:ListBucket'],
    resources: [bucket.bucketArn],
    conditions: { StringLike: { 's3:prefix': folders.map(folder => `${folder}*`) } },
  }));
  role.addToPolicy(new iam.PolicyStatement({ actions: ['s3:GetBucketLocation'], resources: [bucket.bucketArn] }));
}

/** Lets a role work on the objects of folders of a bucket. */
export function useObjects(role: iam.Role, bucket: s3.IBucket, actions: string[], folders: string[]): void {
  const statement = new iam.PolicyStatement({ actions, resources: folders.map(folder => bucket.arnForObjects(`${folder}*`)) });
  role.addToPolicy(statement);
  acknowledgeWildcards(role, [statement], 'Names of objects have times in them that nobody knows before; the statement is for folders of the lake in one bucket.');
}

/** What encrypts the logs of Glue and what it writes by itself, where there is a customer key. */
export function createSecurity(scope: Construct, key?: kms.IKey): string | undefined {
  if (!key) {
    acknowledge(scope, ['AwsSolutions-GL1', 'AwsSolutions-GL3'],
      'CloudWatch Logs and S3 encrypt with keys of their own, and bookmarks are not used; the option encryptionKey puts a customer key in their place, which costs extra.');
    return undefined;
  }
  allowLogsToUse(scope, key);
  const kmsKeyArn = key.keyArn;
  return new glue.CfnSecurityConfiguration(scope, 'Security', {
    name: Names.uniqueResourceName(scope, { maxLength: 255, separator: '-', allowedSpecialCharacters: '-_' }),
    encryptionConfiguration: {
      cloudWatchEncryption: { cloudWatchEncryptionMode: 'SSE-KMS', kmsKeyArn },
      jobBookmarksEncryption: { jobBookmarksEncryptionMode: 'CSE-KMS', kmsKeyArn },
      s3Encryptions: [{ s3EncryptionMode: 'SSE-KMS', kmsKeyArn }],
    },
  }).ref;
}
