import { BucketStore, ObjectMetadata, StoredObject } from './bucket-store';
import { MultipartUploads } from './multipart-upload';
import { AskedEncryption, ObjectAccess } from './object-access';
import { pageOf } from './object-list';
import { S3Error } from './object-path';
import { AwsError, Caller, Operations } from '../account';

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html */
const MAXIMUM_KEYS = 1000;

interface ObjectInput { readonly Bucket: string; readonly Key: string }
interface UploadInput extends ObjectInput { readonly UploadId: string }
interface Described {
  readonly ContentType?: string;
  readonly ContentEncoding?: string;
  readonly ContentDisposition?: string;
  readonly ContentLanguage?: string;
  readonly CacheControl?: string;
  readonly Metadata?: { readonly [name: string]: string };
}
interface PutInput extends ObjectInput, Described, AskedEncryption {
  readonly Body?: unknown;
  readonly IfNoneMatch?: string;
  readonly IfMatch?: string;
}
interface GetInput extends ObjectInput {
  readonly Range?: string;
  readonly IfMatch?: string;
  readonly IfNoneMatch?: string;
  readonly IfModifiedSince?: Date;
  readonly IfUnmodifiedSince?: Date;
}
interface PartInput extends UploadInput { readonly PartNumber: number; readonly Body: unknown }
interface CompleteInput extends UploadInput {
  readonly MultipartUpload: { readonly Parts: readonly { readonly PartNumber: number; readonly ETag: string }[] };
}
interface CopyInput extends PutInput { readonly CopySource: string; readonly MetadataDirective?: string }
interface ListInput {
  readonly Bucket: string;
  readonly Prefix?: string;
  readonly Delimiter?: string;
  readonly MaxKeys?: number;
  readonly StartAfter?: string;
  readonly ContinuationToken?: string;
  /** Of the first version of the API. */
  readonly Marker?: string;
}

