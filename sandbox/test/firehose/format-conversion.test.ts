import { execFileSync } from 'child_process';
import * as path from 'path';
import { StreamUnderTest } from './stream-under-test';
import { FormatConversion } from '../../src/firehose';
import { RowReader } from '../../src/firehose/row-reader';

const CONVERSION: FormatConversion = {
  table: { catalogId: '111122223333', databaseName: 'lake', tableName: 'telemetry', region: 'eu-west-1', versionId: 'LATEST' },
  columns: [],
  compression: 'SNAPPY',
  caseInsensitive: true,
  keyOfColumn: {},
  dotsAreUnderscores: false,
};
const COLUMNS = [{ name: 'thing', type: 'string' }, { name: 'n', type: 'bigint' }, { name: 't', type: 'double' }, { name: 'on', type: 'boolean' }, { name: 'at', type: 'timestamp' }];
const cell = (type: string, json: string) => {
  const read = new RowReader({ ...CONVERSION, columns: [{ name: 'c', type }] }).read(Buffer.from(`{"c":${json}}`));
  return 'rows' in read ? read.rows[0][0] : read.code;
};
const rows = (json: string, more: Partial<FormatConversion> = {}) => new RowReader({ ...CONVERSION, columns: [{ name: 'a_b', type: 'int' }, { name: 'c', type: 'string' }], ...more }).read(Buffer.from(json));
const readParquet = (body: Buffer) => JSON.parse(execFileSync(process.execPath, [path.join(__dirname, 'fixtures/read-parquet.mjs')], { input: body }).toString());
const BAD = 'DataFormatConversion.MalformedData';

test.each<[string, string, unknown]>([
  ['string', '"x"', 'x'], ['string', '1.50', '1.50'], ['string', '{"a":[1]}', '{"a":[1]}'], ['string', 'true', 'true'], ['varchar(3)', '"long"', 'long'],
  ['bigint', '9007199254740993', 9007199254740993n], ['bigint', '9223372036854775808', BAD], ['bigint', '1.5', BAD], ['bigint', '"12"', 12n], ['bigint', '"x"', BAD],
  ['int', '2147483647', 2147483647], ['int', '2147483648', BAD], ['tinyint', '-128', -128], ['tinyint', '128', BAD], ['smallint', '32768', BAD], ['int', 'true', BAD],
  ['double', '1.5', 1.5], ['double', '1e3', 1000], ['double', '"2.5"', 2.5], ['double', '"warm"', BAD], ['double', '[]', BAD], ['float', '7', 7],
  ['boolean', 'true', true], ['boolean', '"false"', false], ['boolean', '1', BAD], ['date', '"2026-11-21"', new Date('2026-11-21')], ['date', '"21.11.2026"', BAD],
  ['timestamp', '"2026-11-21 08:00:00.123"', new Date('2026-11-21T08:00:00.123Z')], ['timestamp', '"2026-11-21T08:00:00Z"', new Date('2026-11-21T08:00:00Z')],
  ['timestamp', '1518033528', new Date(1518033528000)], ['timestamp', '1518033528123', new Date(1518033528123)], ['timestamp', '1518033528.123', new Date(1518033528123)], ['timestamp', '"now"', BAD],
  ['int', 'null', null],
])('a column of %s with %s is %p', (type, json, expected) => expect(cell(type, json)).toEqual(expected));

test.each<[string, string, Partial<FormatConversion>, unknown]>([
  ['keys without regard to capitals', '{"A_B":1,"C":"x"}', {}, { rows: [[1, 'x']] }],
  ['with regard to them where the template says so', '{"A_B":1,"c":"x"}', { caseInsensitive: false }, { rows: [[null, 'x']] }],
  ['keys without a column, and columns without a key', '{"z":1}', {}, { rows: [[null, null]] }],
  ['a key of another name', '{"timestamp":"x","c":"y"}', { keyOfColumn: { c: 'timestamp' } }, { rows: [[null, 'x']] }],
  ['dots as underscores', '{"a.b":1}', { dotsAreUnderscores: true }, { rows: [[1, null]] }],
  ['objects one after the other', '{"c":"}{"}{"c":"\\"{"}\n {"a_b":2}', {}, { rows: [[null, '}{'], [null, '"{'], [2, null]] }],
  ['an array', '[{"c":"x"}]', {}, { code: BAD, message: expect.anything() }],
  ['nothing', ' ', {}, { code: BAD, message: expect.anything() }],
  ['what is no JSON', '{"c":x}', {}, { code: 'DataFormatConversion.ParseError', message: 'Encountered malformed JSON.' }],
  ['an object without an end', '{"c":"x"', {}, { code: 'DataFormatConversion.ParseError', message: 'Encountered malformed JSON.' }],
  ['one bad row of two', '{"a_b":1}{"a_b":"x"}', {}, { code: BAD, message: 'Data does not match the schema. The column a_b is int.' }],
])('%s', (_name, json, more, expected) => expect(rows(json, more)).toEqual(expected));

test.each(['SNAPPY', 'GZIP', 'UNCOMPRESSED'] as const)('records are rows of a Parquet file with %s; those that do not fit are in the error output', async compression => {
  const under = await new StreamUnderTest({ conversion: { ...CONVERSION, columns: COLUMNS, compression } }).open();
  const [, bad] = await under.texts(
    '{"thing":"ü","N":9007199254740993,"t":1.5,"on":true,"at":"2026-11-21 08:00:00"}',
    '{"t":"warm"}', '{"t":2}{"t":null}',
  );
  await under.stream.stop();
  const [key, body] = [...under.objects].find(([name]) => name.startsWith('lake/data/'))!;
  expect(key).toMatch(/\.parquet$/);
  expect(readParquet(body)).toEqual({
    codec: compression,
    rows: [
      { thing: 'ü', n: '9007199254740993n', t: 1.5, on: true, at: '2026-11-21T08:00:00.000Z' },
      { thing: null, n: null, t: 2, on: null, at: null }, { thing: null, n: null, t: null, on: null, at: null },
    ],
  });
  expect(under.errors('format-conversion-failed')).toEqual([{
    attemptsMade: 1,
    arrivalTimestamp: under.clock.now(),
    lastErrorCode: BAD,
    lastErrorMessage: 'Data does not match the schema. The column t is double.',
    attemptEndingTimestamp: under.clock.now(),
    rawData: Buffer.from('{"t":"warm"}').toString('base64'),
    sequenceNumber: bad,
    subSequenceNumber: null,
    dataCatalogTable: { ...CONVERSION.table, catalogArn: null },
  }]);
  under.remove();
});
