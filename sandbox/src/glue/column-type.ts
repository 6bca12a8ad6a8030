/** Types of one value, by the names that they have in Hive. */
export type PrimitiveName = 'string' | 'binary' | 'boolean' | 'tinyint' | 'smallint' | 'int' | 'bigint' | 'float' | 'double' | 'date' | 'timestamp';

/** The type of a column of a table of Glue. */
export type ColumnType =
  | { readonly kind: 'primitive'; readonly name: PrimitiveName }
  | { readonly kind: 'decimal'; readonly precision: number; readonly scale: number }
  | { readonly kind: 'array'; readonly element: ColumnType }
  | { readonly kind: 'map'; readonly key: ColumnType; readonly value: ColumnType }
  | { readonly kind: 'struct'; readonly fields: readonly { readonly name: string; readonly type: ColumnType }[] };

/** Longest first, so that `int` does not take the beginning of `integer`. `varchar(5)` and `char(5)` are text, of any length. */
const PRIMITIVES: readonly [RegExp, PrimitiveName][] = [
  [/^(?:var)?char\(\s*\d+\s*\)/, 'string'], [/^timestamp\b/, 'timestamp'], [/^smallint\b/, 'smallint'], [/^tinyint\b/, 'tinyint'], [/^integer\b/, 'int'],
  [/^boolean\b/, 'boolean'], [/^bigint\b/, 'bigint'], [/^string\b/, 'string'], [/^binary\b/, 'binary'], [/^double\b/, 'double'], [/^float\b/, 'float'],
  [/^date\b/, 'date'], [/^int\b/, 'int'],
];
const DECIMAL = /^decimal(?:\(\s*(\d+)\s*(?:,\s*(\d+)\s*)?\))?/;
const MAXIMUM_PRECISION = 38;
const DEFAULT_PRECISION = 10;

/**
 * Reads a type such as `map<string,array<double>>`. Undefined for what is none.
 *
 * @see https://docs.aws.amazon.com/athena/latest/ug/data-types.html
 */
export function columnTypeOf(text: string): ColumnType | undefined {
  const reader = new TypeReader(text.trim());
  const type = reader.type();
  return type !== undefined && reader.isAtEnd ? type : undefined;
}

class TypeReader {
  private at = 0;

  constructor(private readonly text: string) {}

  get isAtEnd(): boolean {
    return this.at === this.text.length;
  }

  type(): ColumnType | undefined {
    if (this.takes(/^array\s*</i)) {
      const element = this.type();
      return element && this.takes(/^\s*>/) ? { kind: 'array', element } : undefined;
    }
    if (this.takes(/^map\s*</i)) {
      const key = this.type();
      if (key?.kind !== 'primitive' || !this.takes(/^\s*,/)) return undefined;
      const value = this.type();
      return value && this.takes(/^\s*>/) ? { kind: 'map', key, value } : undefined;
    }
    if (this.takes(/^struct\s*</i)) return this.struct();
    return this.single();
  }

  private struct(): ColumnType | undefined {
    const fields: { name: string; type: ColumnType }[] = [];
    do {
      const name = this.takes(/^\s*([^\s:,<>]+)\s*:/)?.[1];
      const type = name === undefined ? undefined : this.type();
      if (!type) return undefined;
      fields.push({ name: name!, type });
    } while (this.takes(/^\s*,/));
    return this.takes(/^\s*>/) ? { kind: 'struct', fields } : undefined;
  }

  private single(): ColumnType | undefined {
    this.takes(/^\s+/);
    const decimal = this.takes(DECIMAL);
    if (decimal) {
      const [precision, scale] = [Number(decimal[1] ?? DEFAULT_PRECISION), Number(decimal[2] ?? 0)];
      return precision >= 1 && precision <= MAXIMUM_PRECISION && scale <= precision ? { kind: 'decimal', precision, scale } : undefined;
    }
    const found = PRIMITIVES.find(([pattern]) => this.takes(pattern));
    return found && { kind: 'primitive', name: found[1] };
  }

  private takes(pattern: RegExp): RegExpExecArray | undefined {
    const match = new RegExp(pattern.source, 'i').exec(this.text.slice(this.at));
    if (match) this.at += match[0].length;
    return match ?? undefined;
  }
}
