import { ACCOUNT_ID, NOW, REGION, resourcesOf, role, ROLE_ARN, RulesUnderTest, transient } from './rules-under-test';
import { AwsError } from '../../src/account';
import { JsonObject } from '../../src/json';

const QUEUE = `https://sqs.${REGION}.amazonaws.com/${ACCOUNT_ID}/errors`;
const TO_STREAM: JsonObject = { Firehose: { DeliveryStreamName: 'telemetry', RoleArn: ROLE_ARN, Separator: '\n' } };
const TO_QUEUE: JsonObject = { Sqs: { QueueUrl: QUEUE, RoleArn: ROLE_ARN, UseBase64: false } };

let zone: RulesUnderTest;
let refuse: (() => Error) | undefined;
beforeEach(() => {
  zone = new RulesUnderTest();
  refuse = undefined;
  zone.serve('firehose', 'firehose', {
    PutRecord: () => {
      if (refuse) throw refuse();
      return { RecordId: '1' };
    },
    PutRecordBatch: () => ({ FailedPutCount: 0 }),
  });
  zone.serve('sqs', 'sqs', { SendMessage: () => ({ MessageId: '1' }) });
});
afterEach(() => zone.remove());

test('a message goes through the statement to the action, by the role of the rule', async () => {
  const [{ resources }] = await zone.deploy(resourcesOf("SELECT *, topic(2) AS thing, timestamp() AS at, clientid() AS client, principal() AS cert FROM 'data/+'", [TO_STREAM]));
  expect(resources.get('Rule')).toMatchObject({ ref: 'press', attributes: { Arn: `arn:aws:iot:${REGION}:${ACCOUNT_ID}:rule/press` } });
  await zone.publish('data/p1', { t: 1.5 });
  await zone.publish('data/p1/x', { t: 2 });
  expect(zone.calls).toHaveLength(1);
  const [{ operation, input, caller }] = zone.calls;
  expect([operation, input.DeliveryStreamName]).toEqual(['PutRecord', 'telemetry']);
  expect(input.Record.Data.toString()).toBe(`{"t":1.5,"thing":"p1","at":${NOW},"client":"gateway-1","cert":"${'c'.repeat(64)}"}\n`);
  expect(caller).toBe(`arn:aws:sts::${ACCOUNT_ID}:assumed-role/rule-role/iot`);
  expect(zone.metric('TopicMatch', { RuleName: 'press' })).toBe(1);
  expect(zone.metric('RulesExecuted', {})).toBe(1);
  expect(zone.metric('Success', { RuleName: 'press', ActionType: 'Firehose' })).toBe(1);
  expect([zone.account.activity.counter('ruleMatches'), zone.account.activity.counter('actionsRun'), zone.account.activity.counter('actionsFailed')]).toEqual([1, 1, 0]);
});

test('the message is done only when the last action has answered', async () => {
  await zone.deploy(resourcesOf("SELECT * FROM '#'", [TO_STREAM]));
  let answer: () => void = () => undefined;
  zone.account.addService('firehose', { PutRecord: () => new Promise<void>(resolve => { answer = resolve; }) });
  let done = false;
  const taken = zone.publish('a', {}).then(() => { done = true; });
  await new Promise(resolve => setImmediate(resolve));
  expect(done).toBe(false);
  answer();
  await taken;
});

describe('topics', () => {
  test('presence events reach the rules that name their topic, and not those that listen on #', async () => {
    await zone.deploy({
      ...resourcesOf("SELECT * FROM '$aws/events/presence/connected/#'", [TO_QUEUE]),
      Other: { Type: 'AWS::IoT::TopicRule', Properties: { RuleName: 'other', TopicRulePayload: { Sql: "SELECT * FROM '#'", AwsIotSqlVersion: '2016-03-23', Actions: [TO_QUEUE] } } },
    });
    await zone.publish('$aws/events/presence/connected/gateway-1', { eventType: 'connected' }, { clientId: '', certificateId: '' });
    expect(zone.calls.map(({ input }) => input.MessageBody)).toEqual(['{"eventType":"connected"}']);
  });

  test('Basic Ingest reaches its rule alone, which sees the topic without the prefix', async () => {
    await zone.deploy(resourcesOf("SELECT topic() AS topic FROM 'elsewhere'", [TO_QUEUE]));
    await zone.publish('data/p1', {}, { ruleName: 'press' });
    expect(zone.calls.map(({ input }) => input.MessageBody)).toEqual(['{"topic":"data/p1"}']);
  });

  test('Basic Ingest of a rule that does not exist: a metric and nothing else', async () => {
    await zone.deploy(resourcesOf("SELECT * FROM '#'", [TO_QUEUE]));
    await zone.publish('data/p1', {}, { ruleName: 'press2' });
    expect(zone.calls).toEqual([]);
    expect(zone.metric('RuleNotFound', { RuleName: 'press2' })).toBe(1);
  });

  test('a disabled rule takes nothing, by Basic Ingest neither', async () => {
    await zone.deploy(resourcesOf("SELECT * FROM '#'", [TO_QUEUE], { RuleDisabled: true }));
    await zone.publish('data/p1', {});
    await zone.publish('data/p1', {}, { ruleName: 'press' });
    expect(zone.calls).toEqual([]);
    expect(zone.metric('RuleNotFound', { RuleName: 'press' })).toBe(0);
  });
});

