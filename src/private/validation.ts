import { Duration, Token } from 'aws-cdk-lib';
import { IConstruct } from 'constructs';

/** One value that a construct cannot work with. */
export interface Problem {
  /** The prop as the user wrote it, with its path where it is nested: `hierarchies[2].name`. */
  readonly prop: string;
  readonly got: unknown;
  /** What would be accepted, in words that follow "must be". */
  readonly allowed: string;
  /** What to write instead. */
  readonly fix: string;
}

export function describeProblem({ prop, got, allowed, fix }: Problem): string {
  // JSON has no word for NaN and Infinity.
  const text = typeof got === 'number' ? String(got) : JSON.stringify(got) ?? String(got);
  return `'${prop}' must be ${allowed}, got ${text}: ${fix}`;
}

/**
 * Throws one error that lists every problem, or returns.
 *
 * CDK's own ValidationError is internal and changes its signature between versions, so only its name is used.
 */
export function throwOnProblems(scope: IConstruct, problems: Problem[]): void {
  if (problems.length === 0) return;
  const lines = problems.map(describeProblem);
  const error = new Error(`${scope.node.path}: ${lines.join('\n')}`);
  error.name = 'ValidationError';
  throw error;
}

/** Props by the kind of their values, which TypeScript and jsii see to and JavaScript does not. */
export interface Kinds<T> {
  readonly texts?: (keyof T & string)[];
  readonly lists?: (keyof T & string)[];
  readonly textLists?: (keyof T & string)[];
  readonly textMaps?: (keyof T & string)[];
  /** Options of a part. */
  readonly options?: (keyof T & string)[];
}

/** Refuses values of another kind, before a check that counts on theirs. Tokens pass. */
export function kindProblems<T extends object>(props: T, kinds: Kinds<T>): Problem[] {
  const { texts = [], lists = [], textLists = [], textMaps = [], options = [] } = kinds;
  const given = (names: (keyof T & string)[]) => names.map(name => [name, props[name] as unknown] as const)
    .filter(([, value]) => value !== undefined);
  const isText = (value: unknown) => typeof value === 'string' || Token.isUnresolved(value);
  const isObject = (value: unknown) => typeof value === 'object' && value !== null;
  const textsIn = (prop: string, entries: [string, unknown][]) => entries.filter(([, value]) => !isText(value)).map(([key, value]) => notText(`${prop}${key}`, value));
  return [
    ...given(texts).filter(([, value]) => !isText(value)).map(([prop, got]) => notText(prop, got)),
    ...given([...lists, ...textLists]).filter(([, value]) => !Array.isArray(value)).map(([prop, got]) => ({ prop, got, allowed: 'a list', fix: 'put it into [ ]' })),
    ...given(lists).flatMap(([prop, list]) => Array.isArray(list) ? Array.from(list, (got: unknown, at) => ({ prop: `${prop}[${at}]`, got })) : [])
      .filter(({ got }) => !isObject(got)).map(problem => ({ ...problem, allowed: 'an object', fix: 'take it out of the list, or pass what it stands for' })),
    ...given(textLists).flatMap(([prop, list]) => Array.isArray(list) ? textsIn(prop, Array.from(list, (value: unknown, at) => [`[${at}]`, value])) : []),
    ...given(textMaps).flatMap(([prop, map]) => isObject(map) && !Array.isArray(map) ? textsIn(`${prop}.`, Object.entries(map as object))
      : [{ prop, got: map, allowed: 'an object of texts', fix: "write { name: 'text' }" }]),
    ...given(options).filter(([, value]) => !isObject(value) || Array.isArray(value))
      .map(([prop, got]) => ({ prop, got, allowed: 'an object of options', fix: got === null ? 'leave it out' : 'write { }' })),
  ];
}

export function notText(prop: string, got: unknown): Problem {
  return { prop, got, allowed: 'a text', fix: got === null ? 'leave it out' : 'pass a string' };
}

export interface TextRule {
  readonly min?: number;
  readonly max: number;
  readonly pattern?: RegExp;
  /** The characters that `pattern` accepts, in words. */
  readonly characters?: string;
}

/** Checks a name or another short text; tokens pass, since their value is not known yet. */
export function textProblems(prop: string, value: string | undefined, rule: TextRule): Problem[] {
  if (value === undefined || Token.isUnresolved(value)) return [];
  if (typeof value !== 'string') return [notText(prop, value)];
  const { min = 1, max, pattern, characters } = rule;
  if (value.length >= min && value.length <= max && (!pattern || pattern.test(value))) return [];
  const allowed = `${min} to ${max} characters${characters ? ` of ${characters}` : ''}`;
  const fix = value.length > max ? `shorten it by ${value.length - max} characters`
    : value.length < min ? 'write at least ' + min + ' character(s), or leave it out'
      : `remove ${offendingCharacters(value, pattern!)}`;
  return [{ prop, got: value, allowed, fix }];
}

function offendingCharacters(value: string, pattern: RegExp): string {
  const bad = [...new Set([...value].filter(character => !pattern.test(character)))];
  return bad.length > 0 ? `the characters ${JSON.stringify(bad.join(''))}` : 'what does not match ' + pattern.source;
}

export interface NumberRule {
  readonly min: number;
  readonly max: number;
  /** Singular or plural unit as it reads after a number: "seconds". */
  readonly unit: string;
}

/** Checks a whole number within limits; tokens pass. */
export function numberProblems(prop: string, value: number | undefined, rule: NumberRule): Problem[] {
  if (value === undefined || Token.isUnresolved(value)) return [];
  if (Number.isInteger(value) && value >= rule.min && value <= rule.max) return [];
  const allowed = `a whole number from ${rule.min} to ${rule.max} ${rule.unit}`;
  return [{ prop, got: value, allowed, fix: `pass a number of ${rule.unit} within these limits` }];
}

export interface DurationRule {
  /** Limits, in `unit`. */
  readonly min: number;
  readonly max: number;
  /**
   * What has to come out whole, and what a token has to be in.
   *
   * @default 'seconds'
   */
  readonly unit?: 'seconds' | 'days';
  /** The limits in words, and what to pass. */
  readonly allowed: string;
  readonly fix: string;
}

/**
 * Checks a length of time in whole seconds or days. A token passes when it is in that unit; CDK cannot convert one from another.
 */
export function durationProblems(prop: string, duration: Duration | undefined, rule: DurationRule): Problem[] {
  if (duration === undefined) return [];
  const { min, max, unit = 'seconds', allowed, fix } = rule;
  // Not instanceof: there may be two copies of CDK.
  if (typeof duration?.isUnresolved !== 'function') return [{ prop, got: duration, allowed: 'a Duration', fix: 'pass for example Duration.days(1)' }];
  if (duration.isUnresolved()) {
    return duration.unitLabel() === unit ? []
      : [{ prop, got: `a token in ${duration.unitLabel()}`, allowed: `${allowed}, or a token in ${unit}`, fix: `pass Duration.${unit}(token)` }];
  }
  const amount = unit === 'days' ? duration.toDays({ integral: false }) : duration.toSeconds({ integral: false });
  if (Number.isInteger(amount) && amount >= min && amount <= max) return [];
  // There are no words for NaN and for parts of a millisecond.
  const isInWords = Number.isInteger(duration.toSeconds({ integral: false }));
  return [{
    prop,
    got: isInWords ? duration.toHumanString() : `${amount} ${unit}`,
    allowed: Number.isFinite(amount) && !Number.isInteger(amount) ? `${allowed}, in whole ${unit}` : allowed,
    fix,
  }];
}
