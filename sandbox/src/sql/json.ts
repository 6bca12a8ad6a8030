import { Decimal, toInt } from './decimal';
import { JsonObject, Value } from './value';

/** Deeper documents count as not being JSON: nothing here may reach the end of the stack. */
const DEEPEST = 500;

/** What the reader found; `undefined` cannot say it, since a number out of range is Undefined. */
export type Parsed = { readonly json: true; readonly value: Value } | { readonly json: false };
const NOT_JSON: Parsed = { json: false };

/** Reads JSON with all digits of its numbers, and with Int and Decimal told apart. */
export function parseJson(text: string): Parsed {
  const reader = new Reader(text);
  const value = reader.document();
  return reader.failed ? NOT_JSON : { json: true, value };
}

/** Compact JSON. Undefined members and items are left out. */
export function writeJson(value: Value): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (value instanceof Map) {
    let text = '';
    for (const [key, member] of value) {
      if (member !== undefined) text += `${text === '' ? '' : ','}${JSON.stringify(key)}:${writeJson(member)}`;
    }
    return `{${text}}`;
  }
  if (Array.isArray(value)) return `[${value.filter(item => item !== undefined).map(writeJson).join(',')}]`;
  return String(value);
}

/** Flags failure instead of throwing: payloads that are not JSON are everyday. */
class Reader {
  failed = false;
  private at = 0;
  private depth = 0;

  constructor(private readonly text: string) {}

  document(): Value {
    const value = this.value();
    this.space();
    if (this.at < this.text.length) this.failed = true;
    return value;
  }

  private value(): Value {
    this.space();
    switch (this.text.charCodeAt(this.at)) {
      case 0x7b: return this.object();
      case 0x5b: return this.array();
      case 0x22: return this.string();
      case 0x74: return this.word('true', true);
      case 0x66: return this.word('false', false);
      case 0x6e: return this.word('null', null);
      default: return this.number();
    }
  }

  private object(): Value {
    const object: JsonObject = new Map();
    if (this.open(0x7d)) return object;
    for (;;) {
      this.space();
      if (this.text.charCodeAt(this.at) !== 0x22) return this.fail();
      const key = this.string();
      this.space();
      if (this.text.charCodeAt(this.at++) !== 0x3a) return this.fail();
      const value = this.value();
      if (this.failed) return undefined;
      object.set(key as string, value);
      if (!this.another(0x7d)) return object;
    }
  }

  private array(): Value {
    const array: Value[] = [];
    if (this.open(0x5d)) return array;
    for (;;) {
      const value = this.value();
      if (this.failed) return undefined;
      array.push(value);
      if (!this.another(0x5d)) return array;
    }
  }

  /** Goes into a bracket; true where it is closed at once. */
  private open(closing: number): boolean {
    this.at++;
    if (++this.depth > DEEPEST) this.failed = true;
    this.space();
    return this.failed || this.close(closing);
  }

  private another(closing: number): boolean {
    this.space();
    if (this.text.charCodeAt(this.at) === 0x2c) {
      this.at++;
      return true;
    }
    if (!this.close(closing)) this.failed = true;
    return false;
  }

  private close(closing: number): boolean {
    if (this.text.charCodeAt(this.at) !== closing) return false;
    this.at++;
    this.depth--;
    return true;
  }

  private string(): Value {
    const begin = this.at++;
    let escaped = false;
    for (; this.at < this.text.length; this.at++) {
      const code = this.text.charCodeAt(this.at);
      if (code === 0x22) {
        this.at++;
        return escaped ? this.unescaped(begin) : this.text.slice(begin + 1, this.at - 1);
      }
      if (code < 0x20) return this.fail();
      if (code === 0x5c) {
        escaped = true;
        this.at++;
      }
    }
    return this.fail();
  }

  private unescaped(begin: number): Value {
    try {
      return JSON.parse(this.text.slice(begin, this.at));
    } catch {
      return this.fail();
    }
  }

  private number(): Value {
    const begin = this.at;
    if (this.text.charCodeAt(this.at) === 0x2d) this.at++;
    const first = this.text.charCodeAt(this.at);
    const digits = this.digits();
    if (digits === 0 || (digits > 1 && first === 0x30)) return this.fail();
    let decimal = false;
    if (this.text.charCodeAt(this.at) === 0x2e) {
      decimal = true;
      this.at++;
      if (this.digits() === 0) return this.fail();
    }
    const exponent = this.text.charCodeAt(this.at);
    if (exponent === 0x65 || exponent === 0x45) {
      decimal = true;
      this.at++;
      const sign = this.text.charCodeAt(this.at);
      if (sign === 0x2b || sign === 0x2d) this.at++;
      if (this.digits() === 0) return this.fail();
    }
    const text = this.text.slice(begin, this.at);
    if (decimal) return Decimal.parse(text);
    return digits <= 15 ? Number(text) : toInt(BigInt(text));
  }

  private digits(): number {
    const begin = this.at;
    for (let code = this.text.charCodeAt(this.at); code >= 0x30 && code <= 0x39; code = this.text.charCodeAt(this.at)) this.at++;
    return this.at - begin;
  }

  private word(word: string, value: boolean | null): Value {
    if (!this.text.startsWith(word, this.at)) return this.fail();
    this.at += word.length;
    return value;
  }

  private space(): void {
    let code = this.text.charCodeAt(this.at);
    while (code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09) code = this.text.charCodeAt(++this.at);
  }

  private fail(): undefined {
    this.failed = true;
    return undefined;
  }
}
