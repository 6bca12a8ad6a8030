import { Token } from 'aws-cdk-lib';
import { prefixParts } from '../firehose-batch/object-prefix';
import { Problem } from '../private/validation';

/** Before the first release of this library, so that no object is older. */
export const DEFAULT_FIRST_DAY = '2026-01-01';

/** How Athena finds the partitions of a table without a crawler. */
export interface PartitionProjection {
  /** The folder that all partitions lie in. */
  readonly folder: string;
  readonly columns: { readonly name: string; readonly type: string }[];
  readonly parameters: { readonly [name: string]: string };
  /** The prefix with `${name}` in place of each value. */
  readonly template: string;
}

/** `dt=!{timestamp:yyyy-MM-dd}` and the like: one expression after the name of a column. */
const HIVE_SEGMENT = /^([a-z_][a-z0-9_]*)=(!\{[^}]+\})$/;
/** Firehose's folder of what failed, and the kinds of failure that it names so. @see https://docs.aws.amazon.com/firehose/latest/dev/s3-prefixes.html */
const ERROR_SEGMENT = '!{firehose:error-output-type}';
const ERROR_COLUMN = 'error_type';
const ERROR_TYPES = ['processing-failed', 'format-conversion-failed', 'partitioning-failed'];
const YEARS_AHEAD = 50;
/** Of the first release. A lake that began before it needs as many years ahead as one that begins now. */
const THIS_YEAR = 2026;
/** Patterns whose projection begins with a part of the first day, which nobody can cut out of a token. */
const CUT_PATTERNS = ['yyyy', 'yyyy-MM'];

/**
 * The partitions that Firehose makes with a prefix of the form `folder/name=!{…}/name=!{…}/`.
 *
 * @see https://docs.aws.amazon.com/athena/latest/ug/partition-projection-supported-types.html
 */
export function partitionProjection(prefix: string, firstDay: string): PartitionProjection | undefined {
  const segments = prefix.split('/');
  const firstPartition = segments.findIndex(segment => segment.includes('!{'));
  if (firstPartition < 0 || segments.pop() !== '') return undefined;

  const columns: { name: string; type: string }[] = [];
  const parameters: { [name: string]: string } = { 'projection.enabled': 'true' };
  const template = segments.slice(0, firstPartition);
  for (const segment of segments.slice(firstPartition)) {
    if (segment === ERROR_SEGMENT && !columns.some(column => column.name === ERROR_COLUMN)) {
      columns.push({ name: ERROR_COLUMN, type: 'string' });
      Object.assign(parameters, { [`projection.${ERROR_COLUMN}.type`]: 'enum', [`projection.${ERROR_COLUMN}.values`]: ERROR_TYPES.join() });
      template.push(`\${${ERROR_COLUMN}}`);
      continue;
    }
    const [, name, expression] = HIVE_SEGMENT.exec(segment) ?? [];
    const projected = expression === undefined ? undefined : projectionOf(expression, firstDay);
    if (!projected || columns.some(column => column.name === name)) return undefined;
    columns.push({ name, type: projected.type === 'integer' ? 'int' : 'string' });
    Object.entries(projected).forEach(([key, value]) => parameters[`projection.${name}.${key}`] = value);
    template.push(`${name}=\${${name}}`);
  }
  return { folder: segments.slice(0, firstPartition).map(segment => `${segment}/`).join(''), columns, parameters, template: `${template.join('/')}/` };
}

export function projectionProblems(prefix: string, firstDay: string): Problem[] {
  if (partitionProjection(prefix, firstDay)) return [];
  if (Token.isUnresolved(prefix)) {
    return [{
      prop: 'prefix',
      got: 'a token',
      allowed: 'known at synthesis from its first partition on, for a table to find its partitions',
      fix: 'write the name=!{…}/ segments out; folders before them may be tokens',
    }];
  }
  return [{
    prop: 'prefix',
    got: prefix,
    allowed: 'folders, then name=!{timestamp:…} or name=!{partitionKeyFromLambda:…} segments with a slash after each, for a table to find its partitions',
    fix: 'use a prefix such as telemetry/dt=!{timestamp:yyyy-MM-dd}/hour=!{timestamp:HH}/, with one of yyyy, MM, dd, HH, yyyy-MM, yyyy-MM-dd, yyyy-MM-dd-HH',
  }];
}

export function firstDayProblems(prefix: string, firstDay: string): Problem[] {
  if (Token.isUnresolved(firstDay)) {
    const cut = CUT_PATTERNS.find(pattern => prefix.includes(`=!{timestamp:${pattern}}`));
    return cut === undefined ? [] : [{
      prop: 'firstDay',
      got: 'a token',
      allowed: `known at synthesis with !{timestamp:${cut}}, whose partitions begin with a part of it`,
      fix: 'write the day out, or use !{timestamp:yyyy-MM-dd} in the prefix',
    }];
  }
  if (isDay(firstDay)) return [];
  return [{ prop: 'firstDay', got: firstDay, allowed: 'a day of the calendar as yyyy-MM-dd', fix: 'write it like 2026-01-31' }];
}

/** Dates that do not exist are either invalid to JavaScript or become another day. */
function isDay(text: string): boolean {
  const midnight = new Date(`${text}T00:00:00Z`);
  return /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(midnight.getTime()) && midnight.toISOString().startsWith(text);
}

function projectionOf(expression: string, firstDay: string): { [key: string]: string } | undefined {
  const parts = prefixParts(expression);
  if ('malformed' in parts || !('namespace' in parts[0])) return undefined;
  const [{ namespace, value }] = parts;
  // Values nobody can list: a query has to name them.
  if (namespace.startsWith('partitionKeyFrom')) return { type: 'injected' };
  return namespace === 'timestamp' ? timeProjection(value, firstDay) : undefined;
}

function timeProjection(pattern: string, firstDay: string): { [key: string]: string } | undefined {
  const firstYear = Number(firstDay.slice(0, 4));
  const number = (min: number, max: number, digits: number) => ({ type: 'integer', range: `${min},${max}`, digits: String(digits) });
  const date = (first: string, unit: string) => ({ 'type': 'date', 'format': pattern, 'range': `${first},NOW`, 'interval': '1', 'interval.unit': unit });
  switch (pattern) {
    case 'yyyy': return number(firstYear, Math.max(firstYear, THIS_YEAR) + YEARS_AHEAD, 4);
    case 'MM': return number(1, 12, 2);
    case 'dd': return number(1, 31, 2);
    case 'HH': return number(0, 23, 2);
    case 'yyyy-MM': return date(firstDay.slice(0, 7), 'MONTHS');
    case 'yyyy-MM-dd': return date(firstDay, 'DAYS');
    case 'yyyy-MM-dd-HH': return date(`${firstDay}-00`, 'HOURS');
    default: return undefined;
  }
}

/** The levels of folders below a prefix: names of columns, and for those of time `name=pattern`. */
export function timePatterns(prefix: string): string[] {
  return prefix.split('/').flatMap(segment => {
    const [, name, expression] = HIVE_SEGMENT.exec(segment) ?? [];
    if (name === undefined) return [];
    const pattern = /^!\{timestamp:(.+)\}$/.exec(expression)?.[1];
    return [pattern === undefined ? name : `${name}=${pattern}`];
  });
}
