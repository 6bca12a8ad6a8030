import { App, Duration, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as events from 'aws-cdk-lib/aws-events';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { DataLake, DataLakeProps, LakeColumnType, LakeCompaction, LakeCompactionProps } from '../../src';
import { pathsAndTypes } from '../template';

const S1 = { name: 's1', attribute: 'device_capability_model_id', values: ['urn:rigado:S1_Sensor:2'], columns: [{ name: 'measurements_temperature', type: LakeColumnType.DOUBLE }] };

function synth(props: Partial<LakeCompactionProps> = {}, lakeProps: DataLakeProps = { deviceTypes: [S1] }) {
  const stack = new Stack(new App(), 'Stack');
  const lake = new DataLake(stack, 'Lake', lakeProps);
  const compaction = new LakeCompaction(stack, 'Compaction', { lake, ...props });
  return { stack, lake, compaction, template: Template.fromStack(stack) };
}
/** What the file system of Glue asks for of the parents of a folder. */
const MARKERS = ['wide', 'compaction'].flatMap(name => [name, `${name}_$folder$`, `${name}/telemetry`, `${name}/telemetry_$folder$`]);
const flat = (value: unknown) => JSON.stringify(value).replace(/\{"Ref":"(Lake)?([A-Za-z]+?)[0-9A-F]{8}"\}/g, '"$2"');

test('is a job, its role and trigger, and an alarm for runs that fail', () => {
  expect(pathsAndTypes(synth().stack).filter(line => line.startsWith('Compaction/') || line.includes('s1'))).toEqual([
    'Compaction/Alarm -> AWS::CloudWatch::Alarm', 'Compaction/ErrorLogs -> AWS::Logs::LogGroup', 'Compaction/FailedRuns -> AWS::SQS::Queue', 'Compaction/FailedRuns/Policy -> AWS::SQS::QueuePolicy',
    'Compaction/FailureRule -> AWS::Events::Rule', 'Compaction/Job -> AWS::Glue::Job', 'Compaction/OutputLogs -> AWS::Logs::LogGroup', 'Compaction/Role -> AWS::IAM::Role',
    'Compaction/Role/DefaultPolicy -> AWS::IAM::Policy', 'Compaction/Trigger -> AWS::Glue::Trigger', 'Lake/s1Table/Table -> AWS::Glue::Table', 'Lake/s1View/View -> AWS::Glue::Table',
  ]);
});

test('runs one at a time, over the folders of its lake', () => {
  const { template } = synth({ settleTime: Duration.minutes(30), lookback: Duration.days(30), workers: 10 });
  template.hasResourceProperties('AWS::Glue::Job', {
    GlueVersion: '5.0',
    WorkerType: 'G.1X',
    NumberOfWorkers: 10,
    MaxRetries: 0,
    ExecutionProperty: { MaxConcurrentRuns: 1 },
    Command: { Name: 'glueetl', PythonVersion: '3' },
    DefaultArguments: {
      '--root': { 'Fn::Join': ['', ['s3://', Match.anyValue(), '/telemetry/']] },
      '--wide': { 'Fn::Join': ['', ['s3://', Match.anyValue(), '/wide/telemetry/']] },
      '--state': { 'Fn::Join': ['', ['s3://', Match.anyValue(), '/compaction/telemetry/']] },
      '--partitions': 'dt=yyyy-MM-dd,hour=HH',
      '--device-types': '[{"name":"s1","attribute":"device_capability_model_id","values":["urn:rigado:S1_Sensor:2"],"columns":[{"name":"measurements_temperature","type":"double"}]}]',
      '--settle-minutes': '30',
      '--lookback-days': '30',
      '--custom-logGroup-prefix': Match.stringLikeRegexp('^/aws-glue/jobs/Stack-Compaction-'),
    },
  });
});

test('shares no folder with the compaction of another lake in the same bucket', () => {
  const stack = new Stack(new App(), 'Stack');
  const bucket = s3.Bucket.fromBucketName(stack, 'Mine', 'mine');
  for (const name of ['north', 'south']) {
    const lake = new DataLake(stack, `${name}Lake`, { bucket, prefix: `${name}/dt=!{timestamp:yyyy-MM-dd}/hour=!{timestamp:HH}/`, rawBackup: false });
    new LakeCompaction(stack, name, { lake });
  }
  const places = Object.values(Template.fromStack(stack).findResources('AWS::Glue::Job')).map(({ Properties: { DefaultArguments } }) => [DefaultArguments['--state'], DefaultArguments['--wide']]);
  expect(places).toEqual([['s3://mine/compaction/north/', 's3://mine/wide/north/'], ['s3://mine/compaction/south/', 's3://mine/wide/south/']]);
});

test('knows the folders of sites', () => {
  synth({}, { partitionBy: ['site'] }).template.hasResourceProperties('AWS::Glue::Job', { DefaultArguments: Match.objectLike({ '--partitions': 'site,dt=yyyy-MM-dd,hour=HH' }) });
});

test('starts every night, or when told', () => {
  synth().template.hasResourceProperties('AWS::Glue::Trigger', { Type: 'SCHEDULED', StartOnCreation: true, Schedule: 'cron(30 3 * * ? *)' });
  synth({ schedule: events.Schedule.cron({ minute: '5' }) }).template.hasResourceProperties('AWS::Glue::Trigger', { Schedule: 'cron(5 * * * ? *)' });
});

test('may work on its own folders, read its script, write its logs, and nothing else', () => {
  const { template } = synth();
  const [policy] = Object.values(template.findResources('AWS::IAM::Policy'));
  const statements = policy.Properties.PolicyDocument.Statement.map((statement: any) => [statement.Action, flat(statement.Resource)]);
  expect(statements.map(([action]: any) => action)).toEqual([
    ['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents'], 's3:ListBucket', 's3:GetBucketLocation',
    ['s3:AbortMultipartUpload', 's3:DeleteObject', 's3:GetObject', 's3:PutObject'], 's3:GetObject',
  ]);
  expect(statements[0][1]).toContain(':log-group:/aws-glue/jobs*');
  expect(policy.Properties.PolicyDocument.Statement[1].Condition).toEqual({
    StringLike: {
      's3:prefix': [
        'telemetry/*', 'wide/telemetry/*', 'compaction/telemetry/*', ...MARKERS,
      ],
    },
  });
  expect(statements[3][1].match(/\/(wide\/|compaction\/|)telemetry\/\*"/g)).toHaveLength(3);
  const { Resource } = policy.Properties.PolicyDocument.Statement[3];
  expect(Resource.map((arn: any) => arn['Fn::Join'][1].at(-1).slice(1)).filter((key: string) => !key.endsWith('*')).sort()).toEqual([...MARKERS].sort());
  expect(statements[4][1]).toMatch(/\/[0-9a-f]{64}\.py"/);
  template.hasResourceProperties('AWS::IAM::Role', {
    AssumeRolePolicyDocument: { Statement: [{ Action: 'sts:AssumeRole', Effect: 'Allow', Principal: { Service: 'glue.amazonaws.com' }, Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } } }] },
  });
});

test('has an alarm on each way in which a run of this job can fail', () => {
  const { stack, compaction, template } = synth();
  template.hasResourceProperties('AWS::Events::Rule', {
    EventPattern: { 'source': ['aws.glue'], 'detail-type': ['Glue Job State Change'], 'detail': { jobName: [stack.resolve(compaction.jobName)], state: ['FAILED', 'TIMEOUT', 'STOPPED', 'ERROR'] } },
  });
  template.hasResourceProperties('AWS::CloudWatch::Alarm', { Namespace: 'AWS/SQS', MetricName: 'NumberOfMessagesSent', Threshold: 1, TreatMissingData: 'notBreaching' });
});

test('makes a wide table for each kind of device, in the folders that the job writes', () => {
  const { compaction, template } = synth();
  expect(compaction.wideTables.map(({ tableName }) => typeof tableName)).toEqual(['string']);
  template.hasResourceProperties('AWS::Glue::Table', {
    TableInput: {
      Name: 's1',
      Parameters: Match.objectLike({ 'storage.location.template': { 'Fn::Join': ['', ['s3://', Match.anyValue(), '/wide/telemetry/s1/dt=${dt}/hour=${hour}/']] } }),
      StorageDescriptor: Match.objectLike({ Columns: Match.arrayWith([{ Name: 'measurements_temperature', Type: 'double' }]) }),
    },
  });
});

test('keeps its logs for a month, or as long as told, in log groups that the job is told', () => {
  const groups = (props: Partial<LakeCompactionProps>) => Object.values(synth(props).template.findResources('AWS::Logs::LogGroup')).map(({ Properties }) => Properties);
  const prefix = Object.values(synth().template.findResources('AWS::Glue::Job'))[0].Properties.DefaultArguments['--custom-logGroup-prefix'];
  expect(groups({})).toEqual([{ LogGroupName: `${prefix}/output`, RetentionInDays: 30 }, { LogGroupName: `${prefix}/error`, RetentionInDays: 30 }]);
  expect(groups({ logRetention: logs.RetentionDays.ONE_WEEK }).map(({ RetentionInDays }) => RetentionInDays)).toEqual([7, 7]);
});

describe('with a customer key', () => {
  function withKey(bucketHasKey: boolean) {
    const stack = new Stack(new App(), 'Stack');
    const [logKey, bucketKey] = [new kms.Key(stack, 'LogKey'), new kms.Key(stack, 'BucketKey')];
    new LakeCompaction(stack, 'Compaction', { lake: new DataLake(stack, 'Lake', bucketHasKey ? { encryptionKey: bucketKey } : {}), encryptionKey: logKey });
    return { template: Template.fromStack(stack), logKey: stack.resolve(logKey.keyArn), bucketKey: stack.resolve(bucketKey.keyArn) };
  }

  test('encrypts its logs, in the log groups that Glue names after role and security configuration', () => {
    const { template, logKey } = withKey(false);
    template.hasResourceProperties('AWS::Glue::SecurityConfiguration', {
      EncryptionConfiguration: Match.objectLike({ CloudWatchEncryption: { CloudWatchEncryptionMode: 'SSE-KMS', KmsKeyArn: logKey } }),
    });
    template.hasResourceProperties('AWS::Glue::Job', { SecurityConfiguration: { Ref: Match.stringLikeRegexp('CompactionSecurity') } });
    const [security, role] = [{ Ref: Match.stringLikeRegexp('CompactionSecurity') }, { Ref: Match.stringLikeRegexp('CompactionRole') }];
    for (const name of ['output', 'error']) {
      template.hasResourceProperties('AWS::Logs::LogGroup', {
        KmsKeyId: logKey, LogGroupName: { 'Fn::Join': ['', [Match.stringLikeRegexp('^/aws-glue/jobs/Stack-Compaction-.+/$'), security, '-role/', role, `/${name}`]] },
      });
    }
    template.hasResourceProperties('AWS::IAM::Policy', { PolicyDocument: { Statement: Match.arrayWith([Match.objectLike({ Action: Match.arrayWith(['logs:AssociateKmsKey']) })]) } });
  });

  test('leaves objects to the encryption of their bucket, whose key its role may use', () => {
    const s3Of = ({ template }: { template: Template }) => Object.values(template.findResources('AWS::Glue::SecurityConfiguration'))[0].Properties.EncryptionConfiguration.S3Encryptions;
    expect(s3Of(withKey(false))).toEqual([{ S3EncryptionMode: 'DISABLED' }]);
    const keyed = withKey(true);
    expect(s3Of(keyed)).toEqual([{ S3EncryptionMode: 'SSE-KMS', KmsKeyArn: keyed.bucketKey }]);
  });
});

test.each<[string, Partial<LakeCompactionProps>, string]>([
  ['hours that Firehose still writes', { settleTime: Duration.minutes(29) }, "'settleTime' must be from 1800 to 86400 seconds, got \"29 minutes\""],
  ['a rate, which Glue does not know', { schedule: events.Schedule.rate(Duration.hours(6)) }, "'schedule' must be a cron(…) expression, since Glue takes no other, got \"rate(6 hours)\": use events.Schedule.cron("],
  ['a look-back that misses what came late', { lookback: Duration.days(1) }, "'lookback' must be from 2 to 3650 days, got \"1 day\""],
  ['a single worker', { workers: 1 }, "'workers' must be a whole number from 2 to 299 workers, got 1"],
])('fails for %s', (_what, props, message) => {
  expect(() => synth(props)).toThrow(`Stack/Compaction: ${message}`);
});

test('fails for a lake whose folders tell no time', () => {
  expect(() => synth({}, { prefix: 'telemetry/site=!{partitionKeyFromLambda:site}/hour=!{timestamp:HH}/', partitionBy: ['site'] })).toThrow("'lake' must be a lake whose prefix has a time from the year on");
});
