import { existsSync } from 'fs';
import { createRequire } from 'module';
import * as path from 'path';
import { createGunzip } from 'zlib';
import { text } from '../athena/table-source';
import { isObject, Json } from '../json';
import { BucketStore } from '../s3/bucket-store';
import { BESIDE_FOLDER, pathOfKey } from '../s3/object-path';

/** The beginning of an object, decoded. */
export interface ObjectPreview {
  readonly bucket: string;
  readonly key: string;
  readonly bytes: number;
  readonly time: number;
  readonly contentType?: string;
  /** How it was read. */
  readonly format: 'parquet' | 'lines' | 'text' | 'binary';
  readonly isGzip: boolean;
  /** Whether there is more than is shown. */
  readonly isCut: boolean;
  /** Of Parquet. */
  readonly columns?: readonly { readonly name: string; readonly type: string }[];
  readonly rows?: readonly Json[][];
  readonly totalRows?: number;
  /** Of JSON lines: each as it is, and what an error record of Firehose holds of the failed record. */
  readonly lines?: readonly { readonly text: string; readonly rawData?: string }[];
  readonly text?: string;
  /** First bytes in hexadecimal. */
  readonly binary?: string;
}

const SHOWN_BYTES = 256 * 1024;
const SHOWN_LINES = 100;
const SHOWN_LINE = 8000;
const SHOWN_ROWS = 50;
const SHOWN_BINARY = 512;

/** @throws S3Error where there is no such object */
export async function previewOf(store: BucketStore, bucket: string, key: string): Promise<ObjectPreview> {
  const { body, lastModified, metadata } = await store.get(bucket, key);
  const isGzip = body[0] === 0x1f && body[1] === 0x8b;
  const common = { bucket, key, bytes: body.length, time: lastModified.getTime(), contentType: metadata.contentType, isGzip };
  if (body.subarray(0, 4).toString('latin1') === 'PAR1') return { ...common, ...await parquet(store, bucket, key) };
  const { bytes, isCut } = isGzip ? await unpacked(body) : { bytes: body.subarray(0, SHOWN_BYTES), isCut: body.length > SHOWN_BYTES };
  const read = bytes.toString('utf8');
  if (bytes.includes(0) || !isText(read, isCut)) return { ...common, format: 'binary', isCut: bytes.length > SHOWN_BINARY || isCut, binary: bytes.subarray(0, SHOWN_BINARY).toString('hex') };
  const lines = read.split('\n').filter(line => line !== '');
  const whole = isCut && lines.length > 1 ? lines.slice(0, -1) : lines;
  if (whole.length > 0 && whole.every((line, at) => at >= SHOWN_LINES || isJsonLine(line))) {
    return { ...common, format: 'lines', isCut: isCut || whole.length > SHOWN_LINES, lines: whole.slice(0, SHOWN_LINES).map(decoded) };
  }
  return { ...common, format: 'text', isCut, text: read };
}

/** So much of a GZIP stream as is shown, however much it would become. */
function unpacked(body: Buffer): Promise<{ bytes: Buffer; isCut: boolean }> {
  return new Promise(resolve => {
    const chunks: Buffer[] = [];
    let length = 0;
    const end = (isCut: boolean) => resolve({ bytes: Buffer.concat(chunks).subarray(0, SHOWN_BYTES), isCut });
    const gunzip = createGunzip();
    gunzip.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      length += chunk.length;
      if (length > SHOWN_BYTES) {
        end(true);
        gunzip.destroy();
      }
    }).on('end', () => end(false)).on('error', () => end(true)).end(body);
  });
}

async function parquet(store: BucketStore, bucket: string, key: string): Promise<Pick<ObjectPreview, 'format' | 'isCut' | 'columns' | 'rows' | 'totalRows'>> {
  const plain = path.join(store.objectsFolder(bucket), ...pathOfKey(key));
  const file = existsSync(plain + BESIDE_FOLDER) ? plain + BESIDE_FOLDER : plain;
  const { DuckDBInstance } = createRequire(__filename)('@duckdb/node-api') as typeof import('@duckdb/node-api');
  const instance = await DuckDBInstance.create(':memory:', { memory_limit: '256MB', threads: '1', autoinstall_known_extensions: 'false', autoload_known_extensions: 'false' });
  const connection = await instance.connect();
  try {
    await connection.run("SET TimeZone = 'UTC'");
    const source = `read_parquet(${text(file)}, hive_partitioning = false)`;
    const result = await connection.runAndReadAll(`SELECT * FROM ${source} LIMIT ${SHOWN_ROWS}`);
    const [[count]] = (await connection.runAndReadAll(`SELECT count(*)::INTEGER FROM ${source}`)).getRowsJson() as number[][];
    const types = result.columnTypes();
    return {
      format: 'parquet',
      isCut: count > SHOWN_ROWS,
      columns: result.columnNames().map((name, at) => ({ name, type: String(types[at]).toLowerCase() })),
      rows: result.getRowsJson() as Json[][],
      totalRows: count,
    };
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

/** A character that a cut has halved is none that was never text. */
function isText(read: string, isCut: boolean): boolean {
  return !(isCut ? read.slice(0, -4) : read).includes('\ufffd');
}

function isJsonLine(line: string): boolean {
  try {
    return typeof JSON.parse(line) === 'object';
  } catch {
    return false;
  }
}

function decoded(line: string): { text: string; rawData?: string } {
  const record: unknown = JSON.parse(line);
  const rawData = isObject(record as Json) && typeof (record as { rawData?: unknown }).rawData === 'string'
    ? Buffer.from((record as { rawData: string }).rawData, 'base64').toString('utf8').slice(0, SHOWN_LINE) : undefined;
  return { text: line.slice(0, SHOWN_LINE), ...rawData !== undefined && { rawData } };
}
