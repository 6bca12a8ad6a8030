import { App, CfnParameter, Duration, Lazy, RemovalPolicy, Size, Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as firehose from 'aws-cdk-lib/aws-kinesisfirehose';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { FirehoseBatchPipeline, FirehoseBatchPipelineProps } from '../../src/firehose-batch/firehose-batch-pipeline';
import { RecordTransform } from '../../src/firehose-batch/record-transform';
import { LakeColumnType, LakeFormat } from '../../src/lake/lake-column';
import { LakeTable } from '../../src/lake/lake-table';
import { pathsAndTypes } from '../template';

const COLUMNS = [{ name: 'temp', type: LakeColumnType.DOUBLE }];

function synth(props: FirehoseBatchPipelineProps | ((stack: Stack) => FirehoseBatchPipelineProps) = {}) {
  const stack = new Stack(new App(), 'Stack');
  const pipeline = new FirehoseBatchPipeline(stack, 'Pipeline', typeof props === 'function' ? props(stack) : props);
  let template: Template | undefined;
  return { stack, pipeline, template: () => template ??= Template.fromStack(stack) };
}
const destination = (template: Template) =>
  Object.values(template.findResources('AWS::KinesisFirehose::DeliveryStream'))[0].Properties.ExtendedS3DestinationConfiguration;
const sqlOf = (template: Template) => Object.values(template.findResources('AWS::IoT::TopicRule'))[0].Properties.TopicRulePayload.Sql;
const statementsOf = (template: Template, id: RegExp): any[] => Object.entries(template.findResources('AWS::IAM::Policy'))
  .filter(([key]) => id.test(key)).flatMap(([, { Properties }]) => Properties.PolicyDocument.Statement);
const numberToken = (stack: Stack, id: string) => new CfnParameter(stack, id, { type: 'Number' }).valueAsNumber;
const problemOf = (props: FirehoseBatchPipelineProps | ((stack: Stack) => FirehoseBatchPipelineProps)) => {
  try {
    synth(props);
  } catch (error) {
    return (error as Error).message;
  }
  return undefined;
};

test('without props is what the page says is deployed', () => {
  expect(pathsAndTypes(synth().stack)).toEqual([
    'Pipeline/Bucket -> AWS::S3::Bucket',
    'Pipeline/Bucket/Policy -> AWS::S3::BucketPolicy',
    'Pipeline/DeliveryAlarm -> AWS::CloudWatch::Alarm',
    'Pipeline/FreshnessAlarm -> AWS::CloudWatch::Alarm',
    'Pipeline/ParseErrorAlarm -> AWS::CloudWatch::Alarm',
    'Pipeline/RefusalAlarm -> AWS::CloudWatch::Alarm',
    'Pipeline/Rule/Errors/Alarm -> AWS::CloudWatch::Alarm',
    'Pipeline/Rule/Errors/Queue -> AWS::SQS::Queue',
    'Pipeline/Rule/Errors/Queue/Policy -> AWS::SQS::QueuePolicy',
    'Pipeline/Rule/Errors/Redrive/Function -> AWS::Lambda::Function',
    'Pipeline/Rule/Errors/Redrive/Logs -> AWS::Logs::LogGroup',
    'Pipeline/Rule/Errors/Redrive/Role -> AWS::IAM::Role',
    'Pipeline/Rule/Errors/Redrive/Role/DefaultPolicy -> AWS::IAM::Policy',
    'Pipeline/Rule/Role -> AWS::IAM::Role',
    'Pipeline/Rule/Role/DefaultPolicy -> AWS::IAM::Policy',
    'Pipeline/Rule/Rule -> AWS::IoT::TopicRule',
    'Pipeline/Stream -> AWS::KinesisFirehose::DeliveryStream',
    'Pipeline/Stream/DeliveryLog -> AWS::Logs::LogStream',
    'Pipeline/Stream/Logs -> AWS::Logs::LogGroup',
    'Pipeline/Stream/RawBackupLog -> AWS::Logs::LogStream',
    'Pipeline/Stream/Role -> AWS::IAM::Role',
    'Pipeline/Stream/Role/DefaultPolicy -> AWS::IAM::Policy',
    'Pipeline/ThrottleAlarm -> AWS::CloudWatch::Alarm',
    'Pipeline/Transform/Function -> AWS::Lambda::Function',
    'Pipeline/Transform/Logs -> AWS::Logs::LogGroup',
    'Pipeline/Transform/Logs/Refused -> AWS::Logs::MetricFilter',
    'Pipeline/Transform/Role -> AWS::IAM::Role',
    'Pipeline/Transform/Role/DefaultPolicy -> AWS::IAM::Policy',
    'Pipeline/TransformAlarm -> AWS::CloudWatch::Alarm',
  ]);
});

describe('the rule', () => {
  const metadata = (thing: string) => `topic() AS iot_topic, timestamp() AS iot_timestamp, clientid() AS iot_client_id, traceid() AS iot_trace_id, ${thing} AS iot_thing_name`;

  test.each<[FirehoseBatchPipelineProps, string]>([
    [{}, `SELECT *, ${metadata('topic(2)')} FROM 'data/#'`],
    [{ topicFilter: 'plant/hall/+/telemetry' }, `SELECT *, ${metadata('topic(3)')} FROM 'plant/hall/+/telemetry'`],
    [{ topicFilter: 'all/devices' }, `SELECT *, ${metadata('clientid()')} FROM 'all/devices'`],
    [{ topicFilter: 'a/+/+/x', thingNameTopicLevel: 3 }, `SELECT *, ${metadata('topic(3)')} FROM 'a/+/+/x'`],
    [{ batchField: 'readings' }, 'SELECT VALUE transform(\'enrichArray\', {\'iot_topic\': topic(), \'iot_timestamp\': timestamp(), \'iot_client_id\': clientid(), '
      + '\'iot_trace_id\': traceid(), \'iot_thing_name\': topic(2)}, readings) FROM \'data/#\''],
    [{ sql: 'SELECT * FROM \'x\'' }, 'SELECT * FROM \'x\''],
  ])('with %j selects %s', (props, sql) => {
    expect(sqlOf(synth(props).template())).toBe(sql);
  });

  test('has the version of 2016, a newline after each record, an error action, and puts single records', () => {
    const { template } = synth();
    template().hasResourceProperties('AWS::IoT::TopicRule', {
      TopicRulePayload: {
        AwsIotSqlVersion: '2016-03-23',
        Actions: [{ Firehose: { Separator: '\n', BatchMode: false } }],
        ErrorAction: { Sqs: Match.anyValue() },
      },
    });
    expect(statementsOf(template(), /PipelineRuleRole/).map(({ Action }) => Action)).toContain('firehose:PutRecord');
  });

  test('puts batches with batchField, and with an sql that selects an array', () => {
    for (const props of [{ batchField: 'readings.list' }, { sql: 'SELECT VALUE list FROM \'x\'', batchMode: true }]) {
      synth(props).template().hasResourceProperties('AWS::IoT::TopicRule', { TopicRulePayload: { Actions: [{ Firehose: { BatchMode: true } }] } });
    }
  });

  test('tells the topic for Basic Ingest', () => {
    const { pipeline } = synth({ ruleName: 'ingest' });
    expect(pipeline.basicIngestTopic).toBe('$aws/rules/ingest/data/#');
    expect(pipeline.basicIngestTopicFor('data/press-07/x')).toBe('$aws/rules/ingest/data/press-07/x');
    expect(synth({ ruleName: 'ingest', sql: 'SELECT * FROM \'x\'' }).pipeline.basicIngestTopic).toBe('$aws/rules/ingest/#');
  });

  test.each<[FirehoseBatchPipelineProps, string]>([
    [{ topicFilter: 'a/#/b' }, "'topicFilter' must be a topic filter with + and # as whole levels and # as the last level, got \"a/#/b\": put each wildcard between slashes, and # at the end"],
    ...([["o'brien", "'"], ['a\\b', '\\'], ['a\nb\r', '\n\r'], ['a\u2028b', '\u2028']] as const).map(([topicFilter, found]): [FirehoseBatchPipelineProps, string] => [
      { topicFilter }, "'topicFilter' must be a topic filter without single quotes, backslashes, line breaks and other control characters, which end or change it in the SQL, "
        + `got ${JSON.stringify(topicFilter)}: choose topics without ${JSON.stringify(found)}`,
    ]),
    [{ thingNameTopicLevel: 0 }, "'thingNameTopicLevel' must be a whole number from 1 to 8 topic levels, got 0: pass a number of topic levels within these limits"],
    [{ thingNameTopicLevel: 9 }, "'thingNameTopicLevel' must be a whole number from 1 to 8 topic levels, got 9: pass a number of topic levels within these limits"],
    [{ batchField: 'a-b' }, "'batchField' must be a name, or names joined by dots, of letters, digits and underscores that does not start with a digit, got \"a-b\": rename the field, or write the statement yourself with sql and batchMode"],
    [{ batchField: 'select' }, "'batchField' must be a field without select, a word of AWS IoT SQL, got \"select\": rename the field, or write the statement yourself with sql and batchMode"],
    [{ batchField: 'readings.In' }, "'batchField' must be a field without In, a word of AWS IoT SQL, got \"readings.In\": rename the field, or write the statement yourself with sql and batchMode"],
    [{ batchMode: true }, "'batchMode' must be used with an sql that selects an array, got true: pass batchField, or sql with SELECT VALUE and an array"],
    [{ batchMode: true, sql: 'SELECT * FROM \'x\'' }, "'batchMode' must be used with an sql that selects an array, got true: pass batchField, or sql with SELECT VALUE and an array"],
    [{ batchMode: false, batchField: 'a' }, "'batchMode' must be true or left out with batchField, got false: remove one of them"],
    [{ sql: 'SELECT * FROM \'x\'', topicFilter: 'x' }, "'topicFilter' must be left out, since your sql says it, got \"x\": write it into sql"],
  ])('fails for %j', (props, message) => {
    expect(problemOf(props)).toBe(`Stack/Pipeline: ${message}`);
  });

  test.each([1, 8])('takes the thing name from level %i', level => {
    expect(sqlOf(synth({ thingNameTopicLevel: level }).template())).toContain(`topic(${level}) AS iot_thing_name`);
  });
});

describe('buffering', () => {
  test('is a minute or 64 MiB', () => {
    expect(destination(synth().template()).BufferingHints).toEqual({ IntervalInSeconds: 60, SizeInMBs: 64 });
  });

  test.each([[0, 1], [900, 128]])('takes %i seconds and %i MiB, also for the originals', (seconds, mebibytes) => {
    const config = destination(synth({ bufferingInterval: Duration.seconds(seconds), bufferingSize: Size.mebibytes(mebibytes) }).template());
    expect(config.BufferingHints).toEqual({ IntervalInSeconds: seconds, SizeInMBs: mebibytes });
    expect(config.S3BackupConfiguration.BufferingHints).toEqual(config.BufferingHints);
  });

  test.each<[FirehoseBatchPipelineProps, string]>([
    [{ bufferingInterval: Duration.seconds(901) }, "'bufferingInterval' must be from 0 to 900 seconds, got \"15 minutes 1 second\": pass Duration.seconds(0) to Duration.minutes(15)"],
    [{ bufferingInterval: Duration.millis(1_500) }, "'bufferingInterval' must be from 0 to 900 seconds, in whole seconds, got \"1.5 seconds\": pass Duration.seconds(0) to Duration.minutes(15)"],
    [{ bufferingInterval: Duration.minutes(NaN) }, "'bufferingInterval' must be from 0 to 900 seconds, got \"NaN seconds\": pass Duration.seconds(0) to Duration.minutes(15)"],
    [{ bufferingSize: Size.mebibytes(129) }, "'bufferingSize' must be whole MiB from 1 to 128, got \"129 MiB\": pass Size.mebibytes(1) to Size.mebibytes(128)"],
    [{ bufferingSize: Size.mebibytes(0) }, "'bufferingSize' must be whole MiB from 1 to 128, got \"0 MiB\": pass Size.mebibytes(1) to Size.mebibytes(128)"],
    [{ bufferingSize: Size.bytes(1_572_864) }, "'bufferingSize' must be whole MiB from 1 to 128, got \"1.5 MiB\": pass Size.mebibytes(1) to Size.mebibytes(128)"],
    [{ bufferingSize: Size.mebibytes(NaN) }, "'bufferingSize' must be whole MiB from 1 to 128, got \"NaN MiB\": pass Size.mebibytes(1) to Size.mebibytes(128)"],
    [{ bufferingSize: Size.gibibytes(Infinity) }, "'bufferingSize' must be whole MiB from 1 to 128, got \"Infinity MiB\": pass Size.mebibytes(1) to Size.mebibytes(128)"],
    [{ bufferingSize: Size.mebibytes(1), format: LakeFormat.PARQUET, columns: COLUMNS }, "'bufferingSize' must be whole MiB from 64 to 128 with Parquet or partitionBy, got \"1 MiB\": pass Size.mebibytes(64) to Size.mebibytes(128)"],
    [{ bufferingSize: Size.mebibytes(63), partitionBy: ['site'] }, "'bufferingSize' must be whole MiB from 64 to 128 with Parquet or partitionBy, got \"63 MiB\": pass Size.mebibytes(64) to Size.mebibytes(128)"],
    [{ bufferingInterval: Duration.seconds(59), partitionBy: ['site'] }, "'bufferingInterval' must be from 60 to 900 seconds with partitionBy, got \"59 seconds\": pass Duration.seconds(60) to Duration.minutes(15)"],
  ])('fails for %j', (props, message) => {
    expect(problemOf(props)).toBe(`Stack/Pipeline: ${message}`);
  });

  test('may be given in other units', () => {
    const { template } = synth({ bufferingInterval: Duration.minutes(15), bufferingSize: Size.bytes(1_048_576) });
    expect(destination(template()).BufferingHints).toEqual({ IntervalInSeconds: 900, SizeInMBs: 1 });
  });

  test('that is a token passes in seconds and mebibytes', () => {
    const { template } = synth(stack => ({
      bufferingInterval: Duration.seconds(numberToken(stack, 'Interval')), bufferingSize: Size.mebibytes(numberToken(stack, 'Size')), partitionBy: ['site'],
    }));
    expect(destination(template()).BufferingHints).toEqual({ IntervalInSeconds: { Ref: 'Interval' }, SizeInMBs: { Ref: 'Size' } });
  });

  test('that is a token in another unit, which CDK cannot convert, is refused with both problems', () => {
    expect(problemOf(stack => ({ bufferingInterval: Duration.minutes(numberToken(stack, 'Interval')), bufferingSize: Size.gibibytes(numberToken(stack, 'Size')) }))).toBe([
      "Stack/Pipeline: 'bufferingInterval' must be from 0 to 900 seconds, or a token in seconds, got \"a token in minutes\": pass Duration.seconds(token)",
      "'bufferingSize' must be whole MiB from 1 to 128, or a token in mebibytes, got \"a token in another unit\": pass Size.mebibytes(token)",
    ].join('\n'));
  });
});

describe('objects', () => {
  test('lie by arrival under prefixes of their own, as GZIP JSON lines', () => {
    expect(destination(synth().template())).toMatchObject({
      Prefix: 'telemetry/dt=!{timestamp:yyyy-MM-dd}/hour=!{timestamp:HH}/',
      ErrorOutputPrefix: 'errors/!{firehose:error-output-type}/dt=!{timestamp:yyyy-MM-dd}/',
      CompressionFormat: 'GZIP',
      FileExtension: '.json.gz',
      S3BackupMode: 'Enabled',
      S3BackupConfiguration: {
        Prefix: 'raw/dt=!{timestamp:yyyy-MM-dd}/hour=!{timestamp:HH}/',
        ErrorOutputPrefix: 'errors/!{firehose:error-output-type}/dt=!{timestamp:yyyy-MM-dd}/',
        CompressionFormat: 'GZIP',
      },
    });
  });

  test.each([[firehose.Compression.UNCOMPRESSED, '.json'], [firehose.Compression.SNAPPY, undefined], [firehose.Compression.ZIP, undefined]])(
    'compressed by %o end as they should', (compression, extension) => {
      const config = destination(synth({ compression }).template());
      expect([config.CompressionFormat, config.FileExtension]).toEqual([compression.value, extension]);
    });

  test.each([['.x.gz', true], [`.${'a'.repeat(127)}`, true], [`.${'a'.repeat(128)}`, false], ['gz', false], ['.GZ', false], ['.', false]])(
    'may end with %s: %s', (fileExtension, isFine) => {
      const message = problemOf({ fileExtension });
      if (isFine) expect(message).toBeUndefined();
      else expect(message).toBe(`Stack/Pipeline: 'fileExtension' must be a full stop and then at most 127 characters of 0-9 a-z ! - _ . * ' ( ), got ${JSON.stringify(fileExtension)}: write it like '.json.gz'`);
    });

  test('whose GZIP readers cannot see get a warning, and so do prefixes inside each other', () => {
    const warnings = (props: FirehoseBatchPipelineProps) => Annotations.fromStack(synth(props).stack).findWarning('*', Match.anyValue()).map(({ id, entry }) => [id, entry.data]);
    expect(warnings({})).toEqual([]);
    expect(warnings({ fileExtension: '.json' })).toEqual([['/Stack/Pipeline', expect.stringContaining('extension-without-gz')]]);
    expect(warnings({ errorPrefix: 'telemetry/errors/' })).toEqual([['/Stack/Pipeline', expect.stringContaining('prefixes-overlap')]]);
    expect(warnings({ rawPrefix: 'telemetry/raw/' })).toEqual([['/Stack/Pipeline', expect.stringContaining('prefixes-overlap')]]);
    expect(warnings({ prefix: '!{timestamp:yyyy}/', rawBackup: false })).toEqual([['/Stack/Pipeline', expect.stringContaining('prefixes-overlap')]]);
  });

  test('with a malformed prefix are refused, each prefix under its name', () => {
    const message = problemOf({ prefix: 'a/!{x}/', errorPrefix: 'e/!{timestamp:yyyy}/', rawPrefix: 'r/!{y}/' });
    expect(message).toMatch(/^Stack\/Pipeline: 'prefix' must be .*\n'errorPrefix' must be .*\n'rawPrefix' must be .*$/);
  });

  test('whose prefix is a token pass', () => {
    const token = Lazy.string({ produce: () => 'x/!{nonsense' });
    expect(problemOf({ prefix: token, errorPrefix: token, rawPrefix: token, fileExtension: token, topicFilter: Lazy.string({ produce: () => 'a/#/b' }) })).toBeUndefined();
  });

  test('of Parquet follow the latest schema of the table and are not compressed again', () => {
    const { template, pipeline } = synth({ format: LakeFormat.PARQUET, columns: COLUMNS });
    const config = destination(template());
    expect(config).not.toHaveProperty('CompressionFormat');
    expect(config.FileExtension).toBe('.parquet');
    expect(config.DataFormatConversionConfiguration).toMatchObject({
      Enabled: true,
      InputFormatConfiguration: { Deserializer: { OpenXJsonSerDe: {} } },
      OutputFormatConfiguration: { Serializer: { ParquetSerDe: {} } },
      SchemaConfiguration: { TableName: { Ref: expect.stringMatching('PipelineTable') }, VersionId: 'LATEST', Region: { Ref: 'AWS::Region' } },
    });
    expect(statementsOf(template(), /StreamRole/).find(({ Action }) => Action.includes('glue:GetTable'))).toMatchObject({
      Action: ['glue:GetTable', 'glue:GetTableVersion', 'glue:GetTableVersions'],
      Resource: [expect.anything(), expect.anything(), expect.anything()],
    });
    expect(pipeline.alarms).toHaveLength(7);
    template().hasResource('AWS::KinesisFirehose::DeliveryStream', { DependsOn: Match.arrayWith([Match.stringLikeRegexp('PipelineStreamRoleDefaultPolicy'), Match.stringLikeRegexp('PipelineTable')]) });
  });

  test.each<[FirehoseBatchPipelineProps, string]>([
    [{ format: LakeFormat.PARQUET }, "'format' must be given with columns, which Parquet writes, got \"PARQUET\": pass columns, or a table"],
    [{ format: LakeFormat.PARQUET, columns: COLUMNS, compression: firehose.Compression.GZIP }, "'compression' must be left out, since Parquet compresses itself, got \"Compression\": remove it"],
  ])('fails for %j', (props, message) => {
    expect(problemOf(props)).toBe(`Stack/Pipeline: ${message}`);
  });
});

describe('the table', () => {
  test('is there only with columns, and has those that the SQL adds', () => {
    synth().template().resourceCountIs('AWS::Glue::Table', 0);
    const columnsOf = (props: FirehoseBatchPipelineProps) =>
      Object.values(synth(props).template().findResources('AWS::Glue::Table'))[0].Properties.TableInput.StorageDescriptor.Columns.map(({ Name }: any) => Name);
    expect(columnsOf({ columns: COLUMNS })).toEqual(['iot_topic', 'iot_timestamp', 'iot_client_id', 'iot_trace_id', 'iot_thing_name', 'temp']);
    expect(columnsOf({ columns: COLUMNS, sql: 'SELECT * FROM \'x\'' })).toEqual(['temp']);
  });

  test('fails for columns of yours, counted as you wrote them', () => {
    const [temp] = COLUMNS;
    const taken = 'different from the other columns, from those that the rule adds and from those of the prefix';
    expect(problemOf({ columns: [temp, temp, { name: 'iot_topic', type: LakeColumnType.STRING }, { name: 'dt', type: LakeColumnType.of('strin') }] })).toBe([
      `Stack/Pipeline: 'columns[1].name' must be ${taken}, got "temp": rename or remove it`,
      `'columns[2].name' must be ${taken}, got "iot_topic": rename or remove it`,
      `'columns[3].name' must be ${taken}, got "dt": rename or remove it`,
      "'columns[3].type' must be a type of Athena in lower case, without white space, got \"strin\": pass one such as LakeColumnType.DOUBLE, or LakeColumnType.of('array<string>')",
    ].join('\n'));
    expect(problemOf({ columns: [{ name: 'iot_topic', type: LakeColumnType.STRING }], sql: "SELECT topic() AS iot_topic FROM 'a'" })).toBeUndefined();
  });

  test('of yours says bucket, prefix and format', () => {
    const { template, pipeline, stack } = synth(scope => ({
      table: new LakeTable(scope, 'Mine', {
        bucket: s3.Bucket.fromBucketName(scope, 'Bucket', 'lake'), prefix: 'x/dt=!{timestamp:yyyy-MM-dd}/', columns: COLUMNS, format: LakeFormat.PARQUET,
      }),
    }));
    expect(destination(template())).toMatchObject({ Prefix: 'x/dt=!{timestamp:yyyy-MM-dd}/', FileExtension: '.parquet' });
    template().resourceCountIs('AWS::S3::Bucket', 0);
    expect(stack.resolve(pipeline.bucket!.bucketName)).toBe('lake');
  });

  test('of yours together with what it says fails', () => {
    expect(problemOf(scope => {
      const bucket = s3.Bucket.fromBucketName(scope, 'Bucket', 'lake');
      return { bucket, prefix: 'y/', table: new LakeTable(scope, 'Mine', { bucket, prefix: 'x/dt=!{timestamp:yyyy-MM-dd}/', columns: COLUMNS }) };
    })).toBe("Stack/Pipeline: 'bucket' must be left out, since your table says it, got \"Stack/Bucket\": set it on the table\n"
      + "'prefix' must be left out, since your table says it, got \"y/\": set it on the table");
  });
});

describe('the bucket', () => {
  test('is closed, encrypted, versioned and kept', () => {
    const template = synth().template();
    template.hasResource('AWS::S3::Bucket', {
      DeletionPolicy: 'Retain',
      UpdateReplacePolicy: 'Retain',
      Properties: {
        BucketEncryption: { ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }] },
        PublicAccessBlockConfiguration: { BlockPublicAcls: true, BlockPublicPolicy: true, IgnorePublicAcls: true, RestrictPublicBuckets: true },
        VersioningConfiguration: { Status: 'Enabled' },
        LoggingConfiguration: Match.absent(),
      },
    });
    template.hasResourceProperties('AWS::S3::BucketPolicy', {
      PolicyDocument: { Statement: [{ Effect: 'Deny', Action: 's3:*', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }] },
    });
  });

  test('deletes originals after 90 days and failures after a year, and never rows', () => {
    const rulesOf = (props: FirehoseBatchPipelineProps) =>
      Object.values(synth(props).template().findResources('AWS::S3::Bucket'))[0].Properties.LifecycleConfiguration.Rules
        .map(({ Prefix, ExpirationInDays }: any) => [Prefix, ExpirationInDays]);
    expect(rulesOf({})).toEqual([[undefined, undefined], ['errors/', 365], ['raw/', 90]]);
    expect(rulesOf({ rawRetention: Duration.days(7), errorRetention: Duration.days(30) })).toEqual([[undefined, undefined], ['errors/', 30], ['raw/', 7]]);
    expect(rulesOf({ rawBackup: false })).toEqual([[undefined, undefined], ['errors/', 365]]);
    expect(rulesOf({ errorPrefix: '!{firehose:error-output-type}/', rawPrefix: 'telemetry/' })).toEqual([[undefined, undefined]]);
  });

  test.each([Duration.days(1), Duration.hours(24), Duration.days(36_500)])('keeps failures and originals for %s, if told to', retention => {
    const rules = Object.values(synth({ rawRetention: retention, errorRetention: retention }).template().findResources('AWS::S3::Bucket'))[0]
      .Properties.LifecycleConfiguration.Rules;
    expect(rules.map(({ ExpirationInDays }: any) => ExpirationInDays)).toEqual([undefined, retention.toDays(), retention.toDays()]);
  });

  test('keeps failures and originals for days that are known only at deployment', () => {
    const rules = Object.values(synth(stack => ({ rawRetention: Duration.days(numberToken(stack, 'Raw')), errorRetention: Duration.days(numberToken(stack, 'Failed')) }))
      .template().findResources('AWS::S3::Bucket'))[0].Properties.LifecycleConfiguration.Rules;
    expect(rules.map(({ ExpirationInDays }: any) => ExpirationInDays)).toEqual([undefined, { Ref: 'Failed' }, { Ref: 'Raw' }]);
  });

  test.each<[Duration, string, string]>([
    [Duration.days(0), 'from 1 to 36500 days', '0 days'],
    [Duration.days(36_501), 'from 1 to 36500 days', '36501 days'],
    [Duration.days(NaN), 'from 1 to 36500 days', 'NaN days'],
    [Duration.hours(25), 'from 1 to 36500 days, in whole days', '1 day 1 hour'],
    [Duration.hours(numberToken(new Stack(), 'Hours')), 'from 1 to 36500 days, or a token in days', 'a token in hours'],
  ])('refuses to keep anything for %s', (retention, allowed, got) => {
    const fix = got.includes('token') ? 'pass Duration.days(token)' : 'pass Duration.days(1) to Duration.days(36500)';
    expect(problemOf({ rawRetention: retention, errorRetention: retention })).toBe(
      `Stack/Pipeline: 'rawRetention' must be ${allowed}, got "${got}": ${fix}\n'errorRetention' must be ${allowed}, got "${got}": ${fix}`);
  });

  test('with RemovalPolicy.DESTROY goes with its objects', () => {
    const template = synth({ removalPolicy: RemovalPolicy.DESTROY }).template();
    template.hasResource('AWS::S3::Bucket', { DeletionPolicy: 'Delete' });
    template.resourceCountIs('Custom::S3AutoDeleteObjects', 1);
    synth().template().resourceCountIs('Custom::S3AutoDeleteObjects', 0);
  });

  test('writes access logs where it is told to', () => {
    synth(stack => ({ serverAccessLogsBucket: new s3.Bucket(stack, 'Logs') })).template()
      .hasResourceProperties('AWS::S3::Bucket', { LoggingConfiguration: { DestinationBucketName: Match.anyValue() } });
  });

  test('of yours is only written to', () => {
    const { template, stack, pipeline } = synth(scope => ({
      bucket: s3.Bucket.fromBucketName(scope, 'Mine', 'lake'), rawBucket: s3.Bucket.fromBucketName(scope, 'Raw', 'originals'),
    }));
    template().resourceCountIs('AWS::S3::Bucket', 0);
    template().resourceCountIs('AWS::S3::BucketPolicy', 0);
    const objects = statementsOf(template(), /StreamRole/).filter(({ Action }) => Action.includes('s3:PutObject')).map(({ Resource }) => Resource);
    expect(stack.resolve([
      ['telemetry/*', 'errors/*'].map(folder => pipeline.bucket!.arnForObjects(folder)), ['raw/*', 'errors/*'].map(folder => pipeline.rawBucket!.arnForObjects(folder)),
    ])).toEqual(objects);
  });

  test('of yours takes no settings of ours', () => {
    expect(problemOf(scope => ({ bucket: s3.Bucket.fromBucketName(scope, 'Mine', 'lake'), rawRetention: Duration.days(1) }))).toBe(
      "Stack/Pipeline: 'rawRetention' must be left out, since your bucket is used as it is, got \"1 day\": set it on your bucket");
  });
});