/** What S3 does, in the shapes of its API; a body is bytes, or text that is written as UTF-8. */
export function s3Operations(store: BucketStore, uploads: MultipartUploads, access: ObjectAccess): Operations {
  const writing = new OneAtATime();

  const put = (input: PutInput, metadata: ObjectMetadata, body: Uint8Array) => writing.of(`${input.Bucket}/${input.Key}`, async () => {
    const { Bucket, Key, IfNoneMatch, IfMatch } = input;
    if (IfNoneMatch !== undefined || IfMatch !== undefined) {
      const found = await store.get(Bucket, Key).catch(undefinedIfAbsent);
      if (IfNoneMatch !== undefined && found) throw preconditionFailed('If-None-Match');
      if (IfMatch !== undefined && !matches(found, IfMatch)) throw preconditionFailed('If-Match');
    }
    return { ETag: quoted(await store.put(Bucket, Key, body, metadata)) };
  });

  /** Whoever may not list is not told that there is no such object. */
  const read = async (caller: Caller, bucket: string, key: string): Promise<StoredObject> => {
    access.onRead(caller, bucket, key);
    try {
      return await store.get(bucket, key);
    } catch (error) {
      if ((error as Error).name === 'NoSuchKey') access.onBucket(caller, 'ListBucket', bucket, { 's3:prefix': key });
      throw error;
    }
  };

  const get = async (input: GetInput, caller: Caller) => {
    const object = await read(caller, input.Bucket, input.Key);
    checkConditions(object, input);
    const range = rangeOf(input.Range, object.body.length);
    return {
      ...describe(object),
      Body: range ? object.body.subarray(range.from, range.to + 1) : object.body,
      ContentLength: range ? range.to + 1 - range.from : object.body.length,
      ...range && { ContentRange: `bytes ${range.from}-${range.to}/${object.body.length}` },
    };
  };

  const list = async ({ Bucket, Prefix = '', Delimiter = '', MaxKeys = MAXIMUM_KEYS }: ListInput, after: string, caller: Caller) => {
    if (!Number.isInteger(MaxKeys) || MaxKeys < 0) throw new AwsError('InvalidArgument', 'Argument maxKeys must be an integer between 0 and 2147483647');
    access.onBucket(caller, 'ListBucket', Bucket, {
      's3:prefix': Prefix, ...Delimiter !== '' && { 's3:delimiter': Delimiter }, 's3:max-keys': String(MaxKeys),
    });
    const maximum = Math.min(MaxKeys, MAXIMUM_KEYS);
    const { keys, commonPrefixes, next } = pageOf(await store.keys(Bucket, Prefix), { prefix: Prefix, delimiter: Delimiter, after, maximum });
    const contents = await store.summaries(Bucket, keys);
    return {
      Name: Bucket,
      Prefix,
      ...Delimiter !== '' && { Delimiter },
      MaxKeys: maximum,
      IsTruncated: next !== undefined,
      Contents: contents.map(({ key, lastModified, etag, size }) => ({ Key: key, LastModified: lastModified, ETag: quoted(etag), Size: size, StorageClass: 'STANDARD' })),
      CommonPrefixes: commonPrefixes.map(prefix => ({ Prefix: prefix })),
      next,
    };
  };

  return {
    PutObject: async (input: PutInput, caller: Caller) => {
      access.onWrite(caller, input.Bucket, input.Key, input);
      return put(input, metadataOf(input), bytesOfBody(input.Body));
    },
    GetObject: get,
    HeadObject: async (input: GetInput, caller: Caller) => {
      const { Body, ...rest } = await get(input, caller);
      void Body;
      return rest;
    },
    DeleteObject: async ({ Bucket, Key }: ObjectInput, caller: Caller) => {
      access.onObject(caller, 'DeleteObject', Bucket, Key);
      await store.delete(Bucket, Key);
      return {};
    },
    DeleteObjects: async ({ Bucket, Delete }: { Bucket: string; Delete: { Objects: { Key: string }[]; Quiet?: boolean } }, caller: Caller) => {
      if (Delete.Objects.length > MAXIMUM_KEYS) throw new AwsError('MalformedXML', `At most ${MAXIMUM_KEYS} objects can be deleted at once.`);
      const Deleted: { Key: string }[] = [];
      const Errors: { Key: string; Code: string; Message: string }[] = [];
      for (const { Key } of Delete.Objects) {
        try {
          access.onObject(caller, 'DeleteObject', Bucket, Key);
          await store.delete(Bucket, Key);
          if (Delete.Quiet !== true) Deleted.push({ Key });
        } catch (error) {
          const { name, message } = error as Error;
          if (name === 'NoSuchBucket') throw error;
          Errors.push({ Key, Code: name.replace(/^AccessDeniedException$/, 'AccessDenied'), Message: message });
        }
      }
      return { Deleted, Errors };
    },
    CopyObject: async (input: CopyInput, caller: Caller) => {
      const [, bucket, key] = /^\/?([^/]+)\/(.+?)(?:\?versionId=.*)?$/.exec(input.CopySource) ?? [];
      if (bucket === undefined) throw new AwsError('InvalidArgument', 'Copy Source must mention the source bucket and key: sourcebucket/sourcekey');
      access.onWrite(caller, input.Bucket, input.Key, input);
      const source = await read(caller, decodeURIComponent(bucket), decodeURIComponent(key));
      const { etag, ...metadata } = source.metadata;
      void etag;
      const { ETag } = await put(input, input.MetadataDirective === 'REPLACE' ? metadataOf(input) : metadata, source.body);
      return { CopyObjectResult: { ETag, LastModified: new Date() } };
    },
    ListObjectsV2: async (input: ListInput, caller: Caller) => {
      const { ContinuationToken, StartAfter } = input;
      const after = ContinuationToken === undefined ? StartAfter ?? '' : Buffer.from(ContinuationToken, 'base64').toString('utf8');
      const { next, ...page } = await list(input, after, caller);
      return {
        ...page,
        KeyCount: page.Contents.length + page.CommonPrefixes.length,
        ...ContinuationToken !== undefined && { ContinuationToken },
        ...StartAfter !== undefined && { StartAfter },
        ...next !== undefined && { NextContinuationToken: Buffer.from(next).toString('base64') },
      };
    },
    ListObjects: async (input: ListInput, caller: Caller) => {
      const { next, ...page } = await list(input, input.Marker ?? '', caller);
      return { ...page, Marker: input.Marker ?? '', ...next !== undefined && input.Delimiter !== undefined && { NextMarker: next } };
    },
    ListBuckets: async (_input: object, caller: Caller) => {
      caller.authorize('s3:ListAllMyBuckets', '*');
      return { Buckets: (await store.buckets()).map(({ name, created }) => ({ Name: name, CreationDate: created })) };
    },
    HeadBucket: async ({ Bucket }: { Bucket: string }, caller: Caller) => {
      access.onBucket(caller, 'ListBucket', Bucket);
      if (!await store.hasBucket(Bucket)) throw new S3Error('NoSuchBucket', `The specified bucket does not exist: ${Bucket}`);
      return {};
    },
    CreateBucket: async ({ Bucket }: { Bucket: string }, caller: Caller) => {
      access.onBucket(caller, 'CreateBucket', Bucket);
      await store.createBucket(Bucket);
      return { Location: `/${Bucket}` };
    },
    CreateMultipartUpload: async (input: PutInput, caller: Caller) => {
      access.onWrite(caller, input.Bucket, input.Key, input);
      if (!await store.hasBucket(input.Bucket)) throw new S3Error('NoSuchBucket', `The specified bucket does not exist: ${input.Bucket}`);
      const { Bucket, Key } = input;
      return { Bucket, Key, UploadId: await uploads.begin({ bucket: Bucket, key: Key, metadata: metadataOf(input) }) };
    },
    UploadPart: async ({ Bucket, Key, UploadId, PartNumber, Body }: PartInput, caller: Caller) => {
      access.onWrite(caller, Bucket, Key, {}, true);
      await uploads.find(Bucket, Key, UploadId);
      return { ETag: quoted(await uploads.putPart(UploadId, PartNumber, bytesOfBody(Body))) };
    },
    CompleteMultipartUpload: async ({ Bucket, Key, UploadId, MultipartUpload }: CompleteInput, caller: Caller) => {
      access.onWrite(caller, Bucket, Key, {}, true);
      const { metadata } = await uploads.find(Bucket, Key, UploadId);
      const wanted = MultipartUpload.Parts.map(({ PartNumber, ETag }) => ({ partNumber: PartNumber, etag: ETag }));
      const { body, etag } = await uploads.assemble(UploadId, wanted);
      const { ETag } = await put({ Bucket, Key }, { ...metadata, etag }, body);
      await uploads.end(UploadId);
      return { Bucket, Key, ETag, Location: `/${Bucket}/${Key}` };
    },
    AbortMultipartUpload: async ({ Bucket, Key, UploadId }: UploadInput, caller: Caller) => {
      access.onObject(caller, 'AbortMultipartUpload', Bucket, Key);
      await uploads.find(Bucket, Key, UploadId);
      await uploads.end(UploadId);
      return {};
    },
    ListParts: async ({ Bucket, Key, UploadId }: UploadInput, caller: Caller) => {
      access.onObject(caller, 'ListMultipartUploadParts', Bucket, Key);
      await uploads.find(Bucket, Key, UploadId);
      const parts = await uploads.parts(UploadId);
      const Parts = parts.map(({ partNumber, etag, size }) => ({ PartNumber: partNumber, ETag: quoted(etag), Size: size }));
      return { Bucket, Key, UploadId, IsTruncated: false, Parts };
    },
  };
}

