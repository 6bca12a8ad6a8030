import { KeyValues } from './key-values';

/** A text with wildcards: characters, and between them `*` for any number of them or `?` for one. */
type Token = { readonly character: string } | { readonly wildcard: '*' | '?' };

/** `${key}`, or `${key, 'text for when it has no value'}`. The special forms are plain characters. */
const VARIABLE = /^\$\{\s*([^}']*?)\s*(?:,\s*'([^']*)'\s*)?\}/;
const ESCAPED = ['*', '?', '$'];

/**
 * A pattern of a policy, with its variables replaced for one request.
 *
 * A value is plain text in the place of its variable: wildcards in it match only themselves.
 */
export class Pattern {
  /** @param context where variables get their values, or undefined to take them as plain text */
  static of(text: string, context: KeyValues | undefined): Pattern {
    const tokens: Token[] = [];
    const missing: string[] = [];
    for (let rest = text; rest.length > 0;) {
      const variable = context && VARIABLE.exec(rest);
      if (variable) {
        const value = valueOf(variable[1], variable[2], context);
        if (value === undefined) missing.push(variable[1]);
        tokens.push(...charactersOf(value ?? ''));
        rest = rest.slice(variable[0].length);
      } else {
        const character = String.fromCodePoint(rest.codePointAt(0)!);
        tokens.push(character === '*' || character === '?' ? { wildcard: character } : { character });
        rest = rest.slice(character.length);
      }
    }
    return new Pattern(tokens, missing);
  }

  /** With values in the places of variables, as a person would write it. */
  readonly text: string;
  /** Whether it says `*` alone. */
  readonly matchesAnything: boolean;
  /** What stands before the first wildcard. */
  private readonly prefix: string;
  private readonly wildcards: 'none' | 'last' | 'some';
  private parts: { readonly count: number; readonly patterns: readonly Pattern[] } | undefined;

  private constructor(private readonly tokens: Token[], readonly missingVariables: string[]) {
    this.text = textOf(tokens);
    this.matchesAnything = missingVariables.length === 0 && tokens.length === 1 && isWildcard(tokens[0], '*');
    const first = tokens.findIndex(token => 'wildcard' in token);
    this.prefix = first < 0 ? this.text : textOf(tokens.slice(0, first));
    this.wildcards = first < 0 ? 'none' : first === tokens.length - 1 && isWildcard(tokens[first], '*') ? 'last' : 'some';
  }

  matches(text: string): boolean {
    if (this.missingVariables.length > 0) return false;
    if (this.wildcards === 'none') return text === this.prefix;
    return text.startsWith(this.prefix) && (this.wildcards === 'last' || matchTokens(this.tokens, [...text]));
  }

  /** Whether the text is the same, with wildcards taken as plain characters. */
  equals(text: string, sameCase = true): boolean {
    const own = this.text;
    return this.missingVariables.length === 0 && (sameCase ? own === text : own.toLowerCase() === text.toLowerCase());
  }

  /** The parts between colons, the last with all that is left: `arn:partition:service:region:account:rest`. */
  segments(count: number): readonly Pattern[] {
    if (this.parts?.count !== count) this.parts = { count, patterns: this.splitIn(count) };
    return this.parts.patterns;
  }

  private splitIn(count: number): Pattern[] {
    const parts: Token[][] = [[]];
    for (const token of this.tokens) {
      const isColon = 'character' in token && token.character === ':';
      if (isColon && parts.length < count) parts.push([]);
      else parts[parts.length - 1].push(token);
    }
    return parts.map(part => new Pattern(part, this.missingVariables));
  }
}

function textOf(tokens: readonly Token[]): string {
  return tokens.map(token => 'wildcard' in token ? token.wildcard : token.character).join('');
}

function valueOf(name: string, fallback: string | undefined, context: KeyValues): string | undefined {
  return ESCAPED.includes(name) ? name : context.variable(name) ?? fallback;
}

function charactersOf(text: string): Token[] {
  return [...text].map(character => ({ character }));
}

function isWildcard(token: Token | undefined, wildcard: '*' | '?'): boolean {
  return token !== undefined && 'wildcard' in token && token.wildcard === wildcard;
}

/** Greedy with one point of return, the last `*`: never more steps than the product of both lengths. */
function matchTokens(tokens: Token[], text: string[]): boolean {
  let token = 0;
  let star = -1;
  let resume = 0;
  for (let at = 0; at < text.length;) {
    const current = tokens[token];
    if (isWildcard(current, '*')) {
      star = token++;
      resume = at;
    } else if (current !== undefined && (isWildcard(current, '?') || ('character' in current && current.character === text[at]))) {
      token++;
      at++;
    } else if (star >= 0) {
      token = star + 1;
      at = ++resume;
    } else {
      return false;
    }
  }
  while (isWildcard(tokens[token], '*')) token++;
  return token === tokens.length;
}
