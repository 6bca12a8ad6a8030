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