/** Writers of one object wait for each other, so that a condition holds when the object is written. */
class OneAtATime {
  private readonly last = new Map<string, Promise<unknown>>();

  async of<T>(name: string, work: () => Promise<T>): Promise<T> {
    const mine = (this.last.get(name) ?? Promise.resolve()).catch(() => undefined).then(work);
    this.last.set(name, mine);
    try {
      return await mine;
    } finally {
      if (this.last.get(name) === mine) this.last.delete(name);
    }
  }
}

export function bytesOfBody(body: unknown): Uint8Array {
  if (body === undefined) return Buffer.alloc(0);
  if (typeof body === 'string') return Buffer.from(body);
  if (body instanceof Uint8Array) return body;
  throw new AwsError('InvalidArgument', 'Body must be bytes or text');
}

function metadataOf({ ContentType, ContentEncoding, ContentDisposition, ContentLanguage, CacheControl, Metadata }: Described): ObjectMetadata {
  return {
    ...ContentType !== undefined && { contentType: ContentType },
    ...ContentEncoding !== undefined && { contentEncoding: ContentEncoding },
    ...ContentDisposition !== undefined && { contentDisposition: ContentDisposition },
    ...ContentLanguage !== undefined && { contentLanguage: ContentLanguage },
    ...CacheControl !== undefined && { cacheControl: CacheControl },
    ...Metadata && Object.keys(Metadata).length > 0 && { user: Metadata },
  };
}

