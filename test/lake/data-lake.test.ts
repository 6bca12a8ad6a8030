import { App, CfnParameter, Duration, Size, Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import * as events from 'aws-cdk-lib/aws-events';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { evaluateErrorPrefix, evaluatePrefix } from '../../sandbox/src/firehose/object-prefix';
import { DataLake, DataLakeProps, FirehoseBatchPipeline, LakeColumnType, LakeFormat } from '../../src';
import { pathsAndTypes } from '../template';

const TEMPERATURE = { name: 'measurements_temperature', type: LakeColumnType.DOUBLE, comment: 'degrees Celsius' };
const S1 = { name: 's1', attribute: 'device_capability_model_id', values: ['urn:rigado:S1_Sensor:2', "it's"], columns: [TEMPERATURE, { name: 'serial', type: LakeColumnType.STRING }] };

function synth(props: DataLakeProps = {}) {
  const stack = new Stack(new App(), 'Stack');
  const lake = new DataLake(stack, 'Lake', props);
  const pipeline = new FirehoseBatchPipeline(stack, 'Telemetry', { lake });
  const template = Template.fromStack(stack);
  const tables = Object.fromEntries(Object.values(template.findResources('AWS::Glue::Table')).map(({ Properties }) => [Properties.TableInput.Name, Properties.TableInput]));
  return { stack, lake, pipeline, template, tables };
}
/** What Athena finds in the text of a view. */
function viewOf(tables: any, name: string) {
  const { 'Fn::Join': [, [start, { 'Fn::Base64': text }, end]] } = tables[name].ViewOriginalText;
  expect([start, end]).toEqual(['/* Presto View: ', ' */']);
  const joined = typeof text === 'string' ? text : text['Fn::Join'][1].map((part: unknown) => typeof part === 'string' ? part : 'DATABASE').join('');
  return JSON.parse(joined);
}

test('is a bucket, a database, three tables, views, a workgroup and saved queries', () => {
  expect(pathsAndTypes(synth().stack).filter(line => line.startsWith('Lake/'))).toEqual([
    'Lake/Bucket -> AWS::S3::Bucket', 'Lake/Bucket/Policy -> AWS::S3::BucketPolicy', 'Lake/Database -> AWS::Glue::Database',
    'Lake/ErrorView/View -> AWS::Glue::Table', 'Lake/Errors/Table -> AWS::Glue::Table', 'Lake/LongView/View -> AWS::Glue::Table',
    'Lake/Queries/DataVolume -> AWS::Athena::NamedQuery', 'Lake/Queries/HourlyAverages -> AWS::Athena::NamedQuery', 'Lake/Queries/LastValues -> AWS::Athena::NamedQuery',
    'Lake/Queries/SilentDevices -> AWS::Athena::NamedQuery', 'Lake/Queries/Workgroup -> AWS::Athena::WorkGroup', 'Lake/Raw/Table -> AWS::Glue::Table',
    'Lake/Telemetry/Table -> AWS::Glue::Table', 'Lake/WideView/View -> AWS::Glue::Table',
  ]);
});

test('has a row for each message of any device, and declared columns beside the maps', () => {
  const { tables } = synth({ columns: [TEMPERATURE] });
  expect(tables.telemetry.StorageDescriptor.Columns.map((column: any) => `${column.Name} ${column.Type}`)).toEqual([
    'thing_name string', 'client_id string', 'topic string', 'device_id string', 'event_time timestamp', 'arrival_time timestamp', 'trace_id string',
    'measurements map<string,double>', 'attributes map<string,string>', 'measurements_temperature double',
  ]);
  expect(tables.telemetry.Parameters.classification).toBe('parquet');
});

describe('prefix, location and projection', () => {
  const context = { arrival: new Date('2026-11-21T07:08:09Z'), partitionKeys: { site: 'north' }, errorOutputType: 'processing-failed' };
  const filled = (template: string) => template.replace('${site}', 'north').replace('${dt}', '2026-11-21').replace('${hour}', '07').replace('${error_type}', 'processing-failed');

  test.each([[{}], [{ partitionBy: ['site'] }]])('agree, since they are made of one text, for %j', props => {
    const { template, tables } = synth(props);
    const [{ Properties: { ExtendedS3DestinationConfiguration: delivery } }] = Object.values(template.findResources('AWS::KinesisFirehose::DeliveryStream'));
    for (const [table, prefix] of [['telemetry', delivery.Prefix], ['raw', delivery.S3BackupConfiguration.Prefix], ['errors', delivery.ErrorOutputPrefix]]) {
      const written = table === 'errors' ? evaluateErrorPrefix(prefix, context) : evaluatePrefix(prefix, context);
      expect(filled(JSON.stringify(tables[table].Parameters['storage.location.template']))).toContain(`/${written}"`);
      expect(JSON.stringify(tables[table].StorageDescriptor.Location)).toContain(`/${prefix.slice(0, prefix.indexOf('/') + 1)}"`);
    }
    expect(delivery.DataFormatConversionConfiguration.SchemaConfiguration.TableName).toEqual({ Ref: expect.stringMatching(/^LakeTelemetryTable/) });
  });

  test('name sites as injected, so that nobody lists them', () => {
    const { tables } = synth({ partitionBy: ['site'] });
    expect(tables.telemetry.Parameters).toMatchObject({ 'projection.site.type': 'injected', 'projection.dt.type': 'date', 'projection.hour.type': 'integer' });
    expect(tables.errors.Parameters).toMatchObject({ 'projection.error_type.type': 'enum', 'projection.error_type.values': 'processing-failed,format-conversion-failed,partitioning-failed' });
  });
});

test('tells the transform how rows are made', () => {
  const { template } = synth({ columns: [TEMPERATURE], deviceIdKeys: ['sn'], partitionBy: ['site'] });
  template.hasResourceProperties('AWS::Lambda::Function', {
    Environment: {
      Variables: {
        LAKE_ROWS: '{"deviceIdKeys":["sn"],"eventTimeKeys":["event_time","ts","timestamp","time"],"columns":{"double":["measurements_temperature"]}}', PARTITION_KEYS: 'site',
      },
    },
  });
});

describe('views', () => {
  test('have a row for each measurement, in the form that Athena keeps', () => {
    const { tables } = synth();
    expect(tables.telemetry_long).toMatchObject({ TableType: 'VIRTUAL_VIEW', ViewExpandedText: '/* Presto View */', Parameters: { presto_view: 'true', comment: 'Presto View' } });
    expect(viewOf(tables, 'telemetry_long')).toEqual({
      originalSql: 'SELECT t."thing_name", t."client_id", t."topic", t."device_id", t."event_time", t."arrival_time", t."trace_id", t."dt", t."hour", m."name", '
        + 'element_at(t."measurements", m."name") AS "value" FROM "telemetry" t CROSS JOIN UNNEST(map_keys(t."measurements")) AS m ("name")',
      catalog: 'awsdatacatalog',
      schema: 'DATABASE',
      columns: expect.arrayContaining([{ name: 'event_time', type: 'timestamp(3)' }, { name: 'hour', type: 'integer' }, { name: 'name', type: 'varchar' }, { name: 'value', type: 'double' }]),
    });
  });

  test('have a column for each that was declared, and for those of each kind of device', () => {
    const { tables } = synth({ columns: [TEMPERATURE, { name: '名前', type: LakeColumnType.STRING }], deviceTypes: [S1] });
    expect(viewOf(tables, 'telemetry_wide').originalSql).toContain('"trace_id", "measurements_temperature", "名前", "dt", "hour" FROM "telemetry"');
    expect(viewOf(tables, 's1_live').originalSql).toContain('element_at(t."measurements", \'measurements_temperature\') AS "measurements_temperature", element_at(t."attributes", \'serial\') AS "serial"');
    expect(viewOf(tables, 's1_live').originalSql).toContain("WHERE element_at(t.\"attributes\", 'device_capability_model_id') IN ('urn:rigado:S1_Sensor:2', 'it''s')");
  });

  test('decode what failed', () => {
    expect(viewOf(synth().tables, 'errors_decoded').originalSql).toBe('SELECT CAST(from_unixtime("arrivaltimestamp" / 1000.0) AS timestamp) AS "arrival_time", '
      + 'COALESCE("errorcode", "lasterrorcode") AS "errorcode", COALESCE("errormessage", "lasterrormessage") AS "errormessage", '
      + '"attemptsmade", "lambdaarn", from_utf8(from_base64("rawdata")) AS "payload", "error_type", "dt" FROM "errors"');
  });

  test('list as many columns as they select', () => {
    const { tables } = synth({ columns: [TEMPERATURE], deviceTypes: [S1], partitionBy: ['site'] });
    for (const [name, { TableType, StorageDescriptor }] of Object.entries<any>(tables)) {
      if (TableType !== 'VIRTUAL_VIEW') continue;
      const { originalSql, columns } = viewOf(tables, name);
      expect([name, StorageDescriptor.Columns.length]).toEqual([name, columns.length]);
      expect([name, originalSql.slice('SELECT '.length, originalSql.indexOf(' FROM ')).split(/, (?![^(]*\))/).length]).toEqual([name, columns.length]);
    }
  });
});

describe('workgroup', () => {
  test('limits what a query reads, encrypts its results, and is deleted with the stack', () => {
    synth({ scanLimit: Size.gibibytes(1) }).template.hasResourceProperties('AWS::Athena::WorkGroup', {
      RecursiveDeleteOption: true,
      WorkGroupConfiguration: {
        EnforceWorkGroupConfiguration: true,
        BytesScannedCutoffPerQuery: 1_073_741_824,
        ResultConfiguration: { EncryptionConfiguration: { EncryptionOption: 'SSE_S3' }, OutputLocation: Match.objectLike({ 'Fn::Join': ['', ['s3://', Match.anyValue(), '/athena-results/']] }) },
      },
    });
    synth().template.hasResourceProperties('AWS::Athena::WorkGroup', { WorkGroupConfiguration: { BytesScannedCutoffPerQuery: 107_374_182_400 } });
  });

  test('asks of the last days by their folders, and leaves a place for the site', () => {
    const sql = (props: DataLakeProps) => Object.values(synth(props).template.findResources('AWS::Athena::NamedQuery')).map(({ Properties }) => Properties.QueryString);
    for (const query of sql({})) expect(query).toMatch(/"dt" >= CAST\(CAST\(current_date - INTERVAL '[17]' DAY AS date\) AS varchar\)/);
    for (const query of sql({ partitionBy: ['site'] })) expect(query).toContain('WHERE "site" = \'?\'');
  });
});

test('lets somebody ask, and no more', () => {
  const stack = new Stack(new App(), 'Stack');
  const lake = new DataLake(stack, 'Lake');
  const analyst = new iam.Role(stack, 'Analyst', { assumedBy: new iam.AccountRootPrincipal() });
  lake.grantQuery(analyst);
  const policies = Object.values(Template.fromStack(stack).findResources('AWS::IAM::Policy'));
  const policy = policies.find(({ Properties }) => JSON.stringify(Properties.Roles).includes('Analyst'))!;
  const statements = JSON.stringify(policy);
  for (const allowed of ['athena:StartQueryExecution', '/telemetry/*', '/raw/*', '/errors/*', '/athena-results/*', 'glue:GetTable']) expect(statements).toContain(allowed);
  expect(statements).not.toMatch(/"\*"|glue:(Create|Update|Delete)|s3:Delete/);
  const ofGlue = policy.Properties.PolicyDocument.Statement.find(({ Action }: { Action: string[] }) => Action.includes('glue:GetTable'));
  const ofDatabases = policy.Properties.PolicyDocument.Statement.find(({ Action }: { Action: string[] }) => Action.includes('glue:GetDatabases'));
  expect(ofDatabases).toMatchObject({
    Action: ['glue:GetDatabase', 'glue:GetDatabases'],
    Resource: [['catalog'], ['database', 'default'], ['database', lake.databaseName]].map(([resource, resourceName]) => stack.resolve(stack.formatArn({ service: 'glue', resource, resourceName }))),
  });
  expect(ofGlue.Resource).toEqual([
    stack.resolve(stack.formatArn({ service: 'glue', resource: 'catalog' })),
    stack.resolve(stack.formatArn({ service: 'glue', resource: 'database', resourceName: lake.databaseName })),
    stack.resolve(stack.formatArn({ service: 'glue', resource: 'table', resourceName: `${lake.databaseName}/*` })),
  ]);
});

describe('Lake Formation', () => {
  test('permits the stream, which waits for it, on request', () => {
    const { template } = synth({ lakeFormation: true });
    template.hasResourceProperties('AWS::LakeFormation::PrincipalPermissions', {
      Permissions: ['DESCRIBE', 'SELECT'],
      Principal: { DataLakePrincipalIdentifier: { 'Fn::GetAtt': [Match.stringLikeRegexp('TelemetryStreamRole'), 'Arn'] } },
      Resource: { Table: Match.objectLike({ Name: { Ref: Match.stringLikeRegexp('^LakeTelemetryTable') } }) },
    });
    template.hasResource('AWS::KinesisFirehose::DeliveryStream', { DependsOn: Match.arrayWith([Match.stringLikeRegexp('TablePermission')]) });
  });

  test('is left alone by default', () => {
    synth().template.resourceCountIs('AWS::LakeFormation::PrincipalPermissions', 0);
  });
});

test('has no crawler, unless one is asked for, which then leaves the tables alone', () => {
  synth().template.resourceCountIs('AWS::Glue::Crawler', 0);
  const { template } = synth({ crawlerSchedule: events.Schedule.cron({ minute: '0', hour: '4' }) });
  template.hasResourceProperties('AWS::Glue::Crawler', { TablePrefix: 'crawled_', Schedule: { ScheduleExpression: 'cron(0 4 * * ? *)' }, SchemaChangePolicy: { UpdateBehavior: 'LOG', DeleteBehavior: 'LOG' } });
  expect(JSON.stringify(template.findResources('AWS::IAM::Policy'))).toContain('/crawled_*');
});

test('lets a crawler put the key on its logs, and leaves objects to the encryption of the bucket', () => {
  const stack = new Stack(new App(), 'Stack');
  new DataLake(stack, 'Lake', { encryptionKey: new kms.Key(stack, 'Key'), bucket: s3.Bucket.fromBucketName(stack, 'Mine', 'mine'), crawlerSchedule: events.Schedule.cron({ minute: '0', hour: '4' }) });
  const template = Template.fromStack(stack);
  template.hasResourceProperties('AWS::Glue::SecurityConfiguration', { EncryptionConfiguration: Match.objectLike({ S3Encryptions: [{ S3EncryptionMode: 'DISABLED' }] }) });
  expect(JSON.stringify(template.findResources('AWS::IAM::Policy'))).toContain('logs:AssociateKmsKey');
});

test('deletes originals, failures and results in time, and rows, wide ones too, only on request', () => {
  const rules = (props: DataLakeProps) => Object.values(synth(props).template.findResources('AWS::S3::Bucket'))[0].Properties.LifecycleConfiguration.Rules
    .filter((rule: any) => rule.Prefix).map((rule: any) => [rule.Prefix, rule.ExpirationInDays]);
  expect(rules({})).toEqual([['errors/', 365], ['raw/', 90], ['athena-results/', 30]]);
  expect(rules({ rowRetention: Duration.days(400), rawRetention: Duration.days(1), lifecycleRules: [{ prefix: 'mine/', expiration: Duration.days(9) }] }))
    .toEqual([['telemetry/', 400], ['wide/telemetry/', 400], ['errors/', 365], ['raw/', 1], ['athena-results/', 30], ['mine/', 9]]);
});

test('takes a bucket of yours, and keeps no originals on request', () => {
  const stack = new Stack(new App(), 'Stack');
  const lake = new DataLake(stack, 'Lake', { bucket: s3.Bucket.fromBucketName(stack, 'Mine', 'mine'), rawBackup: false });
  new FirehoseBatchPipeline(stack, 'Telemetry', { lake });
  const template = Template.fromStack(stack);
  template.resourceCountIs('AWS::S3::Bucket', 0);
  template.hasResourceProperties('AWS::KinesisFirehose::DeliveryStream', { ExtendedS3DestinationConfiguration: { S3BackupMode: 'Disabled', S3BackupConfiguration: Match.absent() } });
  expect([lake.rawBucket, lake.rawTable]).toEqual([undefined, undefined]);
});

test('warns where a prefix hides the partitions of the originals', () => {
  const { lake } = synth({ rawPrefix: 'raw/!{timestamp:yyyy/MM}/' });
  expect(lake.rawTable).toBeUndefined();
  expect(Annotations.fromStack(Stack.of(lake)).findWarning('*', Match.stringLikeRegexp("there is no table 'raw'"))).toHaveLength(1);
});

describe('fails for', () => {
  const column = (name: string, type = LakeColumnType.DOUBLE) => ({ columns: [{ name, type }] });
  test.each<[string, DataLakeProps | (() => DataLakeProps), string]>([
    ['Iceberg, and says why', { format: LakeFormat.ICEBERG }, "'format' must be JSON_LINES or PARQUET, since Firehose delivers only to Iceberg tables that Iceberg's own GlueCatalog API made"],
    ['JSON lines', { format: LakeFormat.JSON_LINES }, "'format' must be LakeFormat.PARQUET, which has the types of the rows"],
    ['a column that every row has', column('device_id'), "'columns[0].name' must be different from the other columns"],
    ['a column of a partition', column('dt'), "'columns[0].name' must be different from the other columns"],
    ['a list as a column', column('alarms', LakeColumnType.of('array<string>')), "'columns[0].type' must be one of string, double,"],
    ['more columns than the function can be told', { columns: Array.from({ length: 120 }, (_, at) => ({ name: `measurements_temperature_of_zone_${at}`, type: LakeColumnType.DOUBLE })) },
      'take out '],
    ['a key in capitals', { deviceIdKeys: ['deviceId'] }, "'deviceIdKeys[0]' must be a path as the transform flattens it, in snake_case, got \"deviceId\": write \"device_id\""],
    ['a partition for each device', { partitionBy: ['device_id'] }, "'partitionBy[0]' must be a column with few values"],
    ['a prefix without partitions', { prefix: 'rows/!{timestamp:yyyy/MM}/' }, "'prefix' must be folders, then name=!{timestamp:…}"],
    ['originals among the rows', { rawPrefix: 'telemetry/raw/' }, "'rawPrefix' must be in a folder beside 'telemetry/'"],
    ['failures among the rows', { errorPrefix: 'telemetry/!{firehose:error-output-type}/' }, "'errorPrefix' must be in a folder beside 'telemetry/'"],
    ['rows where the job deletes', { prefix: 'compaction/dt=!{timestamp:yyyy-MM-dd}/' }, "'prefix' must be outside athena-results/, wide/, compaction/, where the lake deletes what it made itself"],
    ['originals where results of queries are deleted', { rawPrefix: 'athena-results/raw/' }, "'rawPrefix' must be outside athena-results/, wide/, compaction/"],
    ['failures among the wide tables', { errorPrefix: 'wide/!{firehose:error-output-type}/' }, "'errorPrefix' must be outside athena-results/, wide/, compaction/"],
    ['a partition that the long view has as a column of its own', { partitionBy: ['name'] }, "'prefix' must be without a partition called name or value, which the view telemetry_long has"],
    ['a crawler at a rate, which Glue does not know', { crawlerSchedule: events.Schedule.rate(Duration.days(1)) }, "'crawlerSchedule' must be a cron(…) expression, since Glue takes no other"],
    ['a scan limit below 10 MB', { scanLimit: Size.bytes(9_999_999) }, "'scanLimit' must be whole bytes from 10000000, got \"9999999 bytes\": pass Size.mebibytes(10) or more"],
    ['a retention of no days', { rowRetention: Duration.days(0) }, "'rowRetention' must be from 1 to 36500 days"],
    ['a kind of device without columns', { deviceTypes: [{ ...S1, columns: [] }] }, "'deviceTypes[0].columns' must be at least one column"],
    ['a kind of device without values', { deviceTypes: [{ ...S1, values: [] }] }, "'deviceTypes[0].values' must be at least one value"],
    ['a kind of device named as a table', { deviceTypes: [{ ...S1, name: 'raw' }] }, "'deviceTypes[0].name' must be different from telemetry,"],
    ['two kinds of one name', { deviceTypes: [S1, S1] }, "'deviceTypes[1].name' must be different from telemetry,"],
    ['an original elsewhere without a raw backup', { rawBackup: false, rawPrefix: 'x/' }, "'rawPrefix' must be left out, since there is no raw backup"],
  ])('%s', (_what, props, message) => {
    expect(() => synth(props as DataLakeProps)).toThrow(`Stack/Lake: ${message.startsWith('\'') ? message : ''}`);
    expect(() => synth(props as DataLakeProps)).toThrow(message);
  });

  test('options of a bucket that is yours, and of a pipeline whose lake says them', () => {
    const stack = new Stack(new App(), 'Stack');
    expect(() => new DataLake(stack, 'A', { bucket: s3.Bucket.fromBucketName(stack, 'Mine', 'mine'), rawRetention: Duration.days(1) }))
      .toThrow("'rawRetention' must be left out, since your bucket is used as it is");
    expect(() => new FirehoseBatchPipeline(stack, 'B', { lake: new DataLake(stack, 'C'), columns: [TEMPERATURE], rawPrefix: 'x/' }))
      .toThrow("'rawPrefix' must be left out, since your lake says it");
  });

  test('a column whose name is a token', () => {
    const stack = new Stack(new App(), 'Stack');
    const name = new CfnParameter(stack, 'Name').valueAsString;
    expect(() => new DataLake(stack, 'Lake', { columns: [{ name, type: LakeColumnType.DOUBLE }] })).toThrow("'columns[0].name' must be known at synthesis, got \"a token\"".replace('synthesis,', 'synthesis, since the transform has to find it,'));
  });
});
