import { batched } from './batch';
import { GivenAttribute, md5OfAttributes, messageAttributesOf, selectedAttributes } from './message-attributes';
import { MAXIMUM_MESSAGE_BYTES, Queue, QueueDefinition, ReceivedMessage } from './queue';
import { QUEUE_ATTRIBUTES, QueueAttribute, redriveOf } from './queue-properties';
import { Account, AwsError, Caller, Operations } from '../account';
import { queueArnOf } from '../iam/resource-arn';

/** What the operations need of the queues. */
export interface Queues {
  readonly queues: readonly Queue[];
  queueByArn(arn: string): Queue | undefined;
  authorizeKey(caller: Caller, queue: Queue, actions: readonly string[]): void;
  synced(): Promise<void>;
  waitForMessage(queue: Queue, until: number): Promise<boolean>;
}

interface OfQueue { readonly QueueUrl?: string }
interface SendInput {
  readonly MessageBody?: string;
  readonly DelaySeconds?: number;
  readonly MessageAttributes?: { readonly [name: string]: GivenAttribute };
}
interface ReceiveInput extends OfQueue {
  readonly MaxNumberOfMessages?: number;
  readonly VisibilityTimeout?: number;
  readonly WaitTimeSeconds?: number;
  readonly AttributeNames?: readonly string[];
  readonly MessageSystemAttributeNames?: readonly string[];
  readonly MessageAttributeNames?: readonly string[];
}
interface Receipt { readonly ReceiptHandle?: string }
interface VisibilityInput extends Receipt { readonly VisibilityTimeout?: number }
interface Batch<T> extends OfQueue { readonly Entries?: readonly (T & { readonly Id: string })[] }

const MAXIMUM_RECEIVED = 10;

/** Operations of SQS. @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_Operations.html */
export function sqsOperations(account: Account, queues: Queues): Operations {
  const { clock, environment } = account;

  const queueOf = ({ QueueUrl: url }: OfQueue, caller: Caller, action: string): Queue => {
    if (typeof url !== 'string' || url === '') throw new AwsError('MissingParameter', 'The request must contain the parameter QueueUrl.');
    const arn = queueArnOf(url, environment);
    caller.authorize(`sqs:${action}`, arn);
    return queues.queueByArn(arn) ?? doesNotExist();
  };

  const send = (queue: Queue, { MessageBody = '', DelaySeconds, MessageAttributes }: SendInput, { arn }: Caller) => {
    const messageAttributes = messageAttributesOf(MessageAttributes);
    const delaySeconds = DelaySeconds === undefined ? undefined : within('DelaySeconds', DelaySeconds, QUEUE_ATTRIBUTES.DelaySeconds);
    const { messageId, md5OfBody } = queue.send(MessageBody, { messageAttributes, delaySeconds, senderId: arn });
    return { MessageId: messageId, MD5OfMessageBody: md5OfBody, MD5OfMessageAttributes: md5OfAttributes(messageAttributes) };
  };
  const remove = (queue: Queue, { ReceiptHandle = '' }: Receipt) => queue.delete(ReceiptHandle);
  const changeVisibility = (queue: Queue, { ReceiptHandle = '', VisibilityTimeout }: VisibilityInput) => {
    queue.changeVisibility(ReceiptHandle, within('VisibilityTimeout', VisibilityTimeout, QUEUE_ATTRIBUTES.VisibilityTimeout));
  };

  return {
    SendMessage: async (input: OfQueue & SendInput, caller) => {
      const queue = queueOf(input, caller, 'SendMessage');
      queues.authorizeKey(caller, queue, ['GenerateDataKey', 'Decrypt']);
      const sent = send(queue, input, caller);
      await queues.synced();
      return sent;
    },
    SendMessageBatch: async (input: Batch<SendInput>, caller) => {
      const queue = queueOf(input, caller, 'SendMessage');
      queues.authorizeKey(caller, queue, ['GenerateDataKey', 'Decrypt']);
      const bytes = (input.Entries ?? []).reduce((sum, { MessageBody = '' }) => sum + Buffer.byteLength(MessageBody), 0);
      if (bytes > MAXIMUM_MESSAGE_BYTES) throw new AwsError('BatchRequestTooLong', `Batch requests cannot be longer than ${MAXIMUM_MESSAGE_BYTES} bytes. You have sent ${bytes} bytes.`);
      const result = batched(input.Entries, entry => send(queue, entry, caller));
      await queues.synced();
      return result;
    },
    ReceiveMessage: async (input: ReceiveInput, caller) => {
      const queue = queueOf(input, caller, 'ReceiveMessage');
      queues.authorizeKey(caller, queue, ['Decrypt']);
      const maximum = within('MaxNumberOfMessages', input.MaxNumberOfMessages ?? 1, { least: 1, most: MAXIMUM_RECEIVED });
      const visibility = input.VisibilityTimeout === undefined ? undefined : within('VisibilityTimeout', input.VisibilityTimeout, QUEUE_ATTRIBUTES.VisibilityTimeout);
      const seconds = within('WaitTimeSeconds', input.WaitTimeSeconds ?? queue.definition.receiveWaitSeconds ?? 0, QUEUE_ATTRIBUTES.ReceiveMessageWaitTimeSeconds);
      const until = clock.now() + seconds * 1000;
      let received = queue.receive(maximum, visibility);
      while (received.length === 0 && await queues.waitForMessage(queue, until)) received = queue.receive(maximum, visibility);
      return received.length > 0 ? { Messages: received.map(message => asAnswered(message, input)) } : {};
    },
    DeleteMessage: (input: OfQueue & Receipt, caller) => remove(queueOf(input, caller, 'DeleteMessage'), input),
    DeleteMessageBatch: (input: Batch<Receipt>, caller) => {
      const queue = queueOf(input, caller, 'DeleteMessage');
      return batched(input.Entries, entry => remove(queue, entry));
    },
    ChangeMessageVisibility: (input: OfQueue & VisibilityInput, caller) => changeVisibility(queueOf(input, caller, 'ChangeMessageVisibility'), input),
    ChangeMessageVisibilityBatch: (input: Batch<VisibilityInput>, caller) => {
      const queue = queueOf(input, caller, 'ChangeMessageVisibility');
      return batched(input.Entries, entry => changeVisibility(queue, entry));
    },
    PurgeQueue: async (input: OfQueue, caller) => {
      queueOf(input, caller, 'PurgeQueue').purge();
      await queues.synced();
    },
    GetQueueUrl: ({ QueueName = '', QueueOwnerAWSAccountId }: { QueueName?: string; QueueOwnerAWSAccountId?: string }, caller) => {
      const arn = account.arn('sqs', QueueName);
      caller.authorize('sqs:GetQueueUrl', arn);
      const queue = QueueOwnerAWSAccountId === undefined || QueueOwnerAWSAccountId === environment.account ? queues.queueByArn(arn) : undefined;
      return { QueueUrl: (queue ?? doesNotExist()).definition.url };
    },
    ListQueues: ({ QueueNamePrefix = '' }: { QueueNamePrefix?: string }, caller) => {
      caller.authorize('sqs:ListQueues', account.arn('sqs', '*'));
      const urls = queues.queues.map(({ definition }) => definition).filter(({ name }) => name.startsWith(QueueNamePrefix)).map(({ url }) => url);
      return urls.length > 0 ? { QueueUrls: urls } : {};
    },
    GetQueueAttributes: (input: OfQueue & { AttributeNames?: readonly string[] }, caller) => {
      const all = attributesOf(queueOf(input, caller, 'GetQueueAttributes'));
      const { AttributeNames: names = [] } = input;
      return { Attributes: Object.fromEntries(Object.entries(all).filter(([name, value]) => value !== undefined && (names.includes('All') || names.includes(name)))) };
    },
    SetQueueAttributes: (input: OfQueue & { Attributes?: { readonly [name: string]: string } }, caller) => {
      const queue = queueOf(input, caller, 'SetQueueAttributes');
      const { Policy: policy, ...others } = input.Attributes ?? {};
      const changes = Object.assign({}, ...Object.entries(others).map(([name, value]) => changeOf(name, value))) as Partial<QueueDefinition>;
      if (policy !== undefined) setPolicy(account, queue, policy);
      queue.redefine(changes);
    },
  };
}

