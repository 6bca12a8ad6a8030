import { mkdtempSync, rmSync } from 'fs';
import { tmpdir } from 'os';
import * as path from 'path';
import { FirehoseClient, ListDeliveryStreamsCommand, PutRecordBatchCommand, PutRecordCommand } from '@aws-sdk/client-firehose';
import { ManualClock, TransformEvent } from './stream-under-test';
import { Account, Caller } from '../../src/account';
import { deploy } from '../../src/assembly/deployment';
import { templateOf } from '../../src/assembly/template';
import { FirehoseService } from '../../src/firehose';
import { GlueService } from '../../src/glue';
import { HttpEndpoint } from '../../src/http';
import { JsonObject } from '../../src/json';

const SITE = { account: '111122223333', region: 'eu-west-1', partition: 'aws' };
const ROLE = 'arn:aws:iam::111122223333:role/stream';
const FUNCTION = 'arn:aws:lambda:eu-west-1:111122223333:function:clean';
const STREAM = 'arn:aws:firehose:eu-west-1:111122223333:deliverystream/telemetry';
const GRANTS: { [name: string]: [string, string] } = {
  bucket: ['s3:PutObject', 'arn:aws:s3:::lake/*'],
  function: ['lambda:InvokeFunction', FUNCTION],
  log: ['logs:PutLogEvents', 'arn:aws:logs:eu-west-1:111122223333:log-group:/firehose:*'],
  table: ['glue:GetTableVersions', 'arn:aws:glue:eu-west-1:111122223333:*'],
};
const folders: string[] = [];
const services: FirehoseService[] = [];
afterEach(() => Promise.all(services.splice(0).map(service => service.stop())));
afterAll(() => folders.forEach(folder => rmSync(folder, { recursive: true })));

const PLAIN: JsonObject = { Prefix: 'data/', ErrorOutputPrefix: 'errors/!{firehose:error-output-type}/' };
const TRANSFORMED: JsonObject = {
  ...PLAIN,
  ProcessingConfiguration: { Enabled: true, Processors: [{ Type: 'Lambda', Parameters: [{ ParameterName: 'LambdaArn', ParameterValue: FUNCTION }] }] },
};
const CONVERTED: JsonObject = {
  ...PLAIN,
  DataFormatConversionConfiguration: {
    InputFormatConfiguration: { Deserializer: { OpenXJsonSerDe: {} } },
    OutputFormatConfiguration: { Serializer: { ParquetSerDe: {} } },
    SchemaConfiguration: { DatabaseName: { Ref: 'Lake' }, TableName: { Ref: 'Table' }, RoleARN: ROLE },
  },
};

const capitals = (data: string) => Buffer.from(Buffer.from(data, 'base64').toString().toUpperCase()).toString('base64');

