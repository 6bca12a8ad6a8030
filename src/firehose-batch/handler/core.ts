import { isUtf8 } from 'buffer';
import { Cell, KnownPath, KnownPaths } from './known-paths';
import { LakeRowWriter } from './lake-row';
import { Refusal, Refused } from './refusal';

/** Objects below this level stay JSON text: rows that deep are nobody's table. */
const MAX_DEPTH = 32;
const MAX_PARTITION_CHARACTERS = 100;
/** More can not be answered in one response of Lambda, 6 MB in base64. */
const MAX_OUTPUT_BYTES = 4_700_000;

const MAX_ASCII = 0x7f;
const TAB = 0x09, LF = 0x0a, CR = 0x0d, SPACE = 0x20, QUOTE = 0x22, PLUS = 0x2b, COMMA = 0x2c, MINUS = 0x2d, DOT = 0x2e, ZERO = 0x30, NINE = 0x39,
  COLON = 0x3a, BACKSLASH = 0x5c, OPEN_ARRAY = 0x5b, CLOSE_ARRAY = 0x5d, OPEN_OBJECT = 0x7b, CLOSE_OBJECT = 0x7d;

/** Rows of one record, or why there are none. */
export type Outcome =
  | { readonly rows: number; readonly output: string; readonly partition?: { readonly [key: string]: string } }
  | { readonly reason: Refusal };

/**
 * Turns the text of a record into rows: one flat JSON object a line.
 *
 * It copies values instead of parsing them, which keeps numbers as the device wrote them (`JSON.parse` makes
 * 9007199254740992 of 9007199254740993) and is faster than to parse, flatten and print. The text is UTF-8 read as
 * Latin-1, one character a byte, which leaves everything that JSON gives a meaning to where it is.
 */
export class Flattener {
  private readonly partitionKeys: readonly string[];
  private readonly lakeRows?: LakeRowWriter;
  private readonly known = new KnownPaths();

  private text = '';
  private at = 0;
  private row = 0;
  /** The highest character of the strings: tells whether any byte is above ASCII. */
  private highest = 0;
  // The values of the row being read: its paths, and where in the text they lie. Reused, since most rows are alike.
  private count = 0;
  private readonly paths: KnownPath[] = [];
  private readonly starts: number[] = [];
  private readonly ends: number[] = [];
  private partition: { [key: string]: string } | undefined;
  private arrivedAt: number | undefined;

  /**
   * @param partitionKeys - columns whose values tell the partition
   * @param lakeRows - writes rows with maps; without it every value is a column
   */
  constructor(partitionKeys: readonly string[] = [], lakeRows?: LakeRowWriter) {
    this.partitionKeys = partitionKeys;
    this.lakeRows = lakeRows;
  }

  /**
   * A record holds objects, arrays of objects, or several of them one after the other; anything else is refused whole.
   *
   * @param text the bytes of the record, read as Latin-1
   * @param arrivedAt when the record came, in milliseconds since 1970
   */
  clean(text: string, arrivedAt?: number): Outcome {
    this.text = text;
    this.arrivedAt = arrivedAt;
    this.at = 0;
    this.highest = 0;
    this.partition = undefined;
    this.known.forgetIfFull();
    try {
      const outcome = this.readAll();
      if (this.highest > MAX_ASCII && !isUtf8(Buffer.from(text, 'latin1'))) throw new Refused('no JSON objects');
      return outcome;
    } catch (error) {
      if (error instanceof Refused) return { reason: error.reason };
      throw error;
    }
  }

  private readAll(): Outcome {
    let output = '';
    let rows = 0;
    let inArray = false;
    if (Number.isNaN(this.peek())) throw new Refused('no JSON objects');
    for (let code = this.peek(); !Number.isNaN(code); code = this.peek()) {
      if (code === OPEN_ARRAY && !inArray) {
        this.at += 1;
        inArray = this.peek() !== CLOSE_ARRAY;
        if (!inArray) this.at += 1;
        continue;
      }
      if (code !== OPEN_OBJECT) throw new Refused('no JSON objects');
      output += this.readRow();
      rows += 1;
      if (output.length > MAX_OUTPUT_BYTES) throw new Refused('too large');
      if (inArray) inArray = this.another(CLOSE_ARRAY);
    }
    if (inArray) throw new Refused('no JSON objects');
    return { rows, output, partition: this.partition };
  }

