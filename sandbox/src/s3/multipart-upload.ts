import { createHash, randomUUID } from 'crypto';
import { mkdir, open, readdir, readFile, rename, rm } from 'fs/promises';
import * as path from 'path';
import { ObjectMetadata } from './bucket-store';
import { AwsError } from '../account';

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html */
const MAXIMUM_PARTS = 10_000;
const MINIMUM_PART_BYTES = 5 * 1024 * 1024;

export interface UploadedPart { readonly partNumber: number; readonly etag: string; readonly size: number }
export interface Upload { readonly bucket: string; readonly key: string; readonly metadata: ObjectMetadata }

/** Objects on their way in parts: `<folder>/<upload id>/<part>`, on disk before a part is acknowledged. Nothing expires by itself. */
export class MultipartUploads {
  constructor(private readonly folder: string) {}

  async begin(upload: Upload): Promise<string> {
    const uploadId = randomUUID();
    await mkdir(path.join(this.folder, uploadId), { recursive: true });
    await this.write(uploadId, 'upload.json', Buffer.from(JSON.stringify(upload)));
    return uploadId;
  }

  /** @throws AwsError NoSuchUpload, also where it is of another object */
  async find(bucket: string, key: string, uploadId: string): Promise<Upload> {
    // It names a folder.
    const text = /^[0-9a-f-]{36}$/.test(uploadId) ? await readFile(path.join(this.folder, uploadId, 'upload.json'), 'utf8').catch(() => undefined) : undefined;
    const upload = text === undefined ? undefined : JSON.parse(text) as Upload;
    if (upload?.bucket !== bucket || upload.key !== key) throw new AwsError('NoSuchUpload', 'The specified upload does not exist. It may have been aborted or completed.', 404);
    return upload;
  }

  /** @returns the ETag of the part */
  async putPart(uploadId: string, partNumber: number, body: Uint8Array): Promise<string> {
    if (!Number.isInteger(partNumber) || partNumber < 1 || partNumber > MAXIMUM_PARTS) {
      throw new AwsError('InvalidArgument', `Part number must be an integer between 1 and ${MAXIMUM_PARTS}, inclusive`);
    }
    const etag = createHash('md5').update(body).digest('hex');
    await this.write(uploadId, `${partNumber}`, body);
    return etag;
  }

  async parts(uploadId: string): Promise<UploadedPart[]> {
    const names = (await readdir(path.join(this.folder, uploadId))).filter(name => /^\d+$/.test(name));
    const parts = await Promise.all(names.map(async name => {
      const body = await readFile(path.join(this.folder, uploadId, name));
      return { partNumber: Number(name), etag: createHash('md5').update(body).digest('hex'), size: body.length };
    }));
    return parts.sort((a, b) => a.partNumber - b.partNumber);
  }

  /**
   * Puts the parts together.
   *
   * @param wanted - in the order of their numbers
   * @returns the body, and its ETag, which tells the number of parts
   * @throws AwsError for parts that are not there, too small or in another order
   */
  async assemble(uploadId: string, wanted: readonly Omit<UploadedPart, 'size'>[]): Promise<{ body: Buffer; etag: string }> {
    if (wanted.length === 0) throw new AwsError('MalformedXML', 'You must specify at least one part');
    if (wanted.some(({ partNumber }, at) => at > 0 && partNumber <= wanted[at - 1].partNumber)) {
      throw new AwsError('InvalidPartOrder', 'The list of parts was not in ascending order.');
    }
    const bodies: Buffer[] = [];
    const digests = createHash('md5');
    for (const [at, { partNumber, etag }] of wanted.entries()) {
      const body = await readFile(path.join(this.folder, uploadId, `${partNumber}`)).catch(() => undefined);
      const digest = createHash('md5').update(body ?? '').digest();
      if (!body || digest.toString('hex') !== etag.replaceAll('"', '')) throw new AwsError('InvalidPart', `Part ${partNumber} could not be found, or its ETag is another.`);
      if (at < wanted.length - 1 && body.length < MINIMUM_PART_BYTES) throw new AwsError('EntityTooSmall', `Part ${partNumber} is smaller than the minimum of ${MINIMUM_PART_BYTES} bytes.`);
      bodies.push(body);
      digests.update(digest);
    }
    return { body: Buffer.concat(bodies), etag: `${digests.digest('hex')}-${wanted.length}` };
  }

  async end(uploadId: string): Promise<void> {
    await rm(path.join(this.folder, uploadId), { recursive: true, force: true });
  }

  private async write(uploadId: string, name: string, body: Uint8Array): Promise<void> {
    const beside = path.join(this.folder, uploadId, `${randomUUID()}.new`);
    const handle = await open(beside, 'w');
    try {
      await handle.writeFile(body);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(beside, path.join(this.folder, uploadId, name));
  }
}
