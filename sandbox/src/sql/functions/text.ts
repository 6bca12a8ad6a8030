import { createHash } from 'node:crypto';
import { toFlooredInt, toText, toTruncatedInt } from '../conversion';
import { md2 } from '../md2';
import { compilePattern, replacementOf } from '../regular-expression';
import { Value } from '../value';
import { between, of, SqlFunction } from './function';

/** More than a payload of MQTT: what a rule could only build by repeating itself. */
const LONGEST_RESULT = 1_000_000;

/** @see https://docs.aws.amazon.com/iot/latest/developerguide/iot-sql-functions.html */
export const TEXT: Record<string, SqlFunction> = {
  chr: of(1, value => {
    const code = toFlooredInt(value);
    return code !== undefined && code >= 0 && code <= 127 ? String.fromCharCode(Number(code)) : undefined;
  }),
  concat: between(0, Infinity, concat),
  endswith: of(2, (text, end) => ofTexts((whole, part) => whole.endsWith(part), text, end)),
  startswith: of(2, (text, begin) => ofTexts((whole, part) => whole.startsWith(part), text, begin)),
  indexof: of(2, (text, part) => ofTexts((whole, wanted) => whole.indexOf(wanted), text, part)),
  length: of(1, text => ofTexts(whole => whole.length, text)),
  lower: of(1, text => ofTexts(whole => whole.toLowerCase(), text)),
  upper: of(1, text => ofTexts(whole => whole.toUpperCase(), text)),
  lpad: of(2, (text, count) => padded(text, count, (whole, padding) => padding + whole)),
  rpad: of(2, (text, count) => padded(text, count, (whole, padding) => whole + padding)),
  ltrim: of(1, text => ofTexts(whole => whole.trimStart(), text)),
  rtrim: of(1, text => ofTexts(whole => whole.trimEnd(), text)),
  trim: of(1, text => ofTexts(whole => whole.trim(), text)),
  numbytes: of(1, text => ofTexts(whole => Buffer.byteLength(whole), text)),
  replace: of(3, (text, old, replacement) => ofTexts((whole, part, by) => {
    if (part === '') return whole;
    const pieces = whole.split(part);
    return whole.length + pieces.length * by.length > LONGEST_RESULT ? undefined : pieces.join(by);
  }, text, old, replacement)),
  substring: between(2, 3, ([text, from, to]) => substring(text, from, to)),
  regexp_matches: of(2, (text, pattern) => ofTexts((whole, regular) => {
    const found = compilePattern(regular)?.matches(whole, false);
    return found && found.length > 0;
  }, text, pattern)),
  regexp_substr: of(2, (text, pattern) => ofTexts((whole, regular) => compilePattern(regular)?.matches(whole, false)?.[0]?.[0], text, pattern)),
  regexp_replace: of(3, (text, pattern, replacement) => ofTexts(replacePattern, text, pattern, replacement)),
  md2: of(1, text => ofTexts(whole => md2(Buffer.from(whole)), text)),
  ...Object.fromEntries(['md5', 'sha1', 'sha224', 'sha256', 'sha384', 'sha512'].map(algorithm => [
    algorithm, of(1, text => ofTexts(whole => createHash(algorithm).update(whole).digest('hex'), text)),
  ])),
};

/** Undefined as soon as one of the values has no text. */
function ofTexts(compute: (...texts: string[]) => Value, ...values: Value[]): Value {
  const texts = values.map(toText);
  return texts.includes(undefined) ? undefined : compute(...texts as string[]);
}

function concat(args: readonly Value[]): Value {
  if (args.length <= 1) return args[0];
  // An Undefined argument has no place in an array, and no text.
  if (args.includes(undefined)) return undefined;
  if (args.some(Array.isArray)) return args.flatMap(value => Array.isArray(value) ? value : [value]);
  return args.some(value => typeof value === 'string') ? ofTexts((...texts) => texts.join(''), ...args) : undefined;
}

function padded(text: Value, count: Value, pad: (whole: string, padding: string) => string): Value {
  const spaces = toFlooredInt(count);
  return spaces === undefined ? undefined : ofTexts(whole => pad(whole, ' '.repeat(Math.min(Math.max(Number(spaces), 0), 1000))), text);
}

/** Indexes beyond the ends are set to the ends. */
function substring(text: Value, from: Value, to: Value): Value {
  const begin = toTruncatedInt(from);
  const end = to === undefined ? undefined : toTruncatedInt(to);
  if (begin === undefined || (to !== undefined && end === undefined)) return undefined;
  return ofTexts(whole => {
    const last = end === undefined ? whole.length : Number(end);
    return whole.slice(Math.max(Number(begin), 0), Math.max(last, 0));
  }, text);
}

function replacePattern(text: string, pattern: string, replacement: string): Value {
  const matches = compilePattern(pattern)?.matches(text, true);
  if (matches === undefined) return undefined;
  let result = '';
  let end = 0;
  for (const match of matches) {
    const by = replacementOf(match, replacement);
    if (by === undefined || result.length + by.length > LONGEST_RESULT) return undefined;
    result += text.slice(end, match.index) + by;
    end = match.index! + match[0].length;
  }
  return result + text.slice(end);
}