  private readRow(): string {
    this.count = 0;
    this.row += 1;
    this.at += 1;
    this.readObject(this.known.root, 1);
    return this.writeRow();
  }

  /** Reads the keys and values of an object whose brace is behind us. */
  private readObject(parent: KnownPath, depth: number): void {
    if (this.peek() === CLOSE_OBJECT) {
      this.at += 1;
      return;
    }
    let previous: KnownPath | undefined;
    let expected = parent.first;
    do {
      this.peek();
      let child: KnownPath;
      if (expected !== undefined && this.text.startsWith(expected.lead, this.at)) {
        child = expected;
        this.at += child.lead.length;
      } else {
        child = this.readKey(parent);
        if (previous === undefined) parent.first = child;
        else previous.next = child;
      }
      this.readValue(child, depth);
      previous = child;
      expected = child.next;
    } while (this.another(CLOSE_OBJECT));
  }

  private readKey(parent: KnownPath): KnownPath {
    if (this.peek() !== QUOTE) throw new Refused('no JSON objects');
    const start = this.at;
    this.skipString();
    const raw = this.text.slice(start, this.at);
    if (this.peek() !== COLON) throw new Refused('no JSON objects');
    this.at += 1;
    return parent.children.get(raw) ?? this.known.learn(parent, raw);
  }

  private readValue(path: KnownPath, depth: number): void {
    const code = this.peek();
    const start = this.at;
    if (code === QUOTE) {
      this.skipString();
    } else if (code === MINUS || (code >= ZERO && code <= NINE)) {
      this.skipNumber();
    } else if (code === OPEN_OBJECT && depth < MAX_DEPTH) {
      this.at += 1;
      if (this.peek() !== CLOSE_OBJECT) return this.readObject(path, depth + 1);
      this.at += 1;
    } else if (code === OPEN_ARRAY || code === OPEN_OBJECT) {
      this.skipNested();
    } else {
      this.skipWord();
    }
    this.paths[this.count] = path;
    this.starts[this.count] = start;
    this.ends[this.count] = this.at;
    this.count += 1;
  }

  private writeRow(): string {
    if (this.lakeRows) return this.writeLakeRow(this.lakeRows);
    let line = '{';
    for (let index = 0; index < this.count; index += 1) {
      const { column, label } = this.paths[index];
      if (column.seenInRow === this.row) return this.writeRowWithCollisions();
      column.seenInRow = this.row;
      line += (index === 0 ? label : ',' + label) + this.valueAt(index);
    }
    if (this.partitionKeys.length > 0) this.notePartition(this.paths.slice(0, this.count));
    return line + '}\n';
  }

  private writeLakeRow(writer: LakeRowWriter): string {
    const { count, paths } = this;
    let cells: readonly (Cell | undefined)[] = paths;
    for (let index = 0; index < count; index += 1) {
      const { column } = paths[index];
      if (column.seenInRow === this.row) {
        cells = this.known.cellsOf(paths.slice(0, count));
        break;
      }
      column.seenInRow = this.row;
    }
    if (this.partitionKeys.length > 0) this.notePartition(cells.slice(0, count));
    return writer.write(count, cells, index => this.text.slice(this.starts[index], this.ends[index]), this.arrivedAt);
  }

  private writeRowWithCollisions(): string {
    const paths = this.paths.slice(0, this.count);
    const cells = this.known.cellsOf(paths);
    if (this.partitionKeys.length > 0) this.notePartition(cells);
    return `{${cells.map((cell, index) => cell && cell.label + this.valueAt(index)).filter(Boolean).join(',')}}\n`;
  }

  /** A value as it stands in the row: arrays and what is too deep as JSON text, an empty object as null. */
  private valueAt(index: number): string {
    const value = this.text.slice(this.starts[index], this.ends[index]);
    const code = value.charCodeAt(0);
    if (code === OPEN_OBJECT && /^\{\s*\}$/.test(value)) return 'null';
    return code === OPEN_ARRAY || code === OPEN_OBJECT ? JSON.stringify(value) : value;
  }

