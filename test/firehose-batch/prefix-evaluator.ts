import { prefixParts } from '../../src/firehose-batch/object-prefix';
import { patternParts } from '../../src/firehose-batch/timestamp-pattern';

/** The moment and the place of an object. */
export interface PrefixContext {
  /** Arrival of the oldest record. */
  readonly arrival: Date;
  readonly timeZone?: string;
  readonly errorOutputType?: string;
  readonly partitionKeys?: { readonly [key: string]: string };
  readonly randomString?: () => string;
}

const APPENDED = 'yyyy/MM/dd/HH/';

/** The prefix of an object, as Firehose evaluates it. */
export function evaluatePrefix(prefix: string | undefined, context: PrefixContext): string {
  const parts = prefixParts(prefix ?? '');
  if ('malformed' in parts) throw new Error(`not an expression: ${parts.malformed}`);
  const text = parts.map(part => 'literal' in part ? part.literal : evaluate(part.namespace, part.value, context)).join('');
  // Only a prefix without any expression gets the date; the guide's examples with partition keys or random strings do not.
  return parts.some(part => 'namespace' in part) ? text : text + formatTimestamp(APPENDED, context);
}

/** The prefix of an object with failed records. Nothing is appended to it. */
export function evaluateErrorPrefix(prefix: string, context: PrefixContext): string {
  const parts = prefixParts(prefix);
  if ('malformed' in parts) throw new Error(`not an expression: ${parts.malformed}`);
  return parts.map(part => 'literal' in part ? part.literal : evaluate(part.namespace, part.value, context)).join('');
}

function evaluate(namespace: string, value: string, context: PrefixContext): string {
  if (namespace === 'timestamp') return formatTimestamp(value, context);
  if (namespace !== 'firehose') return context.partitionKeys?.[value] ?? '';
  return value === 'error-output-type' ? context.errorOutputType! : (context.randomString ?? randomString)();
}

function randomString(): string {
  return crypto.randomUUID().slice(0, 11);
}

function formatTimestamp(pattern: string, { arrival, timeZone }: PrefixContext): string {
  const local = localTime(arrival, timeZone ?? 'UTC');
  return patternParts(pattern)!.map(part => 'literal' in part ? part.literal : formatField(part.letter, part.count, local)).join('');
}

/** The wall clock of the zone, in the UTC fields of a Date. */
function localTime(arrival: Date, timeZone: string): Date {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone, hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric', second: 'numeric',
  });
  const fields = format.formatToParts(arrival).map(({ type, value }) => [type, Number(value)]);
  const { year, month, day, hour, minute, second } = Object.fromEntries(fields);
  return new Date(Date.UTC(year, month - 1, day, hour, minute, second, arrival.getUTCMilliseconds()));
}

function formatField(letter: string, count: number, local: Date): string {
  const padded = (value: number) => String(value).padStart(count, '0');
  const hour = local.getUTCHours();
  switch (letter) {
    case 'y': case 'u': return count === 2 ? String(local.getUTCFullYear() % 100).padStart(2, '0') : padded(local.getUTCFullYear());
    case 'M': case 'L':
      return count < 3 ? padded(local.getUTCMonth() + 1) : local.toLocaleString('en', { month: count === 3 ? 'short' : 'long', timeZone: 'UTC' });
    case 'd': return padded(local.getUTCDate());
    case 'D': return padded((Date.UTC(local.getUTCFullYear(), local.getUTCMonth(), local.getUTCDate()) - Date.UTC(local.getUTCFullYear(), 0, 0)) / 86_400_000);
    case 'H': return padded(hour);
    case 'k': return padded(hour === 0 ? 24 : hour);
    case 'K': return padded(hour % 12);
    case 'h': return padded(hour % 12 === 0 ? 12 : hour % 12);
    case 'a': return hour < 12 ? 'AM' : 'PM';
    case 'm': return padded(local.getUTCMinutes());
    case 's': return padded(local.getUTCSeconds());
    case 'S': return String(local.getUTCMilliseconds()).padStart(3, '0').padEnd(9, '0').slice(0, count);
    case 'E': return local.toLocaleString('en', { weekday: count < 4 ? 'short' : 'long', timeZone: 'UTC' });
    default: throw new Error(`the pattern letter ${letter} is not modelled here`);
  }
}
