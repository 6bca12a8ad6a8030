import * as path from 'path';
import { BucketStore } from './bucket-store';
import { BucketType } from './bucket-type';
import { MultipartUploads } from './multipart-upload';
import { BucketKey, keyArnOf, ObjectAccess } from './object-access';
import { s3Operations } from './s3-operations';
import { s3Protocol } from './s3-protocol';
import { Account, Caller, Service } from '../account';
import { CreatedResource, ResourceRequest, ResourceType } from '../assembly/resource-type';
import { HttpHandler } from '../http';
import { isObject, Json, JsonObject } from '../json';

/** Buckets of S3 as folders, reached as IAM allows: over HTTP with unmodified clients, and by the other parts. */
export class S3Service implements Service {
  readonly types: ReadonlyMap<string, ResourceType>;
  readonly endpoints: ReadonlyMap<string, HttpHandler>;
  /** For who reads files where they are, such as queries. */
  readonly store: BucketStore;
  private readonly access: ObjectAccess;

  constructor(private readonly account: Account) {
    this.store = new BucketStore(path.join(account.folder('s3'), 'buckets'));
    this.access = new ObjectAccess(account);
    const buckets = new BucketType(this.store, (request, properties) => account.hasNoEffect(request, properties));
    this.types = new Map([['AWS::S3::Bucket', { create: request => this.create(buckets, request) }]]);
    const operations = {
      ...s3Operations(this.store, new MultipartUploads(path.join(account.folder('s3'), 'uploads')), this.access),
      GetBucketLocation: ({ Bucket }: { Bucket: string }, caller: Caller) => {
        this.access.onBucket(caller, 'GetBucketLocation', Bucket);
        return { LocationConstraint: account.environment.region };
      },
    };
    account.addService('s3', operations);
    this.endpoints = new Map([['s3', s3Protocol(operations, account.environment.region)]]);
  }

  private async create(buckets: BucketType, request: ResourceRequest): Promise<CreatedResource> {
    const created = await buckets.create(request);
    this.access.encryptBy(created.ref, this.keyOf(request));
    return created;
  }

  /** Only a key of the customer has a policy that could refuse somebody. */
  private keyOf(request: ResourceRequest): BucketKey | undefined {
    const { ServerSideEncryptionByDefault: rule, BucketKeyEnabled } = firstRuleOf(request.properties.BucketEncryption);
    if (!isObject(rule) || typeof rule.KMSMasterKeyID !== 'string' || rule.KMSMasterKeyID.endsWith('alias/aws/s3')) return undefined;
    if (rule.KMSMasterKeyID.includes('alias/')) {
      this.account.hasNoEffect(request, [`BucketEncryption.KMSMasterKeyID (an alias, ${rule.KMSMasterKeyID}: name the key)`]);
      return undefined;
    }
    return { arn: keyArnOf(rule.KMSMasterKeyID, this.account), forWholeBucket: String(BucketKeyEnabled) === 'true' };
  }
}

function firstRuleOf(encryption: Json | undefined): JsonObject {
  const rules = isObject(encryption) ? encryption.ServerSideEncryptionConfiguration : undefined;
  return Array.isArray(rules) && isObject(rules[0]) ? rules[0] : {};
}