describe('a retention that nothing could keep', () => {
  test.each<[FirehoseBatchPipelineProps, string]>([
    [{ errorPrefix: '!{firehose:error-output-type}/errors/', errorRetention: Duration.days(3) },
      "'errorRetention' must be left out, since errorPrefix has no folder without rows, and a rule would delete these too, got \"3 days\": begin errorPrefix with a folder of its own, such as 'errors/'"],
    [{ prefix: 'lake/dt=!{timestamp:yyyy}/', rawPrefix: 'lake/!{timestamp:yyyy}/', rawRetention: Duration.days(3) },
      "'rawRetention' must be left out, since rawPrefix has no folder without rows, and a rule would delete these too, got \"3 days\": begin rawPrefix with a folder of its own, such as 'raw/'"],
  ])('fails, and says which prefix to change (%#)', (props, message) => {
    expect(problemOf(props)).toBe(`Stack/Pipeline: ${message}`);
  });

  test('fails for originals in a bucket of yours', () => {
    expect(problemOf(scope => ({ rawBucket: s3.Bucket.fromBucketName(scope, 'Raw', 'originals'), rawRetention: Duration.days(3) }))).toBe(
      "Stack/Pipeline: 'rawRetention' must be left out, since your rawBucket is used as it is, got \"3 days\": set it on your bucket");
  });

  test('passes below a folder of its own, and for a prefix that is a token', () => {
    expect(problemOf({ prefix: 'lake/rows/dt=!{timestamp:yyyy}/', rawPrefix: 'lake/raw/!{timestamp:yyyy}/', rawRetention: Duration.days(3) })).toBeUndefined();
    expect(problemOf({ errorPrefix: Lazy.string({ produce: () => 'failed/' }), errorRetention: Duration.days(3) })).toBeUndefined();
  });
});