describe('payloads that are no JSON', () => {
  test.each([
    ["SELECT *, topic() AS t FROM '#'"], ["SELECT * FROM '#' WHERE a = 1"], ["SELECT a FROM '#'"], ["SET @a = a SELECT topic() AS t FROM '#'"],
    ["SELECT CASE b WHEN 1 THEN 2 END AS c FROM '#'"], ["SELECT upper(a) AS b FROM '#'"],
  ])('%s: a parse error, without an action or error action', async sql => {
    await zone.deploy(resourcesOf(sql, [TO_STREAM], { ErrorAction: TO_QUEUE }));
    await zone.publish('a', 'not json');
    expect(zone.calls).toEqual([]);
    expect(zone.metric('ParseError', { RuleName: 'press' })).toBe(1);
    expect(zone.account.activity.last('ruleFailure')).toMatchObject([{ rule: 'press', topic: 'a', action: 'SQL', errorAction: 'none' }]);
  });

  test.each([
    ["SELECT * FROM '#'", Buffer.from([0, 255, 1])],
    ["SELECT encode(*, 'base64') AS data, topic() AS t FROM '#'", Buffer.from('{"data":"AP8B","t":"a"}')],
    ["SELECT topic() AS t FROM '#'", Buffer.from('{"t":"a"}')],
  ])('%s: taken as bytes', async (sql, expected) => {
    await zone.deploy(resourcesOf(sql, [{ Firehose: { DeliveryStreamName: 'telemetry', RoleArn: ROLE_ARN } }]));
    await zone.publish('a', Buffer.from([0, 255, 1]));
    expect(zone.calls.map(({ input }) => input.Record.Data)).toEqual([expected]);
    expect(zone.metric('ParseError', { RuleName: 'press' })).toBe(0);
  });
});

