import { Cell, cellReaderOf, ReadCell } from './cell';
import { FormatConversion } from './stream-definition';
import { columnTypeOf } from '../glue/column-type';
import { Parsed, parseJson } from '../sql/json';
import { Value } from '../sql/value';

export type Row = Cell[];
/** Rows of a record, or why it has none. */
export type RowsOrProblem = { readonly rows: Row[] } | { readonly code: string; readonly message: string };

const MALFORMED = 'DataFormatConversion.MalformedData';

/**
 * Reads records as the JSON SerDes do: keys without regard to capitals, keys without a column left out, columns without a
 * key null. A record is objects of JSON, one after the other; it has all its rows, or none.
 *
 * @see https://docs.aws.amazon.com/firehose/latest/dev/record-format-conversion.html
 */
export class RowReader {
  private readonly indexOfKey: Map<string, number>;
  private readonly readers: readonly ReadCell[];

  constructor(private readonly conversion: FormatConversion) {
    this.readers = conversion.columns.map(({ type }) => cellReaderOf(columnTypeOf(type)!, conversion.caseInsensitive));
    this.indexOfKey = new Map(conversion.columns.map(({ name }, index) => [this.folded(conversion.keyOfColumn[name] ?? name), index]));
  }

  read(data: Buffer): RowsOrProblem {
    const text = data.toString('utf8');
    if (text.trim() === '') return { code: MALFORMED, message: 'The input JSON record was empty or contained only whitespace.' };
    const rows: Row[] = [];
    for (const parsed of documentsOf(text)) {
      if (parsed === undefined) return { code: MALFORMED, message: 'The top level of a record must be objects, one after the other.' };
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
      const cell = value === undefined ? undefined : this.readers[index](value);
      if (cell === undefined) return { problem: `The column ${columns[index].name} is ${columns[index].type}.` };
      cells[index] = cell;
    }
    return { cells };
  }

  private folded(key: string): string {
    return this.conversion.caseInsensitive ? key.toLowerCase() : key;
  }
}

/** Nearly all records are one object, which need not be looked for. */
function* documentsOf(text: string): Generator<Parsed | undefined> {
  const whole = parseJson(text);
  if (whole.json && whole.value instanceof Map) return yield whole;
  for (const part of objectsOf(text)) yield part === undefined ? undefined : parseJson(part);
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