function describe({ metadata, etag, lastModified }: StoredObject) {
  const { contentType = 'application/octet-stream', contentEncoding, contentDisposition, contentLanguage, cacheControl, user = {} } = metadata;
  return {
    ETag: quoted(etag),
    LastModified: lastModified,
    AcceptRanges: 'bytes',
    ContentType: contentType,
    ContentEncoding: contentEncoding,
    ContentDisposition: contentDisposition,
    ContentLanguage: contentLanguage,
    CacheControl: cacheControl,
    Metadata: user,
  };
}

/** https://www.rfc-editor.org/rfc/rfc9110#section-13.2.2; times have seconds. */
function checkConditions(object: StoredObject, { IfMatch, IfNoneMatch, IfModifiedSince, IfUnmodifiedSince }: GetInput): void {
  const seconds = (date: Date) => Math.floor(date.getTime() / 1000);
  const modified = seconds(object.lastModified);
  if (IfMatch !== undefined && !matches(object, IfMatch)) throw preconditionFailed('If-Match');
  if (IfMatch === undefined && IfUnmodifiedSince && modified > seconds(IfUnmodifiedSince)) throw preconditionFailed('If-Unmodified-Since');
  if (IfNoneMatch !== undefined ? matches(object, IfNoneMatch) : IfModifiedSince && modified <= seconds(IfModifiedSince)) {
    throw new AwsError('NotModified', 'Not Modified', 304);
  }
}

function matches(object: StoredObject | undefined, condition: string): boolean {
  return object !== undefined && condition.split(',').map(tag => tag.trim().replace(/^W\//, '').replaceAll('"', '')).some(tag => tag === '*' || tag === object.etag);
}

/** One range of bytes; what is no such is passed over, as S3 does. @throws AwsError where it begins after the end */
function rangeOf(range: string | undefined, size: number): { from: number; to: number } | undefined {
  const [, from, to] = /^bytes=(\d*)-(\d*)$/.exec(range ?? '') ?? [];
  if (from === undefined || (from === '' && to === '') || (from !== '' && to !== '' && Number(to) < Number(from))) return undefined;
  const [first, last] = from === '' ? [Math.max(0, size - Number(to)), size - 1] : [Number(from), to === '' ? size - 1 : Math.min(Number(to), size - 1)];
  if (first >= size) throw new AwsError('InvalidRange', 'The requested range is not satisfiable', 416);
  return { from: first, to: last };
}

function preconditionFailed(condition: string): AwsError {
  return new AwsError('PreconditionFailed', `At least one of the pre-conditions you specified did not hold: ${condition}`, 412);
}

function undefinedIfAbsent(error: Error): undefined {
  if (error.name === 'NoSuchKey') return undefined;
  throw error;
}

function quoted(etag: string): string {
  return `"${etag}"`;
}
