import { createHash, randomUUID } from 'crypto';
import { mkdir, open, readdir, readFile, rename, rm, stat } from 'fs/promises';
import * as path from 'path';
import { compareKeys } from './object-list';
import { BESIDE_FOLDER, keyOfPath, pathOfKey, S3Error } from './object-path';

export interface ObjectMetadata {
  readonly contentType?: string;
  readonly contentEncoding?: string;
  readonly contentDisposition?: string;
  readonly contentLanguage?: string;
  readonly cacheControl?: string;
  /** Of an object that came in parts; otherwise the MD5 of the body. */
  readonly etag?: string;
  /** What the caller added, `x-amz-meta-…`. */
  readonly user?: { readonly [name: string]: string };
}

export interface StoredObject {
  readonly body: Buffer;
  /** Without its quotes. */
  readonly etag: string;
  readonly metadata: ObjectMetadata;
  readonly lastModified: Date;
}

/** What is there without reading the object, unless its ETag is not known yet. */
export interface ObjectSummary { readonly key: string; readonly size: number; readonly lastModified: Date; readonly etag: string }

export interface ListedObject { readonly key: string; readonly size: number; readonly lastModified: Date }

/** Metadata with the file that it belongs to: one of an earlier object of the same key must not be taken for it. */
interface MetadataFile { readonly metadata: ObjectMetadata; readonly digest: string }

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html */
const BUCKET_NAME = /^(?!xn--|\d+\.\d+\.\d+\.\d+$)[a-z0-9](?:[a-z0-9-]|\.(?!\.)){1,61}[a-z0-9]$/;
const ATTEMPTS = 5;
const REMEMBERED_ETAGS = 100_000;
const READ_AT_ONCE = 32;

/**
 * Buckets as folders: `<folder>/<bucket>/objects/<key>`, so that other programs can read them.
 *
 * An object is there whole or not at all. Before `put` answers, the file and the folder that it is in are synced.
 */
export class BucketStore {
  /** By file, with what the file was like: other programs may write, too. */
  private readonly etags = new Map<string, { readonly state: string; readonly etag: string }>();

  constructor(readonly folder: string) {}

  /** Making one that is there changes nothing. @throws S3Error */
  async createBucket(bucket: string): Promise<void> {
    if (!BUCKET_NAME.test(bucket)) throw new S3Error('InvalidBucketName', `The specified bucket is not valid: ${bucket}`);
    for (const part of ['objects', 'metadata', 'unfinished']) await mkdir(path.join(this.folder, bucket, part), { recursive: true });
  }

  async hasBucket(bucket: string): Promise<boolean> {
    return BUCKET_NAME.test(bucket) && await exists(path.join(this.folder, bucket, 'objects'));
  }

  /** Where the objects of a bucket are. */
  objectsFolder(bucket: string): string {
    return path.join(this.folder, bucket, 'objects');
  }

  /** @returns the ETag. @throws S3Error */
  async put(bucket: string, key: string, body: Uint8Array, metadata: ObjectMetadata = {}): Promise<string> {
    const names = pathOfKey(key);
    await this.check(bucket);
    const unfinished = path.join(this.folder, bucket, 'unfinished', randomUUID());
    try {
      const digest = digestOf(body);
      await Promise.all([write(unfinished, body), this.writeMetadata(bucket, names, metadata, unfinished, digest)]);
      await moveTo(this.objectsFolder(bucket), names, unfinished);
      return metadata.etag ?? digest;
    } finally {
      await rm(unfinished, { force: true });
    }
  }

  /** @throws S3Error */
  async get(bucket: string, key: string): Promise<StoredObject> {
    const names = pathOfKey(key);
    await this.check(bucket);
    const file = await fileOf(this.objectsFolder(bucket), names);
    if (!file) throw new S3Error('NoSuchKey', `The specified key does not exist: ${key}`);
    const body = await readFile(file);
    const { mtimeMs } = await stat(file);
    const digest = digestOf(body);
    const metadata = await this.readMetadata(bucket, names, digest);
    return { body, etag: metadata.etag ?? digest, metadata, lastModified: new Date(mtimeMs) };
  }

  /** What a listing tells of an object; undefined where it is gone. @throws S3Error */
  async summary(bucket: string, key: string): Promise<ObjectSummary | undefined> {
    const file = await fileOf(this.objectsFolder(bucket), pathOfKey(key));
    const status = file === undefined ? undefined : await stat(file).catch(noneIfGone);
    if (file === undefined || !status) return undefined;
    const state = `${status.ino} ${status.size} ${status.mtimeMs}`;
    let known = this.etags.get(file);
    if (known?.state !== state) {
      const object = await this.get(bucket, key).catch(() => undefined);
      if (!object) return undefined;
      this.etags.set(file, known = { state, etag: object.etag });
      if (this.etags.size > REMEMBERED_ETAGS) this.etags.delete(this.etags.keys().next().value!);
    }
    return { key, size: status.size, lastModified: new Date(status.mtimeMs), etag: known.etag };
  }

  /** Deleting what is not there is no error, as in S3. */
  async delete(bucket: string, key: string): Promise<void> {
    const names = pathOfKey(key);
    await this.check(bucket);
    const file = await fileOf(this.objectsFolder(bucket), names);
    if (file) await rm(file, { force: true });
    await rm(this.metadataFile(bucket, names), { force: true });
  }

