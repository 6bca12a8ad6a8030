import { App, Lazy, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as fc from 'fast-check';
import { evaluatePrefix } from '../../sandbox/src/firehose/object-prefix';
import { isColumnType } from '../../src/lake/column-type-grammar';
import { LakeColumnType, LakeFormat } from '../../src/lake/lake-column';
import { LakeTable, LakeTableProps } from '../../src/lake/lake-table';
import { partitionProjection } from '../../src/lake/partition-projection';
import { pathsAndTypes } from '../template';

const PREFIX = 'telemetry/dt=!{timestamp:yyyy-MM-dd}/hour=!{timestamp:HH}/';
const COLUMNS = [{ name: 'temp', type: LakeColumnType.DOUBLE, comment: 'degrees Celsius' }, { name: '名前', type: LakeColumnType.of('array<string>') }];

function synth(props: Partial<LakeTableProps> = {}) {
  const stack = new Stack(new App(), 'Stack');
  const table = new LakeTable(stack, 'Table', { bucket: s3.Bucket.fromBucketName(stack, 'Bucket', 'lake'), prefix: PREFIX, columns: COLUMNS, ...props });
  const template = Template.fromStack(stack);
  return { stack, table, template, input: Object.values(template.findResources('AWS::Glue::Table'))[0].Properties.TableInput };
}

test('is a database and a table', () => {
  expect(pathsAndTypes(synth().stack)).toEqual(['Table/Database -> AWS::Glue::Database', 'Table/Table -> AWS::Glue::Table']);
});

test('describes JSON lines, and skips lines that are no JSON', () => {
  const { input, template } = synth();
  expect(input).toMatchObject({
    Name: 'telemetry',
    TableType: 'EXTERNAL_TABLE',
    PartitionKeys: [{ Name: 'dt', Type: 'string' }, { Name: 'hour', Type: 'int' }],
    Parameters: { classification: 'json' },
    StorageDescriptor: {
      Columns: [{ Name: 'temp', Type: 'double', Comment: 'degrees Celsius' }, { Name: '名前', Type: 'array<string>' }],
      Location: 's3://lake/telemetry/',
      SerdeInfo: { SerializationLibrary: 'org.openx.data.jsonserde.JsonSerDe', Parameters: { 'ignore.malformed.json': 'true' } },
    },
  });
  template.hasResourceProperties('AWS::Glue::Database', { DatabaseInput: { Name: Match.stringLikeRegexp('^[a-z0-9_]+$') } });
});

test('describes Parquet', () => {
  expect(synth({ format: LakeFormat.PARQUET }).input).toMatchObject({
    Parameters: { classification: 'parquet' },
    StorageDescriptor: { SerdeInfo: { SerializationLibrary: 'org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe' } },
  });
});

test('lies in a database of yours, under a name of yours', () => {
  const { template, table } = synth({ databaseName: 'mine', tableName: 'readings' });
  template.resourceCountIs('AWS::Glue::Database', 0);
  template.hasResourceProperties('AWS::Glue::Table', { DatabaseName: 'mine', TableInput: { Name: 'readings' } });
  expect(table.databaseName).toBe('mine');
});

describe('partition projection', () => {
  test('of the default prefix', () => {
    expect(synth().input.Parameters).toEqual({
      'EXTERNAL': 'TRUE',
      'classification': 'json',
      'projection.enabled': 'true',
      'projection.dt.type': 'date',
      'projection.dt.format': 'yyyy-MM-dd',
      'projection.dt.range': '2026-01-01,NOW',
      'projection.dt.interval': '1',
      'projection.dt.interval.unit': 'DAYS',
      'projection.hour.type': 'integer',
      'projection.hour.range': '0,23',
      'projection.hour.digits': '2',
      'storage.location.template': 's3://lake/telemetry/dt=${dt}/hour=${hour}/',
    });
  });

  test.each([
    ['yyyy', { type: 'integer', range: '2025,2076', digits: '4' }],
    ['MM', { type: 'integer', range: '1,12', digits: '2' }],
    ['dd', { type: 'integer', range: '1,31', digits: '2' }],
    ['yyyy-MM', { 'type': 'date', 'format': 'yyyy-MM', 'range': '2025-03,NOW', 'interval': '1', 'interval.unit': 'MONTHS' }],
    ['yyyy-MM-dd-HH', { 'type': 'date', 'format': 'yyyy-MM-dd-HH', 'range': '2025-03-02-00,NOW', 'interval': '1', 'interval.unit': 'HOURS' }],
  ])('of %s, from the first day', (pattern, expected) => {
    const { Parameters } = synth({ prefix: `a/t=!{timestamp:${pattern}}/`, firstDay: '2025-03-02' }).input;
    expect(Parameters).toMatchObject(Object.fromEntries(Object.entries(expected).map(([key, value]) => [`projection.t.${key}`, value])));
  });

  test('has partition keys injected by each query', () => {
    expect(synth({ prefix: 'a/site=!{partitionKeyFromLambda:site}/dt=!{timestamp:yyyy-MM-dd}/' }).input).toMatchObject({
      PartitionKeys: [{ Name: 'site', Type: 'string' }, { Name: 'dt', Type: 'string' }],
      Parameters: { 'projection.site.type': 'injected', 'storage.location.template': 's3://lake/a/site=${site}/dt=${dt}/' },
    });
  });

  test('finds the folder that Firehose writes, at any time and for any prefix that is taken', () => {
    const pattern = fc.constantFrom('yyyy', 'MM', 'dd', 'HH', 'yyyy-MM', 'yyyy-MM-dd', 'yyyy-MM-dd-HH');
    const prefixes = fc.tuple(fc.constantFrom('', 'a/', 'a/b-c/'), fc.array(pattern, { minLength: 1, maxLength: 4 }))
      .map(([folder, patterns]) => folder + patterns.map((text, index) => `k${index}=!{timestamp:${text}}/`).join(''));
    fc.assert(fc.property(prefixes, fc.date({ min: new Date('2026-01-01'), max: new Date('2075-12-31'), noInvalidDate: true }), (prefix, arrival) => {
      const { folder, template, columns, parameters } = partitionProjection(prefix, '2026-01-01')!;
      const written = evaluatePrefix(prefix, { arrival });
      const values = Object.fromEntries(written.split('/').filter(part => part.includes('=')).map(part => part.split('=')));
      expect(template.replace(/\$\{(\w+)\}/g, (_, name) => values[name])).toBe(written);
      expect(written.startsWith(folder)).toBe(true);
      for (const { name } of columns.filter(column => column.type === 'int')) {
        const [min, max] = parameters[`projection.${name}.range`].split(',').map(Number);
        expect(Number(values[name])).toBeGreaterThanOrEqual(min);
        expect(Number(values[name])).toBeLessThanOrEqual(max);
        expect(values[name]).toHaveLength(Number(parameters[`projection.${name}.digits`]));
      }
    }));
  });
});

describe('fails', () => {
  const hive = 'folders, then name=!{timestamp:…} or name=!{partitionKeyFromLambda:…} segments with a slash after each, for a table to find its partitions';
  const use = 'use a prefix such as telemetry/dt=!{timestamp:yyyy-MM-dd}/hour=!{timestamp:HH}/, with one of yyyy, MM, dd, HH, yyyy-MM, yyyy-MM-dd, yyyy-MM-dd-HH';

  test.each([
    'telemetry/', 'a/!{timestamp:yyyy/MM/dd}/', 'a/dt=!{timestamp:yyyy-MM-dd}', 'a/dt=!{timestamp:yyyyMMdd}/', 'a/dt=!{firehose:random-string}/', 'a/dt=!{timestamp:yyyy}x/',
    'a/d=!{timestamp:yyyy}/d=!{timestamp:MM}/', 'a/d=!{timestamp:yyyy}/b/',
  ])('for a prefix whose partitions cannot be computed: %s', prefix => {
    expect(() => synth({ prefix })).toThrow(`Stack/Table: 'prefix' must be ${hive}, got ${JSON.stringify(prefix)}: ${use}`);
  });

  test.each<[Partial<LakeTableProps>, string]>([
    [{ prefix: 'a/!{x}/' }, "'prefix' must be !{namespace:value} wherever it has !{"],
    [{ columns: [] }, "'columns' must be at least one column, got []: name the columns of the rows"],
    [{ columns: [{ name: 'Temp', type: LakeColumnType.INT }] }, "'columns[0].name' must be 1 to 255 characters of letters in lower case, digits and underscores, got \"Temp\": remove the characters \"T\""],
    [{ columns: [COLUMNS[0], COLUMNS[0]] }, "'columns[1].name' must be different from the other columns and from those of the prefix, got \"temp\": rename or remove it"],
    [{ columns: [{ name: 'dt', type: LakeColumnType.STRING }] }, "'columns[0].name' must be different from the other columns and from those of the prefix, got \"dt\": rename or remove it"],
    [{ tableName: 'a-b' }, "'tableName' must be 1 to 255 characters of lower-case letters, digits and underscores, got \"a-b\": remove the characters \"-\""],
    [{ databaseName: '' }, "'databaseName' must be 1 to 255 characters of lower-case letters, digits and underscores, got \"\": write at least 1 character(s), or leave it out"],
    ...['2026-1-1', '2026-99-99', '2026-02-29', '2026-02-30', '2026-04-31', '2026-00-01', '2026-01-00', '2026-01-01T00:00:00Z', '+02026-01-01', ''].map(
      (firstDay): [Partial<LakeTableProps>, string] =>
        [{ firstDay }, `'firstDay' must be a day of the calendar as yyyy-MM-dd, got "${firstDay}": write it like 2026-01-31`]),
  ])('for %j', (props, message) => {
    expect(() => synth(props)).toThrow(`Stack/Table: ${message}`);
  });

  test.each([255, 256])('past 255 characters of a column name, not before: %i', length => {
    const attempt = () => synth({ columns: [{ name: 'x'.repeat(length), type: LakeColumnType.STRING }] });
    if (length <= 255) expect(attempt).not.toThrow();
    else expect(attempt).toThrow('shorten it by 1 characters');
  });

  test.each(['2028-02-29', '2026-12-31', '2000-02-29'])('not for the day %s', firstDay => {
    expect(synth({ firstDay }).input.Parameters['projection.dt.range']).toBe(`${firstDay},NOW`);
  });

  test.each(['yyyy', 'yyyy-MM'])('for a first day that is a token, of which %s needs a part', pattern => {
    const firstDay = Lazy.string({ produce: () => '2026-03-01' });
    expect(() => synth({ firstDay, prefix: `a/y=!{timestamp:${pattern}}/` })).toThrow(
      `Stack/Table: 'firstDay' must be known at synthesis with !{timestamp:${pattern}}, whose partitions begin with a part of it, got "a token": `
      + 'write the day out, or use !{timestamp:yyyy-MM-dd} in the prefix');
  });

  test('not for a first day that is a token, where partitions begin with the whole of it', () => {
    const { Parameters } = synth({ firstDay: Lazy.string({ produce: () => '2026-03-01' }), prefix: 'a/m=!{timestamp:MM}/d=!{timestamp:yyyy-MM-dd}/h=!{timestamp:yyyy-MM-dd-HH}/' }).input;
    expect([Parameters['projection.d.range'], Parameters['projection.h.range']]).toEqual(['2026-03-01,NOW', '2026-03-01-00,NOW']);
  });

  test('for a prefix that is a token from its first partition on', () => {
    const token = (text: string) => Lazy.string({ produce: () => text });
    for (const prefix of [token(PREFIX), `a/dt=!{timestamp:${token('yyyy')}}/`, `a/dt=!{timestamp:yyyy}${token('/')}`, `a/dt=!{timestamp:yyyy}/${token('b')}/`]) {
      expect(() => synth({ prefix })).toThrow(
        "Stack/Table: 'prefix' must be known at synthesis from its first partition on, for a table to find its partitions, got \"a token\": "
        + 'write the name=!{…}/ segments out; folders before them may be tokens');
    }
  });

  test('not for a folder that is a token', () => {
    const { input } = synth({ prefix: `${Lazy.string({ produce: () => 'hall' })}/rows/dt=!{timestamp:yyyy-MM-dd}/` });
    expect(input.Parameters['storage.location.template']).toBe('s3://lake/hall/rows/dt=${dt}/');
    expect(input.StorageDescriptor.Location).toBe('s3://lake/hall/rows/');
  });

  test.each([
    'string', 'decimal', 'decimal(38)', 'decimal(38,0)', 'decimal(10,38)', 'char(255)', 'varchar(65535)', 'date', 'binary', 'float', 'tinyint', 'array<string>', 'map<string,array<int>>',
    'struct<x:int,y:int>', 'array<struct<at:timestamp,values:map<string,decimal(10,2)>,größe:double>>', `${'array<'.repeat(63)}int${'>'.repeat(63)}`,
  ])('not for the type %s', type => {
    expect(synth({ columns: [{ name: 'a', type: LakeColumnType.of(type) }] }).input.StorageDescriptor.Columns).toEqual([{ Name: 'a', Type: type }]);
  });

  test.each([
    '', ' ', 'strin', 'STRING', 'string ', 'decimal(39,0)', 'decimal(38, 0)', 'decimal()', 'varchar', 'array', 'array<>', 'array<string', 'array<string>>', 'array<strings>',
    'xarray<string>', 'map<string>', 'struct<>', 'struct<x>', 'struct<x:int,>', 'struct<x:int, y:int>', 'string\nint', 'string;drop', `${'array<'.repeat(65)}int${'>'.repeat(65)}`,
  ])('for the type %j', type => {
    expect(() => synth({ columns: [...COLUMNS, { name: 'a', type: LakeColumnType.of(type) }] })).toThrow(
      `Stack/Table: 'columns[2].type' must be a type of Athena in lower case, without white space, got ${JSON.stringify(type)}: `
      + "pass one such as LakeColumnType.DOUBLE, or LakeColumnType.of('array<string>')");
  });

  test('at once for types of any size', () => {
    const start = performance.now();
    for (const type of ['array<'.repeat(20_000), `struct<${'x:int,'.repeat(20_000)}`, 'map<string,'.repeat(10_000), '<'.repeat(131_072)]) expect(isColumnType(type)).toBe(false);
    expect(isColumnType(`struct<${'x:int,'.repeat(20_000)}x:int>`)).toBe(true);
    expect(performance.now() - start).toBeLessThan(2_000);
  });

  test('for columns that look the same', () => {
    expect(() => synth({ columns: ['\u00e9', 'e\u0301'].map(name => ({ name, type: LakeColumnType.INT })) }))
      .toThrow("'columns[1].name' must be different from the other columns and from those of the prefix");
  });

  test.each(['', 'x'.repeat(255)])('not for a comment of up to 255 characters', comment => {
    expect(() => synth({ columns: [{ name: 'a', type: LakeColumnType.INT, comment }] })).not.toThrow();
  });

  test.each([['x'.repeat(256), 'shorten it by 1 characters'], ['a\nb', 'remove the characters "\\n"']])('for a comment that Glue refuses', (comment, fix) => {
    expect(() => synth({ columns: [{ name: 'a', type: LakeColumnType.INT, comment }] }))
      .toThrow(`'columns[0].comment' must be 0 to 255 characters of any kind in one line, got ${JSON.stringify(comment)}: ${fix}`);
  });

  test('not for names that are tokens', () => {
    const token = Lazy.string({ produce: () => 'Not-Fine' });
    expect(() => synth({ tableName: token, databaseName: token, columns: [{ name: token, type: LakeColumnType.STRING }] })).not.toThrow();
  });
});

test.each([
  ['integer', 'int'], ['array<integer>', 'array<int>'], ['map<integer,integer>', 'map<int,int>'], ['struct<integer:integer,x:bigint>', 'struct<integer:int,x:bigint>'], ['int', 'int'],
])('the type %s is %s to Glue', (given, written) => {
  expect(LakeColumnType.of(given).name).toBe(written);
});

test('lets a role read its schema and nothing else', () => {
  const stack = new Stack(new App(), 'Stack');
  const table = new LakeTable(stack, 'Table', {
    bucket: s3.Bucket.fromBucketName(stack, 'Bucket', 'lake'), prefix: PREFIX, columns: COLUMNS, databaseName: 'db', tableName: 't',
  });
  table.grantReadSchema(new iam.Role(stack, 'Reader', { assumedBy: new iam.AccountRootPrincipal() }));
  const [{ Properties }] = Object.values(Template.fromStack(stack).findResources('AWS::IAM::Policy'));
  expect(Properties.PolicyDocument.Statement).toEqual([{
    Effect: 'Allow',
    Action: ['glue:GetTable', 'glue:GetTableVersion', 'glue:GetTableVersions'],
    Resource: [
      stack.formatArn({ service: 'glue', resource: 'catalog' }),
      stack.formatArn({ service: 'glue', resource: 'database', resourceName: 'db' }),
      stack.formatArn({ service: 'glue', resource: 'table', resourceName: `db/${table.tableName}` }),
    ].map(arn => stack.resolve(arn)),
  }]);
});
