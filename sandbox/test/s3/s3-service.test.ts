import { createHash } from 'crypto';
import { mkdtempSync, rmSync } from 'fs';
import { request as httpRequest } from 'http';
import { tmpdir } from 'os';
import * as path from 'path';
import { Readable } from 'stream';
import {
  AbortMultipartUploadCommand, CompleteMultipartUploadCommand, CopyObjectCommand, CreateMultipartUploadCommand, DeleteObjectCommand,
  DeleteObjectsCommand, GetBucketLocationCommand, GetObjectCommand, HeadBucketCommand, HeadObjectCommand, ListBucketsCommand,
  ListObjectsCommand, ListObjectsV2Command, ListPartsCommand,
  paginateListObjectsV2, PutObjectCommand, PutBucketVersioningCommand, S3Client, UploadPartCommand,
} from '@aws-sdk/client-s3';
import { Account } from '../../src/account';
import { ResourceRequest } from '../../src/assembly/resource-type';
import { HttpEndpoint } from '../../src/http';
import { JsonObject } from '../../src/json';
import { S3Service } from '../../src/s3/s3-service';
import { SYSTEM_CLOCK } from '../../src/time/clock';

const [ACCOUNT, REGION] = ['111122223333', 'eu-west-1'];
const ROLE = `arn:aws:iam::${ACCOUNT}:role/writer`;
const KEY_ARN = `arn:aws:kms:${REGION}:${ACCOUNT}:key/1`;
const stateFolder = mkdtempSync(path.join(tmpdir(), 's3-'));
const account = new Account({ environment: { account: ACCOUNT, region: REGION, partition: 'aws' }, stateFolder, clock: SYSTEM_CLOCK });
const service = new S3Service(account);
const http = new HttpEndpoint(account);
const clients: S3Client[] = [];
let endpoint: string;
let s3: S3Client;

function clientWith(credentials: { accessKeyId: string; secretAccessKey: string }, more: object = {}): S3Client {
  const client = new S3Client({ endpoint, region: REGION, credentials, maxAttempts: 1, ...more });
  clients.push(client);
  return client;
}

function bucket(name: string, properties: JsonObject = {}) {
  const request: ResourceRequest = {
    logicalId: 'Lake',
    type: 'AWS::S3::Bucket',
    path: `Site/${name}`,
    properties: { BucketName: name, ...properties },
    stack: { stackName: 'site', stackId: 'id', account: ACCOUNT, region: REGION, partition: 'aws' },
    generatedName: () => name,
    assetPath: () => undefined,
  };
  return service.types.get('AWS::S3::Bucket')!.create(request);
}

