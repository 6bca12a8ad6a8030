import { Column, FormatConversion } from './stream-definition';
import { Decimal } from '../sql/decimal';
import { parseJson, writeJson } from '../sql/json';
import { Value } from '../sql/value';

/** A value of a column as the writer of Parquet takes it. */
export type Cell = string | number | bigint | boolean | Date | null;
export type Row = Cell[];
/** Rows of a record, or why it has none. */
export type RowsOrProblem = { readonly rows: Row[] } | { readonly code: string; readonly message: string };
type ReadCell = (value: Value, type: string) => Cell | undefined;

const MALFORMED = 'DataFormatConversion.MalformedData';
const INT_BITS: { readonly [type: string]: number } = { tinyint: 8, smallint: 16, int: 32, bigint: 64 };
/** Epochs of so many digits are milliseconds, smaller ones seconds. */
const LEAST_MILLISECONDS = 1e12;
const DATE_TIME = /^(\d{4})-(\d{1,2})-(\d{1,2})(?:T(\d{1,2}:\d{2}:\d{2}(?:\.\d{1,9})?)Z| (\d{1,2}:\d{2}:\d{2}(?:\.\d{1,9})?))$/;

const READERS: { readonly [type: string]: ReadCell } = {
  string: value => typeof value === 'string' ? value : writeJson(value),
  boolean: value => value === true || value === 'true' ? true : value === false || value === 'false' ? false : undefined,
  tinyint: whole,
  smallint: whole,
  int: whole,
  bigint: whole,
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

/** Column types that are modelled; `varchar(5)` and `char(5)` are text, of any length. */
export function isModelledType(type: string): boolean {
  return Object.hasOwn(READERS, baseOf(type));
}

/** The type without its length. */
export function baseOf(type: string): string {
  return /^(?:var)?char\(\d+\)$/.test(type) ? 'string' : type;
}

/**
 * Reads records as the JSON SerDes do: keys without regard to capitals, keys without a column left out, columns without a
 * key null. A record is objects of JSON, one after the other; it has all its rows, or none.
 *
 * @see https://docs.aws.amazon.com/firehose/latest/dev/record-format-conversion.html
 */
export class RowReader {
  private readonly indexOfKey: Map<string, number>;

  constructor(private readonly conversion: FormatConversion) {
    this.indexOfKey = new Map(conversion.columns.map(({ name }, index) => [this.folded(conversion.keyOfColumn[name] ?? name), index]));
  }

  read(data: Buffer): RowsOrProblem {
    const text = data.toString('utf8');
    if (text.trim() === '') return { code: MALFORMED, message: 'The input JSON record was empty or contained only whitespace.' };
    const rows: Row[] = [];
    for (const part of objectsOf(text)) {
      if (part === undefined) return { code: MALFORMED, message: 'The top level of a record must be objects, one after the other.' };
      const parsed = parseJson(part);
      if (!parsed.json || !(parsed.value instanceof Map)) return { code: 'DataFormatConversion.ParseError', message: 'Encountered malformed JSON.' };
      const row = this.row(parsed.value);
      if ('problem' in row) return { code: MALFORMED, message: `Data does not match the schema. ${row.problem}` };
      rows.push(row.cells);
    }
    return { rows };
  }

  private row(object: ReadonlyMap<string, Value>): { cells: Row } | { problem: string } {
    const { columns, dotsAreUnderscores } = this.conversion;
    const cells: Row = columns.map(() => null);
    for (const [key, value] of object) {
      const index = this.indexOfKey.get(this.folded(dotsAreUnderscores ? key.replaceAll('.', '_') : key));
      if (index === undefined || value === null) continue;
      const cell = value === undefined ? undefined : this.cell(value, columns[index]);
      if (cell === undefined) return { problem: `The column ${columns[index].name} is ${columns[index].type}.` };
      cells[index] = cell;
    }
    return { cells };
  }

  private cell(value: Value, { type }: Column): Cell | undefined {
    const base = baseOf(type);
    return READERS[base](value, base);
  }

  private folded(key: string): string {
    return this.conversion.caseInsensitive ? key.toLowerCase() : key;
  }
}

function whole(value: Value, type: string): Cell | undefined {
  const text = typeof value === 'string' ? value : value instanceof Decimal || typeof value === 'number' || typeof value === 'bigint' ? String(value) : '';
  if (!/^[+-]?\d{1,20}$/.test(text)) return undefined;
  const number = BigInt(text.replace('+', ''));
  if (BigInt.asIntN(INT_BITS[type], number) !== number) return undefined;
  return type === 'bigint' ? number : Number(number);
}

function real(value: Value): number | undefined {
  if (typeof value === 'string') return value.trim() !== '' && Number.isFinite(Number(value)) ? Number(value) : undefined;
  return value instanceof Decimal || typeof value === 'number' || typeof value === 'bigint' ? Number(String(value)) : undefined;
}

function moment(time: string | number): Date | undefined {
  const date = new Date(time);
  return Number.isNaN(date.getTime()) ? undefined : date;
}

/** The objects of a record as they stand in it; undefined where there is something else. */
function* objectsOf(text: string): Generator<string | undefined> {
  let start = -1;
  let depth = 0;
  let inString = false;
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (depth === 0) {
      if (/\s/.test(character)) continue;
      if (character !== '{') return yield undefined;
      start = at;
      depth = 1;
    } else if (inString) {
      if (character === '\\') at++;
      else if (character === '"') inString = false;
    } else if (character === '"') {
      inString = true;
    } else if (character === '{' || character === '[') {
      depth++;
    } else if (character === '}' || character === ']') {
      depth--;
      if (depth === 0) yield text.slice(start, at + 1);
    }
  }
  if (depth > 0) yield text.slice(start);
}