  private notePartition(cells: readonly (Cell | undefined)[]): void {
    const keys: { [key: string]: string } = {};
    for (const key of this.partitionKeys) {
      const index = cells.findIndex(cell => cell?.name === key);
      keys[key] = partitionValue(index < 0 ? undefined : this.valueAt(index));
      if (this.partition && this.partition[key] !== keys[key]) throw new Refused('rows of several partitions');
    }
    this.partition = keys;
  }

  /** The next character that is not white space, or NaN at the end. */
  private peek(): number {
    let code = this.text.charCodeAt(this.at);
    while (code === SPACE || code === LF || code === CR || code === TAB) code = this.text.charCodeAt(this.at += 1);
    return code;
  }

  /** Whether a comma follows, and with it another element; else the closing bracket must. */
  private another(close: number): boolean {
    const code = this.peek();
    this.at += 1;
    if (code === COMMA) return true;
    if (code !== close) throw new Refused('no JSON objects');
    return false;
  }

  private skipString(): void {
    const { text } = this;
    let at = this.at + 1;
    let { highest } = this;
    for (let code = text.charCodeAt(at); code !== QUOTE; code = text.charCodeAt(at)) {
      if (code === BACKSLASH) at += escapeLength(text, at);
      else if (code >= SPACE) at += 1;
      else throw new Refused('no JSON objects'); // a control character, or NaN at the end
      if (code > highest) highest = code;
    }
    this.highest = highest;
    this.at = at + 1;
  }

  private skipNumber(): void {
    if (this.text.charCodeAt(this.at) === MINUS) this.at += 1;
    if (this.text.charCodeAt(this.at) === ZERO) this.at += 1;
    else this.skipDigits();
    if (this.text.charCodeAt(this.at) === DOT) {
      this.at += 1;
      this.skipDigits();
    }
    const code = this.text.charCodeAt(this.at);
    if (code !== 0x65 && code !== 0x45) return;
    this.at += 1;
    const sign = this.text.charCodeAt(this.at);
    if (sign === PLUS || sign === MINUS) this.at += 1;
    this.skipDigits();
  }

  private skipDigits(): void {
    const { text } = this;
    let at = this.at;
    for (let code = text.charCodeAt(at); code >= ZERO && code <= NINE; code = text.charCodeAt(at)) at += 1;
    if (at === this.at) throw new Refused('no JSON objects');
    this.at = at;
  }

  private skipWord(): void {
    const word = ['true', 'false', 'null'].find(candidate => this.text.startsWith(candidate, this.at));
    if (word === undefined) throw new Refused('no JSON objects');
    this.at += word.length;
  }

  /** Skips an array, or an object that is too deep, without recursion; JSON.parse says whether it is one. */
  private skipNested(): void {
    const start = this.at;
    let open = 0;
    do {
      const code = this.text.charCodeAt(this.at);
      if (code === QUOTE) {
        this.skipString();
        continue;
      }
      if (code === OPEN_ARRAY || code === OPEN_OBJECT) open += 1;
      else if (code === CLOSE_ARRAY || code === CLOSE_OBJECT) open -= 1;
      else if (Number.isNaN(code)) throw new Refused('no JSON objects');
      this.at += 1;
    } while (open > 0);
    if (!isJson(this.text.slice(start, this.at))) throw new Refused('no JSON objects');
  }
}

function escapeLength(text: string, at: number): number {
  const kind = text.charAt(at + 1);
  if (kind !== '' && '"\\/bfnrt'.includes(kind)) return 2;
  if (kind === 'u' && /^[0-9a-fA-F]{4}$/.test(text.slice(at + 2, at + 6))) return 6;
  throw new Refused('no JSON objects');
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** What stands in the S3 key: a device must not be able to leave its folder, or to name an empty one, which Firehose refuses. */
function partitionValue(value: string | undefined): string {
  if (value === undefined || value === 'null') return 'unknown';
  const text = value.startsWith('"') ? JSON.parse(Buffer.from(value, 'latin1').toString('utf8')) as string : value;
  const whole = text.replace(/[^\p{L}\p{N}._-]/gu, '_').replace(/^\.+/, '_');
  const safe = whole.slice(0, MAX_PARTITION_CHARACTERS).replace(/[\ud800-\udbff]$/, ''); // never half a character
  return safe === '' ? 'unknown' : safe;
}
