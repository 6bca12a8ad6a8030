import { formatJavaTime } from '../time/java-format';
import { parseTime } from '../time/java-parse';
import { zoneOf } from '../time/zone';

/** What Athena refuses. The message says what to do. */
export class AthenaError extends Error {
  override readonly name = 'InvalidRequestException';
}

/** Which values a partition column has. */
export interface ProjectedColumn {
  readonly injected: boolean;
  /** Source of a regular expression for values as they stand in a path. */
  readonly pattern: string;
  has(value: string): boolean;
}

const UNITS: { readonly [unit: string]: number } = { SECOND: 1000, MINUTE: 60_000, HOUR: 3_600_000, DAY: 86_400_000, WEEK: 7 * 86_400_000 };
const MONTHS: { readonly [unit: string]: number } = { MONTH: 1, YEAR: 12 };
const RELATIVE = /^NOW(?:\s*([+-])\s*(\d+)\s*([A-Z]+?)S?)?$/i;

/**
 * Reads the properties `projection.<column>.…` of a table. Times are UTC.
 *
 * @throws AthenaError for properties that Athena refuses
 * @see https://docs.aws.amazon.com/athena/latest/ug/partition-projection-supported-types.html
 */
export function projectedColumn(name: string, parameters: { readonly [name: string]: string }, now: number): ProjectedColumn {
  const read = (property: string) => parameters[`projection.${name}.${property}`];
  const type = (read('type') ?? '').trim().toLowerCase();
  switch (type) {
    case 'enum': return enumColumn(must(name, 'values', read('values')).split(','));
    case 'integer': return integerColumn(name, must(name, 'range', read('range')), Number(read('interval') ?? 1), Number(read('digits') ?? 0));
    case 'date': return dateColumn(name, read, now);
    case 'injected': return { injected: true, pattern: '[^/]+', has: () => true };
    default: throw new AthenaError(`projection.${name}.type must be enum, integer, date or injected, got ${JSON.stringify(type)}`);
  }
}

function enumColumn(values: readonly string[]): ProjectedColumn {
  return { injected: false, pattern: values.map(value => value.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|'), has: value => values.includes(value) };
}

function integerColumn(name: string, range: string, interval: number, digits: number): ProjectedColumn {
  const [least, most] = range.split(',').map(Number);
  if (!Number.isInteger(least) || !Number.isInteger(most) || !(interval >= 1)) {
    throw new AthenaError(`projection.${name}.range must be two whole numbers with a comma between them, got ${JSON.stringify(range)}`);
  }
  const written = (number: number) => `${number < 0 ? '-' : ''}${String(Math.abs(number)).padStart(digits, '0')}`;
  return {
    injected: false,
    pattern: '-?\\d+',
    has: value => {
      const number = Number(value);
      return number >= least && number <= most && (number - least) % interval === 0 && written(number) === value;
    },
  };
}

function dateColumn(name: string, read: (property: string) => string | undefined, now: number): ProjectedColumn {
  const format = must(name, 'format', read('format'));
  const [from, to] = must(name, 'range', read('range')).split(',').map(text => momentOf(name, text.trim(), format, now));
  const interval = Number(read('interval') ?? 1);
  const unit = (read('interval.unit') ?? smallestUnit(format)).trim().toUpperCase().replace(/S$/, '');
  if (!(interval >= 1) || !(unit in UNITS || unit in MONTHS)) throw new AthenaError(`projection.${name}.interval.unit must be a unit of time, got ${JSON.stringify(unit)}`);
  const written = (moment: number) => formatJavaTime(format, moment, zoneOf('UTC')!);
  // Both ends count as they would be written: of now, the day, where the format ends with days.
  const [first, last] = [from, to].map(moment => timeOf(written(moment), format) ?? moment);
  return {
    injected: false,
    pattern: `[^/]+${'/[^/]+'.repeat(format.split('/').length - 1)}`,
    has: value => {
      const moment = timeOf(value, format);
      return moment !== undefined && written(moment) === value && moment >= first && moment <= last && isOnGrid(moment, first, interval, unit);
    },
  };
}

function isOnGrid(moment: number, first: number, interval: number, unit: string): boolean {
  if (unit in UNITS) return (moment - first) % (interval * UNITS[unit]) === 0;
  const [begin, at] = [new Date(first), new Date(moment)];
  const months = (at.getUTCFullYear() - begin.getUTCFullYear()) * 12 + at.getUTCMonth() - begin.getUTCMonth();
  return months % (interval * MONTHS[unit]) === 0;
}

function momentOf(name: string, text: string, format: string, now: number): number {
  const relative = RELATIVE.exec(text);
  if (!relative) return timeOf(text, format) ?? fail(`projection.${name}.range has ${JSON.stringify(text)}, which is not a time of the format ${format}`);
  const [, sign, count, unit] = relative;
  if (sign === undefined) return now;
  const signed = Number(`${sign}${count}`);
  const name_ = unit.toUpperCase();
  if (name_ in UNITS) return now + signed * UNITS[name_];
  if (!(name_ in MONTHS)) return fail(`projection.${name}.range has ${JSON.stringify(text)}, whose unit is none`);
  const moved = new Date(now);
  moved.setUTCMonth(moved.getUTCMonth() + signed * MONTHS[name_]);
  return moved.getTime();
}

/** Fields that the format leaves out are their first. */
function timeOf(text: string, format: string): number | undefined {
  const missing = [['M', '01'], ['d', '01']].filter(([letter]) => !format.includes(letter));
  return parseTime(text + missing.map(([, value]) => ` ${value}`).join(''), format + missing.map(([letter]) => ` ${letter}${letter}`).join(''));
}

function smallestUnit(format: string): string {
  return /s/.test(format) ? 'SECOND' : /m/.test(format) ? 'MINUTE' : /[HhKk]/.test(format) ? 'HOUR' : /d/.test(format) ? 'DAY' : /M/.test(format) ? 'MONTH' : 'YEAR';
}

function must(name: string, property: string, value: string | undefined): string {
  return value ?? fail(`projection.${name}.${property} must be there`);
}

function fail(message: string): never {
  throw new AthenaError(message);
}