function roleWith(...statements: JsonObject[]): S3Client {
  account.iam.addRole({
    arn: ROLE,
    trust: { Statement: [{ Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' }] },
    inlinePolicies: [{ name: 'own', document: { Version: '2012-10-17', Statement: statements } }],
    managedPolicyArns: [],
    tags: {},
  });
  return clientWith(account.credentials.issue(account.sessionArn(ROLE, 'session')));
}

const put = (Key: string, Body: string | Buffer | Readable = 'x', more: object = {}) => s3.send(new PutObjectCommand({ Bucket: 'lake', Key, Body, ...more }));
const md5 = (body: string | Buffer) => `"${createHash('md5').update(body).digest('hex')}"`;

beforeAll(async () => {
  for (const [name, handler] of service.endpoints) http.addService(name, handler);
  account.listensAt(endpoint = await http.listen('127.0.0.1', 0));
  // No path style asked for: clients take it by themselves where the endpoint is an address.
  s3 = clientWith({ accessKeyId: 'operator', secretAccessKey: 'any' });
});
beforeEach(() => bucket('lake'));
afterEach(() => rmSync(service.store.folder, { recursive: true, force: true }));
afterAll(async () => {
  clients.forEach(client => client.destroy());
  await http.stop();
  rmSync(stateFolder, { recursive: true });
});

test.each(['a.json', 'dt=2026-11-21/a b+c.json', 'ü/😀&<\'">%2F', 'a//b/', 'line\nbreak'])('an unmodified client puts, reads, lists and deletes %j', async Key => {
  const body = Buffer.from([0, 255, 10, 13]);
  expect((await put(Key, body, { ContentType: 'text/plain', ContentEncoding: 'gzip', Metadata: { by: 'me' } })).ETag).toBe(md5(body));
  const found = await s3.send(new GetObjectCommand({ Bucket: 'lake', Key }));
  expect(Buffer.from(await found.Body!.transformToByteArray())).toEqual(body);
  expect(found).toMatchObject({ ContentType: 'text/plain', ContentEncoding: 'gzip', Metadata: { by: 'me' }, ETag: md5(body), ContentLength: 4 });
  expect(await s3.send(new HeadObjectCommand({ Bucket: 'lake', Key }))).toMatchObject({ ContentLength: 4, ETag: md5(body), LastModified: expect.any(Date) });
  expect((await s3.send(new ListObjectsV2Command({ Bucket: 'lake' }))).Contents).toMatchObject([{ Key, Size: 4, ETag: md5(body) }]);
  expect((await s3.send(new ListObjectsV2Command({ Bucket: 'lake', EncodingType: 'url' }))).Contents!.map(object => decodeURIComponent(object.Key!))).toEqual([Key]);
  await s3.send(new DeleteObjectCommand({ Bucket: 'lake', Key }));
  await expect(s3.send(new GetObjectCommand({ Bucket: 'lake', Key }))).rejects.toMatchObject({ name: 'NoSuchKey' });
  await expect(s3.send(new HeadObjectCommand({ Bucket: 'lake', Key }))).rejects.toMatchObject({ name: 'NotFound' });
});

test('a stream of unknown length comes in chunks, and is stored without them', async () => {
  const body = Buffer.alloc(300_000, 'abc');
  await put('streamed', Readable.from([body.subarray(0, 100_000), body.subarray(100_000)]), { ContentLength: body.length });
  const { Body, ContentEncoding } = await s3.send(new GetObjectCommand({ Bucket: 'lake', Key: 'streamed' }));
  expect(Buffer.from(await Body!.transformToByteArray()).equals(body)).toBe(true);
  expect(ContentEncoding).toBeUndefined();
});

test.each(['CRC32', 'CRC32C', 'SHA1', 'SHA256'] as const)('a %s that the client computes is right', async ChecksumAlgorithm => {
  await put('checked', 'body', { ChecksumAlgorithm });
});

test.each([[{ ContentMD5: 'AAAAAAAAAAAAAAAAAAAAAA==' }, 'BadDigest'], [{ ContentMD5: 'AA==' }, 'InvalidDigest'], [{ ChecksumCRC32: 'AAAAAA==' }, 'BadDigest'], [{ ChecksumCRC64NVME: 'AAAAAAAAAAA=' }, 'BadDigest']])(
  'a body that is not what %j says is refused, and nothing is stored', async (wrong, name) => {
    await expect(put('wrong', 'body', wrong)).rejects.toMatchObject({ name });
    expect(await service.store.keys('lake')).toEqual([]);
  });

test.each([['bytes=1-2', 'bc', 'bytes 1-2/5'], ['bytes=3-', 'de', 'bytes 3-4/5'], ['bytes=-2', 'de', 'bytes 3-4/5'], ['bytes=0-99', 'abcde', 'bytes 0-4/5']])('the range %s is %j', async (Range, text, ContentRange) => {
  await put('ranged', 'abcde');
  const found = await s3.send(new GetObjectCommand({ Bucket: 'lake', Key: 'ranged', Range }));
  expect([await found.Body!.transformToString(), found.ContentRange, found.$metadata.httpStatusCode]).toEqual([text, ContentRange, 206]);
});

test('conditions hold for reading and for writing', async () => {
  await put('once', 'abcde', { IfNoneMatch: '*' });
  await expect(put('once', 'other', { IfNoneMatch: '*' })).rejects.toMatchObject({ name: 'PreconditionFailed' });
  const get = (more: object) => s3.send(new GetObjectCommand({ Bucket: 'lake', Key: 'once', ...more }));
  expect(await (await get({ IfMatch: md5('abcde') })).Body!.transformToString()).toBe('abcde');
  await expect(get({ IfMatch: '"other"' })).rejects.toMatchObject({ name: 'PreconditionFailed' });
  await expect(get({ IfNoneMatch: md5('abcde') })).rejects.toMatchObject({ $metadata: { httpStatusCode: 304 } });
  await expect(get({ IfModifiedSince: new Date(Date.now() + 5_000) })).rejects.toMatchObject({ $metadata: { httpStatusCode: 304 } });
  await expect(get({ Range: 'bytes=5-' })).rejects.toMatchObject({ name: 'InvalidRange' });
  const racing = await Promise.allSettled(Array.from({ length: 8 }, () => put('raced', 'x', { IfNoneMatch: '*' })));
  expect(racing.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
});

test('10,000 objects are listed in pages, with folders, in seconds', async () => {
  const keys = Array.from({ length: 10_000 }, (_, index) => `dt=${index % 20}/${index}.json`);
  for (let at = 0; at < keys.length; at += 500) await Promise.all(keys.slice(at, at + 500).map(key => service.store.put('lake', key, Buffer.from(key))));
  const started = Date.now();
  const found: string[] = [];
  for await (const { Contents } of paginateListObjectsV2({ client: s3 }, { Bucket: 'lake' })) found.push(...Contents!.map(({ Key }) => Key!));
  expect(found).toEqual([...keys].sort());
  expect((await s3.send(new ListObjectsV2Command({ Bucket: 'lake', Delimiter: '/' }))).CommonPrefixes).toHaveLength(20);
  expect(Date.now() - started).toBeLessThan(20_000);
}, 120_000);

test('a listing has prefixes, a start and pages, in both versions of the API', async () => {
  for (const key of ['a/1', 'a/2', 'b', 'c/1', 'd']) await put(key);
  const page = await s3.send(new ListObjectsV2Command({ Bucket: 'lake', Delimiter: '/', MaxKeys: 2 }));
  expect(page).toMatchObject({ IsTruncated: true, KeyCount: 2, CommonPrefixes: [{ Prefix: 'a/' }], Contents: [{ Key: 'b' }] });
  const next = await s3.send(new ListObjectsV2Command({ Bucket: 'lake', Delimiter: '/', ContinuationToken: page.NextContinuationToken }));
  expect(next).toMatchObject({ IsTruncated: false, CommonPrefixes: [{ Prefix: 'c/' }], Contents: [{ Key: 'd' }] });
  expect((await s3.send(new ListObjectsV2Command({ Bucket: 'lake', Prefix: 'a/', StartAfter: 'a/1' }))).Contents).toMatchObject([{ Key: 'a/2' }]);
  const first = await s3.send(new ListObjectsCommand({ Bucket: 'lake', Delimiter: '/', MaxKeys: 2 }));
  expect(first).toMatchObject({ IsTruncated: true, NextMarker: 'b' });
  expect((await s3.send(new ListObjectsCommand({ Bucket: 'lake', Marker: first.NextMarker }))).Contents!.map(({ Key }) => Key)).toEqual(['c/1', 'd']);
});

test('many are deleted at once; what a caller may not is told one by one', async () => {
  for (const key of ['a/1', 'b&<', 'c']) await put(key);
  const role = roleWith({ Effect: 'Allow', Action: 's3:DeleteObject', Resource: ['arn:aws:s3:::lake/a/*', 'arn:aws:s3:::lake/b*'] });
  const { Deleted, Errors } = await role.send(new DeleteObjectsCommand({ Bucket: 'lake', Delete: { Objects: ['a/1', 'b&<', 'c'].map(Key => ({ Key })) } }));
  expect(Deleted).toEqual([{ Key: 'a/1' }, { Key: 'b&<' }]);
  expect(Errors).toMatchObject([{ Key: 'c', Code: 'AccessDenied' }]);
  expect(await service.store.keys('lake')).toEqual(['c']);
});

test('a copy takes the metadata along or has its own', async () => {
  await put('from ä', 'text', { ContentType: 'text/plain', Metadata: { by: 'me' } });
  const copy = (Key: string, more: object = {}) => s3.send(new CopyObjectCommand({ Bucket: 'lake', Key, CopySource: `lake/${encodeURIComponent('from ä')}`, ...more }));
  expect((await copy('to')).CopyObjectResult).toMatchObject({ ETag: md5('text') });
  await copy('other', { MetadataDirective: 'REPLACE', ContentType: 'text/csv' });
  expect(await s3.send(new HeadObjectCommand({ Bucket: 'lake', Key: 'to' }))).toMatchObject({ ContentType: 'text/plain', Metadata: { by: 'me' } });
  expect(await s3.send(new HeadObjectCommand({ Bucket: 'lake', Key: 'other' }))).toMatchObject({ ContentType: 'text/csv', Metadata: {} });
});

test('an object in parts is there when it is complete, and not when it is aborted', async () => {
  const target = { Bucket: 'lake', Key: 'large' };
  const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ ...target, ContentType: 'text/plain' }));
  const bodies = [Buffer.alloc(5 * 1024 * 1024, 'a'), Buffer.from('end')];
  const Parts: { PartNumber: number; ETag?: string }[] = [];
  for (const [at, Body] of bodies.entries()) {
    const { ETag } = await s3.send(new UploadPartCommand({ ...target, UploadId, PartNumber: at + 1, Body }));
    Parts.push({ PartNumber: at + 1, ETag });
  }
  expect((await s3.send(new ListPartsCommand({ ...target, UploadId }))).Parts).toMatchObject([{ PartNumber: 1, Size: bodies[0].length }, { PartNumber: 2, ETag: md5('end') }]);
  expect(await service.store.keys('lake')).toEqual([]);
  const complete = (parts: typeof Parts) => s3.send(new CompleteMultipartUploadCommand({ ...target, UploadId, MultipartUpload: { Parts: parts } }));
  await expect(complete([Parts[1], Parts[0]])).rejects.toMatchObject({ name: 'InvalidPartOrder' });
  await expect(complete([{ PartNumber: 3, ETag: '"x"' }])).rejects.toMatchObject({ name: 'InvalidPart' });
  const { ETag } = await complete(Parts);
  expect(ETag).toMatch(/^"[0-9a-f]{32}-2"$/);
  expect(await s3.send(new HeadObjectCommand(target))).toMatchObject({ ETag, ContentLength: bodies[0].length + 3, ContentType: 'text/plain' });
  expect((await s3.send(new ListObjectsV2Command({ Bucket: 'lake' }))).Contents).toMatchObject([{ ETag }]);
  await expect(complete(Parts)).rejects.toMatchObject({ name: 'NoSuchUpload' });

  const aborted = await s3.send(new CreateMultipartUploadCommand({ ...target, Key: 'aborted' }));
  await s3.send(new AbortMultipartUploadCommand({ ...target, Key: 'aborted', UploadId: aborted.UploadId }));
  await expect(s3.send(new UploadPartCommand({ ...target, Key: 'aborted', UploadId: aborted.UploadId, PartNumber: 1, Body: 'x' }))).rejects.toMatchObject({ name: 'NoSuchUpload' });
});

test('buckets are told, and what is not modelled is said so', async () => {
  expect((await s3.send(new ListBucketsCommand({}))).Buckets).toMatchObject([{ Name: 'lake', CreationDate: expect.any(Date) }]);
  expect(await s3.send(new HeadBucketCommand({ Bucket: 'lake' }))).toMatchObject({ BucketRegion: REGION });
  expect((await s3.send(new GetBucketLocationCommand({ Bucket: 'lake' }))).LocationConstraint).toBe(REGION);
  await expect(s3.send(new HeadBucketCommand({ Bucket: 'absent' }))).rejects.toMatchObject({ name: 'NotFound' });
  await expect(s3.send(new GetObjectCommand({ Bucket: 'absent', Key: 'a' }))).rejects.toMatchObject({ name: 'NoSuchBucket' });
  await expect(s3.send(new PutBucketVersioningCommand({ Bucket: 'lake', VersioningConfiguration: { Status: 'Enabled' } })))
    .rejects.toMatchObject({ name: 'NotImplemented', message: expect.stringContaining('?versioning') });
});

test('a role reaches the objects that it is allowed; one that may not list is not told that there is none', async () => {
  const role = roleWith(
    { Effect: 'Allow', Action: ['s3:GetObject', 's3:PutObject'], Resource: 'arn:aws:s3:::lake/mine/*' },
    { Effect: 'Allow', Action: 's3:ListBucket', Resource: 'arn:aws:s3:::lake', Condition: { StringLike: { 's3:prefix': 'mine/known/*' } } },
  );
  await role.send(new PutObjectCommand({ Bucket: 'lake', Key: 'mine/a', Body: 'x' }));
  await role.send(new ListObjectsV2Command({ Bucket: 'lake', Prefix: 'mine/known/' }));
  await expect(role.send(new GetObjectCommand({ Bucket: 'lake', Key: 'mine/known/b' }))).rejects.toMatchObject({ name: 'NoSuchKey' });
  const refused = [
    role.send(new GetObjectCommand({ Bucket: 'lake', Key: 'mine/absent' })), role.send(new ListObjectsV2Command({ Bucket: 'lake' })), role.send(new ListBucketsCommand({})),
    role.send(new PutObjectCommand({ Bucket: 'lake', Key: 'theirs', Body: 'x' })), role.send(new DeleteObjectCommand({ Bucket: 'lake', Key: 'mine/a' })),
    role.send(new CopyObjectCommand({ Bucket: 'lake', Key: 'mine/b', CopySource: 'lake/theirs' })), role.send(new CreateMultipartUploadCommand({ Bucket: 'lake', Key: 'theirs' })),
  ];
  await Promise.all(refused.map(call => expect(call).rejects.toMatchObject({ name: 'AccessDenied', $metadata: { httpStatusCode: 403 } })));
});

test('a bucket policy sees how an object is to be encrypted, and that the way is safe', async () => {
  account.iam.setResourcePolicy('arn:aws:s3:::lake', {
    name: 'policy',
    document: {
      Statement: [
        { Effect: 'Deny', Principal: '*', Action: 's3:PutObject', Resource: 'arn:aws:s3:::lake/*', Condition: { StringNotEquals: { 's3:x-amz-server-side-encryption': 'aws:kms' } } },
        { Effect: 'Deny', Principal: '*', Action: 's3:*', Resource: 'arn:aws:s3:::lake/*', Condition: { Bool: { 'aws:SecureTransport': 'false' } } },
      ],
    },
  });
  const role = roleWith({ Effect: 'Allow', Action: 's3:PutObject', Resource: '*' });
  await expect(role.send(new PutObjectCommand({ Bucket: 'lake', Key: 'a', Body: 'x' }))).rejects.toMatchObject({ name: 'AccessDenied' });
  await role.send(new PutObjectCommand({ Bucket: 'lake', Key: 'a', Body: 'x', ServerSideEncryption: 'aws:kms' }));
  account.iam.setResourcePolicy('arn:aws:s3:::lake', { name: 'policy', document: { Statement: [{ Effect: 'Allow', Principal: { Service: 'firehose.amazonaws.com' }, Action: 's3:GetObject', Resource: '*' }] } });
});

test('a bucket that a customer\'s key encrypts asks for that key by way of S3', async () => {
  await bucket('sealed', { BucketEncryption: { ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: KEY_ARN }, BucketKeyEnabled: true }] } });
  const objects = { Effect: 'Allow', Action: ['s3:GetObject', 's3:PutObject'], Resource: 'arn:aws:s3:::sealed/*' };
  const toWrite = { Effect: 'Allow', Action: 'kms:GenerateDataKey', Resource: KEY_ARN, Condition: { StringEquals: { 'kms:ViaService': `s3.${REGION}.amazonaws.com`, 'kms:EncryptionContext:aws:s3:arn': 'arn:aws:s3:::sealed' } } };
  const [write, read] = [new PutObjectCommand({ Bucket: 'sealed', Key: 'a', Body: 'x' }), new GetObjectCommand({ Bucket: 'sealed', Key: 'a' })];
  await expect(roleWith(objects).send(write)).rejects.toMatchObject({ name: 'AccessDenied', message: expect.stringContaining('kms:GenerateDataKey') });
  const writer = roleWith(objects, toWrite);
  await writer.send(write);
  await expect(writer.send(read)).rejects.toMatchObject({ name: 'AccessDenied', message: expect.stringContaining('kms:Decrypt') });
});

