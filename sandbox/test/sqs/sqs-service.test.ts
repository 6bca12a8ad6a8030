import {
  ChangeMessageVisibilityBatchCommand, ChangeMessageVisibilityCommand, DeleteMessageBatchCommand, DeleteMessageCommand, GetQueueAttributesCommand,
  GetQueueUrlCommand, ListQueuesCommand,
  PurgeQueueCommand, ReceiveMessageCommand, SendMessageBatchCommand, SendMessageCommand, SetQueueAttributesCommand, SQSClient,
} from '@aws-sdk/client-sqs';
import { Account } from '../../src/account';
import { JsonObject } from '../../src/json';
import { KmsService } from '../../src/kms/kms-service';
import { SqsService } from '../../src/sqs';
import { ACCOUNT, AccountUnderTest, REGION, roleOf } from '../account/account-under-test';

const services = (account: Account) => {
  const kms = new KmsService(account);
  return { kms, sqs: new SqsService(account, kms) };
};
let running: AccountUnderTest<ReturnType<typeof services>>;
beforeEach(async () => { running = await AccountUnderTest.start(services); });
afterEach(() => running.remove());

const ARN = `arn:aws:sqs:${REGION}:${ACCOUNT}:work`;
const queue = (properties: JsonObject = {}): JsonObject => ({ Type: 'AWS::SQS::Queue', Properties: { QueueName: 'work', ...properties } });
const deployed = async (properties: JsonObject = {}, more: JsonObject = {}) => {
  const { ref: QueueUrl } = (await running.deploy({ Work: queue(properties), ...more })).get('Work')!;
  return { QueueUrl, sqs: new SQSClient(running.client()) };
};

test('a queue of a template has the URL that the SDK uses, its ARN and its name', async () => {
  const resources = await running.deploy({ Work: queue(), Other: { Type: 'AWS::SQS::Queue' } });
  expect(resources.get('Work')).toMatchObject({ ref: `${running.account.endpointUrl}/${ACCOUNT}/work`, attributes: { Arn: ARN, QueueName: 'work' } });
  expect(resources.get('Other')!.attributes.QueueName).toMatch(/^Site-Other-\w{12}$/);
  const { definition } = running.services.sqs.queueByArn(ARN)!;
  expect(definition).toMatchObject({ visibilityTimeoutSeconds: 30, retentionSeconds: 345_600, delaySeconds: 0 });
});

test('what the SDK sends it receives, with digests that it verifies, attributes and counts', async () => {
  const { sqs, QueueUrl } = await deployed();
  const MessageAttributes = { Kind: { DataType: 'String', StringValue: 'é' }, Raw: { DataType: 'Binary', BinaryValue: Buffer.from([1, 2, 255]) } };
  const sent = await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'hello', MessageAttributes }));
  const { Messages: [message] = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, MessageSystemAttributeNames: ['All'], MessageAttributeNames: ['All'] }));
  expect(message).toMatchObject({ Body: 'hello', MessageId: sent.MessageId, MD5OfMessageAttributes: sent.MD5OfMessageAttributes, Attributes: { ApproximateReceiveCount: '1' } });
  expect(message.MessageAttributes).toMatchObject({ Kind: { StringValue: 'é' }, Raw: { DataType: 'Binary' } });
  expect(Buffer.from(message.MessageAttributes!.Raw.BinaryValue!)).toEqual(Buffer.from([1, 2, 255]));
  const attributes = async () => (await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }))).Attributes;
  expect(await attributes()).toMatchObject({ ApproximateNumberOfMessages: '0', ApproximateNumberOfMessagesNotVisible: '1', QueueArn: ARN, VisibilityTimeout: '30' });
  await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: message.ReceiptHandle }));
  expect(await attributes()).toMatchObject({ ApproximateNumberOfMessages: '0', ApproximateNumberOfMessagesNotVisible: '0' });
});

test('the digest of attributes is the one that AWS documents', async () => {
  // A pair of attribute and digest that clients of other languages test themselves with.
  const { sqs, QueueUrl } = await deployed();
  const sent = await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'x', MessageAttributes: { timestamp: { DataType: 'Number', StringValue: '1493147359900' } } }));
  expect(sent.MD5OfMessageAttributes).toBe('235c5c510d26fb653d073faed50ae77c');
});

test('a receive that waits gets a message that is sent meanwhile, and one whose visibility timeout ends', async () => {
  const { sqs, QueueUrl } = await deployed();
  const waiting = sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20 }));
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'late' }));
  const { Messages: [message] = [] } = await waiting;
  expect(message.Body).toBe('late');
  await sqs.send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle: message.ReceiptHandle, VisibilityTimeout: 1 }));
  expect((await sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20 }))).Messages).toMatchObject([{ Body: 'late' }]);
});

