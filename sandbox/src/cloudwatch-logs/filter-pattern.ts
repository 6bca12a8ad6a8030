import { isObject } from '../json';

/** A pattern that is malformed, or of a kind that is not modelled. */
export class FilterPatternError extends Error {}

type Test = (line: unknown) => boolean;

/** What a line that matches has at a field: undefined where it is not JSON or has no such field. */
export interface LineMatch { field(path: string): unknown }

const TOKEN = /\s*(?:(&&|\|\||[()])|(\$(?:\.[\w-]+|\[\d+\])+)|(!=|<=|>=|=|<|>)|"((?:[^"\\]|\\.)*)"|(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)(?![\w.*])|([^\s()&|=<>!"]+))/y;

/**
 * A filter pattern of CloudWatch Logs: `{ $.size > 5 && $.kind = "a*" }` on lines that are JSON, or terms that a line has.
 *
 * Modelled: `=`, `!=`, `<`, `<=`, `>`, `>=`, `IS NULL`, `IS TRUE`, `IS FALSE`, `NOT EXISTS`, `&&`, `||`, brackets, `*` in texts; terms, quoted terms, `-term`
 * and `?term`. Not: patterns of columns in `[ ]` and regular expressions in `% %`.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
 */
export class FilterPattern {
  /** @throws FilterPatternError */
  static of(text: string): FilterPattern {
    const pattern = text.trim();
    if (pattern.startsWith('[')) throw new FilterPatternError(`patterns of columns are not modelled: ${text}`);
    if (/(^|[\s=])%/.test(pattern)) throw new FilterPatternError(`regular expressions are not modelled: ${text}`);
    if (!pattern.startsWith('{')) return new FilterPattern(termsOf(pattern), false);
    if (!pattern.endsWith('}')) throw new FilterPatternError(`a pattern that begins with { ends with }: ${text}`);
    return new FilterPattern(new JsonPattern(pattern.slice(1, -1), text).test(), true);
  }

  private constructor(private readonly test: Test, private readonly isJson: boolean) {}

  match(message: string): LineMatch | undefined {
    const line = this.isJson || message.startsWith('{') ? parsed(message) : undefined;
    if (this.isJson ? !isObject(line) || !this.test(line) : !this.test(message)) return undefined;
    return { field: path => valueAt(line, path) };
  }
}

function parsed(message: string): unknown {
  try {
    return JSON.parse(message);
  } catch {
    return undefined;
  }
}

function valueAt(line: unknown, path: string): unknown {
  let at = line;
  for (const [, name, index] of path.matchAll(/\.([\w-]+)|\[(\d+)\]/g)) {
    if (index !== undefined) at = Array.isArray(at) ? at[Number(index)] : undefined;
    else at = isObject(at) && Object.hasOwn(at, name) ? at[name] : undefined;
  }
  return at;
}

/** All plain terms, none with a minus, and one of those with a question mark where there are any. */
function termsOf(pattern: string): Test {
  const terms = [...pattern.matchAll(/([-?]?)(?:"((?:[^"\\]|\\.)*)"|(\S+))/g)]
    .map(([, sign, quoted, plain]) => ({ sign, text: quoted?.replace(/\\(.)/g, '$1') ?? plain }));
  const having = (sign: string) => terms.filter(term => term.sign === sign).map(({ text }) => text);
  const [all, none, any] = [having(''), having('-'), having('?')];
  return line => {
    const text = String(line);
    const has = (term: string) => text.includes(term);
    return all.every(has) && !none.some(has) && (any.length === 0 || all.length > 0 || any.some(has));
  };
}

interface Token { readonly kind: 'sign' | 'field' | 'operator' | 'text' | 'number' | 'word'; readonly text: string }

/** Reads what stands between the braces; `&&` binds closer than `||`. */
class JsonPattern {
  private readonly tokens: Token[] = [];
  private at = 0;

  constructor(text: string, private readonly whole: string) {
    const end = text.trimEnd().length;
    for (TOKEN.lastIndex = 0; TOKEN.lastIndex < end;) {
      const match = TOKEN.exec(text);
      if (!match) throw this.malformed();
      const kinds = ['sign', 'field', 'operator', 'text', 'number', 'word'] as const;
      const found = kinds.findIndex((_kind, at) => match[at + 1] !== undefined);
      this.tokens.push({ kind: kinds[found], text: kinds[found] === 'text' ? match[found + 1].replace(/\\(.)/g, '$1') : match[found + 1] });
    }
  }

  test(): Test {
    const test = this.either();
    if (this.at < this.tokens.length) throw this.malformed();
    return test;
  }

  private either(): Test {
    const tests = [this.both()];
    while (this.taken('||')) tests.push(this.both());
    return line => tests.some(test => test(line));
  }

  private both(): Test {
    const tests = [this.comparison()];
    while (this.taken('&&')) tests.push(this.comparison());
    return line => tests.every(test => test(line));
  }

  private comparison(): Test {
    if (this.taken('(')) {
      const inner = this.either();
      if (!this.taken(')')) throw this.malformed();
      return inner;
    }
    const field = this.next();
    if (field.kind !== 'field') throw this.malformed();
    const operator = this.next();
    const value = this.next();
    const at = (line: unknown) => valueAt(line, field.text);
    if (operator.kind === 'word') return this.word(`${operator.text} ${value.text}`.toUpperCase(), at);
    if (operator.kind !== 'operator') throw this.malformed();
    if (value.kind === 'number') return numberTest(operator.text, Number(value.text), at);
    if ((value.kind !== 'text' && value.kind !== 'word') || !['=', '!='].includes(operator.text)) throw this.malformed();
    const pattern = new RegExp(`^${value.text.split('*').map(part => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('.*')}$`, 's');
    const equals = (found: unknown) => found !== null && ['string', 'number', 'boolean'].includes(typeof found) && pattern.test(String(found));
    return operator.text === '=' ? line => equals(at(line)) : line => at(line) !== undefined && !equals(at(line));
  }

  private word(words: string, at: (line: unknown) => unknown): Test {
    switch (words) {
      case 'IS NULL': return line => at(line) === null;
      case 'IS TRUE': return line => at(line) === true;
      case 'IS FALSE': return line => at(line) === false;
      case 'NOT EXISTS': return line => at(line) === undefined;
      default: throw this.malformed();
    }
  }

  private taken(sign: string): boolean {
    const token = this.tokens[this.at];
    if (token?.kind !== 'sign' || token.text !== sign) return false;
    this.at++;
    return true;
  }

  private next(): Token {
    const token = this.tokens[this.at++];
    if (!token) throw this.malformed();
    return token;
  }

  private malformed(): FilterPatternError {
    return new FilterPatternError(`the pattern cannot be read, or has something that is not modelled: ${this.whole}`);
  }
}

function numberTest(operator: string, bound: number, at: (line: unknown) => unknown): Test {
  const holds: { readonly [operator: string]: (value: number) => boolean } = {
    '=': value => value === bound,
    '!=': value => value !== bound,
    '<': value => value < bound,
    '<=': value => value <= bound,
    '>': value => value > bound,
    '>=': value => value >= bound,
  };
  return line => {
    const value = at(line);
    return typeof value === 'number' && holds[operator](value);
  };
}