describe('the raw backup', () => {
  test('can be left out', () => {
    const { template, pipeline } = synth({ rawBackup: false });
    expect(destination(template())).toMatchObject({ S3BackupMode: 'Disabled' });
    expect(destination(template())).not.toHaveProperty('S3BackupConfiguration');
    expect(pipeline.rawBucket).toBeUndefined();
    expect(JSON.stringify(statementsOf(template(), /StreamRole/))).not.toContain('raw/');
  });

  test('that is left out takes no settings', () => {
    expect(problemOf({ rawBackup: false, rawPrefix: 'x/' })).toBe("Stack/Pipeline: 'rawPrefix' must be left out, since there is no raw backup, got \"x/\": remove rawBackup: false");
  });
});

describe('the transform', () => {
  const processorOf = (template: Template) => {
    const { Processors } = destination(template).ProcessingConfiguration;
    return Object.fromEntries(Processors[0].Parameters.map(({ ParameterName, ParameterValue }: any) => [ParameterName, ParameterValue]));
  };

  const callsOf = (template: Template) => statementsOf(template, /StreamRole/).find(({ Action }) => Action.includes('lambda:InvokeFunction')).Resource;

  test('is ours, called with batches small enough for its answers', () => {
    const { template } = synth();
    expect(processorOf(template())).toMatchObject({ BufferSizeInMBs: '1', BufferIntervalInSeconds: '60', NumberOfRetries: '3' });
    template().hasResourceProperties('AWS::Lambda::Function', { Handler: 'index.handler', Runtime: 'nodejs24.x', Environment: Match.absent() });
  });

  test('does not wait longer than the stream', () => {
    expect(processorOf(synth({ bufferingInterval: Duration.seconds(10) }).template())).toMatchObject({ BufferIntervalInSeconds: '10' });
  });

  test('can be yours', () => {
    const { template, pipeline } = synth(stack => ({
      transform: RecordTransform.fromFunction(lambda.Function.fromFunctionArn(stack, 'Mine', 'arn:aws:lambda:us-east-1:111122223333:function:mine')),
    }));
    template().resourceCountIs('AWS::Lambda::Function', 1); // the redrive of the error queue
    expect(processorOf(template())).toMatchObject({ LambdaArn: 'arn:aws:lambda:us-east-1:111122223333:function:mine' });
    expect(pipeline.transformFunction!.functionName).toBe('mine');
    expect(callsOf(template())).toEqual([
      'arn:aws:lambda:us-east-1:111122223333:function:mine', 'arn:aws:lambda:us-east-1:111122223333:function:mine:*',
    ]);
  });

  test('of yours that is an alias may be called by that alias only', () => {
    const { template } = synth(stack => ({
      transform: RecordTransform.fromFunction(new lambda.Alias(stack, 'Live', {
        aliasName: 'live',
        version: lambda.Version.fromVersionArn(stack, 'Version', 'arn:aws:lambda:us-east-1:111122223333:function:mine:7'),
      })),
    }));
    expect(callsOf(template())).toEqual({ Ref: expect.stringMatching('^Live') });
  });

  test('counts what it refuses by stream, and the alarm is on from the first record', () => {
    const alarmActions: cloudwatch.IAlarmAction[] = [{ bind: () => ({ alarmActionArn: 'arn:aws:sns:us-east-1:111122223333:tell' }) }];
    const { template, pipeline, stack } = synth({ alarmActions });
    template().hasResourceProperties('AWS::Logs::MetricFilter', {
      LogGroupName: { Ref: Match.stringLikeRegexp('^PipelineTransformLogs') },
      FilterPattern: '{ $.refused > 0 }',
      MetricTransformations: [{
        MetricNamespace: 'IotLandingZone', MetricName: 'RefusedRecords', MetricValue: '$.refused', Dimensions: [{ Key: 'DeliveryStreamName', Value: '$.stream' }],
      }],
    });
    template().hasResourceProperties('AWS::CloudWatch::Alarm', {
      Namespace: 'IotLandingZone',
      MetricName: 'RefusedRecords',
      Dimensions: [{ Name: 'DeliveryStreamName', Value: stack.resolve(pipeline.stream.deliveryStreamRef.deliveryStreamName) }],
      Statistic: 'Sum',
      Period: 300,
      Threshold: 1,
      EvaluationPeriods: 1,
      ComparisonOperator: 'GreaterThanOrEqualToThreshold',
      TreatMissingData: 'notBreaching',
      AlarmActions: ['arn:aws:sns:us-east-1:111122223333:tell'],
    });
    expect(pipeline.metricRefusedRecords({ period: Duration.minutes(1) })).toMatchObject({ period: Duration.minutes(1), statistic: 'Sum' });
  });

  test.each<[string, (stack: Stack) => FirehoseBatchPipelineProps]>([
    ['a function of yours', stack => ({
      transform: RecordTransform.fromFunction(lambda.Function.fromFunctionArn(stack, 'Mine', 'arn:aws:lambda:us-east-1:111122223333:function:mine')),
    })],
    ['none', () => ({ transform: RecordTransform.none() })],
    ['a stream of yours', stack => ({ deliveryStream: firehose.CfnDeliveryStream.fromDeliveryStreamName(stack, 'Mine', 'mine') })],
  ])('counts nothing where it is %s', (_name, props) => {
    const { template, pipeline } = synth(props);
    template().resourceCountIs('AWS::Logs::MetricFilter', 0);
    expect(Object.keys(template().findResources('AWS::CloudWatch::Alarm', { Properties: { Namespace: 'IotLandingZone' } }))).toEqual([]);
    expect(() => pipeline.metricRefusedRecords()).toThrow(
      'Stack/Pipeline: only the built-in transform counts the records that it refuses: count them in your own function, if you have one');
  });

  test('can be none, and the newline of the rule stays', () => {
    const { template, pipeline } = synth({ transform: RecordTransform.none() });
    expect(destination(template())).not.toHaveProperty('ProcessingConfiguration');
    expect(pipeline.transformFunction).toBeUndefined();
    expect(pipeline.alarms).toHaveLength(4);
    template().hasResourceProperties('AWS::IoT::TopicRule', { TopicRulePayload: { Actions: [{ Firehose: { Separator: '\n' } }] } });
    expect(JSON.stringify(statementsOf(template(), /StreamRole/))).not.toContain('lambda:');
  });
});

