import { Account, Caller } from '../account';

/** The customer's key that encrypts a bucket. */
export interface BucketKey { readonly arn: string; readonly forWholeBucket: boolean }

/** What a request says of the encryption of the object that it writes. */
export interface AskedEncryption { readonly ServerSideEncryption?: string; readonly SSEKMSKeyId?: string }

/** Asks IAM about objects and buckets, and about the keys that S3 uses on the caller's behalf. */
export class ObjectAccess {
  private readonly keys = new Map<string, BucketKey>();

  constructor(private readonly account: Account) {}

  encryptBy(bucket: string, key: BucketKey | undefined): void {
    if (key) this.keys.set(bucket, key);
    else this.keys.delete(bucket);
  }

  bucketArn(bucket: string): string {
    return `arn:${this.account.environment.partition}:s3:::${bucket}`;
  }

  objectArn(bucket: string, key: string): string {
    return `${this.bucketArn(bucket)}/${key}`;
  }

  /** @throws AwsError AccessDeniedException */
  onBucket(caller: Caller, action: string, bucket: string, context: { [key: string]: string } = {}): void {
    caller.authorize(`s3:${action}`, this.bucketArn(bucket), context);
  }

  onObject(caller: Caller, action: string, bucket: string, key: string, context: { [key: string]: string } = {}): void {
    caller.authorize(`s3:${action}`, this.objectArn(bucket, key), context);
  }

  /** @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html */
  onRead(caller: Caller, bucket: string, key: string): void {
    this.onObject(caller, 'GetObject', bucket, key);
    this.onKey(caller, 'kms:Decrypt', bucket, key, this.keys.get(bucket));
  }

  /** @param isPart - of an object that comes in parts, for which S3 opens the key again */
  onWrite(caller: Caller, bucket: string, key: string, asks: AskedEncryption = {}, isPart = false): void {
    const { ServerSideEncryption: algorithm, SSEKMSKeyId: keyId } = asks;
    this.onObject(caller, 'PutObject', bucket, key, {
      ...algorithm !== undefined && { 's3:x-amz-server-side-encryption': algorithm },
      ...keyId !== undefined && { 's3:x-amz-server-side-encryption-aws-kms-key-id': keyId },
    });
    const ofBucket = this.keys.get(bucket);
    const asked = keyId === undefined ? ofBucket : { arn: keyArnOf(keyId, this.account), forWholeBucket: ofBucket?.forWholeBucket ?? false };
    const used = algorithm === 'AES256' ? undefined : asked;
    this.onKey(caller, 'kms:GenerateDataKey', bucket, key, used);
    if (isPart) this.onKey(caller, 'kms:Decrypt', bucket, key, used);
  }

  private onKey(caller: Caller, action: string, bucket: string, key: string, used: BucketKey | undefined): void {
    if (!used) return;
    const { region, account } = this.account.environment;
    caller.authorize(action, used.arn, {
      'kms:ViaService': `s3.${region}.amazonaws.com`,
      'kms:CallerAccount': account,
      'kms:EncryptionContext:aws:s3:arn': used.forWholeBucket ? this.bucketArn(bucket) : this.objectArn(bucket, key),
    });
  }
}

export function keyArnOf(key: string, account: Account): string {
  return key.startsWith('arn:') ? key : account.arn('kms', `key/${key}`);
}
