import {
  GetTopicAttributesCommand, ListSubscriptionsByTopicCommand, ListTopicsCommand, PublishBatchCommand, PublishCommand, SNSClient, SubscribeCommand,
} from '@aws-sdk/client-sns';
import { Account } from '../../src/account';
import { JsonObject } from '../../src/json';
import { KmsService } from '../../src/kms/kms-service';
import { SnsService } from '../../src/sns/sns-service';
import { SqsService } from '../../src/sqs';
import { AccountUnderTest, roleOf } from '../account/account-under-test';

const services = (account: Account) => {
  const kms = new KmsService(account);
  return { kms, sqs: new SqsService(account, kms), sns: new SnsService(account, kms) };
};
let running: AccountUnderTest<ReturnType<typeof services>>;
beforeEach(async () => { running = await AccountUnderTest.start(services); });
afterEach(() => running.remove());

const ARN = 'arn:aws:sns:eu-west-1:111122223333:alerts';
const queue = (name: string): JsonObject => ({ Type: 'AWS::SQS::Queue', Properties: { QueueName: name } });
const letsIn = (name: string, topicArn: string): JsonObject => ({
  Type: 'AWS::SQS::QueuePolicy',
  Properties: {
    Queues: [{ Ref: name }],
    PolicyDocument: {
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Principal: { Service: 'sns.amazonaws.com' }, Action: 'sqs:SendMessage', Resource: { 'Fn::GetAtt': [name, 'Arn'] }, Condition: { ArnEquals: { 'aws:SourceArn': topicArn } } }],
    },
  },
});
const subscription = (properties: JsonObject = {}): JsonObject => ({
  Type: 'AWS::SNS::Subscription', Properties: { TopicArn: { Ref: 'Topic' }, Protocol: 'sqs', Endpoint: { 'Fn::GetAtt': ['Inbox', 'Arn'] }, ...properties },
});
const site = (more: JsonObject = {}): JsonObject => ({
  Topic: { Type: 'AWS::SNS::Topic', Properties: { TopicName: 'alerts', DisplayName: 'Alerts' } }, Inbox: queue('inbox'), Policy: letsIn('Inbox', ARN), ...more,
});
const client = (role?: string) => new SNSClient(running.client(role));
const inbox = (name = 'inbox') => running.services.sqs.queueByArn(`arn:aws:sqs:eu-west-1:111122223333:${name}`)!.receive(10);

test('what is published is in the queue, in the envelope that AWS documents', async () => {
  await running.deploy(site({ Subscription: subscription() }));
  const { MessageId } = await client().send(new PublishCommand({
    TopicArn: ARN, Message: 'a < b & "c"', Subject: 'Hot', MessageAttributes: { level: { DataType: 'Number', StringValue: '3' } },
  }));
  expect(inbox().map(({ body }) => JSON.parse(body) as object)).toMatchObject([{
    Type: 'Notification', MessageId, TopicArn: ARN, Subject: 'Hot', Message: 'a < b & "c"', SignatureVersion: '1', MessageAttributes: { level: { Type: 'Number', Value: '3' } },
  }]);
});

test('raw delivery gives the message alone, its attributes as those of the queue', async () => {
  await running.deploy(site({ Subscription: subscription({ RawMessageDelivery: true }) }));
  await client().send(new PublishCommand({
    TopicArn: ARN, Message: '{"default":"all","sqs":"queue"}', MessageStructure: 'json', MessageAttributes: { level: { DataType: 'String', StringValue: 'high' } },
  }));
  expect(inbox()).toMatchObject([{ body: 'queue', messageAttributes: { level: { DataType: 'String', StringValue: 'high' } } }]);
});

test('a queue whose policy names another topic gets nothing; the dead-letter queue of the subscription does', async () => {
  await running.deploy(site({
    Policy: letsIn('Inbox', 'arn:aws:sns:eu-west-1:111122223333:other'),
    Dead: queue('dead'),
    DeadPolicy: letsIn('Dead', ARN),
    Subscription: subscription({ RedrivePolicy: { deadLetterTargetArn: { 'Fn::GetAtt': ['Dead', 'Arn'] } } }),
  }));
  await client().send(new PublishCommand({ TopicArn: ARN, Message: 'x' }));
  expect(inbox()).toEqual([]);
  expect(inbox('dead')).toHaveLength(1);
  expect(running.services.sns.last).toMatchObject([{ message: 'x', deliveries: [{ protocol: 'sqs', result: 'failed', reason: expect.stringContaining('sqs:SendMessage') }] }]);
});

