import { ColumnType, PrimitiveName } from '../glue/column-type';
import { Decimal } from '../sql/decimal';
import { writeJson } from '../sql/json';
import { isNumeric, Value } from '../sql/value';

/** A value of a column as the writer of Parquet takes it; a decimal is its digits without the point, a map its entries. */
export type Cell = string | number | bigint | boolean | Date | null | Cell[] | MapEntry[] | { [field: string]: Cell };
export interface MapEntry { readonly key: Cell; readonly value: Cell }
/** Undefined for what does not fit the type. */
export type ReadCell = (value: Value) => Cell | undefined;

const INT_BITS = { tinyint: 8, smallint: 16, int: 32, bigint: 64 } as const;
/** Epochs of so many digits are milliseconds, smaller ones seconds. */
const LEAST_MILLISECONDS = 1e12;
const DATE_TIME = /^(\d{4})-(\d{1,2})-(\d{1,2})(?:T(\d{1,2}:\d{2}:\d{2}(?:\.\d{1,9})?)Z| (\d{1,2}:\d{2}:\d{2}(?:\.\d{1,9})?))$/;

const READERS: { readonly [type in PrimitiveName]?: ReadCell } = {
  string: value => typeof value === 'string' ? value : writeJson(value),
  boolean: value => value === true || value === 'true' ? true : value === false || value === 'false' ? false : undefined,
  tinyint: value => whole(value, 'tinyint'),
  smallint: value => whole(value, 'smallint'),
  int: value => whole(value, 'int'),
  bigint: value => whole(value, 'bigint'),
  float: real,
  double: real,
  date: value => typeof value === 'string' && /^\d{4}-\d{2}-\d{2}$/.test(value) ? moment(`${value}T00:00:00Z`) : undefined,
  timestamp: value => {
    const number = typeof value === 'string' ? undefined : real(value);
    if (number !== undefined) return moment(number >= LEAST_MILLISECONDS ? number : number * 1000);
    const [, year, month, day, zulu, plain] = typeof value === 'string' ? DATE_TIME.exec(value) ?? [] : [];
    return year === undefined ? undefined : moment(`${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}T${(zulu ?? plain).padStart(8, '0').slice(0, 12)}Z`);
  },
};

/** Column types that can be written; `binary` is not. */
export function isModelledType(type: ColumnType): boolean {
  switch (type.kind) {
    case 'primitive': return type.name in READERS;
    case 'decimal': return true;
    case 'array': return isModelledType(type.element);
    case 'map': return isModelledType(type.key) && isModelledType(type.value);
    case 'struct': return type.fields.every(field => isModelledType(field.type));
  }
}

/**
 * How a value of JSON becomes one of a column. Null is a value inside of arrays, maps and structs, too.
 *
 * Keys of maps stay as they are, and those of structs are compared as those of columns; AWS documents neither.
 */
export function cellReaderOf(type: ColumnType, caseInsensitive: boolean): ReadCell {
  switch (type.kind) {
    case 'primitive': return READERS[type.name]!;
    case 'decimal': return value => decimal(value, type.precision, type.scale);
    case 'array': return arrayReader(orNull(cellReaderOf(type.element, caseInsensitive)));
    case 'map': return mapReader(cellReaderOf(type.key, caseInsensitive), orNull(cellReaderOf(type.value, caseInsensitive)));
    case 'struct': {
      const folded = (key: string) => caseInsensitive ? key.toLowerCase() : key;
      return structReader(folded, type.fields.map(field => ({ name: field.name, read: orNull(cellReaderOf(field.type, caseInsensitive)) })));
    }
  }
}

function orNull(read: ReadCell): ReadCell {
  return value => value === null ? null : read(value);
}

function arrayReader(read: ReadCell): ReadCell {
  return value => {
    if (!Array.isArray(value)) return undefined;
    const cells = (value as readonly Value[]).map(read);
    return cells.includes(undefined) ? undefined : cells as Cell[];
  };
}

function mapReader(readKey: ReadCell, readValue: ReadCell): ReadCell {
  return value => {
    if (!(value instanceof Map)) return undefined;
    const entries: MapEntry[] = [];
    for (const [name, inside] of value as ReadonlyMap<string, Value>) {
      const key = readKey(name);
      const cell = readValue(inside);
      if (key === undefined || cell === undefined) return undefined;
      entries.push({ key, value: cell });
    }
    return entries;
  };
}

function structReader(folded: (key: string) => string, fields: readonly { readonly name: string; readonly read: ReadCell }[]): ReadCell {
  const byKey = new Map(fields.map(field => [folded(field.name), field]));
  return value => {
    if (!(value instanceof Map)) return undefined;
    const cells: { [field: string]: Cell } = Object.fromEntries(fields.map(({ name }) => [name, null]));
    for (const [key, inside] of value as ReadonlyMap<string, Value>) {
      const field = byKey.get(folded(key));
      const cell = field?.read(inside);
      if (field && cell === undefined) return undefined;
      if (field) cells[field.name] = cell!;
    }
    return cells;
  };
}

/** Digits beyond the scale are rounded, half up, as Hive does; what has too many before the point does not fit. */
function decimal(value: Value, precision: number, scale: number): bigint | undefined {
  const number = typeof value === 'string' && /^[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d{1,4})?$/.test(value) ? Decimal.parse(value)
    : isNumeric(value) ? Decimal.from(value) : undefined;
  if (!number) return undefined;
  const shift = scale - number.scale;
  const digits = shift >= 0 ? number.unscaled * 10n ** BigInt(shift) : rounded(number.unscaled, 10n ** BigInt(-shift));
  return (digits < 0n ? -digits : digits) < 10n ** BigInt(precision) ? digits : undefined;
}

function rounded(digits: bigint, divisor: bigint): bigint {
  const half = divisor / 2n;
  return (digits < 0n ? digits - half : digits + half) / divisor;
}

function whole(value: Value, type: keyof typeof INT_BITS): Cell | undefined {
  const text = typeof value === 'string' ? value : isNumeric(value) ? String(value) : '';
  if (!/^[+-]?\d{1,20}$/.test(text)) return undefined;
  const number = BigInt(text.replace('+', ''));
  if (BigInt.asIntN(INT_BITS[type], number) !== number) return undefined;
  return type === 'bigint' ? number : Number(number);
}

function real(value: Value): number | undefined {
  if (typeof value === 'string') return value.trim() !== '' && Number.isFinite(Number(value)) ? Number(value) : undefined;
  return isNumeric(value) ? Number(String(value)) : undefined;
}

function moment(time: string | number): Date | undefined {
  const date = new Date(time);
  return Number.isNaN(date.getTime()) ? undefined : date;
}
