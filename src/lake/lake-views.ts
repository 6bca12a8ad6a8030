import { LakeColumn, LakeColumnType } from './lake-column';
import { LakeDeviceType } from './lake-device-type';
import { ERROR_COLUMNS, ROW_COLUMNS } from './row-columns';

/** A statement, and what it selects. */
export interface LakeView {
  readonly name: string;
  readonly description: string;
  readonly sql: string;
  readonly columns: readonly LakeColumn[];
}

/** Columns of a table that its folders tell. */
export type PartitionColumns = readonly { readonly name: string; readonly type: string }[];

const WITHOUT_MAPS = ROW_COLUMNS.filter(({ type }) => !type.name.startsWith('map'));
const TABLE = 'telemetry';
/** What the long view adds to the columns of a message. */
export const LONG_COLUMNS: readonly LakeColumn[] = [{ name: 'name', type: LakeColumnType.STRING }, { name: 'value', type: LakeColumnType.DOUBLE }];

/** A row for each measurement of each message. */
export function longView(partitions: PartitionColumns): LakeView {
  const columns = [...WITHOUT_MAPS, ...columnsOf(partitions)];
  return {
    name: `${TABLE}_long`,
    description: 'A row for each measurement of each message',
    sql: `SELECT ${[...columns.map(({ name }) => `t.${quoted(name)}`), 'm."name"', 'element_at(t."measurements", m."name") AS "value"'].join(', ')} `
      + `FROM "${TABLE}" t CROSS JOIN UNNEST(map_keys(t."measurements")) AS m ("name")`,
    columns: [...columns, ...LONG_COLUMNS],
  };
}

/** A row for each message, with the declared columns. */
export function wideView(declared: readonly LakeColumn[], partitions: PartitionColumns): LakeView {
  const columns = [...WITHOUT_MAPS, ...declared, ...columnsOf(partitions)];
  return {
    name: `${TABLE}_wide`,
    description: 'A row for each message, with the declared columns and without the maps',
    sql: `SELECT ${columns.map(({ name }) => quoted(name)).join(', ')} FROM "${TABLE}"`,
    columns,
  };
}

/** A row for each message of one kind of device, as it is delivered, without waiting for the compaction. */
export function deviceTypeView({ name, attribute, values, columns: declared }: LakeDeviceType, partitions: PartitionColumns): LakeView {
  const columns = [...WITHOUT_MAPS, ...declared, ...columnsOf(partitions)];
  const selected = [
    ...WITHOUT_MAPS.map(column => `t.${quoted(column.name)}`),
    ...declared.map(column => `${valueOf(column)} AS ${quoted(column.name)}`),
    ...partitions.map(column => `t.${quoted(column.name)}`),
  ];
  return {
    name: `${name}_live`,
    description: `Messages of ${name}, with a column for each of its measurements`,
    sql: `SELECT ${selected.join(', ')} FROM "${TABLE}" t WHERE element_at(t."attributes", ${text(attribute)}) IN (${values.map(text).join(', ')})`,
    columns,
  };
}

/** Columns of `errors` that its view shows in another form. */
const TOLD_OTHERWISE = ['rawdata', 'arrivaltimestamp', 'attemptendingtimestamp', 'lasterrorcode', 'lasterrormessage'];

/** What failed, in words that a person reads. */
export function errorView(partitions: PartitionColumns): LakeView {
  const columns = [
    { name: 'arrival_time', type: LakeColumnType.TIMESTAMP }, ...ERROR_COLUMNS.filter(({ name }) => !TOLD_OTHERWISE.includes(name)),
    { name: 'payload', type: LakeColumnType.STRING }, ...columnsOf(partitions),
  ];
  const terms: { [name: string]: string } = {
    arrival_time: 'CAST(from_unixtime("arrivaltimestamp" / 1000.0) AS timestamp) AS "arrival_time"',
    errorcode: 'COALESCE("errorcode", "lasterrorcode") AS "errorcode"',
    errormessage: 'COALESCE("errormessage", "lasterrormessage") AS "errormessage"',
    payload: 'from_utf8(from_base64("rawdata")) AS "payload"',
  };
  return {
    name: 'errors_decoded',
    description: 'Records that failed, with the message that they hold',
    sql: `SELECT ${columns.map(({ name }) => terms[name] ?? quoted(name)).join(', ')} FROM "errors"`,
    columns,
  };
}

/** A value out of the maps: whole numbers that a double cannot hold stand as text among the attributes. */
function valueOf({ name, type }: LakeColumn): string {
  const [measurement, attribute] = [`element_at(t."measurements", ${text(name)})`, `element_at(t."attributes", ${text(name)})`];
  switch (type.name) {
    case 'string': return attribute;
    case 'boolean': return `CASE ${attribute} WHEN 'true' THEN true WHEN 'false' THEN false END`;
    case 'double': return measurement;
    case 'int': return `TRY_CAST(${measurement} AS integer)`;
    default: return `COALESCE(TRY_CAST(${attribute} AS bigint), TRY_CAST(${measurement} AS bigint))`;
  }
}

function columnsOf(partitions: PartitionColumns): LakeColumn[] {
  return partitions.map(({ name, type }) => ({ name, type: LakeColumnType.of(type) }));
}

/** Always in quotes: `order`, `left` or `table` are names of columns as any other, and words of SQL. */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

function text(value: string): string {
  return `'${value.replaceAll('\'', '\'\'')}'`;
}