test('a function gets the event of SNS, from SNS on behalf of the topic', async () => {
  const invocations: { arn: string; input: { InvocationType: string; FunctionName: string; Payload: Buffer } }[] = [];
  running.account.addService('lambda', {
    Invoke: (input, caller) => {
      caller.authorize('lambda:InvokeFunction', 'arn:aws:lambda:eu-west-1:111122223333:function:f');
      invocations.push({ arn: caller.arn, input });
    },
  });
  const f = 'arn:aws:lambda:eu-west-1:111122223333:function:f';
  const permission = { Type: 'AWS::Lambda::Permission', Properties: { FunctionName: f, Action: 'lambda:InvokeFunction', Principal: 'sns.amazonaws.com', SourceArn: { Ref: 'Topic' } } };
  await running.deploy(site({ Permission: permission, Subscription: subscription({ Protocol: 'lambda', Endpoint: f }) }));
  await client().send(new PublishCommand({ TopicArn: ARN, Message: 'x' }));
  expect(invocations).toMatchObject([{ arn: 'sns.amazonaws.com', input: { InvocationType: 'Event', FunctionName: f } }]);
  expect(JSON.parse(invocations[0].input.Payload.toString())).toMatchObject({ Records: [{ EventSource: 'aws:sns', EventVersion: '1.0', Sns: { Message: 'x', Subject: null, TopicArn: ARN } }] });
});

test('mail, short messages and web addresses are recorded, and nothing is sent', async () => {
  await running.deploy({ Topic: { Type: 'AWS::SNS::Topic', Properties: { TopicName: 'alerts', Subscription: [{ Protocol: 'email', Endpoint: 'ops@example.com' }] } } });
  await client().send(new SubscribeCommand({ TopicArn: ARN, Protocol: 'https', Endpoint: 'https://example.com/' }));
  await client().send(new PublishCommand({ TopicArn: ARN, Message: 'x' }));
  expect(running.services.sns.last[0].deliveries).toEqual([
    { protocol: 'email', endpoint: 'ops@example.com', result: 'recorded' }, { protocol: 'https', endpoint: 'https://example.com/', result: 'recorded' },
  ]);
});

test.each<[JsonObject, boolean]>([
  [{ kind: ['offline', 'online'] }, true],
  [{ kind: ['online'] }, false],
  [{ missing: [{ exists: false }] }, true],
  [{ kind: [{ exists: false }] }, false],
  [{ kind: [{ prefix: 'off' }], level: [{ numeric: ['>=', 3, '<', 5] }] }, true],
  [{ level: [{ numeric: ['>', 3] }] }, false],
  [{ kind: [{ suffix: 'line' }] }, true],
  [{ kind: [{ 'equals-ignore-case': 'OFFLINE' }] }, true],
  [{ kind: [{ 'anything-but': ['offline'] }] }, false],
  [{ kind: [{ 'anything-but': { prefix: 'on' } }] }, true],
  [{ sites: ['hall 2'] }, true],
  [{ level: ['3'] }, false],
])('the filter policy %j lets the message through: %s', async (FilterPolicy, through) => {
  await running.deploy(site({ Subscription: subscription({ FilterPolicy }) }));
  const MessageAttributes = { kind: { DataType: 'String', StringValue: 'offline' }, level: { DataType: 'Number', StringValue: '3' }, sites: { DataType: 'String.Array', StringValue: '["hall 1","hall 2"]' } };
  await client().send(new PublishCommand({ TopicArn: ARN, Message: 'x', MessageAttributes }));
  expect(inbox()).toHaveLength(through ? 1 : 0);
});