function changeOf(name: string, value: string): Partial<QueueDefinition> {
  if (name === 'RedrivePolicy') {
    try {
      return { redrive: redriveOf(value) };
    } catch (error) {
      throw new AwsError('InvalidAttributeValue', `RedrivePolicy ${(error as Error).message}`);
    }
  }
  if (!Object.hasOwn(QUEUE_ATTRIBUTES, name)) throw new AwsError('InvalidAttributeName', `Setting the attribute ${name} is not modelled.`);
  const limits = QUEUE_ATTRIBUTES[name as QueueAttribute];
  return { [limits.member]: within(name, Number(value), limits, 'InvalidAttributeValue') };
}

function setPolicy(account: Account, { definition: { name, arn } }: Queue, policy: string): void {
  try {
    account.iam.setResourcePolicy(arn, { name: `the policy of ${name}`, document: JSON.parse(policy) as unknown });
  } catch (error) {
    throw new AwsError('InvalidAttributeValue', `Invalid value for the parameter Policy: ${(error as Error).message}`);
  }
}

function attributesOf({ definition, counts }: Queue): { [name: string]: string | undefined } {
  const { arn, redrive } = definition;
  const settings = Object.entries(QUEUE_ATTRIBUTES).map(([name, { member, otherwise }]) => [name, String(definition[member] ?? otherwise)] as const);
  return {
    QueueArn: arn,
    ApproximateNumberOfMessages: String(counts.visible),
    ApproximateNumberOfMessagesNotVisible: String(counts.inFlight),
    ApproximateNumberOfMessagesDelayed: String(counts.delayed),
    ...Object.fromEntries(settings),
    RedrivePolicy: redrive && JSON.stringify({ deadLetterTargetArn: redrive.deadLetterQueueArn, maxReceiveCount: redrive.maxReceiveCount }),
  };
}

function asAnswered({ messageId, receiptHandle, body, md5OfBody, attributes, messageAttributes }: ReceivedMessage, input: ReceiveInput) {
  const system = [...input.AttributeNames ?? [], ...input.MessageSystemAttributeNames ?? []];
  const asked = Object.entries(attributes).filter(([name]) => system.includes('All') || system.includes(name));
  const selected = selectedAttributes(messageAttributes, input.MessageAttributeNames);
  return {
    MessageId: messageId,
    ReceiptHandle: receiptHandle,
    Body: body,
    MD5OfBody: md5OfBody,
    ...asked.length > 0 && { Attributes: Object.fromEntries(asked) },
    ...Object.keys(selected).length > 0 && { MessageAttributes: selected, MD5OfMessageAttributes: md5OfAttributes(selected) },
  };
}

function within(name: string, value: unknown, { least, most }: { readonly least: number; readonly most: number }, code = 'InvalidParameterValue'): number {
  const number = Number(value);
  if (value === undefined || !(Number.isInteger(number) && number >= least && number <= most)) {
    throw new AwsError(code, `Value ${String(value)} for parameter ${name} is invalid. Reason: Must be >= ${least} and <= ${most}.`);
  }
  return number;
}

function doesNotExist(): never {
  throw new AwsError('QueueDoesNotExist', 'The specified queue does not exist.');
}
