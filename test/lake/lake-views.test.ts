import { mkdtempSync, rmSync } from 'fs';
import { tmpdir } from 'os';
import * as path from 'path';
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { DataLake, DataLakeProps, LakeColumnType } from '../../src';

// Without their types, which lead to the broker, whose modules are not for this compiler.
const sandbox = (name: string) => jest.requireActual(`../../sandbox/${name}`);
const { Account } = sandbox('src/account');
const { LakeQuery } = sandbox('src/athena');
const { errorLine } = sandbox('src/firehose/error-record');
const { parquetOf } = sandbox('src/firehose/parquet');
const { RowReader } = sandbox('src/firehose/row-reader');
const { BucketStore } = sandbox('src/s3/bucket-store');
const { ManualClock } = sandbox('test/firehose/stream-under-test');

// The views of the template, asked on files as the stream writes them.
const NOW = new Date('2026-11-21T12:00:00Z');
const RESERVED = ['order', 'left', 'end', 'group', 'table', 'select', 'user'];
let folder: string;
beforeEach(() => folder = mkdtempSync(path.join(tmpdir(), 'lake-views-')));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** The values of a template whose only names are those of its database. */
function resolved(value: any): any {
  if (Array.isArray(value)) return value.map(resolved);
  if (typeof value !== 'object' || value === null) return value;
  if ('Ref' in value) return 'lake';
  if ('Fn::Join' in value) return value['Fn::Join'][1].map(resolved).join('');
  if ('Fn::Base64' in value) return Buffer.from(resolved(value['Fn::Base64'])).toString('base64');
  return Object.fromEntries(Object.entries(value).map(([key, inside]) => [key, resolved(inside)]));
}

async function lakeOf(props: DataLakeProps) {
  const stack = new Stack(new App(), 'Stack');
  new DataLake(stack, 'Lake', { bucket: s3.Bucket.fromBucketName(stack, 'Mine', 'mine'), ...props });
  const template = Template.fromStack(stack);
  const columns = (list: any[] = []) => list.map(({ Name, Type }) => ({ name: Name as string, type: Type as string }));
  const tables = Object.values(template.findResources('AWS::Glue::Table')).map(({ Properties }) => {
    const input = resolved(Properties.TableInput);
    const { Name: name, TableType: tableType, Parameters: parameters, PartitionKeys, StorageDescriptor, ViewOriginalText: viewOriginalText } = input;
    const { Columns, Location: location, SerdeInfo } = StorageDescriptor;
    return {
      databaseName: 'lake',
      name,
      tableType,
      parameters,
      viewOriginalText,
      location,
      columns: columns(Columns),
      partitionKeys: columns(PartitionKeys),
      serde: { library: SerdeInfo?.SerializationLibrary, parameters: SerdeInfo?.Parameters ?? {} },
      partitions: [],
      input: {},
      createTime: 0,
    };
  });
  const store = new BucketStore(path.join(folder, 'buckets'));
  await store.createBucket('mine');
  const environment = { account: '111122223333', region: 'eu-west-1', partition: 'aws' };
  const account = new Account({ environment, stateFolder: folder, clock: new ManualClock() });
  const tableOf = (_database: string, name: string) => tables.find(table => table.name === name.toLowerCase());
  const lake = new LakeQuery(account, { store, tables: () => tables, table: tableOf });
  const named = Object.values(template.findResources('AWS::Athena::NamedQuery')).map(({ Properties }) => Properties.QueryString as string);
  return { store, named, tables, ask: async (sql: string) => (await lake.query(sql)).rows as unknown[][] };
}

test('views and saved queries run with columns and partitions that are words of SQL', async () => {
  const columns = RESERVED.map(name => ({ name, type: LakeColumnType.DOUBLE }));
  const { store, named, tables, ask } = await lakeOf({
    columns, partitionBy: ['where'], deviceTypes: [{ name: 'pumps', attribute: 'model', values: ['p'], columns }],
  });
  const conversion = { table: {}, columns: tables.find(({ name }) => name === 'telemetry')!.columns, compression: 'SNAPPY', caseInsensitive: true, keyOfColumn: {}, dotsAreUnderscores: false };
  const row = {
    thing_name: 'pump',
    arrival_time: '2026-11-21 09:00:00',
    measurements: Object.fromEntries(RESERVED.map((name, at) => [name, at])),
    attributes: { model: 'p' },
    ...Object.fromEntries(RESERVED.map((name, at) => [name, at])),
  };
  const read = new RowReader(conversion).read(Buffer.from(JSON.stringify(row)));
  await store.put('mine', 'telemetry/where=north/dt=2026-11-21/hour=09/a.parquet', await parquetOf('rows' in read ? read.rows : [], conversion));

  const selected = RESERVED.map(name => `"${name}"`).join();
  const values = RESERVED.map((_name, at) => at);
  expect(await ask(`SELECT ${selected}, "where" FROM telemetry_wide WHERE "where" = 'north'`)).toEqual([[...values, 'north']]);
  expect(await ask(`SELECT ${selected}, "where" FROM pumps_live WHERE "where" = 'north'`)).toEqual([[...values, 'north']]);
  expect(await ask('SELECT name, value, "where" FROM telemetry_long WHERE "where" = \'north\' AND name = \'order\'')).toEqual([['order', 0, 'north']]);
  for (const sql of named) await ask(sql.replace('?', 'north'));
}, 60_000);

test('the errors tell the message of a conversion to Parquet that failed, as that of a transform', async () => {
  const { store, ask } = await lakeOf({});
  const record = { recordId: '1', arrival: NOW.getTime(), data: Buffer.from('{"temp":"hot"}') };
  for (const [type, code, message] of [['format-conversion-failed', 'DataFormatConversion.ParseError', 'hot is no double'], ['processing-failed', 'Lambda.InvokeError', 'no answer']] as const) {
    await store.put('mine', `errors/${type}/dt=2026-11-21/a`, Buffer.from(errorLine(record, { type, code, message, attempts: 1 }, NOW.getTime())));
  }
  expect(await ask('SELECT error_type, errorcode, errormessage, payload FROM errors_decoded ORDER BY error_type')).toEqual([
    ['format-conversion-failed', 'DataFormatConversion.ParseError', 'hot is no double', '{"temp":"hot"}'],
    ['processing-failed', 'Lambda.InvokeError', 'no answer', '{"temp":"hot"}'],
  ]);
}, 60_000);
