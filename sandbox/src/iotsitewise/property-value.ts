import { DataType } from './model';
import { AwsError } from '../account';

export interface TimeInNanos { readonly timeInSeconds: number; readonly offsetInNanos?: number }
export interface Variant {
  readonly stringValue?: string;
  readonly integerValue?: number;
  readonly doubleValue?: number;
  readonly booleanValue?: boolean;
}
/** Time, quality and value: what AWS calls a TQV. */
export interface PropertyValue {
  readonly timestamp: TimeInNanos;
  readonly quality?: 'GOOD' | 'BAD' | 'UNCERTAIN';
  readonly value: Variant;
}

/* Limits. https://docs.aws.amazon.com/iot-sitewise/latest/APIReference/API_BatchPutAssetPropertyValue.html */
const OLDEST_MS = 7 * 24 * 3_600_000;
const NEWEST_MS = 10 * 60_000;
const MAXIMUM_STRING_BYTES = 1024;
const MAXIMUM_DOUBLE = 1e10;
const MAXIMUM_INTEGER = 2 ** 31 - 1;
const NANOS = 1e9;
const QUALITIES = ['GOOD', 'BAD', 'UNCERTAIN'];
const VARIANT_OF: { readonly [type in DataType]: keyof Variant } = {
  STRING: 'stringValue', STRUCT: 'stringValue', INTEGER: 'integerValue', DOUBLE: 'doubleValue', BOOLEAN: 'booleanValue',
};

/**
 * What is wrong with a value for a property; undefined where it is taken.
 *
 * @param dataType - undefined for a series that belongs to no property
 */
export function problemOf(given: PropertyValue, dataType: DataType | undefined, now: number): AwsError | undefined {
  const { timestamp, quality = 'GOOD', value } = given;
  const invalid = (message: string) => new AwsError('InvalidRequestException', message);
  const { timeInSeconds, offsetInNanos = 0 } = timestamp ?? {};
  if (!Number.isInteger(timeInSeconds) || !Number.isInteger(offsetInNanos) || offsetInNanos < 0 || offsetInNanos >= NANOS) return invalid('the timestamp needs whole seconds, and 0 to 999999999 nanoseconds');
  const time = timeInSeconds * 1000 + offsetInNanos / 1e6;
  if (time < now - OLDEST_MS || time > now + NEWEST_MS) {
    return new AwsError('TimestampOutOfRangeException', `${new Date(time).toISOString()} is older than 7 days or more than 10 minutes ahead of ${new Date(now).toISOString()}`);
  }
  if (!QUALITIES.includes(quality)) return invalid(`the quality must be one of ${QUALITIES.join(', ')}, got ${JSON.stringify(quality)}`);
  const [type, ...others] = Object.keys(value ?? {}).filter(name => value[name as keyof Variant] !== undefined);
  if (type === undefined || others.length > 0) return invalid('a value needs exactly one of stringValue, integerValue, doubleValue, booleanValue');
  if (dataType !== undefined && type !== VARIANT_OF[dataType]) return invalid(`the property is of type ${dataType} and takes ${VARIANT_OF[dataType]}, got ${type}`);
  return problemOfVariant(value, invalid);
}

function problemOfVariant(value: Variant, invalid: (message: string) => AwsError): AwsError | undefined {
  const { stringValue, integerValue, doubleValue, booleanValue } = value;
  if (stringValue !== undefined) {
    const bytes = Buffer.byteLength(String(stringValue));
    if (typeof stringValue !== 'string' || bytes > MAXIMUM_STRING_BYTES) return invalid(`a stringValue has at most ${MAXIMUM_STRING_BYTES} bytes, got ${bytes}`);
  }
  if (integerValue !== undefined && (!Number.isInteger(integerValue) || Math.abs(integerValue) > MAXIMUM_INTEGER)) return invalid(`an integerValue is a whole number of 32 bits, got ${integerValue}`);
  if (doubleValue !== undefined && (typeof doubleValue !== 'number' || !Number.isFinite(doubleValue) || Math.abs(doubleValue) > MAXIMUM_DOUBLE)) return invalid(`a doubleValue is a number between -1e10 and 1e10, got ${doubleValue}`);
  if (booleanValue !== undefined && typeof booleanValue !== 'boolean') return invalid(`a booleanValue is true or false, got ${JSON.stringify(booleanValue)}`);
  return undefined;
}

/** Orders two times. */
export function compareTimes(a: TimeInNanos, b: TimeInNanos): number {
  return a.timeInSeconds - b.timeInSeconds || (a.offsetInNanos ?? 0) - (b.offsetInNanos ?? 0);
}