/** A stream in an account whose bucket and function are in memory, and ask IAM as the real ones do. */
interface Deviation { readonly without?: string; readonly trust?: object; readonly bufferSecondsAtMost?: number }
async function running(extended: JsonObject, { without, trust = {}, bufferSecondsAtMost }: Deviation = {}) {
  const stateFolder = mkdtempSync(path.join(tmpdir(), 'firehose-'));
  folders.push(stateFolder);
  const clock = new ManualClock();
  const account = new Account({ environment: SITE, stateFolder, clock });
  const objects = new Map<string, string>();
  account.addService('s3', {
    PutObject: ({ Bucket, Key, Body }: { Bucket: string; Key: string; Body: Buffer }, caller: Caller) => {
      caller.authorize('s3:PutObject', `arn:aws:s3:::${Bucket}/${Key}`);
      objects.set(Key, Body.toString('latin1'));
      return {};
    },
  });
  account.addService('lambda', {
    Invoke: ({ FunctionName, Payload }: { FunctionName: string; Payload: Buffer }, caller: Caller) => {
      caller.authorize('lambda:InvokeFunction', FunctionName);
      const { records } = JSON.parse(Payload.toString()) as TransformEvent;
      return {
        StatusCode: 200,
        Payload: Buffer.from(JSON.stringify({ records: records.map(({ recordId, data }) => ({ recordId, result: 'Ok', data: capitals(data) })) })),
      };
    },
  });
  const granted = Object.keys(GRANTS).filter(name => name !== without);
  account.iam.addRole({
    arn: ROLE,
    trust: { Statement: [{ Effect: 'Allow', Principal: { Service: 'firehose.amazonaws.com' }, Action: 'sts:AssumeRole', ...trust }] },
    inlinePolicies: [{
      name: 'p',
      document: { Statement: granted.map(name => ({ Effect: 'Allow', Action: GRANTS[name][0], Resource: GRANTS[name][1] })) },
    }],
    managedPolicyArns: [],
    tags: {},
  });
  const glue = new GlueService(account);
  const firehose = new FirehoseService(account, { columnsOf: (database, table) => glue.columnsOf(database, table), durability: 'process', bufferSecondsAtMost });
  services.push(firehose);
  const logging = { Enabled: true, LogGroupName: '/firehose', LogStreamName: 'delivery' };
  await deploy([{
    id: 'S',
    stackName: 'S',
    template: templateOf({
      Resources: {
        Lake: { Type: 'AWS::Glue::Database', Properties: { DatabaseInput: { Name: 'lake' } } },
        Table: { Type: 'AWS::Glue::Table', Properties: { DatabaseName: { Ref: 'Lake' }, TableInput: { Name: 't', StorageDescriptor: { Columns: [{ Name: 'a', Type: 'int' }] } } } },
        Stream: {
          Type: 'AWS::KinesisFirehose::DeliveryStream',
          Properties: {
            DeliveryStreamName: 'telemetry',
            ExtendedS3DestinationConfiguration: { BucketARN: 'arn:aws:s3:::lake', RoleARN: ROLE, CloudWatchLoggingOptions: logging, ...extended },
          },
        },
      },
    }, 'S.json'),
    assets: [],
    dependsOn: [],
  }], { types: new Map([...glue.types, ...firehose.types]), account: SITE.account, region: SITE.region });
  const lines: { errorCode: string }[] = [];
  account.logs.watch(({ message }) => lines.push(JSON.parse(message)));
  const put = (text: string, caller = account.operator) =>
    account.call('firehose', 'PutRecord', { DeliveryStreamName: 'telemetry', Record: { Data: Buffer.from(text) } }, caller);
  const sum = (metric: string) => account.metrics.datapoints('AWS/Firehose', metric, { DeliveryStreamName: 'telemetry' }).reduce((total, point) => total + point.sum, 0);
  return { account, clock, objects, firehose, lines, put, sum };
}

test('a record goes through the function into the bucket as the role of the stream, and is counted', async () => {
  const { put, firehose, objects, account, sum } = await running(TRANSFORMED, {
    trust: {
      Condition: { StringEquals: { 'aws:SourceAccount': SITE.account, 'sts:ExternalId': SITE.account }, ArnLike: { 'aws:SourceArn': STREAM } },
    },
  });
  await put('a');
  await firehose.flush();
  expect([...objects.values()]).toEqual(['A']);
  expect(account.activity.last('delivery')).toMatchObject([{ stream: 'telemetry', bucket: 'lake', output: 'data', records: 1, bytes: 1 }]);
  expect(account.activity.counter('recordsDelivered')).toBe(1);
  expect(['IncomingRecords', 'IncomingBytes', 'SucceedProcessing.Records', 'ExecuteProcessing.Success', 'DeliveryToS3.Records', 'DeliveryToS3.Success'].map(sum)).toEqual([1, 1, 1, 1, 1, 1]);
});

