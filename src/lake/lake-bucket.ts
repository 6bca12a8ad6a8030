import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { acknowledge, acknowledgeStandards } from '../private/acknowledge';

/** Somebody who deletes or overwrites data by mistake has this long to notice. */
const OLD_VERSION_RETENTION = Duration.days(30);
const UPLOAD_PATIENCE = Duration.days(7);

export interface LakeBucketProps {
  /** @default - keys of S3 */
  readonly encryptionKey?: kms.IKey;
  /** @default RemovalPolicy.RETAIN */
  readonly removalPolicy?: RemovalPolicy;
  /** @default - no access logs */
  readonly serverAccessLogsBucket?: s3.IBucket;
  /** What is deleted when, beside old versions and uploads that never ended. */
  readonly lifecycleRules: s3.LifecycleRule[];
}

/** A bucket for the data of devices: encrypted, versioned, closed to the public, TLS only, kept unless told otherwise. */
export function createLakeBucket(scope: Construct, props: LakeBucketProps): s3.Bucket {
  const removalPolicy = props.removalPolicy ?? RemovalPolicy.RETAIN;
  const bucket = new s3.Bucket(scope, 'Bucket', {
    blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
    enforceSSL: true,
    encryption: props.encryptionKey ? s3.BucketEncryption.KMS : s3.BucketEncryption.S3_MANAGED,
    encryptionKey: props.encryptionKey,
    bucketKeyEnabled: props.encryptionKey ? true : undefined,
    versioned: true,
    removalPolicy,
    autoDeleteObjects: removalPolicy === RemovalPolicy.DESTROY,
    serverAccessLogsBucket: props.serverAccessLogsBucket,
    lifecycleRules: [
      { abortIncompleteMultipartUploadAfter: UPLOAD_PATIENCE, noncurrentVersionExpiration: OLD_VERSION_RETENTION, expiredObjectDeleteMarker: true },
      ...props.lifecycleRules,
    ],
  });
  acknowledgeBucket(bucket, props);
  return bucket;
}

/** What a bucket of ours leaves to options, since each has a price or needs another bucket. */
function acknowledgeBucket(bucket: s3.Bucket, { serverAccessLogsBucket, encryptionKey }: LakeBucketProps): void {
  if (!serverAccessLogsBucket) {
    const reason = 'Access logs need a bucket for which only the user of the library can decide; the option serverAccessLogsBucket takes it.';
    acknowledge(bucket, ['AwsSolutions-S1'], reason);
    acknowledgeStandards(bucket, ['S3BucketLoggingEnabled'], reason);
  }
  if (!encryptionKey) {
    acknowledgeStandards(bucket, ['S3DefaultEncryptionKMS'],
      'S3 encrypts every object with a key of its own (AES-256); the option encryptionKey puts a customer key in its place, which costs extra.');
  }
  acknowledgeStandards(bucket, ['S3BucketReplicationEnabled'],
    'A replica needs a bucket in a Region of the user\'s choice and doubles the storage; objects have versions, and the option bucket takes one that replicates.');
}
