import { mkdtempSync, rmSync, writeFileSync } from 'fs';
import { tmpdir } from 'os';
import * as path from 'path';
import { DuckDBInstance } from '@duckdb/node-api';
import fc from 'fast-check';
import { Column, FormatConversion } from '../../src/firehose';
import { parquetOf } from '../../src/firehose/parquet';
import { RowReader } from '../../src/firehose/row-reader';

const conversionOf = (columns: Column[]): FormatConversion => ({
  table: { catalogId: '111122223333', databaseName: 'lake', tableName: 'telemetry', region: 'eu-west-1', versionId: 'LATEST' },
  columns,
  compression: 'SNAPPY',
  caseInsensitive: true,
  keyOfColumn: {},
  dotsAreUnderscores: false,
});
const folder = mkdtempSync(path.join(tmpdir(), 'nested-'));
let files = 0;
let duckdb: DuckDBInstance;
beforeAll(async () => { duckdb = await DuckDBInstance.create(':memory:'); });
afterAll(() => {
  duckdb.closeSync();
  rmSync(folder, { recursive: true });
});

/** What DuckDB reads of what the records became. */
async function roundTrip(type: string, values: unknown[], select = 'c'): Promise<unknown[]> {
  const conversion = conversionOf([{ name: 'c', type }]);
  const reader = new RowReader(conversion);
  const rows = values.flatMap(c => {
    const read = reader.read(Buffer.from(JSON.stringify({ c })));
    if ('code' in read) throw new Error(read.message);
    return read.rows;
  });
  const file = path.join(folder, `${files++}.parquet`);
  writeFileSync(file, await parquetOf(rows, conversion));
  const connection = await duckdb.connect();
  const result = await connection.runAndReadAll(`SELECT ${select} AS c FROM '${file}'`);
  connection.closeSync();
  return result.getRowObjectsJson().map(row => row.c);
}
const asEntries = (value: { [key: string]: unknown } | null) => value && Object.entries(value).map(([key, inside]) => ({ key, value: inside }));

test('maps come back as they went in: empty, null, and with null in them', async () => {
  const maps = [{ 'temperature': 21.5, 'a.b': 1 }, {}, null, { gone: null }, { ü: -0.5 }];
  expect(await roundTrip('map<string,double>', maps)).toEqual(maps.map(asEntries));
  expect(await roundTrip('map<string,string>', [{ unit: 'C', count: 3, on: true }])).toEqual([asEntries({ unit: 'C', count: '3', on: 'true' })]);
});

test('arrays, structs and what is inside of them come back as they went in', async () => {
  expect(await roundTrip('array<int>', [[1, null, 3], [], null])).toEqual([[1, null, 3], [], null]);
  expect(await roundTrip('array<array<string>>', [[['a'], []], [null], []])).toEqual([[['a'], []], [null], []]);
  const struct = { a: 1, b: { c: ['x'] } };
  expect(await roundTrip('struct<a:int,b:struct<c:array<string>>>', [struct, null, { b: null, z: 1 }, { A: 2 }]))
    .toEqual([struct, null, { a: null, b: null }, { a: 2, b: null }]);
  expect(await roundTrip('array<struct<k:string,v:double>>', [[{ k: 'a', v: 1 }, null, { k: 'b' }]])).toEqual([[{ k: 'a', v: 1 }, null, { k: 'b', v: null }]]);
  expect(await roundTrip('map<string,array<int>>', [{ a: [1, 2], b: [] }])).toEqual([[{ key: 'a', value: [1, 2] }, { key: 'b', value: [] }]]);
});

test('decimals are exact, and rounded at their scale', async () => {
  expect(await roundTrip('decimal(5,2)', [1.255, -1.255, '12.3', 999.99, null], 'c::VARCHAR')).toEqual(['1.26', '-1.26', '12.30', '999.99', null]);
  expect(await roundTrip('decimal(34,3)', ['1234567890123456789012345678901.234'], 'c::VARCHAR')).toEqual(['1234567890123456789012345678901.234']);
});

test.each([
  ['map<string,double>', { a: 'warm' }], ['map<string,double>', [1]], ['array<int>', { a: 1 }], ['array<int>', [1.5]], ['struct<a:int>', { a: 'x' }],
  ['struct<a:int>', 3], ['decimal(5,2)', 1000], ['decimal(5,2)', true], ['map<int,string>', { a: 'x' }],
])('a column of %s with %j is malformed data', (type, c) => {
  expect(new RowReader(conversionOf([{ name: 'c', type }])).read(Buffer.from(JSON.stringify({ c })))).toMatchObject({ code: 'DataFormatConversion.MalformedData' });
});

test('any maps of any size come back', async () => {
  const number = fc.double({ noNaN: true, noDefaultInfinity: true }).map(value => value + 0);
  const maps = fc.array(fc.option(fc.dictionary(fc.string(), fc.option(number))), { minLength: 1, maxLength: 30 });
  await fc.assert(fc.asyncProperty(maps, async values => {
    const written = values.map(value => JSON.parse(JSON.stringify(value)) as { [key: string]: unknown } | null);
    expect(await roundTrip('map<string,double>', written)).toEqual(written.map(asEntries));
  }), { numRuns: 12 });
});
