import { createHash } from 'crypto';
import { MessageAttribute, MessageAttributes } from './queue';
import { AwsError, bytesOf } from '../account';

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html */
const MAXIMUM_ATTRIBUTES = 10;
const NAME = /^(?!\.)(?!AWS\.|Amazon\.)(?!.*\.\.)[\w.-]{1,256}(?<!\.)$/i;

/** An attribute as clients write it: a blob is bytes in process, base64 over HTTP. */
export interface GivenAttribute { readonly DataType?: string; readonly StringValue?: string; readonly BinaryValue?: unknown }

/** Attributes as a queue keeps them. @throws AwsError for what SQS refuses */
export function messageAttributesOf(given: { readonly [name: string]: GivenAttribute } = {}): MessageAttributes {
  const entries = Object.entries(given);
  if (entries.length > MAXIMUM_ATTRIBUTES) throw invalid(`Number of message attributes [${entries.length}] exceeds the allowed maximum [${MAXIMUM_ATTRIBUTES}].`);
  return Object.fromEntries(entries.map(([name, attribute]) => [name, attributeOf(name, attribute)]));
}

function attributeOf(name: string, { DataType = '', StringValue, BinaryValue }: GivenAttribute): MessageAttribute {
  if (!NAME.test(name)) throw invalid(`Message (user) attribute name '${name}' is invalid.`);
  const type = DataType.split('.')[0];
  if (!['String', 'Number', 'Binary'].includes(type)) {
    throw invalid(`The message attribute '${name}' has an invalid message attribute type, the set of supported type prefixes is Binary, Number, and String.`);
  }
  if (type === 'Binary') {
    const bytes = BinaryValue === undefined || BinaryValue === null ? Buffer.alloc(0) : bytesOf(BinaryValue);
    if (bytes.length === 0) throw invalid(`The message attribute '${name}' must contain a non-empty message attribute value of type 'Binary'.`);
    return { DataType, BinaryValue: bytes.toString('base64') };
  }
  if (typeof StringValue !== 'string' || StringValue === '') throw invalid(`The message attribute '${name}' must contain a non-empty message attribute value of type '${type}'.`);
  if (type === 'Number' && !Number.isFinite(Number(StringValue))) throw invalid(`Can't cast the value of message (user) attribute '${name}' to a number.`);
  return { DataType, StringValue };
}

/** Those that a receiver asks for: `All`, `.*`, a name, or `prefix.*`. */
export function selectedAttributes(attributes: MessageAttributes, names: readonly string[] = []): MessageAttributes {
  const wanted = (name: string) => names.some(asked => asked === 'All' || asked === name || asked.endsWith('.*') && name.startsWith(asked.slice(0, -2)));
  return Object.fromEntries(Object.entries(attributes).filter(([name]) => wanted(name)));
}

/** @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html#sqs-attributes-md5-message-digest-calculation */
export function md5OfAttributes(attributes: MessageAttributes): string | undefined {
  const names = Object.keys(attributes).sort();
  if (names.length === 0) return undefined;
  const hash = createHash('md5');
  const add = (bytes: Buffer) => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    hash.update(length).update(bytes);
  };
  for (const name of names) {
    const { DataType, StringValue, BinaryValue } = attributes[name];
    add(Buffer.from(name));
    add(Buffer.from(DataType));
    hash.update(Buffer.from([BinaryValue === undefined ? 1 : 2]));
    add(BinaryValue === undefined ? Buffer.from(StringValue ?? '') : Buffer.from(BinaryValue, 'base64'));
  }
  return hash.digest('hex');
}

function invalid(message: string): AwsError {
  return new AwsError('InvalidParameterValue', message);
}