describe('partitions', () => {
  test('are by time only, unless asked for', () => {
    expect(destination(synth().template())).not.toHaveProperty('DynamicPartitioningConfiguration');
  });

  test('come from the transform, stand before the time, and have an alarm', () => {
    const { template } = synth({ partitionBy: ['site', 'line'] });
    expect(destination(template())).toMatchObject({
      DynamicPartitioningConfiguration: { Enabled: true },
      Prefix: 'telemetry/site=!{partitionKeyFromLambda:site}/line=!{partitionKeyFromLambda:line}/dt=!{timestamp:yyyy-MM-dd}/hour=!{timestamp:HH}/',
    });
    template().hasResourceProperties('AWS::Lambda::Function', { Environment: { Variables: { PARTITION_KEYS: 'site,line' } } });
    template().hasResourceProperties('AWS::CloudWatch::Alarm', { MetricName: 'PartitionCountExceeded', Threshold: 0 });
  });

  test.each([
    'thing', 'thing_name', 'device', 'device_id', 'device_device_id', 'deviceid', 'client_id', 'iot_client_id', 'iot_thing_name', 'iot_topic', 'iot_trace_id', 'serial',
    'serial_number', 'mac_address', 'imei', 'uuid', 'iot_timestamp', 'ts', 'gateway_id', 'sn', 'device_sn', 'dev_id', 'devid', 'dev_name', 'device_uid', 'device_identifier', 'thing_identifier',
    'thing_arn', 'devices', 'device_ids', 'mac_addr', 'mac', 'vin', 'dev_eui', 'node_id', 'nodeid', 'unit_id', 'asset_id', 'machine_id', 'meter_number', 'chip_id', 'hw_id', 'hardware_id',
    'tag_id', 'tracker_id', 'site_device_id', 'id', 'event_id', 'seq', 'time', 'datetime', 'event_time', 'ts_ms', 'timestamp', 'timestamp_utc', 'measured_at', 'epoch', 'deviceId', 'devEUI',
    'Device-ID', 'SerialNo', 'ThingName', 'ＤｅｖｉｃｅＩｄ', 'eventTime',
  ])('by %s are refused, since there are as many as devices or messages', key => {
    expect(problemOf({ partitionBy: [key] })).toBe('Stack/Pipeline: \'partitionBy[0]\' must be a column with few values: a stream has 500 active partitions, and the rest fails, '
      + `got "${key}": partition by site, line or tenant, and find the device or the time by its column`);
  });

  test.each([
    'site', 'tenant', 'device_type', 'thing_type', 'line_id', 'plant', 'topic_version', 'region', 'model', 'device_model', 'model_number', 'tenant_uuid', 'site_arn', 'customer_key', 'line_no', 'unit',
    'hardware', 'machine', 'asset_type', 'message_type', 'sensor_kind', 'hw_version', 'time_zone', 'timezone', 'date', 'shift', 'runtime_version', 'city', 'status', 'format', 'client_version',
  ])('by %s are taken', key => {
    expect(problemOf({ partitionBy: [key] })).toBeUndefined();
  });

  test('by a token are refused, since the prefix has the names', () => {
    const message = "Stack/Pipeline: 'partitionBy' must be columns whose names are known at synthesis, since the prefix has them, got \"a token\": write the names of the columns out";
    expect(problemOf(stack => ({ partitionBy: new CfnParameter(stack, 'Keys', { type: 'CommaDelimitedList' }).valueAsList }))).toBe(message);
    expect(problemOf(stack => ({ partitionBy: ['site', ...new CfnParameter(stack, 'Keys', { type: 'CommaDelimitedList' }).valueAsList] }))).toBe(message);
    expect(problemOf({ partitionBy: ['site', Lazy.string({ produce: () => 'line' })] })).toBe(message);
  });

  test('stand in a prefix that may be a token or have one', () => {
    const token = Lazy.string({ produce: () => 'a/site=!{partitionKeyFromLambda:site}/' });
    for (const prefix of [token, `${Lazy.string({ produce: () => 'a' })}/!{partitionKeyFromLambda:site}/!{timestamp:yyyy}/`]) {
      expect(problemOf({ partitionBy: ['site'], prefix })).toBeUndefined();
    }
  });

  test.each<[FirehoseBatchPipelineProps, string]>([
    [{ partitionBy: ['siteName'] }, "'partitionBy[0]' must be a column as the transform names it, in snake_case, got \"siteName\": write \"site_name\""],
    [{ partitionBy: [''] }, "'partitionBy[0]' must be a column as the transform names it, in snake_case, got \"\": write the name of a column, such as \"site\""],
    [{ partitionBy: ['site', 'line', 'site'] }, "'partitionBy[2]' must be different from the other columns, got \"site\": remove it"],
    [{ prefix: 'a/!{partitionKeyFromLambda:site}/' }, "'prefix' must be a prefix without partition keys, since partitionBy is empty, got \"a/!{partitionKeyFromLambda:site}/\": pass partitionBy: [\"site\"]"],
    [{ partitionBy: ['site'], prefix: 'a/!{timestamp:yyyy}/' }, "'prefix' must be a prefix with the partition keys site and no others, got \"a/!{timestamp:yyyy}/\": name each as !{partitionKeyFromLambda:…}"],
    [{ partitionBy: ['site'], prefix: 'a/!{partitionKeyFromQuery:site}/' }, "'prefix' must be a prefix with keys from the transform, got \"a/!{partitionKeyFromQuery:site}/\": write partitionKeyFromLambda in place of partitionKeyFromQuery"],
    [{ partitionBy: ['site'], transform: RecordTransform.none() }, "'transform' must be a function with partitionBy, which finds the keys, got \"RecordTransform.none()\": leave transform out, or pass a function of yours"],
  ])('fail for %j', (props, message) => {
    expect(problemOf(props)).toBe(`Stack/Pipeline: ${message}`);
  });
});

