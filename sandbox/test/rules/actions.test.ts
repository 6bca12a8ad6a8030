import { ACCOUNT_ID, NOW, REGION, resourcesOf, ROLE_ARN, RulesUnderTest } from './rules-under-test';
import { JsonObject } from '../../src/json';

let zone: RulesUnderTest;
beforeEach(() => {
  zone = new RulesUnderTest();
});
afterEach(() => zone.remove());

const inputs = () => zone.calls.map(({ operation, input }) => [operation, input]);
const failures = () => zone.account.activity.last('ruleFailure').map(({ message }) => message);

async function run(action: JsonObject, sql = "SELECT * FROM '#'", payload: unknown = { a: 1, b: [true, null, 1.5], c: { d: 'x' } }): Promise<void> {
  for (const [service, prefix, operations] of [
    ['firehose', 'firehose', ['PutRecord', 'PutRecordBatch']], ['s3', 's3', ['PutObject']], ['sns', 'sns', ['Publish']], ['sqs', 'sqs', ['SendMessage']],
    ['dynamodb', 'dynamodb', ['PutItem']], ['logs', 'logs', ['CreateLogStream', 'PutLogEvents']], ['monitoring', 'cloudwatch', ['PutMetricData', 'SetAlarmState']],
  ] as const) zone.serve(service, prefix, Object.fromEntries(operations.map(operation => [operation, () => ({})])));
  await zone.deploy(resourcesOf(sql, [action]));
  await zone.publish('data/p1', payload);
}

const BATCH: JsonObject = { Firehose: { DeliveryStreamName: 's', RoleArn: ROLE_ARN, Separator: '\n', BatchMode: true } };
const ITEM = { a: { N: '1' }, b: { L: [{ BOOL: true }, { NULL: true }, { N: '1.5' }] }, c: { M: { d: { S: 'x' } } } };

test('Firehose in batch mode: each element of an array is a record', async () => {
  await run(BATCH, "SELECT VALUE b FROM '#'");
  expect(zone.calls[0].input.Records.map(({ Data }: { Data: Buffer }) => Data.toString())).toEqual(['true\n', 'null\n', '1.5\n']);
});

test('Firehose in batch mode fails for what is no array, and for more than 500 elements', async () => {
  await run(BATCH);
  await zone.publish('x', Array.from({ length: 501 }, (_none, at) => at));
  expect(zone.calls).toEqual([]);
  expect(failures()).toEqual([expect.stringContaining('needs an array'), expect.stringContaining('at most 500 elements, got 501')]);
});

test('Sqs with Base64', async () => {
  await run({ Sqs: { QueueUrl: 'q', RoleArn: ROLE_ARN, UseBase64: true } }, "SELECT a FROM '#'");
  expect(inputs()).toEqual([['SendMessage', { QueueUrl: 'q', MessageBody: Buffer.from('{"a":1}').toString('base64') }]]);
});

test.each([['RAW', {}], ['JSON', { MessageStructure: 'json' }]])('Sns with the format %s', async (MessageFormat, more) => {
  await run({ Sns: { TargetArn: 'arn:t', RoleArn: ROLE_ARN, MessageFormat } }, "SELECT a FROM '#'");
  expect(inputs()).toEqual([['Publish', { TopicArn: 'arn:t', Message: '{"a":1}', ...more }]]);
});

test('S3 with a key that a template makes', async () => {
  await run({ S3: { BucketName: 'lake', Key: '${topic(2)}/${timestamp()}-${c.d}.json', RoleArn: ROLE_ARN } }, "SELECT a FROM '#'");
  expect(inputs()).toEqual([['PutObject', { Bucket: 'lake', Key: `p1/${NOW}-x.json`, Body: Buffer.from('{"a":1}') }]]);
});

test('DynamoDBv2: each field is an attribute; it fails for what is no object', async () => {
  await run({ DynamoDBv2: { RoleArn: ROLE_ARN, PutItem: { TableName: 't' } } });
  expect(inputs()).toEqual([['PutItem', { TableName: 't', Item: ITEM }]]);
  await zone.publish('x', [1]);
  expect(failures()).toEqual([expect.stringContaining('needs a JSON object')]);
});

test('DynamoDB: the result in one attribute under its keys', async () => {
  const rangeKey = { RangeKeyField: 'at', RangeKeyType: 'NUMBER', RangeKeyValue: '${timestamp()}' };
  await run({ DynamoDB: { TableName: 't', HashKeyField: 'id', HashKeyValue: '${topic(2)}', ...rangeKey, RoleArn: ROLE_ARN } });
  expect(inputs()).toEqual([['PutItem', { TableName: 't', Item: { payload: { M: ITEM }, id: { S: 'p1' }, at: { N: String(NOW) } } }]]);
});

test('CloudwatchLogs: a line, in a stream that it makes once', async () => {
  await run({ CloudwatchLogs: { LogGroupName: 'g', RoleArn: ROLE_ARN } }, "SELECT a FROM '#'");
  await zone.publish('x', { a: 2 });
  expect(zone.calls.map(({ operation }) => operation)).toEqual(['CreateLogStream', 'PutLogEvents', 'PutLogEvents']);
  expect(zone.calls[1].input.logEvents).toEqual([{ timestamp: NOW, message: '{"a":1}' }]);
});

