import * as path from 'path';
import { Worker } from 'worker_threads';
import { Row } from './row-reader';
import { FormatConversion } from './stream-definition';
import { ColumnType, columnTypeOf, PrimitiveName } from '../glue/column-type';

/** An element of a schema of Parquet; what is not a column of single values has elements inside of it. */
interface Element {
  readonly name: string;
  readonly repetition_type: 'REQUIRED' | 'OPTIONAL' | 'REPEATED';
  readonly type?: string;
  readonly converted_type?: string;
  readonly [more: string]: unknown;
}

/** How Parquet stores a type. AWS writes timestamps as INT96, which is deprecated; readers take both. */
const ELEMENTS: { readonly [type in PrimitiveName]?: { readonly type: string; readonly converted_type?: string } } = {
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
/** Holds the 38 digits that a decimal may have. */
const DECIMAL_BYTES = 16;
const WRITER = path.join(__dirname, '../../runtime/parquet.mjs');

/** The bytes of a Parquet file with these rows. */
export function parquetOf(rows: readonly Row[], { columns, compression }: FormatConversion): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const elements = columns.flatMap(({ name, type }) => elementsOf(name, columnTypeOf(type)!));
    const worker = new Worker(WRITER, { workerData: { names: columns.map(({ name }) => name), elements, rows, codec: compression } });
    worker.once('message', (bytes: Uint8Array) => resolve(Buffer.from(bytes)));
    worker.once('error', reject);
    worker.once('exit', code => reject(new Error(`The writer of Parquet ended with code ${code}.`)));
  });
}

/**
 * The elements of a column, parents before what is in them; lists and maps in the three levels that all readers know.
 *
 * @see https://github.com/apache/parquet-format/blob/master/LogicalTypes.md#nested-types
 */
function elementsOf(name: string, type: ColumnType, repetition_type: Element['repetition_type'] = 'OPTIONAL'): Element[] {
  const element = { name, repetition_type };
  switch (type.kind) {
    case 'primitive': return [{ ...element, ...ELEMENTS[type.name] }];
    case 'decimal': return [{
      ...element, type: 'FIXED_LEN_BYTE_ARRAY', type_length: DECIMAL_BYTES, converted_type: 'DECIMAL', precision: type.precision, scale: type.scale,
    }];
    case 'array': return [
      { ...element, converted_type: 'LIST', num_children: 1 },
      { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
      ...elementsOf('element', type.element),
    ];
    case 'map': return [
      { ...element, converted_type: 'MAP', num_children: 1 },
      { name: 'key_value', repetition_type: 'REPEATED', num_children: 2 },
      ...elementsOf('key', type.key, 'REQUIRED'),
      ...elementsOf('value', type.value),
    ];
    case 'struct': return [{ ...element, num_children: type.fields.length }, ...type.fields.flatMap(field => elementsOf(field.name, field.type))];
  }
}