describe('the stream', () => {
  test('may do exactly this', () => {
    const { template, stack, pipeline } = synth();
    expect(statementsOf(template(), /PipelineStreamRole/)).toEqual(stack.resolve([
      { Effect: 'Allow', Action: ['s3:GetBucketLocation', 's3:ListBucket', 's3:ListBucketMultipartUploads'], Resource: pipeline.bucket!.bucketArn },
      {
        Effect: 'Allow',
        Action: ['s3:AbortMultipartUpload', 's3:GetObject', 's3:PutObject'],
        Resource: ['telemetry/*', 'errors/*', 'raw/*'].map(folder => pipeline.bucket!.arnForObjects(folder)),
      },
      { Effect: 'Allow', Action: 'logs:PutLogEvents', Resource: { 'Fn::GetAtt': [Object.keys(template().findResources('AWS::Logs::LogGroup')).find(id => /Stream/.test(id)), 'Arn'] } },
      {
        Effect: 'Allow',
        Action: ['lambda:GetFunctionConfiguration', 'lambda:InvokeFunction'],
        Resource: [pipeline.transformFunction!.functionArn, `${pipeline.transformFunction!.functionArn}:*`],
      },
    ]));
  });

  test('is trusted for this account only, and waits for the policy of its role', () => {
    const { template } = synth();
    template().hasResourceProperties('AWS::IAM::Role', {
      AssumeRolePolicyDocument: {
        Statement: [{ Action: 'sts:AssumeRole', Principal: { Service: 'firehose.amazonaws.com' }, Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } } }],
      },
    });
    template().hasResource('AWS::KinesisFirehose::DeliveryStream', {
      DependsOn: [Match.stringLikeRegexp('PipelineStreamRoleDefaultPolicy'), Match.stringLikeRegexp('PipelineStreamRole')],
      Properties: { DeliveryStreamType: 'DirectPut', DeliveryStreamEncryptionConfigurationInput: { KeyType: 'AWS_OWNED_CMK' } },
    });
  });

  test('logs its deliveries, for a month', () => {
    const { template } = synth();
    expect(destination(template()).CloudWatchLoggingOptions).toMatchObject({ Enabled: true });
    expect(destination(template()).S3BackupConfiguration.CloudWatchLoggingOptions).toMatchObject({ Enabled: true });
    template().allResourcesProperties('AWS::Logs::LogGroup', { RetentionInDays: 30 });
  });

  test('of yours replaces all of the delivery', () => {
    const { template, pipeline, stack } = synth(scope => ({
      deliveryStream: firehose.CfnDeliveryStream.fromDeliveryStreamArn(scope, 'Mine', 'arn:aws:firehose:us-east-1:111122223333:deliverystream/mine'),
    }));
    template().resourceCountIs('AWS::KinesisFirehose::DeliveryStream', 0);
    template().resourceCountIs('AWS::S3::Bucket', 0);
    template().hasResourceProperties('AWS::IoT::TopicRule', { TopicRulePayload: { Actions: [{ Firehose: { DeliveryStreamName: 'mine' } }] } });
    const { bucket, rawBucket, table, transformFunction, alarms } = pipeline;
    expect([bucket, rawBucket, table, transformFunction]).toEqual([undefined, undefined, undefined, undefined]);
    expect(alarms.map(({ node }) => node.id)).toEqual(['ParseErrorAlarm', 'ThrottleAlarm']);
    expect(() => pipeline.grantRead(new iam.Role(stack, 'Reader', { assumedBy: new iam.AccountRootPrincipal() }))).toThrow(
      'Stack/Pipeline: there is no such bucket in this pipeline: grant on the bucket of your stream');
  });

  test('of yours takes no settings of ours', () => {
    expect(problemOf(scope => ({
      deliveryStream: firehose.CfnDeliveryStream.fromDeliveryStreamName(scope, 'Mine', 'mine'), prefix: 'x/', rawBackup: false,
    }))).toBe("Stack/Pipeline: 'prefix' must be left out, since your deliveryStream says it, got \"x/\": set it on your stream\n"
      + "'rawBackup' must be left out, since your deliveryStream says it, got false: set it on your stream");
  });
});

