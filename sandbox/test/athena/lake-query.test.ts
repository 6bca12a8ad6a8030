import { mkdtempSync, rmSync } from 'fs';
import { tmpdir } from 'os';
import * as path from 'path';
import { gzipSync } from 'zlib';
import { Account } from '../../src/account';
import { LakeQuery } from '../../src/athena';
import { parquetOf } from '../../src/firehose/parquet';
import { RowReader } from '../../src/firehose/row-reader';
import { GlueTable } from '../../src/glue';
import { BucketStore } from '../../src/s3/bucket-store';
import { ManualClock } from '../firehose/stream-under-test';

const folder = mkdtempSync(path.join(tmpdir(), 'lake-'));
const store = new BucketStore(path.join(folder, 'buckets'));
const account = new Account({ environment: { account: '111122223333', region: 'eu-west-1', partition: 'aws' }, stateFolder: folder, clock: new ManualClock() });
const PARQUET = 'org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe';
const OPENX = 'org.openx.data.jsonserde.JsonSerDe';
const table = (name: string, more: Partial<GlueTable>): GlueTable => ({
  databaseName: 'lake', name, tableType: 'EXTERNAL_TABLE', columns: [], partitionKeys: [], parameters: {}, serde: { parameters: {} }, partitions: [], input: {}, createTime: 0, ...more,
});
const view = (name: string, originalSql: string) => table(name, {
  tableType: 'VIRTUAL_VIEW',
  viewOriginalText: `/* Presto View: ${Buffer.from(JSON.stringify({ originalSql, catalog: 'awsdatacatalog', schema: 'lake' })).toString('base64')} */`,
});
const COLUMNS = [{ name: 'thing', type: 'string' }, { name: 'm', type: 'map<string,double>' }, { name: 'at', type: 'timestamp' }, { name: 'later', type: 'int' }];
const TABLES = [
  table('telemetry', {
    columns: COLUMNS,
    partitionKeys: [{ name: 'dt', type: 'string' }, { name: 'hour', type: 'int' }],
    location: 's3://lake/telemetry/',
    serde: { library: PARQUET, parameters: {} },
    parameters: {
      'projection.enabled': 'true',
      'projection.dt.type': 'date',
      'projection.dt.format': 'yyyy-MM-dd',
      'projection.dt.range': '2026-01-01,NOW',
      'projection.hour.type': 'integer',
      'projection.hour.range': '0,23',
      'projection.hour.digits': '2',
      'storage.location.template': 's3://lake/telemetry/dt=${dt}/hour=${hour}/',
    },
  }),
  table('raw', { columns: [{ name: 'deviceid', type: 'string' }, { name: 'n', type: 'bigint' }, { name: 'ts', type: 'double' }], location: 's3://lake/raw/', serde: { library: OPENX, parameters: { 'mapping.ts': 'timestamp' } } }),
  table('tenants', {
    columns: [{ name: 'a', type: 'int' }],
    partitionKeys: [{ name: 'tenant', type: 'string' }],
    location: 's3://lake/tenants/',
    serde: { library: OPENX, parameters: {} },
    parameters: { 'projection.enabled': 'true', 'projection.tenant.type': 'injected' },
  }),
  table('hive', { columns: [{ name: 'a', type: 'int' }], partitionKeys: [{ name: 'dt', type: 'string' }], location: 's3://lake/tenants/', serde: { library: OPENX, parameters: {} } }),
  table('glued', { columns: [{ name: 'a', type: 'int' }], location: 's3://lake/glued/', serde: { library: OPENX, parameters: {} } }),
  table('csv', { columns: [{ name: 'a', type: 'int' }, { name: 'b', type: 'string' }], location: 's3://lake/csv/', serde: { library: 'org.apache.hadoop.hive.serde2.OpenCSVSerde', parameters: {} }, parameters: { 'skip.header.line.count': '1' } }),
  view('of_tenants', 'SELECT a, tenant FROM tenants'),
  view('long', 'SELECT thing, k AS measurement, v AS value FROM telemetry CROSS JOIN UNNEST(m) AS t (k, v)'),
  view('averages', 'SELECT thing, avg(value) AS mean FROM "lake"."long" WHERE measurement = \'t\' GROUP BY thing'),
];
const lake = new LakeQuery(account, {
  store,
  tables: () => TABLES,
  table: (database, name) => TABLES.find(found => found.databaseName === database && found.name === name.toLowerCase()),
  bytesAtMost: workGroup => workGroup === 'small' ? 10 : undefined,
});
const rows = async (sql: string) => (await lake.query(sql)).rows;

