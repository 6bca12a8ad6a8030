import { Token } from 'aws-cdk-lib';
import { ALIAS } from './names';
import { notText, Problem, textProblems } from '../private/validation';

const PLACEHOLDERS = ['{device}', '{model}', '{measurement}'];
const NEEDED = ['{device}', '{measurement}'];

/**
 * How the property aliases of a model are made, once for the assets and for the rule that writes to them.
 *
 * An alias is unique per account and Region.
 *
 * @see https://docs.aws.amazon.com/iot-sitewise/latest/userguide/connect-data-streams.html
 */
export class PropertyAlias {
  /**
   * A pattern with placeholders: `{device}` (which device), `{measurement}` (the name of the measurement, as in its
   * model) and, where wanted, `{model}` (the name of the asset model). The first two are needed.
   *
   * @param pattern for example `/plant-7/{device}/{measurement}`; at most 2,048 characters
   */
  public static of(pattern: string): PropertyAlias {
    return new PropertyAlias(pattern);
  }

  private constructor(
    /** The pattern as it was given. */
    public readonly pattern: string,
  ) {}

  /** @internal */
  public _problems(prop: string): Problem[] {
    const { pattern } = this;
    if (Token.isUnresolved(pattern)) return [];
    if (typeof pattern !== 'string') return [notText(prop, pattern)];
    const unknown = (pattern.match(/\{[^{}]*\}|[{}]/g) ?? []).filter(found => !PLACEHOLDERS.includes(found));
    const missing = NEEDED.filter(placeholder => !pattern.includes(placeholder));
    return [
      ...textProblems(prop, pattern, ALIAS),
      ...unknownProblems(prop, pattern, [...unknown, ...pattern.match(/\$(?=\{)/g) ?? []]),
      ...missing.length === 0 ? [] : [{
        prop, got: pattern, allowed: `a pattern with ${NEEDED.join(' and ')}`, fix: `add ${missing.join(' and ')}, or two properties would share one alias`,
      }],
    ];
  }

  /** @internal */
  public _fill(parts: { device: string; model: string; measurement: string }): string {
    // A replacement function, since in a replacement text `$` has a meaning of its own.
    return this.pattern
      .replace(/\{device\}/g, () => parts.device)
      .replace(/\{model\}/g, () => parts.model)
      .replace(/\{measurement\}/g, () => parts.measurement);
  }
}

function unknownProblems(prop: string, got: string, unknown: string[]): Problem[] {
  if (unknown.length === 0) return [];
  return [{ prop, got, allowed: `a pattern with no other braces than those of ${PLACEHOLDERS.join(', ')}`, fix: `remove ${[...new Set(unknown)].join(' ')}` }];
}