test('a customer key encrypts the bucket, the objects, the stream and the logs', () => {
  const { template } = synth(scope => ({ encryptionKey: new kms.Key(scope, 'Key') }));
  const key = { 'Fn::GetAtt': [Object.keys(template().findResources('AWS::KMS::Key'))[0], 'Arn'] };
  template().hasResourceProperties('AWS::S3::Bucket', {
    BucketEncryption: { ServerSideEncryptionConfiguration: [{ BucketKeyEnabled: true, ServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: key } }] },
  });
  template().hasResourceProperties('AWS::KinesisFirehose::DeliveryStream', {
    DeliveryStreamEncryptionConfigurationInput: { KeyType: 'CUSTOMER_MANAGED_CMK', KeyARN: key },
    ExtendedS3DestinationConfiguration: {
      EncryptionConfiguration: { KMSEncryptionConfig: { AWSKMSKeyARN: key } },
      S3BackupConfiguration: { EncryptionConfiguration: { KMSEncryptionConfig: { AWSKMSKeyARN: key } } },
    },
  });
  const logGroups = Object.entries(template().findResources('AWS::Logs::LogGroup')).filter(([id]) => !/Errors/.test(id));
  expect(logGroups.map(([, { Properties }]) => Properties.KmsKeyId)).toEqual([key, key]);
  expect(statementsOf(template(), /PipelineStreamRole/)).toContainEqual({
    Effect: 'Allow', Action: ['kms:Decrypt', 'kms:Encrypt', 'kms:ReEncrypt*', 'kms:GenerateDataKey*'], Resource: key,
  });
});

