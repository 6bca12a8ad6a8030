import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'fs';
import { tmpdir } from 'os';
import * as path from 'path';
import * as fc from 'fast-check';
import { ResourceRequest } from '../../src/assembly/resource-type';
import { BucketStore } from '../../src/s3/bucket-store';
import { BucketType } from '../../src/s3/bucket-type';
import { keyOfPath, pathOfKey } from '../../src/s3/object-path';

const folder = mkdtempSync(path.join(tmpdir(), 'buckets-'));
const store = new BucketStore(folder);
const text = async (key: string) => (await store.get('lake', key)).body.toString();
beforeEach(() => store.createBucket('lake'));
afterEach(() => rmSync(path.join(folder, 'lake'), { recursive: true }));
afterAll(() => rmSync(folder, { recursive: true }));

test('a key in plain letters is a path that other programs can read', async () => {
  await store.put('lake', 'telemetry/dt=2026-11-21/a-1.json.gz', Buffer.from('x'));
  expect(readFileSync(path.join(store.objectsFolder('lake'), 'telemetry/dt=2026-11-21/a-1.json.gz'), 'utf8')).toBe('x');
});

test.each(['..', '../../escaped', '/absolute', 'a/../b', './a', 'a//b', 'a/', '\0', 'con', 'a%2Fb', 'a%file', 'ü/😀', 'x'.repeat(1024), `${'/'.repeat(500)}a`, '.'.repeat(402), 'a\\b', 'line\nbreak'])(
  'the key %j stays in its bucket, and is found under its name', async key => {
    await store.put('lake', key, Buffer.from(key));
    expect(await text(key)).toBe(key);
    expect((await store.list('lake')).map(found => found.key)).toEqual([key]);
    expect(readdirSync(folder)).toEqual(['lake']);
    expect(readdirSync(path.join(folder, 'lake')).sort()).toEqual(['metadata', 'objects', 'unfinished']);
  });

test.each([['', 'InvalidArgument'], ['x'.repeat(1025), 'KeyTooLongError'], ['\ud800', 'InvalidArgument']])('S3 would refuse the key %j', (key, name) =>
  expect(store.put('lake', key, Buffer.from(''))).rejects.toMatchObject({ name }));

test('different keys have different paths, and each path leads back to its key', () => {
  const key = fc.array(fc.constantFrom('a', '/', '.', '%', '+', '%file', '%+', 'ü', '\0', 'b'.repeat(199)), { minLength: 1, maxLength: 5 }).map(parts => parts.join(''));
  fc.assert(fc.property(key, one => expect(keyOfPath(pathOfKey(one))).toBe(one)), { numRuns: 2_000 });
});

test.each([[['a', 'a/b', 'a/b/c']], [['a/b/c', 'a/b', 'a']], [['a/b', 'a', 'a/b/c']]])('keys that are beginnings of each other are all there: %j', async keys => {
  for (const key of keys) await store.put('lake', key, Buffer.from(key));
  for (const key of keys) expect(await text(key)).toBe(key);
  expect((await store.list('lake')).map(({ key }) => key)).toEqual([...keys].sort());
  await store.delete('lake', 'a');
  await expect(store.get('lake', 'a')).rejects.toMatchObject({ name: 'NoSuchKey' });
  expect(await text('a/b/c').catch(() => 'gone')).toBe(keys.includes('a/b/c') ? 'a/b/c' : 'gone');
});

test('keys that want each other\'s place at once are all there', async () => {
  const keys = Array.from({ length: 30 }, (_, index) => 'a/'.repeat(index % 5) + 'a' + (index % 5 === 4 ? index : ''));
  await Promise.all(keys.map(key => store.put('lake', key, Buffer.from(key))));
  for (const key of keys) expect(await text(key)).toBe(key);
});

test('lists by prefix, in the order of bytes', async () => {
  for (const key of ['b/2', 'b/1', 'a/1', 'b', 'b/10/x', 'é']) await store.put('lake', key, Buffer.from('12'));
  expect((await store.list('lake', 'b/1')).map(({ key, size }) => [key, size])).toEqual([['b/1', 2], ['b/10/x', 2]]);
  expect((await store.list('lake')).map(({ key }) => key)).toEqual(['a/1', 'b', 'b/1', 'b/10/x', 'b/2', 'é']);
  expect(await store.list('lake', 'c')).toEqual([]);
});

test('metadata belongs to the object that it came with', async () => {
  await store.put('lake', 'a', Buffer.from('1'), { contentType: 'application/json', contentEncoding: 'gzip', user: { by: 'me' } });
  expect((await store.get('lake', 'a')).metadata).toEqual({ contentType: 'application/json', contentEncoding: 'gzip', user: { by: 'me' } });
  await store.put('lake', 'a', Buffer.from('2'));
  expect(await store.get('lake', 'a')).toMatchObject({ body: Buffer.from('2'), metadata: {} });
});

test('whoever reads while an object is replaced sees one whole object, and nothing unfinished is left', async () => {
  const sizes = [10, 1_000_000];
  await store.put('lake', 'a', Buffer.alloc(10, 'x'));
  const writing = (async () => { for (let round = 0; round < 6; round++) await store.put('lake', 'a', Buffer.alloc(sizes[round % 2], 'x')); })();
  for (let round = 0; round < 40; round++) expect(sizes).toContain((await store.get('lake', 'a')).body.length);
  await writing;
  expect(readdirSync(path.join(folder, 'lake', 'unfinished'))).toEqual([]);
});

test('a bucket that is not there, or whose name S3 would refuse, is an error', async () => {
  await expect(store.put('other', 'a', Buffer.from(''))).rejects.toMatchObject({ name: 'NoSuchBucket' });
  await expect(store.list('../lake')).rejects.toMatchObject({ name: 'NoSuchBucket' });
  for (const name of ['..', 'a', 'Lake', 'a..b', '10.0.0.1', '-lake', 'lake/x']) await expect(store.createBucket(name)).rejects.toMatchObject({ name: 'InvalidBucketName' });
  expect(existsSync(path.join(folder, 'lake', 'x'))).toBe(false);
});

test('a bucket of a template has CloudFormation\'s attributes; what has no effect here is named', async () => {
  const told: string[] = [];
  const type = new BucketType(store, ({ logicalId }, properties) => told.push(`${logicalId}: ${properties.join(', ')}`));
  const request: ResourceRequest = {
    logicalId: 'Lake',
    type: 'AWS::S3::Bucket',
    path: 'Site/Lake',
    properties: { VersioningConfiguration: { Status: 'Enabled' }, Tags: [] },
    stack: { stackName: 'site', stackId: 'id', account: '111122223333', region: 'eu-west-1', partition: 'aws' },
    generatedName: () => 'Site-Lake-0A1',
    assetPath: () => undefined,
  };
  expect(await type.create(request)).toMatchObject({ ref: 'site-lake-0a1', attributes: { Arn: 'arn:aws:s3:::site-lake-0a1' } });
  expect(told).toEqual(['Lake: VersioningConfiguration']);
  expect(await store.hasBucket('site-lake-0a1')).toBe(true);
});
