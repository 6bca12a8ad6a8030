import { Context, createContext, Script } from 'node:vm';

/** A pattern of Java, which AWS IoT takes, as far as JavaScript has the same. Undefined where it is not valid. */
export function compilePattern(pattern: string): Pattern | undefined {
  const known = compiled.get(pattern);
  if (known !== undefined || compiled.has(pattern)) return known;
  const result = compile(pattern);
  if (compiled.size >= MOST_REMEMBERED) compiled.clear();
  compiled.set(pattern, result);
  return result;
}

/** What a regular expression did not finish in is answered by Undefined. */
const LONGEST_RUN_MS = 100;
/** Up to here the time of one unbounded quantifier, a square, does not matter. */
const SHORT = 2_000;
const MOST_REMEMBERED = 1_000;

const compiled = new Map<string, Pattern | undefined>();

/** Some patterns need more time than there is; those are run where they can be stopped. */
export class Pattern {
  constructor(private readonly regular: RegExp, private readonly harmless: boolean) {}

  /** All matches (or only the first one) or, where that takes too long, undefined. */
  matches(text: string, all: boolean): RegExpMatchArray[] | undefined {
    const found = this.run(text, all);
    return found === undefined ? undefined : [...found];
  }

  private run(text: string, all: boolean): RegExpMatchArray[] | undefined {
    if (this.harmless && text.length <= SHORT) return find(this.regular, text, all);
    try {
      stoppable ??= { context: createContext({ find }), script: new Script('find(regular, text, all)') };
      Object.assign(stoppable.context, { regular: this.regular, text, all });
      return stoppable.script.runInContext(stoppable.context, { timeout: LONGEST_RUN_MS });
    } catch {
      return undefined;
    }
  }
}

let stoppable: { readonly context: Context; readonly script: Script } | undefined;

function find(regular: RegExp, text: string, all: boolean): RegExpMatchArray[] {
  const matches: RegExpMatchArray[] = [];
  for (const match of text.matchAll(regular)) {
    matches.push(match);
    if (!all) break;
  }
  return matches;
}

function compile(pattern: string): Pattern | undefined {
  const { source, flags } = translate(pattern);
  try {
    return new Pattern(new RegExp(source, `g${flags}`), isHarmless(source));
  } catch {
    return undefined;
  }
}

/** No more than one quantifier without an upper bound, and none on a group: at worst the square of the length. */
function isHarmless(source: string): boolean {
  const plain = source.replace(/\\[\s\S]|\[(?:\\[\s\S]|[^\]\\])*\]/g, 'x');
  const quantifiers = plain.match(/[*+]|\{\d+,\d*\}|\?/g) ?? [];
  return quantifiers.length <= 1 && !/\)[*+?{]/.test(plain);
}

const CLASSES: Record<string, string> = {
  Lower: 'a-z',
  Upper: 'A-Z',
  ASCII: '\\x00-\\x7F',
  Alpha: 'a-zA-Z',
  Digit: '0-9',
  Alnum: 'a-zA-Z0-9',
  Punct: '!-\\/:-@\\[-`{-~',
  Blank: ' \\t',
  XDigit: '0-9a-fA-F',
  Space: '\\s',
};

/** What Java writes otherwise: anchors, named classes, flags at the beginning. */
function translate(pattern: string): { source: string; flags: string } {
  const inline = /^\(\?([ims]+)\)/.exec(pattern);
  let source = '';
  let inClass = false;
  for (let at = inline ? inline[0].length : 0; at < pattern.length; at++) {
    const character = pattern[at];
    if (character === '\\') {
      const named = /^\\p\{(\w+)\}/.exec(pattern.slice(at, at + 16));
      const next = pattern[at + 1] ?? '';
      if (named && Object.hasOwn(CLASSES, named[1])) {
        source += inClass ? CLASSES[named[1]] : `[${CLASSES[named[1]]}]`;
        at += named[0].length - 1;
      } else {
        source += next === 'A' ? '^' : next === 'z' || next === 'Z' ? '$' : next === 'h' ? '[ \\t]' : character + next;
        at++;
      }
    } else {
      if (character === '[') inClass = true;
      if (character === ']') inClass = false;
      source += character;
    }
  }
  return { source, flags: inline ? [...new Set(inline[1])].join('') : '' };
}

/** The replacement of a match, with `$1` and `${name}` filled in and a backslash taken literally. Undefined where Java would refuse it. */
export function replacementOf(match: RegExpMatchArray, replacement: string): string | undefined {
  let text = '';
  for (let at = 0; at < replacement.length; at++) {
    const character = replacement[at];
    if (character === '\\') {
      if (++at === replacement.length) return undefined;
      text += replacement[at];
    } else if (character === '$') {
      const reference = /^\$(?:(\d)|\{(\w+)\})/.exec(replacement.slice(at));
      if (!reference) return undefined;
      const group = reference[1] !== undefined ? Number(reference[1]) : undefined;
      if (group !== undefined ? group >= match.length : !Object.hasOwn(match.groups ?? {}, reference[2])) return undefined;
      text += (group !== undefined ? match[group] : match.groups![reference[2]]) ?? '';
      at += reference[0].length - 1;
    } else {
      text += character;
    }
  }
  return text;
}
