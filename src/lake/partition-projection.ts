import { prefixParts } from '../firehose-batch/object-prefix';
import { Problem } from '../private/validation';

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
const YEARS_AHEAD = 50;

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
  return [{
    prop: 'prefix',
    got: prefix,
    allowed: 'folders, then name=!{timestamp:…} or name=!{partitionKeyFromLambda:…} segments with a slash after each, for a table to find its partitions',
    fix: 'use a prefix such as telemetry/dt=!{timestamp:yyyy-MM-dd}/hour=!{timestamp:HH}/, with one of yyyy, MM, dd, HH, yyyy-MM, yyyy-MM-dd, yyyy-MM-dd-HH',
  }];
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
    case 'yyyy': return number(firstYear, firstYear + YEARS_AHEAD, 4);
    case 'MM': return number(1, 12, 2);
    case 'dd': return number(1, 31, 2);
    case 'HH': return number(0, 23, 2);
    case 'yyyy-MM': return date(firstDay.slice(0, 7), 'MONTHS');
    case 'yyyy-MM-dd': return date(firstDay, 'DAYS');
    case 'yyyy-MM-dd-HH': return date(`${firstDay}-00`, 'HOURS');
    default: return undefined;
  }
}
