import { randomUUID } from 'crypto';
import { Notification } from './notification';
import { SnsService, Topic } from './sns-service';
import { Subscription, SubscriptionSettings } from './subscription';
import { Account, AwsError, Caller, Operations } from '../account';
import { isObject } from '../json';
import { batched } from '../sqs/batch';
import { GivenAttribute, messageAttributesOf } from '../sqs/message-attributes';

/** https://docs.aws.amazon.com/sns/latest/api/API_Publish.html */
const MAXIMUM_BYTES = 256 * 1024;
const MAXIMUM_SUBJECT = 100;

interface PublishInput {
  readonly TopicArn?: string;
  readonly TargetArn?: string;
  readonly PhoneNumber?: string;
  readonly Message?: string;
  readonly Subject?: string;
  readonly MessageStructure?: string;
  readonly MessageAttributes?: { readonly [name: string]: GivenAttribute };
}
interface SubscribeInput { readonly TopicArn?: string; readonly Protocol?: string; readonly Endpoint?: string; readonly Attributes?: object }

/** Operations of SNS. @see https://docs.aws.amazon.com/sns/latest/api/API_Operations.html */
export function snsOperations(account: Account, sns: SnsService): Operations {
  const topicOf = (arn: string | undefined, caller: Caller, action: string): Topic => {
    if (typeof arn !== 'string') throw invalid('TopicArn must be there');
    // SNS tells whose topic a service comes from; only the default policy of a topic asks for it.
    caller.authorize(`sns:${action}`, arn, caller.arn.startsWith('arn:') ? {} : { 'aws:SourceOwner': account.environment.account });
    const topic = sns.topics.get(arn);
    if (!topic) throw new AwsError('NotFound', 'Topic does not exist', 404);
    return topic;
  };
  const publish = async (topic: Topic, input: PublishInput) => {
    const notification = notificationOf(topic, input, account.clock.now());
    await sns.publish(notification);
    return { MessageId: notification.messageId };
  };
  return {
    Publish: async (input: PublishInput, caller) => {
      if (input.PhoneNumber !== undefined) throw invalid('PhoneNumber is not modelled: publish to a topic');
      const topic = topicOf(input.TopicArn ?? input.TargetArn, caller, 'Publish');
      sns.authorizeKey(caller, topic);
      return publish(topic, input);
    },
    PublishBatch: async (input: { TopicArn?: string; PublishBatchRequestEntries?: readonly (PublishInput & { Id: string })[] }, caller) => {
      const topic = topicOf(input.TopicArn, caller, 'Publish');
      sns.authorizeKey(caller, topic);
      const publishing: Promise<void>[] = [];
      const result = batched(input.PublishBatchRequestEntries, entry => {
        const notification = notificationOf(topic, entry, account.clock.now());
        publishing.push(sns.publish(notification));
        return { MessageId: notification.messageId };
      });
      await Promise.all(publishing);
      return result;
    },
    Subscribe: (input: SubscribeInput, caller) => {
      const { arn } = topicOf(input.TopicArn, caller, 'Subscribe');
      const settings = { ...input.Attributes, Protocol: input.Protocol, Endpoint: input.Endpoint } as SubscriptionSettings;
      return { SubscriptionArn: sns.subscribe(arn, settings).arn };
    },
    Unsubscribe: ({ SubscriptionArn: arn = '' }: { SubscriptionArn?: string }, caller) => {
      caller.authorize('sns:Unsubscribe', arn.split(':').slice(0, 6).join(':'));
      sns.unsubscribe(arn);
    },
    ListTopics: (_input: object, caller) => {
      caller.authorize('sns:ListTopics', account.arn('sns', '*'));
      return { Topics: [...sns.topics.keys()].map(TopicArn => ({ TopicArn })) };
    },
    ListSubscriptions: (_input: object, caller) => {
      caller.authorize('sns:ListSubscriptions', account.arn('sns', '*'));
      return { Subscriptions: [...sns.subscriptions.values()].map(subscription => listed(subscription, account)) };
    },
    ListSubscriptionsByTopic: (input: { TopicArn?: string }, caller) => {
      const { arn } = topicOf(input.TopicArn, caller, 'ListSubscriptionsByTopic');
      return { Subscriptions: sns.subscriptionsOf(arn).map(subscription => listed(subscription, account)) };
    },
    GetTopicAttributes: (input: { TopicArn?: string }, caller) => {
      const { arn, displayName, kmsKeyId } = topicOf(input.TopicArn, caller, 'GetTopicAttributes');
      const attributes = {
        TopicArn: arn,
        Owner: account.environment.account,
        DisplayName: displayName,
        SubscriptionsConfirmed: String(sns.subscriptionsOf(arn).length),
        ...kmsKeyId !== undefined && { KmsMasterKeyId: kmsKeyId },
      };
      return { Attributes: { entry: Object.entries(attributes).map(([key, value]) => ({ key, value })) } };
    },
  };
}

/** @throws AwsError for what SNS refuses */
function notificationOf({ arn }: Topic, input: PublishInput, time: number): Notification {
  const { Message: message, Subject: subject, MessageStructure: structure } = input;
  if (typeof message !== 'string' || message === '') throw invalid('Empty message');
  const attributes = messageAttributesOf(input.MessageAttributes);
  if (Buffer.byteLength(message) + Buffer.byteLength(JSON.stringify(attributes)) - 2 > MAXIMUM_BYTES) throw invalid('Message too long');
  if (subject !== undefined && (subject.length === 0 || subject.length > MAXIMUM_SUBJECT || /\p{Cc}/u.test(subject))) throw invalid('Subject');
  const texts = structure === 'json' ? textsOf(message) : { default: message };
  return { messageId: randomUUID(), topicArn: arn, subject, messageFor: protocol => texts[protocol] ?? texts.default, attributes, time };
}

function textsOf(message: string): { readonly [protocol: string]: string; readonly default: string } {
  try {
    const read: unknown = JSON.parse(message);
    if (isObject(read) && typeof read.default === 'string') {
      return { ...Object.fromEntries(Object.entries(read).filter(([, text]) => typeof text === 'string')) as { [protocol: string]: string }, default: read.default };
    }
  } catch {
    throw invalid('Message Structure - JSON message body failed to parse');
  }
  throw invalid('Message Structure - No default entry in JSON message body');
}

function listed({ arn, topicArn, protocol, endpoint }: Subscription, account: Account) {
  return { SubscriptionArn: arn, Owner: account.environment.account, Protocol: protocol, Endpoint: endpoint, TopicArn: topicArn };
}

function invalid(message: string): AwsError {
  return new AwsError('InvalidParameter', `Invalid parameter: ${message}`);
}