describe('an action that fails', () => {
  const failing = (actions = [TO_STREAM]) => resourcesOf("SELECT *, 1 AS one FROM 'data/#'", actions, { ErrorAction: TO_QUEUE });

  test('gives the original message to the error action, once for all failures, and counts', async () => {
    await zone.deploy(failing([TO_STREAM, { Kinesis: { StreamName: 's', RoleArn: ROLE_ARN } }]));
    refuse = () => new AwsError('ResourceNotFoundException', 'no stream telemetry');
    await zone.publish('data/p1', '{ "t": 1 }');
    const [{ input: { QueueUrl, MessageBody } }, ...others] = zone.calls.filter(({ service }) => service === 'sqs');
    expect(others).toEqual([]);
    expect(QueueUrl).toBe(QUEUE);
    const { failures, cloudwatchTraceId, ...error } = JSON.parse(MessageBody);
    expect(error).toEqual({ ruleName: 'press', topic: 'data/p1', clientId: 'gateway-1', base64OriginalPayload: Buffer.from('{ "t": 1 }').toString('base64') });
    expect(cloudwatchTraceId).toMatch(/^[0-9a-f-]{36}$/);
    expect(failures).toEqual([
      { failedAction: 'FirehoseAction', failedResource: 'telemetry', errorMessage: 'no stream telemetry. Message arrived on: data/p1, Action: Firehose, Resource: telemetry' },
      { failedAction: 'KinesisAction', failedResource: 'Kinesis', errorMessage: expect.stringContaining('the sandbox does not model the action Kinesis') },
    ]);
    expect(zone.metric('Failure', { RuleName: 'press', ActionType: 'Firehose' })).toBe(1);
    expect(zone.metric('ErrorActionSuccess', { RuleName: 'press', ActionType: 'Sqs' })).toBe(1);
    expect(zone.account.activity.counter('actionsFailed')).toBe(2);
    expect(zone.account.activity.last('ruleFailure').map(({ action, errorAction }) => [action, errorAction])).toEqual([['FirehoseAction', 'done'], ['KinesisAction', 'done']]);
  });

  test('for the moment only is tried again, and nobody hears of it', async () => {
    await zone.deploy(failing());
    let failures = 3;
    refuse = () => transient();
    zone.account.addService('firehose', {
      PutRecord: () => {
        if (failures-- > 0) throw transient();
      },
    });
    await zone.publish('data/p1', {});
    expect(zone.waits).toEqual([50, 100, 200]);
    expect(zone.calls).toEqual([]);
    expect(zone.account.activity.total('ruleFailure')).toBe(0);
  });

  test('is given up after four attempts', async () => {
    await zone.deploy(failing());
    refuse = transient;
    await zone.publish('data/p1', {});
    expect(zone.calls.map(({ service }) => service)).toEqual(['firehose', 'firehose', 'firehose', 'firehose', 'sqs']);
  });

  test('because IAM denies it is not tried again; the error action gets the missing grant', async () => {
    await zone.deploy({ ...failing(), Role: role('press', 'sqs:*') });
    await zone.publish('data/p1', {});
    expect(zone.waits).toEqual([]);
    expect(JSON.parse(zone.calls[0].input.MessageBody).failures[0].errorMessage).toContain('not authorized to perform: firehose:PutRecord');
    expect(zone.account.activity.last('iamDenial')).toMatchObject([{ action: 'firehose:PutRecord' }]);
  });

  test('because the role does not trust AWS IoT for this rule fails each time, and so does an error action with it', async () => {
    await zone.deploy({ ...failing(), Role: role('another') });
    await zone.publish('data/p1', {});
    expect(zone.calls).toEqual([]);
    expect(zone.account.activity.last('ruleFailure').map(({ action, errorAction }) => [action, errorAction])).toEqual([['FirehoseAction', 'failed'], ['SqsAction', 'failed']]);
    expect(zone.account.activity.last('ruleFailure')[0].message).toContain('unable to assume role');
    expect(zone.metric('ErrorActionFailure', { RuleName: 'press', ActionType: 'Sqs' })).toBe(1);
  });

  test('does not stop the others', async () => {
    await zone.deploy(failing([{ Kinesis: {} }, TO_STREAM]));
    await zone.publish('data/p1', {});
    expect(zone.calls.map(({ service }) => service).sort()).toEqual(['firehose', 'sqs']);
  });
});

describe('the start stops', () => {
  const PAYLOAD = 'Resources/Rule/Properties/TopicRulePayload';
  test.each<[string, string, JsonObject, JsonObject, string]>([
    ['for an unknown function, at its place', "SELECT a,\n  nofun(b) AS c FROM '#'", TO_QUEUE, {}, `${PAYLOAD}/Sql: line 2, column 3: there is no function nofun()`],
    ['for a function of a service that is not modelled', "SELECT get_thing_shadow('a', 'r') FROM '#'", TO_QUEUE, {}, `${PAYLOAD}/Sql: line 1, column 8: get_thing_shadow() is not available here`],
    ['for another version of the SQL', "SELECT * FROM '#'", TO_QUEUE, { AwsIotSqlVersion: '2015-10-08' }, `${PAYLOAD}/AwsIotSqlVersion: must be 2016-03-23, the only one that is modelled, got "2015-10-08"`],
    ['for an error in a template of an action', "SELECT * FROM '#'", { S3: { BucketName: 'b', Key: '${topic(}', RoleArn: 'r' } }, {}, `${PAYLOAD}/Actions/0/S3/Key: line 1, column `],
    ['for an action that AWS IoT does not have', "SELECT * FROM '#'", { Fax: {} }, {}, `${PAYLOAD}/Actions/0/Fax: is no action of AWS IoT; there are CloudwatchAlarm`],
    ['for an action without what it needs', "SELECT * FROM '#'", { Sqs: { RoleArn: 'r' } }, {}, `${PAYLOAD}/Actions/0/Sqs/QueueUrl: must be there`],
    ['for a separator that Firehose does not have', "SELECT * FROM '#'", { Firehose: { DeliveryStreamName: 's', RoleArn: 'r', Separator: ';' } }, {}, `${PAYLOAD}/Actions/0/Firehose/Separator: must be one of "\\n", "\\t", "\\r\\n", ",", got ";"`],
    ['for a function of a service in an error action', "SELECT * FROM '#'", TO_QUEUE, { ErrorAction: { S3: { BucketName: 'b', Key: "${aws_lambda('f', 1)}", RoleArn: 'r' } } }, `${PAYLOAD}/ErrorAction/S3/Key: line 1, column 3: aws_lambda() is not available here`],
  ])('%s', async (_what, sql, action, more, message) => {
    await expect(zone.deploy(resourcesOf(sql, [action], more))).rejects.toThrow(message);
  });

  test('for a second rule of the same name', async () => {
    const { Rule } = resourcesOf("SELECT * FROM '#'", [TO_QUEUE]);
    await expect(zone.deploy({ Role: role(), Rule, Second: Rule })).rejects.toThrow('RuleName: must be another one: there is a rule press already');
  });
});