beforeAll(async () => {
  await store.createBucket('lake');
  const conversion = { table: {} as never, columns: COLUMNS.slice(0, 3), compression: 'SNAPPY', caseInsensitive: true, keyOfColumn: {}, dotsAreUnderscores: false } as const;
  const parquet = (...objects: object[]) => parquetOf(objects.flatMap(object => {
    const read = new RowReader(conversion).read(Buffer.from(JSON.stringify(object)));
    return 'rows' in read ? read.rows : [];
  }), conversion);
  const put = (key: string, body: string | Buffer) => store.put('lake', key, Buffer.from(body));
  await put('telemetry/dt=2026-11-20/hour=09/a.parquet', await parquet({ thing: 'pump', m: { t: 20, h: 50 }, at: '2026-11-20 09:00:00' }));
  await put('telemetry/dt=2026-11-21/hour=10/b.parquet', await parquet({ thing: 'pump', m: { t: 22 }, at: '2026-11-21 10:00:00' }, { thing: 'fan', m: null }));
  // Outside of the projection: after now, before the first day, of a wrong form.
  for (const outside of ['dt=2026-11-22/hour=00', 'dt=2025-12-31/hour=00', 'dt=2026-11-20/hour=9', 'dt=2026-11-20']) {
    await put(`telemetry/${outside}/x.parquet`, await parquet({ thing: 'nobody' }));
  }
  await put('raw/a.gz', gzipSync('{"deviceId":"d1","n":9007199254740993,"timestamp":1.5}\n{"deviceid":"d2","x":[1]}\n'));
  await put('tenants/tenant=a/1', '{"a":1}\n');
  await put('tenants/tenant=b/1', '{"a":2}\n');
  await put('glued/1', '{"a":1}{"a":2}\n');
  await put('csv/1', 'a,b\n1,"x, y"\n');
});
afterAll(() => rmSync(folder, { recursive: true }));

test('reads the files of projected partitions only, with their values as columns', async () => {
  const answer = await lake.query('SELECT thing, dt, hour, later FROM telemetry ORDER BY dt, thing');
  expect(answer.rows).toEqual([['pump', '2026-11-20', 9, null], ['fan', '2026-11-21', 10, null], ['pump', '2026-11-21', 10, null]]);
  expect(answer.columns.map(({ name }) => name)).toEqual(['thing', 'dt', 'hour', 'later']);
  expect(answer.tables).toMatchObject([{ name: 'lake.telemetry', location: 's3://lake/telemetry/', files: 2 }]);
});

test('conditions on partitions that are not injected filter rows, whatever their form', async () => {
  expect(await rows('SELECT thing FROM telemetry WHERE hour = 9')).toEqual([['pump']]);
  expect(await rows('SELECT count(*) FROM telemetry WHERE dt = \'2026-11-20\' OR hour = 10')).toEqual([['3']]);
});

test('views work, also of views and with maps taken apart', async () => {
  expect(await rows('SELECT * FROM averages')).toEqual([['pump', 21]]);
  expect(await rows('SELECT measurement, value FROM "AwsDataCatalog"."lake"."long" ORDER BY 1, 2'))
    .toEqual([['h', 50], ['t', 20], ['t', 22]]);
});

test('JSON lines: gzip, keys without regard to capitals, keys of other names, large integers', async () => {
  expect(await rows('SELECT deviceid, n, ts FROM raw ORDER BY 1')).toEqual([['d1', '9007199254740993', 1.5], ['d2', null, null]]);
});

test('objects of JSON without a line end between them are an error', async () => {
  await expect(rows('SELECT * FROM glued')).rejects.toThrow(/Malformed JSON|Invalid Input/);
});

test('an injected column needs a value in WHERE, and only its files are read', async () => {
  await expect(rows('SELECT * FROM tenants')).rejects.toThrow('For the injected projected partition column tenant, the WHERE clause must contain');
  expect(await lake.query('SELECT a, tenant FROM tenants WHERE tenant = \'b\'')).toMatchObject({ rows: [[2, 'b']], tables: [{ files: 1, bytes: 8 }] });
  expect(await rows('SELECT a FROM of_tenants WHERE tenant = \'b\'')).toEqual([[2]]);
  expect(await rows('SELECT count(*) FROM tenants WHERE tenant IN (\'a\', \'b\', \'c\')')).toEqual([['2']]);
});

