import * as path from 'path';
import { Worker } from 'worker_threads';
import { baseOf, Row } from './row-reader';
import { FormatConversion } from './stream-definition';

/** How Parquet stores a type. AWS writes timestamps as INT96, which is deprecated; readers take both. */
const ELEMENTS: { readonly [type: string]: { readonly type: string; readonly converted_type?: string } } = {
  string: { type: 'BYTE_ARRAY', converted_type: 'UTF8' },
  boolean: { type: 'BOOLEAN' },
  tinyint: { type: 'INT32', converted_type: 'INT_8' },
  smallint: { type: 'INT32', converted_type: 'INT_16' },
  int: { type: 'INT32' },
  bigint: { type: 'INT64' },
  float: { type: 'FLOAT' },
  double: { type: 'DOUBLE' },
  date: { type: 'INT32', converted_type: 'DATE' },
  timestamp: { type: 'INT64', converted_type: 'TIMESTAMP_MILLIS' },
};
const WRITER = path.join(__dirname, '../../runtime/parquet.mjs');

/** The bytes of a Parquet file with these rows. */
export function parquetOf(rows: readonly Row[], { columns, compression }: FormatConversion): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const elements = columns.map(({ name, type }) => ({ name, ...ELEMENTS[baseOf(type)] }));
    const worker = new Worker(WRITER, { workerData: { columns: elements, rows, codec: compression } });
    worker.once('message', (bytes: Uint8Array) => resolve(Buffer.from(bytes)));
    worker.once('error', reject);
    worker.once('exit', code => reject(new Error(`The writer of Parquet ended with code ${code}.`)));
  });
}