test('other parts call it in process, with the same authorization', async () => {
  const call = (operation: string, input: object, caller = account.operator) => account.call('s3', operation, { Bucket: 'lake', Key: 'a', ...input }, caller);
  expect(await call('PutObject', { Body: Buffer.from('x'), ContentType: 'text/plain', Metadata: { by: 'me' } })).toEqual({ ETag: md5('x') });
  expect(await call('GetObject', {})).toMatchObject({ Body: Buffer.from('x'), ContentType: 'text/plain', Metadata: { by: 'me' } });
  expect(await call('ListObjectsV2', {})).toMatchObject({ KeyCount: 1, Contents: [{ Key: 'a', Size: 1 }] });
  roleWith();
  await expect(call('PutObject', { Body: 'x' }, account.sessionOf(ROLE, 'stream'))).rejects.toMatchObject({ name: 'AccessDeniedException' });
  await call('DeleteObject', {});
  await expect(call('GetObject', {})).rejects.toMatchObject({ name: 'NoSuchKey' });
});

test('what no client sends is answered, and the process goes on', async () => {
  const authorization = `AWS4-HMAC-SHA256 Credential=x/20260101/${REGION}/s3/aws4_request, SignedHeaders=host, Signature=0`;
  const raw = (method: string, target: string, body = '', headers: object = {}) => new Promise<[number, string]>((resolve, reject) => {
    const sent = httpRequest(`${endpoint}${target}`, { method, headers: { authorization, ...headers } }, response => {
      let text = '';
      response.on('data', chunk => { text += String(chunk); });
      response.on('end', () => resolve([response.statusCode!, /<Code>(.*?)<\/Code>/.exec(text)?.[1] ?? text]));
    });
    sent.on('error', reject).end(body);
  });
  expect(await raw('PUT', '/lake/%zz', 'x')).toEqual([400, 'InvalidURI']);
  expect(await raw('POST', '/lake?delete', '<Delete>')).toEqual([400, 'MalformedXML']);
  expect(await raw('POST', '/lake?delete', '')).toEqual([400, 'MalformedXML']);
  expect(await raw('PUT', '/lake/a', 'zz\r\n', { 'x-amz-content-sha256': 'STREAMING-UNSIGNED-PAYLOAD-TRAILER' })).toEqual([400, 'InvalidRequest']);
  expect(await raw('PUT', '/lake/a', 'x', { 'x-amz-content-sha256': '0'.repeat(64) })).toEqual([400, 'XAmzContentSHA256Mismatch']);
  expect(await raw('GET', '/lake?max-keys=many')).toEqual([400, 'InvalidArgument']);
  expect(await raw('PATCH', '/lake/a')).toEqual([501, 'NotImplemented']);
  expect(await raw('PUT', '/Lake')).toEqual([400, 'InvalidBucketName']);
  expect(await raw('PUT', '/lake/..%2F..%2Fx', 'x')).toEqual([200, '']);
  expect(await service.store.keys('lake')).toEqual(['../../x']);
  expect(account.activity.last('problem')).toEqual([]);
});

test('what has no effect on a bucket is named', async () => {
  await bucket('named', { VersioningConfiguration: { Status: 'Enabled' }, LifecycleConfiguration: { Rules: [] }, NotificationConfiguration: {} });
  expect(account.withoutEffect.get('Site/named')).toEqual(['VersioningConfiguration', 'LifecycleConfiguration', 'NotificationConfiguration']);
});