test('partitions that nobody registered are not read, and the answer says so', async () => {
  expect(await lake.query('SELECT * FROM hive')).toMatchObject({ rows: [], notes: [expect.stringContaining('0 are registered')] });
});

test('a file of comma-separated values is read with its quotes, without its header', async () => {
  expect(await rows('SELECT * FROM csv')).toEqual([[1, 'x, y']]);
});

test('a query over the limit of its workgroup is refused before it reads', async () => {
  await expect(lake.query('SELECT * FROM raw', { workGroup: 'small' })).rejects.toThrow('Bytes scanned limit was exceeded');
});

test.each([
  ['from_unixtime(1700000000)', '2023-11-14 22:13:20'], ['to_unixtime(timestamp \'1970-01-01 00:00:01.5\')', 1.5],
  ['date_parse(\'2026-01-02 03:04:05\', \'%Y-%m-%d %H:%i:%s\')', '2026-01-02 03:04:05'], ['date_format(timestamp \'2026-01-02 03:04:05\', \'%Y-%m %i:%s\')', '2026-01 04:05'],
  ['date_diff(\'hour\', timestamp \'2026-01-01 00:59:00\', timestamp \'2026-01-01 02:00:00\')', '1'],
  ['date_add(\'hour\', -1, timestamp \'2026-01-01 00:00:00\')', '2025-12-31 23:00:00'], ['date_trunc(\'hour\', timestamp \'2026-01-01 05:06:00\')', '2026-01-01 05:00:00'],
  ['timestamp \'2026-01-01 00:00:00\' + interval \'1\' hour', '2026-01-01 01:00:00'], ['now() > timestamp \'2026-01-01 00:00:00\'', true],
  ['from_iso8601_timestamp(\'2026-01-01T01:00:00+01:00\') = timestamp \'2026-01-01 00:00:00\'', true],
  ['element_at(map(array[\'a\'], array[1]), \'a\')', 1], ['element_at(map(array[\'a\'], array[1]), \'b\')', null], ['cardinality(array[1,2,3])', '3'],
  ['cardinality(map(array[\'a\'], array[1]))', '1'], ['map_keys(map(array[\'a\'], array[1]))', ['a']], ['json_extract_scalar(\'{"a":{"b":"x"}}\', \'$.a.b\')', 'x'],
  ['regexp_like(\'pump-12\', \'-\\d+$\')', true], ['try_cast(\'x\' AS integer)', null], ['try(cast(\'x\' AS integer))', null], ['split(\'a,b\', \',\')', ['a', 'b']], ['7 / 2', 3],
  ['approx_percentile(x, 0.5) FROM (VALUES (1.0), (2.0), (3.0)) AS t (x)', '2.0'], ['max_by(x, y) FROM (VALUES (\'a\', 1), (\'b\', 2)) AS t (x, y)', 'b'],
  ['count_if(x > 1) FROM (VALUES (1), (2), (3)) AS t (x)', '2'], ['arbitrary(x) FROM (VALUES (1)) AS t (x)', 1], ['approx_distinct(x) FROM (VALUES (1), (1)) AS t (x)', '1'],
  ['from_utf8(from_base64(\'w7w=\'))', 'ü'], ['from_utf8(from_base64(\'/w==\'))', '\\xFF'], ['to_base64(to_utf8(\'ü\'))', 'w7w='],
  ['\'CROSS JOIN UNNEST(m) AS t (k, v)\'', 'CROSS JOIN UNNEST(m) AS t (k, v)'], ['sum(x) FROM (SELECT array[1, 2] AS l) CROSS JOIN UNNEST(l) AS t (x)', '3'],
])('Athena\'s %s is %j', async (expression, expected) => expect((await rows(`SELECT ${expression}`))[0][0]).toEqual(expected));

test.each([
  ['a table that is not there', 'SELECT * FROM nothing', 'TABLE_NOT_FOUND'], ['what is no SQL', 'SELEC 1', 'SYNTAX_ERROR'],
  ['a function that is not known', 'SELECT geo_distance(1)', 'Known to be missing'], ['what is no SELECT', 'DROP TABLE raw', 'SYNTAX_ERROR'],
  ['other files', 'SELECT * FROM read_text(\'/etc/hostname\')', 'Permission Error'],
])('%s is refused, and the message says why', async (_name, sql, message) => expect(rows(sql)).rejects.toThrow(message));