test.each<[string, JsonObject, string]>([
  ['a filter on the body', { FilterPolicyScope: 'MessageBody' }, 'FilterPolicyScope: "MessageBody" is not modelled'],
  ['an operator that is not modelled', { FilterPolicy: { a: [{ cidr: '10.0.0.0/8' }] } }, 'FilterPolicy: a: the operator cidr is not modelled'],
  ['alternatives of attributes', { FilterPolicy: { $or: [] } }, 'FilterPolicy: $or is not modelled'],
  ['another protocol', { Protocol: 'firehose' }, 'Protocol: must be one of sqs, lambda, email'],
])('%s is refused, and the place in the template is named', async (_name, properties, problem) => {
  await expect(running.deploy(site({ Subscription: subscription(properties) }))).rejects.toThrow(`Resources/Subscription/Properties/${problem}`);
});

test('topics and subscriptions are listed; those that clients made outlive a restart', async () => {
  await running.deploy(site({ Subscription: subscription() }));
  const { SubscriptionArn } = await client().send(new SubscribeCommand({ TopicArn: ARN, Protocol: 'email', Endpoint: 'ops@example.com' }));
  await running.stop();
  running = await AccountUnderTest.start(services, { stateFolder: running.folder });
  await running.deploy(site({ Subscription: subscription() }));
  expect((await client().send(new ListTopicsCommand({}))).Topics).toEqual([{ TopicArn: ARN }]);
  const { Subscriptions = [] } = await client().send(new ListSubscriptionsByTopicCommand({ TopicArn: ARN }));
  expect(Subscriptions.map(({ Protocol }) => Protocol).sort()).toEqual(['email', 'sqs']);
  expect(Subscriptions).toContainEqual(expect.objectContaining({ SubscriptionArn }));
  expect((await client().send(new GetTopicAttributesCommand({ TopicArn: ARN }))).Attributes).toMatchObject({ DisplayName: 'Alerts', SubscriptionsConfirmed: '2' });
});

test('batches, limits and topics that are not there are answered as AWS does', async () => {
  await running.deploy(site({ Subscription: subscription() }));
  const batch = await client().send(new PublishBatchCommand({ TopicArn: ARN, PublishBatchRequestEntries: [{ Id: 'a', Message: 'x' }, { Id: 'b', Message: 'y', Subject: 'x'.repeat(101) }] }));
  expect(batch).toMatchObject({ Successful: [{ Id: 'a' }], Failed: [{ Id: 'b', Code: 'InvalidParameter' }] });
  expect(inbox()).toHaveLength(1);
  await expect(client().send(new PublishCommand({ TopicArn: ARN, Message: 'x'.repeat(256 * 1024 + 1) }))).rejects.toThrow('Message too long');
  await expect(client().send(new PublishCommand({ TopicArn: `${ARN}-not`, Message: 'x' }))).rejects.toMatchObject({ name: 'NotFoundException' });
});

test('a role publishes where its policy lets it, and with the key of the topic', async () => {
  const resources = (actions: string[]) => ({
    Key: { Type: 'AWS::KMS::Key', Properties: {} },
    Topic: { Type: 'AWS::SNS::Topic', Properties: { TopicName: 'alerts', KmsMasterKeyId: { Ref: 'Key' } } },
    Role: roleOf('publisher', [{ Effect: 'Allow', Action: 'sns:Publish', Resource: ARN }, { Effect: 'Allow', Action: actions, Resource: { 'Fn::GetAtt': ['Key', 'Arn'] } }]),
    Other: roleOf('other', []),
  });
  const publish = (role: string) => client(role).send(new PublishCommand({ TopicArn: ARN, Message: 'x' }));
  await running.deploy(resources(['kms:Decrypt']));
  await expect(publish('other')).rejects.toThrow(`is not authorized to perform: sns:Publish on resource: ${ARN}`);
  await expect(publish('publisher')).rejects.toThrow('is not authorized to perform: kms:GenerateDataKey');
  await running.stop();
  running = await AccountUnderTest.start(services, { stateFolder: running.folder });
  await running.deploy(resources(['kms:Decrypt', 'kms:GenerateDataKey*']));
  await expect(publish('publisher')).resolves.toHaveProperty('MessageId');
});
