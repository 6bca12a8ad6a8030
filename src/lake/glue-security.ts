import { ArnFormat, Names, Stack } from 'aws-cdk-lib';
import * as glue from 'aws-cdk-lib/aws-glue';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { acknowledge, acknowledgeInlinePolicy, acknowledgeKeyUse, acknowledgeWildcards } from '../private/acknowledge';
import { allowLogsToUse } from '../private/key-policy';
import { trustedService } from '../private/trust';

/**
 * A role for a crawler or a job, which may write its logs and nothing else yet. With a key of its own Glue puts it on the log groups it makes.
 *
 * @see https://docs.aws.amazon.com/glue/latest/dg/monitor-continuous-logging.html
 */
export function createGlueRole(scope: Construct, description: string, logGroups: string, encryptionKey?: kms.IKey): iam.Role {
  const role = new iam.Role(scope, 'Role', { assumedBy: trustedService(scope, 'glue.amazonaws.com'), description });
  const writeLogs = new iam.PolicyStatement({
    actions: [...encryptionKey ? ['logs:AssociateKmsKey'] : [], 'logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents'],
    resources: [Stack.of(scope).formatArn({ service: 'logs', resource: 'log-group', resourceName: `${logGroups}*`, arnFormat: ArnFormat.COLON_RESOURCE_NAME })],
  });
  role.addToPolicy(writeLogs);
  acknowledgeWildcards(role, [writeLogs], 'Glue chooses the names of the log groups and streams; the statement is for those of Glue only.');
  acknowledgeInlinePolicy(role);
  acknowledgeKeyUse(role);
  return role;
}

/** Keys by which Glue's file system may ask whether the parents of a folder exist, `wide`, `wide_$folder$` and so on. AWS does not document which it uses. */
export function folderMarkers(folder: string): string[] {
  const names = folder.split('/').slice(0, -1);
  return names.map((_name, at) => names.slice(0, at + 1).join('/')).flatMap(parent => [parent, `${parent}_$folder$`]);
}

/** Lets a role list folders of a bucket. */
export function listFolders(role: iam.Role, bucket: s3.IBucket, folders: string[], markers: string[] = []): void {
  role.addToPolicy(new iam.PolicyStatement({
    actions: ['s3:ListBucket'],
    resources: [bucket.bucketArn],
    conditions: { StringLike: { 's3:prefix': [...folders.map(folder => `${folder}*`), ...markers] } },
  }));
  role.addToPolicy(new iam.PolicyStatement({ actions: ['s3:GetBucketLocation'], resources: [bucket.bucketArn] }));
}

/** Lets a role work on the objects of folders of a bucket. */
export function useObjects(role: iam.Role, bucket: s3.IBucket, actions: string[], folders: string[], markers: string[] = []): void {
  const resources = [...folders.map(folder => `${folder}*`), ...markers].map(key => bucket.arnForObjects(key));
  const statement = new iam.PolicyStatement({ actions, resources });
  role.addToPolicy(statement);
  acknowledgeWildcards(role, [statement], 'Names of objects have times in them that nobody knows before; the statement is for folders of the lake in one bucket.');
}

/** What encrypts the logs of Glue, where there is a customer key. Objects keep to the encryption of their bucket, which it would override. */
export function createSecurity(scope: Construct, bucket: s3.IBucket, key?: kms.IKey): string | undefined {
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
      s3Encryptions: [bucket.encryptionKey ? { s3EncryptionMode: 'SSE-KMS', kmsKeyArn: bucket.encryptionKey.keyArn } : { s3EncryptionMode: 'DISABLED' }],
    },
  }).ref;
}