test('properties without effect and actions that are not modelled are named', async () => {
  await zone.deploy(resourcesOf("SELECT * FROM '#'", [{ Kinesis: {} }, { S3: { BucketName: 'b', Key: 'k', RoleArn: ROLE_ARN, CannedAcl: 'private' } }]));
  expect(zone.account.withoutEffect.get('Rule')).toEqual(['TopicRulePayload/Actions/0/Kinesis', 'TopicRulePayload/Actions/1/S3/CannedAcl']);
});

test('rules with the same statement get the same result of one evaluation, except where it makes new values', async () => {
  const rule = (name: string, sql: string): JsonObject => ({ Type: 'AWS::IoT::TopicRule', Properties: { RuleName: name, TopicRulePayload: { Sql: sql, AwsIotSqlVersion: '2016-03-23', Actions: [TO_QUEUE] } } });
  const role2: JsonObject = role('*');
  await zone.deploy({ Role: role2, A: rule('a', "SELECT traceid() AS id FROM '#'"), B: rule('b', "SELECT traceid() AS id FROM '#'"), C: rule('c', "SELECT newuuid() AS id FROM '#'"), D: rule('d', "SELECT newuuid() AS id FROM '#'") });
  await zone.publish('x', {});
  const bodies = zone.calls.map(({ input }) => input.MessageBody as string);
  expect(bodies).toHaveLength(4);
  expect(new Set(bodies).size).toBe(3);
});

test('the page sees the rules and what they did, and tries a message without running anything', async () => {
  await zone.deploy(resourcesOf("SELECT t FROM 'data/+' WHERE t > 1", [TO_STREAM, { Firehose: { DeliveryStreamName: 's', RoleArn: ROLE_ARN, BatchMode: true } }], { ErrorAction: TO_QUEUE }));
  expect(zone.rules.tryRule('data/p', Buffer.from('{"t":2}'))).toEqual([{
    rule: 'press',
    match: true,
    output: '{"t":2}',
    actions: [
      { type: 'Firehose', call: 'firehose:PutRecord', input: { DeliveryStreamName: 'telemetry', Record: { Data: '{"t":2}\n' } } },
      { type: 'Firehose', problem: expect.stringContaining('batchMode needs an array') },
    ],
  }]);
  expect(zone.rules.tryRule('data/p', Buffer.from('{"t":1}'))).toMatchObject([{ match: false, reason: 'WHERE is not true' }]);
  expect(zone.rules.tryRule('data/p', Buffer.from('x'))).toMatchObject([{ match: false, reason: 'the payload is no JSON object or array' }]);
  expect(zone.rules.tryRule('data', Buffer.from('{}'))).toMatchObject([{ match: false, reason: 'the topic does not match data/+' }]);
  expect(zone.calls).toEqual([]);
  await zone.publish('data/p', { t: 2 });
  expect(zone.rules.rulesOverview()).toEqual([{
    name: 'press', sql: "SELECT t FROM 'data/+' WHERE t > 1", isDisabled: false, actions: ['Firehose', 'Firehose'], errorAction: 'Sqs', matches: 1, actionsRun: 2, actionsFailed: 1,
  }]);
});