test('batches tell each entry its own result', async () => {
  const { sqs, QueueUrl } = await deployed();
  const sent = await sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries: [{ Id: 'a', MessageBody: 'a' }, { Id: 'b', MessageBody: '\u0001' }, { Id: 'c', MessageBody: 'c' }] }));
  expect(sent.Successful!.map(({ Id }) => Id)).toEqual(['a', 'c']);
  expect(sent.Failed).toMatchObject([{ Id: 'b', Code: 'InvalidMessageContents', SenderFault: true }]);
  const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
  const Entries = Messages.map(({ ReceiptHandle }, at) => ({ Id: String(at), ReceiptHandle }));
  await sqs.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl, Entries: Entries.map(entry => ({ ...entry, VisibilityTimeout: 60 })) }));
  const deletion = await sqs.send(new DeleteMessageBatchCommand({ QueueUrl, Entries: [...Entries, { Id: 'x', ReceiptHandle: 'nonsense' }] }));
  expect(deletion).toMatchObject({ Successful: [{ Id: '0' }, { Id: '1' }], Failed: [{ Id: 'x', Code: 'ReceiptHandleIsInvalid' }] });
  await expect(sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries: [] }))).rejects.toMatchObject({ name: 'EmptyBatchRequest' });
  await expect(sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries: ['a', 'a'].map(Id => ({ Id, MessageBody: 'x' })) }))).rejects.toMatchObject({ name: 'BatchEntryIdsNotDistinct' });
});

test('queues are found by name and by prefix, purged and set', async () => {
  const { sqs, QueueUrl } = await deployed();
  expect((await sqs.send(new GetQueueUrlCommand({ QueueName: 'work' }))).QueueUrl).toBe(QueueUrl);
  expect((await sqs.send(new ListQueuesCommand({ QueueNamePrefix: 'wo' }))).QueueUrls).toEqual([QueueUrl]);
  expect((await sqs.send(new ListQueuesCommand({ QueueNamePrefix: 'x' }))).QueueUrls).toBeUndefined();
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'a' }));
  await sqs.send(new PurgeQueueCommand({ QueueUrl }));
  await sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { VisibilityTimeout: '7' } }));
  const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['ApproximateNumberOfMessages', 'VisibilityTimeout'] }));
  expect(Attributes).toEqual({ ApproximateNumberOfMessages: '0', VisibilityTimeout: '7' });
  await expect(sqs.send(new GetQueueUrlCommand({ QueueName: 'none' }))).rejects.toMatchObject({ name: 'QueueDoesNotExist' });
});

test.each([
  ['a wait that is too long', { WaitTimeSeconds: 21 }, 'InvalidParameterValue'],
  ['too many messages', { MaxNumberOfMessages: 11 }, 'InvalidParameterValue'],
  ['a visibility timeout that is too long', { VisibilityTimeout: 43_201 }, 'InvalidParameterValue'],
])('%s is refused', async (_name, input, name) => {
  const { sqs, QueueUrl } = await deployed();
  await expect(sqs.send(new ReceiveMessageCommand({ QueueUrl, ...input }))).rejects.toMatchObject({ name });
});

test.each<[string, JsonObject, string]>([
  ['a FIFO queue', { FifoQueue: true }, 'Resources/Work/Properties/FifoQueue: FIFO queues are not modelled'],
  ['a delay that is too long', { DelaySeconds: 901 }, 'Resources/Work/Properties/DelaySeconds: must be from 0 to 900, got "901"'],
  ['a redrive policy that is none', { RedrivePolicy: { maxReceiveCount: 3 } }, 'Resources/Work/Properties/RedrivePolicy: needs a deadLetterTargetArn'],
  ['a name with a slash', { QueueName: 'a/b' }, 'Resources/Work/Properties/QueueName: needs 1 to 80'],
])('%s in a template is refused, and the place is named', async (_name, properties, problem) => {
  await expect(deployed(properties)).rejects.toThrow(problem);
});

test('a property that nobody reads is named', async () => {
  await deployed({ RedriveAllowPolicy: { redrivePermission: 'denyAll' } });
  expect([...running.account.withoutEffect]).toEqual([['Work', ['RedriveAllowPolicy']]]);
});

