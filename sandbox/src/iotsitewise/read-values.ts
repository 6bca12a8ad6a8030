import { PropertyValue } from './property-value';
import { AwsError } from '../account';

/** What a client asks of a series. Over HTTP all of it is text. */
export interface RangeRequest {
  readonly startDate?: string | number | Date;
  readonly endDate?: string | number | Date;
  readonly qualities?: string | readonly string[];
  readonly timeOrdering?: 'ASCENDING' | 'DESCENDING';
  readonly maxResults?: string | number;
  readonly nextToken?: string;
}

const AGGREGATES = ['AVERAGE', 'COUNT', 'MAXIMUM', 'MINIMUM', 'SUM', 'STANDARD_DEVIATION'] as const;
const RESOLUTIONS_MS: { readonly [resolution: string]: number } = { '1m': 60_000, '15m': 900_000, '1h': 3_600_000, '1d': 86_400_000 };
const MAXIMUM_RESULTS = 20_000;

export function historyOf(
  values: readonly PropertyValue[], request: RangeRequest,
): { assetPropertyValueHistory: PropertyValue[]; nextToken?: string } {
  const inRange = within(values, request);
  if (request.timeOrdering === 'DESCENDING') inRange.reverse();
  const begin = Number(request.nextToken ?? 0);
  const end = begin + Math.min(Number(request.maxResults ?? 100), MAXIMUM_RESULTS);
  return { assetPropertyValueHistory: inRange.slice(begin, end), nextToken: end < inRange.length ? String(end) : undefined };
}

/** One object for each window that has a value; its timestamp is the end of the window. */
export function aggregatesOf(
  values: readonly PropertyValue[], request: RangeRequest & { aggregateTypes?: string | string[]; resolution?: string },
): { aggregatedValues: object[] } {
  const window = RESOLUTIONS_MS[request.resolution ?? ''];
  if (window === undefined) throw new AwsError('InvalidRequestException', `resolution must be one of ${Object.keys(RESOLUTIONS_MS).join(', ')}, got ${JSON.stringify(request.resolution)}`);
  const types = listOf(request.aggregateTypes);
  const unknown = types.find(type => !(AGGREGATES as readonly string[]).includes(type));
  if (types.length === 0 || unknown !== undefined) throw new AwsError('InvalidRequestException', `aggregateTypes must be of ${AGGREGATES.join(', ')}, got ${JSON.stringify(unknown ?? [])}`);
  const windows = new Map<number, number[]>();
  for (const value of within(values, { qualities: 'GOOD', ...request })) {
    const end = Math.floor(timeOf(value) / window) * window + window;
    const { doubleValue, integerValue, booleanValue } = value.value;
    const number = doubleValue ?? integerValue ?? (booleanValue === undefined ? NaN : Number(booleanValue));
    const numbers = windows.get(end);
    if (numbers) numbers.push(number);
    else windows.set(end, [number]);
  }
  const ordered = [...windows].sort(([a], [b]) => request.timeOrdering === 'DESCENDING' ? b - a : a - b);
  return {
    aggregatedValues: ordered.map(([end, numbers]) => ({
      timestamp: end / 1000, quality: 'GOOD', value: Object.fromEntries(types.map(type => aggregateOf(type, numbers))),
    })),
  };
}

function aggregateOf(type: string, numbers: readonly number[]): [string, number] {
  const sum = numbers.reduce((total, number) => total + number, 0);
  const average = sum / numbers.length;
  switch (type) {
    case 'AVERAGE': return ['average', average];
    case 'COUNT': return ['count', numbers.length];
    case 'MAXIMUM': return ['maximum', Math.max(...numbers)];
    case 'MINIMUM': return ['minimum', Math.min(...numbers)];
    case 'SUM': return ['sum', sum];
    default: return ['standardDeviation', Math.sqrt(numbers.reduce((total, number) => total + (number - average) ** 2, 0) / numbers.length)];
  }
}

function within(values: readonly PropertyValue[], { startDate, endDate, qualities }: RangeRequest): PropertyValue[] {
  const start = startDate === undefined ? -Infinity : dateOf(startDate);
  const end = endDate === undefined ? Infinity : dateOf(endDate);
  const wanted = listOf(qualities);
  return values.filter(value => timeOf(value) > start && timeOf(value) <= end && (wanted.length === 0 || wanted.includes(value.quality ?? 'GOOD')));
}

function timeOf({ timestamp: { timeInSeconds, offsetInNanos = 0 } }: PropertyValue): number {
  return timeInSeconds * 1000 + offsetInNanos / 1e6;
}

/** Seconds, or a date as text. */
function dateOf(given: string | number | Date): number {
  const time = given instanceof Date ? given.getTime() : Number.isFinite(Number(given)) ? Number(given) * 1000 : Date.parse(String(given));
  if (Number.isNaN(time)) throw new AwsError('InvalidRequestException', `needs a time, got ${JSON.stringify(given)}`);
  return time;
}

function listOf(given: string | readonly string[] | undefined): string[] {
  return given === undefined ? [] : typeof given === 'string' ? given.split(',') : [...given];
}