  /** All keys that begin so, in the order of their bytes. @throws S3Error */
  async keys(bucket: string, prefix = ''): Promise<string[]> {
    await this.check(bucket);
    const root = this.objectsFolder(bucket);
    const found: string[] = [];
    const visit = async (names: string[]): Promise<void> => {
      const entries = await readdir(path.join(root, ...names), { withFileTypes: true }).catch(noneIfGone);
      for (const entry of entries ?? []) {
        const inside = [...names, entry.name];
        const key = keyOfPath(inside);
        // A folder is looked into where its keys could begin with the prefix.
        if (entry.isDirectory()) {
          if (key.startsWith(prefix) || prefix.startsWith(key)) await visit(inside);
        } else if (key.startsWith(prefix)) {
          found.push(key);
        }
      }
    };
    await visit([]);
    return found.sort(compareKeys);
  }

  /** All objects whose key begins so, in the order of their keys as bytes. @throws S3Error */
  async list(bucket: string, prefix = ''): Promise<ListedObject[]> {
    const root = this.objectsFolder(bucket);
    const found = await inGroups(await this.keys(bucket, prefix), async key => {
      const file = await fileOf(root, pathOfKey(key));
      const status = file === undefined ? undefined : await stat(file).catch(noneIfGone);
      return status && { key, size: status.size, lastModified: new Date(status.mtimeMs) };
    });
    return found.filter(object => object !== undefined);
  }

  /** What a listing tells of these objects, without those that are gone by now. */
  async summaries(bucket: string, keys: readonly string[]): Promise<ObjectSummary[]> {
    return (await inGroups(keys, key => this.summary(bucket, key))).filter(object => object !== undefined);
  }

  /** Names of all buckets, and when they were made. */
  async buckets(): Promise<{ name: string; created: Date }[]> {
    const names = (await readdir(this.folder).catch(noneIfGone) ?? []).filter(name => BUCKET_NAME.test(name)).sort();
    return Promise.all(names.map(async name => ({ name, created: new Date((await stat(path.join(this.folder, name))).birthtimeMs) })));
  }

  private async check(bucket: string): Promise<void> {
    if (!await this.hasBucket(bucket)) throw new S3Error('NoSuchBucket', `The specified bucket does not exist: ${bucket}`);
  }

  private metadataFile(bucket: string, names: readonly string[]): string {
    const digest = createHash('sha256').update(names.join('/')).digest('hex');
    return path.join(this.folder, bucket, 'metadata', `${digest}.json`);
  }

  /** Before the object itself: after a crash between the two there is metadata of no object, which nobody takes. */
  private async writeMetadata(
    bucket: string, names: readonly string[], metadata: ObjectMetadata, unfinished: string, digest: string,
  ): Promise<void> {
    const file = this.metadataFile(bucket, names);
    if (Object.keys(metadata).length === 0) return rm(file, { force: true });
    const content: MetadataFile = { metadata, digest };
    const beside = `${unfinished}.json`;
    await write(beside, Buffer.from(JSON.stringify(content)));
    await rename(beside, file);
  }

  private async readMetadata(bucket: string, names: readonly string[], digest: string): Promise<ObjectMetadata> {
    const text = await readFile(this.metadataFile(bucket, names), 'utf8').catch(noneIfGone);
    if (text === undefined) return {};
    const file = JSON.parse(text) as MetadataFile;
    return file.digest === digest ? file.metadata : {};
  }
}

async function inGroups<T>(keys: readonly string[], look: (key: string) => Promise<T>): Promise<T[]> {
  const found: T[] = [];
  for (let at = 0; at < keys.length; at += READ_AT_ONCE) found.push(...await Promise.all(keys.slice(at, at + READ_AT_ONCE).map(look)));
  return found;
}

function digestOf(body: Uint8Array): string {
  return createHash('md5').update(body).digest('hex');
}

async function write(file: string, body: Uint8Array): Promise<void> {
  const handle = await open(file, 'w');
  try {
    await handle.writeFile(body);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** A rename is on the disk when its folder is. */
async function sync(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  await handle.sync().finally(() => handle.close());
}

/** Moves the file to its place. Keys may be `a` and `a/b`, files and folders may not: the file `a` then has another name. */
async function moveTo(root: string, names: readonly string[], file: string): Promise<void> {
  const target = path.join(root, ...names);
  for (let attempt = 1; ; attempt++) {
    try {
      await mkdir(path.dirname(target), { recursive: true });
      await rename(file, await isFolder(target) ? target + BESIDE_FOLDER : target);
      return await sync(path.dirname(target));
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (attempt === ATTEMPTS || !['EEXIST', 'ENOTDIR', 'EISDIR', 'ENOENT'].includes(code ?? '')) throw error;
      await makeRoom(root, names);
    }
  }
}

async function makeRoom(root: string, names: readonly string[]): Promise<void> {
  for (let length = 1; length < names.length; length++) {
    const above = path.join(root, ...names.slice(0, length));
    const status = await stat(above).catch(noneIfGone);
    if (status?.isFile()) await rename(above, above + BESIDE_FOLDER).catch(noneIfGone);
  }
}

async function fileOf(root: string, names: readonly string[]): Promise<string | undefined> {
  const target = path.join(root, ...names);
  for (const file of [target, target + BESIDE_FOLDER]) if ((await stat(file).catch(noneIfGone))?.isFile()) return file;
  return undefined;
}

async function isFolder(file: string): Promise<boolean> {
  return (await stat(file).catch(noneIfGone))?.isDirectory() ?? false;
}

async function exists(file: string): Promise<boolean> {
  return await stat(file).catch(noneIfGone) !== undefined;
}

function noneIfGone(error: NodeJS.ErrnoException): undefined {
  if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
  throw error;
}