test('a role may do what its policy allows, on this queue and no more', async () => {
  const { QueueUrl } = await deployed({}, { Role: roleOf('sender', [{ Effect: 'Allow', Action: 'sqs:SendMessage', Resource: ARN }]) });
  const sender = new SQSClient(running.client('sender'));
  await sender.send(new SendMessageCommand({ QueueUrl, MessageBody: 'a' }));
  await expect(sender.send(new ReceiveMessageCommand({ QueueUrl }))).rejects.toThrow(`is not authorized to perform: sqs:ReceiveMessage on resource: ${ARN}`);
  expect(running.account.activity.last('iamDenial')).toMatchObject([{ action: 'sqs:ReceiveMessage' }]);
});

test('a service may send only where the policy of the queue lets it in', async () => {
  const { QueueUrl } = await deployed({}, {
    Policy: {
      Type: 'AWS::SQS::QueuePolicy',
      Properties: {
        Queues: [{ Ref: 'Work' }],
        PolicyDocument: {
          Version: '2012-10-17',
          Statement: [{ Effect: 'Allow', Principal: { Service: 'sns.amazonaws.com' }, Action: 'sqs:SendMessage', Resource: ARN, Condition: { ArnEquals: { 'aws:SourceArn': 'arn:aws:sns:eu-west-1:111122223333:alerts' } } }],
        },
      },
    },
  });
  const send = (topic: string) => running.account.call('sqs', 'SendMessage', { QueueUrl, MessageBody: 'a' }, running.account.service('sns.amazonaws.com', { 'aws:SourceArn': topic }));
  await expect(send('arn:aws:sns:eu-west-1:111122223333:other')).rejects.toThrow('sqs:SendMessage');
  await expect(send('arn:aws:sns:eu-west-1:111122223333:alerts')).resolves.toMatchObject({ MD5OfMessageBody: '0cc175b9c0f1b6a831c399e269772661' });
});

test.each<[string, string[], string | undefined]>([
  ['kms:GenerateDataKey is missing', ['kms:Decrypt'], 'kms:GenerateDataKey'],
  ['kms:Decrypt is missing', ['kms:GenerateDataKey'], 'kms:Decrypt'],
  ['both are there', ['kms:GenerateDataKey', 'kms:Decrypt'], undefined],
])('a queue with a key of the template: sending where %s', async (_name, actions, missing) => {
  const { QueueUrl } = await deployed({ KmsMasterKeyId: { Ref: 'Alias' } }, {
    Key: { Type: 'AWS::KMS::Key', Properties: {} },
    Alias: { Type: 'AWS::KMS::Alias', Properties: { AliasName: 'alias/site', TargetKeyId: { Ref: 'Key' } } },
    Role: roleOf('sender', [
      { Effect: 'Allow', Action: 'sqs:SendMessage', Resource: ARN },
      { Effect: 'Allow', Action: actions, Resource: { 'Fn::GetAtt': ['Key', 'Arn'] }, Condition: { StringEquals: { 'kms:ViaService': `sqs.${REGION}.amazonaws.com`, 'kms:EncryptionContext:aws:sqs:arn': ARN } } },
    ]),
  });
  const sending = new SQSClient(running.client('sender')).send(new SendMessageCommand({ QueueUrl, MessageBody: 'a' }));
  if (missing === undefined) await expect(sending).resolves.toHaveProperty('MessageId');
  else await expect(sending).rejects.toThrow(`is not authorized to perform: ${missing}`);
});

test('a queue goes on after a restart: what was sent and not deleted is there, and its delay holds', async () => {
  const { sqs, QueueUrl } = await deployed();
  for (const MessageBody of ['a', 'b']) await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody }));
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'delayed', DelaySeconds: 900 }));
  const { Messages: [first] = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl }));
  await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: first.ReceiptHandle }));
  await running.stop();
  running = await AccountUnderTest.start(services, { stateFolder: running.folder });
  const again = await deployed();
  const { Messages } = await again.sqs.send(new ReceiveMessageCommand({ QueueUrl: again.QueueUrl, MaxNumberOfMessages: 10 }));
  expect(Messages).toMatchObject([{ Body: 'b' }]);
  expect(running.services.sqs.queueByArn(ARN)!.counts.delayed).toBe(1);
});

test('metrics of a queue are put when somebody looks', async () => {
  const { sqs, QueueUrl } = await deployed();
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'a' }));
  const { metrics } = running.account;
  metrics.sample();
  expect(metrics.datapoints('AWS/SQS', 'ApproximateNumberOfMessagesVisible', { QueueName: 'work' })).toMatchObject([{ maximum: 1 }]);
  expect(metrics.datapoints('AWS/SQS', 'NumberOfMessagesSent', { QueueName: 'work' })).toMatchObject([{ sum: 1 }]);
});