describe('the size of records', () => {
  const warningsOf = (props: FirehoseBatchPipelineProps | ((stack: Stack) => FirehoseBatchPipelineProps)) =>
    Annotations.fromStack(synth(props).stack).findWarning('*', Match.stringLikeRegexp('bills each record')).map(({ entry }) => entry.data);

  test.each([[1, 5_120], [200, 25], [2_559, 2]])('of %d bytes is billed as %d times as many, of which synthesis warns', (estimatedRecordBytes, times) => {
    expect(warningsOf({ estimatedRecordBytes })).toEqual([
      `Firehose bills each record of ${estimatedRecordBytes} bytes as 5 KB, ${times} times its size: let devices send several readings as one message, without batchField `
      + '[ack: cdk-iot-landing-zone:small-records]',
    ]);
  });

  test('is warned of with a stream of yours too', () => {
    expect(warningsOf(stack => ({ deliveryStream: firehose.CfnDeliveryStream.fromDeliveryStreamName(stack, 'Mine', 'mine'), estimatedRecordBytes: 100 }))).toHaveLength(1);
  });

  test('that is not told, is large, or is a token makes no warning', () => {
    for (const estimatedRecordBytes of [undefined, 2_560, 1_024_000]) expect(warningsOf({ estimatedRecordBytes })).toEqual([]);
    expect(warningsOf(stack => ({ estimatedRecordBytes: numberToken(stack, 'Bytes') }))).toEqual([]);
  });

  test.each([0, -0, -1, 1.5, NaN, Infinity, 1_024_001])('of %d bytes fails', estimatedRecordBytes => {
    expect(problemOf({ estimatedRecordBytes })).toBe(
      `Stack/Pipeline: 'estimatedRecordBytes' must be a whole number from 1 to 1024000 bytes, got ${estimatedRecordBytes}: pass a number of bytes within these limits`);
  });
});

