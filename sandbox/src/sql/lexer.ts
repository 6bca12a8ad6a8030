import { SqlError } from './error';

export type TokenKind = 'name' | 'variable' | 'number' | 'string' | 'symbol' | 'end';

export interface Token {
  readonly kind: TokenKind;
  /** The name, the symbol, the digits, or the content of the string without its quotes. */
  readonly text: string;
  readonly offset: number;
  /** Where the next token may begin. */
  readonly end: number;
}

const SYMBOLS = ['<=', '>=', '<>', '<', '>', '=', '+', '-', '*', '/', '%', '(', ')', '[', ']', '{', '}', ',', '.', ':'];
const SPACE = ' \t\r\n';

/** The token at `offset` or after white space. On demand, because a substitution template ends where its expression does. */
export function tokenAt(source: string, offset: number): Token {
  let at = offset;
  while (at < source.length && SPACE.includes(source[at])) at++;
  if (at >= source.length) return { kind: 'end', text: '', offset: at, end: at };
  const character = source[at];
  if (isNameStart(character)) return token('name', source, at, endOf(source, at, isNamePart));
  if (character === '@') return variable(source, at);
  if (isDigit(character)) return number(source, at);
  if (character === '\'' || character === '"') return string(source, at, character);
  const symbol = SYMBOLS.find(candidate => source.startsWith(candidate, at));
  if (symbol) return { kind: 'symbol', text: symbol, offset: at, end: at + symbol.length };
  throw new SqlError(`unexpected character ${JSON.stringify(String.fromCodePoint(source.codePointAt(at)!))}`, source, at);
}

function token(kind: TokenKind, source: string, offset: number, end: number): Token {
  return { kind, text: source.slice(offset, end), offset, end };
}

function endOf(source: string, from: number, belongs: (character: string) => boolean): number {
  let at = from;
  while (at < source.length && belongs(source[at])) at++;
  return at;
}

function variable(source: string, offset: number): Token {
  const end = endOf(source, offset + 1, isNamePart);
  if (end === offset + 1) throw new SqlError('a variable has a name of letters, digits and underscores after @', source, offset);
  if (end - offset - 1 > 64) throw new SqlError(`the name of a variable has at most 64 characters, this one has ${end - offset - 1}`, source, offset);
  return { kind: 'variable', text: source.slice(offset + 1, end), offset, end };
}

function number(source: string, offset: number): Token {
  let end = endOf(source, offset, isDigit);
  if (source[end] === '.' && isDigit(source[end + 1])) end = endOf(source, end + 1, isDigit);
  if (source[end] === 'e' || source[end] === 'E') {
    const digits = source[end + 1] === '+' || source[end + 1] === '-' ? end + 2 : end + 1;
    if (isDigit(source[digits])) end = endOf(source, digits, isDigit);
  }
  if (end < source.length && isNamePart(source[end])) {
    throw new SqlError('a name does not begin with a digit: reach such a key by get(object, "key")', source, offset);
  }
  return token('number', source, offset, end);
}

/**
 * A doubled quote stands for one. A backslash takes a quote or a backslash literally; before anything else it stays, as regular
 * expressions need it. AWS documents neither.
 */
function string(source: string, offset: number, quote: string): Token {
  let text = '';
  for (let at = offset + 1; at < source.length; at++) {
    const character = source[at];
    const next = source[at + 1];
    if (character === '\\' && (next === '\'' || next === '"' || next === '\\')) {
      text += next;
      at++;
    } else if (character === quote && next === quote) {
      text += quote;
      at++;
    } else if (character === quote) {
      return { kind: 'string', text, offset, end: at + 1 };
    } else {
      text += character;
    }
  }
  throw new SqlError('this string has no closing quote', source, offset);
}

function isDigit(character: string | undefined): boolean {
  return character !== undefined && character >= '0' && character <= '9';
}

function isNameStart(character: string): boolean {
  return (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z') || character === '_';
}

function isNamePart(character: string): boolean {
  return isNameStart(character) || isDigit(character);
}
