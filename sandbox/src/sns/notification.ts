import { FilteredAttributes } from './filter-policy';
import { GivenAttribute } from '../sqs/message-attributes';

/** What somebody published, as all subscriptions get it. */
export interface Notification {
  readonly messageId: string;
  readonly topicArn: string;
  readonly subject?: string;
  readonly attributes: { readonly [name: string]: GivenAttribute };
  readonly time: number;
  /** Of each protocol its own where `MessageStructure` is `json`. */
  messageFor(protocol: string): string;
}

/** Nothing signs here: whoever verifies the signature finds that it is none. */
const UNSIGNED = Buffer.from('not signed').toString('base64');

/** @see https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html */
export function envelopeOf(notification: Notification, protocol: string, subscriptionArn: string): { [member: string]: unknown } {
  const { messageId, topicArn, subject, attributes, time } = notification;
  const host = `https://sns.${topicArn.split(':')[3]}.amazonaws.com`;
  const given = Object.entries(attributes)
    .map(([name, { DataType, StringValue, BinaryValue }]) => [name, { Type: DataType, Value: StringValue ?? BinaryValue }]);
  return {
    Type: 'Notification',
    MessageId: messageId,
    TopicArn: topicArn,
    ...subject !== undefined && { Subject: subject },
    Message: notification.messageFor(protocol),
    Timestamp: new Date(time).toISOString(),
    SignatureVersion: '1',
    Signature: UNSIGNED,
    [protocol === 'lambda' ? 'SigningCertUrl' : 'SigningCertURL']: `${host}/SimpleNotificationService-none.pem`,
    [protocol === 'lambda' ? 'UnsubscribeUrl' : 'UnsubscribeURL']: `${host}/?Action=Unsubscribe&SubscriptionArn=${subscriptionArn}`,
    ...given.length > 0 && { MessageAttributes: Object.fromEntries(given) as unknown },
  };
}

/** The event of a function. @see https://docs.aws.amazon.com/lambda/latest/dg/with-sns.html */
export function lambdaEventOf(notification: Notification, subscriptionArn: string): object {
  const Sns = { Subject: null, MessageAttributes: {}, ...envelopeOf(notification, 'lambda', subscriptionArn) };
  return { Records: [{ EventSource: 'aws:sns', EventVersion: '1.0', EventSubscriptionArn: subscriptionArn, Sns }] };
}

export function filteredAttributesOf({ attributes }: Notification): FilteredAttributes {
  return Object.fromEntries(Object.entries(attributes).filter(([, { StringValue }]) => StringValue !== undefined).map(([name, { DataType = '', StringValue = '' }]) => {
    if (DataType.startsWith('Number')) return [name, [Number(StringValue)]];
    return [name, DataType === 'String.Array' ? arrayOf(StringValue) : [StringValue]];
  }));
}

function arrayOf(text: string): (string | number | boolean)[] {
  try {
    const read: unknown = JSON.parse(text);
    return Array.isArray(read) ? read.filter(value => ['string', 'number', 'boolean'].includes(typeof value)) as (string | number | boolean)[] : [];
  } catch {
    return [];
  }
}