describe('others', () => {
  test('may read rows, originals and failures, each by itself', () => {
    const { template, pipeline, stack } = synth();
    const reader = (id: string) => new iam.Role(stack, id, { assumedBy: new iam.AccountRootPrincipal() });
    pipeline.grantRead(reader('Rows'));
    pipeline.grantReadRaw(reader('Raw'));
    pipeline.grantReadErrors(reader('Failures'));
    pipeline.grantPutRecords(reader('Replay'));
    for (const [id, folder] of [['Rows', 'telemetry/*'], ['Raw', 'raw/*'], ['Failures', 'errors/*']]) {
      expect(statementsOf(template(), new RegExp(`^${id}DefaultPolicy`))[0].Resource).toEqual(
        stack.resolve([pipeline.bucket!.bucketArn, pipeline.bucket!.arnForObjects(folder)]));
    }
    expect(statementsOf(template(), /^ReplayDefaultPolicy/)).toEqual([
      { Effect: 'Allow', Action: ['firehose:PutRecord', 'firehose:PutRecordBatch'], Resource: stack.resolve(pipeline.stream.deliveryStreamRef.deliveryStreamArn) },
    ]);
  });

  test('see metrics of the stream under the names of AWS', () => {
    const { pipeline } = synth();
    const metrics = [
      pipeline.metricIncomingRecords(), pipeline.metricIncomingBytes(), pipeline.metricThrottledRecords(),
      pipeline.metricDeliverySuccess(), pipeline.metricDataFreshness(),
      pipeline.metricTransformSuccess(), pipeline.metricFailedConversions(), pipeline.metricPartitionCountExceeded(),
    ];
    expect(metrics.map(({ metricName, statistic }) => `${metricName} ${statistic}`)).toEqual([
      'IncomingRecords Sum', 'IncomingBytes Sum', 'ThrottledRecords Sum', 'DeliveryToS3.Success Average', 'DeliveryToS3.DataFreshness Maximum',
      'ExecuteProcessing.Success Average', 'FailedConversion.Records Sum', 'PartitionCountExceeded Maximum',
    ]);
    expect(pipeline.metricIncomingRecords({ statistic: 'Average', period: Duration.minutes(1) })).toMatchObject({ statistic: 'Average', period: Duration.minutes(1) });
  });

  test('are told by the alarms, if they want', () => {
    const alarmActions: cloudwatch.IAlarmAction[] = [{ bind: () => ({ alarmActionArn: 'arn:aws:sns:us-east-1:111122223333:tell' }) }];
    const { template } = synth({ alarmActions });
    const alarms = Object.values(template().findResources('AWS::CloudWatch::Alarm')).filter(({ Properties }) => Properties.Namespace === 'AWS/Firehose');
    expect(alarms.map(({ Properties }) => [Properties.MetricName, Properties.AlarmActions])).toEqual([
      ['DeliveryToS3.DataFreshness', ['arn:aws:sns:us-east-1:111122223333:tell']],
      ['DeliveryToS3.Success', ['arn:aws:sns:us-east-1:111122223333:tell']],
      ['ExecuteProcessing.Success', ['arn:aws:sns:us-east-1:111122223333:tell']],
    ]);
  });

  test('are told when data waits, fails or goes to the error prefix, and not while all is well', () => {
    const { template } = synth({ format: LakeFormat.PARQUET, columns: COLUMNS, partitionBy: ['site'] });
    const alarms = Object.values(template().findResources('AWS::CloudWatch::Alarm')).filter(({ Properties }) => Properties.Namespace === 'AWS/Firehose');
    expect(alarms.map(({ Properties: { MetricName, ComparisonOperator, Threshold } }) => `${MetricName} ${ComparisonOperator} ${Threshold}`)).toEqual([
      'DeliveryToS3.DataFreshness GreaterThanThreshold 960',
      'DeliveryToS3.Success LessThanThreshold 1',
      'ExecuteProcessing.Success LessThanThreshold 1',
      'FailedConversion.Records GreaterThanThreshold 0',
      'PartitionCountExceeded GreaterThanThreshold 0',
    ]);
  });

  test.each(['ParseError', 'RuleMessageThrottled'])('are told of the first message that the rule loses by %s, also with a stream of yours', MetricName => {
    const alarmActions: cloudwatch.IAlarmAction[] = [{ bind: () => ({ alarmActionArn: 'arn:aws:sns:us-east-1:111122223333:tell' }) }];
    const ownStream = (stack: Stack) => ({ deliveryStream: firehose.CfnDeliveryStream.fromDeliveryStreamName(stack, 'Mine', 'mine') });
    for (const props of [() => ({}), ownStream]) {
      const { template, pipeline } = synth(stack => ({ ruleName: 'ingest', alarmActions, ...props(stack) }));
      template().hasResourceProperties('AWS::CloudWatch::Alarm', {
        Namespace: 'AWS/IoT',
        MetricName,
        Dimensions: [{ Name: 'RuleName', Value: 'ingest' }],
        Statistic: 'Sum',
        Period: 300,
        Threshold: 1,
        EvaluationPeriods: 1,
        ComparisonOperator: 'GreaterThanOrEqualToThreshold',
        TreatMissingData: 'notBreaching',
        AlarmActions: ['arn:aws:sns:us-east-1:111122223333:tell'],
      });
      expect(pipeline.alarms.map(({ node }) => node.id)).toEqual(expect.arrayContaining(['ParseErrorAlarm', 'ThrottleAlarm']));
    }
  });
});

test('two pipelines fit into one stack', () => {
  const stack = new Stack(new App(), 'Stack');
  new FirehoseBatchPipeline(stack, 'One', { columns: COLUMNS });
  new FirehoseBatchPipeline(stack, 'Two', { columns: COLUMNS });
  const template = Template.fromStack(stack);
  const namesOf = (type: string, name: (properties: any) => string) =>
    Object.values(template.findResources(type)).map(({ Properties }) => name(Properties));
  expect(new Set(namesOf('AWS::IoT::TopicRule', ({ RuleName }) => RuleName)).size).toBe(2);
  expect(new Set(namesOf('AWS::Glue::Database', ({ DatabaseInput }) => DatabaseInput.Name)).size).toBe(2);
  const refusals = namesOf('AWS::CloudWatch::Alarm', ({ MetricName, Dimensions }) => MetricName === 'RefusedRecords' ? Dimensions[0].Value.Ref : '').filter(Boolean);
  expect(refusals).toEqual([expect.stringMatching('^OneStream'), expect.stringMatching('^TwoStream')]);
});