test('CloudwatchMetric: a datapoint', async () => {
  await run({ CloudwatchMetric: { MetricName: 'm', MetricNamespace: 'n', MetricUnit: 'None', MetricValue: '${a}', RoleArn: ROLE_ARN } });
  expect(inputs()).toEqual([['PutMetricData', { Namespace: 'n', MetricData: [{ MetricName: 'm', Value: 1, Unit: 'None', Timestamp: NOW / 1000 }] }]]);
});

test('Lambda: asynchronously, and only where the policy of the function lets AWS IoT in for the rule', async () => {
  const functionArn = `arn:aws:lambda:${REGION}:${ACCOUNT_ID}:function:f`;
  zone.account.addService('lambda', {
    Invoke: (input, caller) => {
      caller.authorize('lambda:InvokeFunction', functionArn);
      zone.calls.push({ service: 'lambda', operation: 'Invoke', input, caller: caller.arn });
    },
  });
  const permission: JsonObject = {
    Type: 'AWS::Lambda::Permission',
    Properties: {
      FunctionName: functionArn, Action: 'lambda:InvokeFunction', Principal: 'iot.amazonaws.com', SourceArn: `arn:aws:iot:${REGION}:${ACCOUNT_ID}:rule/press`,
    },
  };
  const { Role, Rule } = resourcesOf("SELECT a FROM '#'", [{ Lambda: { FunctionArn: functionArn } }]);
  const { Rule: Other } = resourcesOf("SELECT a FROM '#'", [{ Lambda: { FunctionArn: functionArn } }], {}, 'other');
  await zone.deploy({ Role, Rule, Other, permission });
  await zone.publish('x', { a: 1 });
  expect(inputs()).toEqual([['Invoke', { FunctionName: functionArn, InvocationType: 'Event', Payload: Buffer.from('{"a":1}') }]]);
  expect(zone.account.activity.last('ruleFailure')).toMatchObject([{ rule: 'other', action: 'LambdaAction' }]);
});

test('Republish goes through the rules again, with reserved topics written as $$, and ends where a rule reaches itself', async () => {
  zone.account.addService('iotdata', {
    Publish: async (input, caller) => {
      caller.authorize('iot:Publish', `arn:aws:iot:${REGION}:${ACCOUNT_ID}:topic/${input.topic}`);
      zone.calls.push({ service: 'iotdata', operation: 'Publish', input, caller: caller.arn });
      await zone.publish(input.topic, input.payload);
    },
  });
  await zone.deploy(resourcesOf("SELECT a FROM 'data/+'", [{ Republish: { Topic: '$$aws/things/${topic(2)}/shadow/update', Qos: 1, RoleArn: ROLE_ARN } }]));
  await zone.publish('data/p1', { a: 1 });
  expect(inputs()).toEqual([['Publish', { topic: '$aws/things/p1/shadow/update', qos: 1, payload: Buffer.from('{"a":1}') }]]);
  const { Rule } = resourcesOf("SELECT a FROM 'loop'", [{ Republish: { Topic: 'loop', RoleArn: ROLE_ARN } }], {}, 'press2');
  const { Role } = resourcesOf('', [], {}, '*');
  await zone.deploy({ Role: { ...Role as JsonObject, Properties: { ...(Role as { Properties: JsonObject }).Properties, RoleName: 'second' } }, Rule });
  zone.calls.splice(0);
  await zone.publish('loop', { a: 1 });
  expect(zone.calls).toHaveLength(16);
  expect(failures()).toEqual([expect.stringContaining('republished 16 times: the rule reaches itself through loop')]);
});

test('functions of a statement and of a template ask Lambda and DynamoDB, and their failure ends the rule', async () => {
  zone.serve('lambda', 'lambda', { Invoke: ({ Payload }) => ({ Payload: Buffer.from(`{"got":${Payload.toString()}}`) }) });
  zone.serve('dynamodb', 'dynamodb', { GetItem: ({ Key }) => ({ Item: { ...Key, site: { S: 'north' }, size: { N: '4' } } }) });
  zone.serve('s3', 's3', { PutObject: () => ({}) });
  const roleArn = `arn:aws:iam::${ACCOUNT_ID}:role/rule-role`;
  const sql = `SELECT get_dynamodb('things', 'id', topic(2), '${roleArn}').site AS site FROM 'data/+'`;
  const Key = `\${get_dynamodb('things', 'id', topic(2), '${roleArn}').size}/x`;
  const { Role, Rule } = resourcesOf(sql, [{ S3: { BucketName: 'b', Key, RoleArn: ROLE_ARN } }]);
  const { Rule: Denied } = resourcesOf("SELECT aws_lambda('arn:f', a) AS f FROM 'other'", [{ S3: { BucketName: 'b', Key: 'k', RoleArn: ROLE_ARN } }], {}, 'denied');
  await zone.deploy({ Role, Rule, Denied });
  await zone.publish('data/p1', {});
  expect(zone.calls.at(-1)!.input).toEqual({ Bucket: 'b', Key: '4/x', Body: Buffer.from('{"site":"north"}') });
  await zone.publish('other', { a: 1 });
  expect(failures()).toEqual([expect.stringContaining('not authorized to perform: lambda:InvokeFunction')]);
});