test('a role that may not invoke the function: the records are in the error output after the retries', async () => {
  const { put, clock, objects, lines, account } = await running(TRANSFORMED, { without: 'function' });
  await put('a');
  await clock.move(600);
  const [[key, line]] = [...objects];
  expect(key).toMatch(/^errors\/processing-failed\//);
  expect(JSON.parse(line)).toMatchObject({ errorCode: 'Lambda.InvokeAccessDenied', attemptsMade: 4 });
  expect(lines.map(({ errorCode }) => errorCode)).toEqual(['Lambda.InvokeAccessDenied']);
  expect(account.activity.last('iamDenial')[0]).toMatchObject({ action: 'lambda:InvokeFunction', resource: FUNCTION });
  expect(account.activity.counter('recordsFailed')).toBe(1);
});

test('a role that may not write into the bucket: the records stay in the stream until it may', async () => {
  const { put, clock, objects, lines, account, sum } = await running(PLAIN, { without: 'bucket' });
  await put('a');
  await clock.move(310);
  expect(objects.size).toBe(0);
  expect(lines[0].errorCode).toBe('S3.AccessDenied');
  expect([sum('DeliveryToS3.Success'), sum('DeliveryToS3.Records')]).toEqual([0, 0]);
  account.iam.attach(SITE.account, 'stream', { name: 'later', document: { Statement: [{ Effect: 'Allow', Action: 's3:PutObject', Resource: '*' }] } });
  await clock.move(60);
  expect([...objects.values()]).toEqual(['a']);
});

test('a role that may not read the table: nothing is converted until it may', async () => {
  const { put, clock, objects, lines, account } = await running(CONVERTED, { without: 'table' });
  await put('{"a":1}');
  await clock.move(310);
  expect(objects.size).toBe(0);
  expect(lines[0].errorCode).toBe('DataFormatConversion.AccessDenied');
  account.iam.attach(SITE.account, 'stream', { name: 'later', document: { Statement: [{ Effect: 'Allow', Action: 'glue:*', Resource: '*' }] } });
  for (let minute = 0; minute < 20 && objects.size === 0; minute++) await clock.move(60);
  expect([...objects.values()][0].slice(0, 4)).toBe('PAR1');
});

test('a role that does not trust Firehose for this stream can do nothing', async () => {
  const { put, clock, objects, lines } = await running(PLAIN, { trust: { Condition: { ArnLike: { 'aws:SourceArn': `${STREAM}2` } } } });
  await put('a');
  await clock.move(310);
  expect([objects.size, lines.length]).toEqual([0, 0]);
});

test('a role that may not write lines: there are none', async () => {
  const { put, clock, lines, account } = await running(CONVERTED, { without: 'log' });
  await put('no json');
  await clock.move(310);
  expect(account.activity.counter('recordsFailed')).toBe(1);
  expect(lines).toEqual([]);
});

test('who may not put is denied; a stream that is not there is not found', async () => {
  const { put, account } = await running(PLAIN);
  await expect(put('a', account.assume(ROLE, 'firehose.amazonaws.com'))).rejects.toMatchObject({ name: 'AccessDeniedException' });
  await expect(account.call('firehose', 'PutRecord', { DeliveryStreamName: 'other', Record: { Data: Buffer.from('a') } }, account.operator))
    .rejects.toMatchObject({ name: 'ResourceNotFoundException' });
});

test('the AWS SDK puts records', async () => {
  const { account, firehose, objects } = await running(PLAIN);
  const endpoint = new HttpEndpoint(account);
  for (const [name, handler] of firehose.endpoints) endpoint.addService(name, handler);
  const client = new FirehoseClient({
    region: SITE.region, endpoint: await endpoint.listen('127.0.0.1', 0), credentials: { accessKeyId: 'operator', secretAccessKey: 's' },
  });
  await client.send(new PutRecordCommand({ DeliveryStreamName: 'telemetry', Record: { Data: Buffer.from('ü,') } }));
  const answer = await client.send(new PutRecordBatchCommand({ DeliveryStreamName: 'telemetry', Records: [{ Data: Buffer.from('b') }, { Data: Buffer.from('c') }] }));
  expect(answer).toMatchObject({ FailedPutCount: 0, RequestResponses: [{ RecordId: expect.stringMatching(/^49/) }, {}] });
  await expect(client.send(new PutRecordBatchCommand({ DeliveryStreamName: 'telemetry', Records: [] }))).rejects.toMatchObject({ name: 'ValidationException' });
  expect((await client.send(new ListDeliveryStreamsCommand({}))).DeliveryStreamNames).toEqual(['telemetry']);
  await firehose.flush();
  expect([...objects.values()].map(text => Buffer.from(text, 'latin1').toString())).toEqual(['ü,bc']);
  client.destroy();
  await endpoint.stop();
});

test('who does not want to wait gets objects after the seconds given', async () => {
  const { put, clock, objects } = await running(PLAIN, { bufferSecondsAtMost: 2 });
  await put('a');
  await clock.move(3);
  expect(objects.size).toBe(1);
});
