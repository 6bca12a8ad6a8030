import { expressionProblems } from './expression';
import { Problem } from '../private/validation';

/** @see https://docs.aws.amazon.com/iot/latest/developerguide/iotsitewise-rule-action.html */
const ARRIVAL = { seconds: 'floor(timestamp() / 1E3)', nanos: '(timestamp() % 1E3) * 1E6', millis: 'timestamp()' };
/** @see https://docs.aws.amazon.com/iot-sitewise/latest/APIReference/API_BatchPutAssetPropertyValue.html */
const ACCEPTED_MILLIS = { old: 7 * 24 * 60 * 60 * 1000, ahead: 10 * 60 * 1000 };

/** The parts of a timestamp as AWS IoT SQL expressions. */
interface TimeExpressions {
  readonly seconds: string;
  readonly nanos: string;
  readonly millis: string;
}

/**
 * Which time a value gets in SiteWise.
 *
 * A message that has no usable time of its own gets the time of its arrival. SiteWise refuses values older than 7 days
 * or more than 10 minutes ahead of its clock.
 *
 * @see https://docs.aws.amazon.com/iot-sitewise/latest/APIReference/API_BatchPutAssetPropertyValue.html
 */
export class SiteWiseTimestamp {
  /** The time at which AWS IoT got the message, in milliseconds. */
  public static arrival(): SiteWiseTimestamp {
    return new SiteWiseTimestamp(ARRIVAL, []);
  }

  /**
   * Milliseconds since 1970, as a number or as text, whole or with a fraction.
   *
   * @param expression where it is in the message, such as `ts`
   */
  public static fromEpochMillis(expression: string): SiteWiseTimestamp {
    return SiteWiseTimestamp.ofDevice(`cast(${expression} as Decimal)`, [{ name: 'expression', value: expression }]);
  }

  /**
   * Seconds since 1970, as a number or as text, whole or with a fraction.
   *
   * @param expression where it is in the message, such as `time`
   */
  public static fromEpochSeconds(expression: string): SiteWiseTimestamp {
    return SiteWiseTimestamp.ofDevice(`cast(${expression} as Decimal) * 1E3`, [{ name: 'expression', value: expression }]);
  }

  /**
   * A date and time written as text, such as `2026-11-20T08:00:00Z`.
   *
   * @param expression where it is in the message, such as `measurements.lastChange`
   * @param pattern how it is written, such as `yyyy-MM-dd'T'HH:mm:ssX`
   * @see https://docs.aws.amazon.com/iot/latest/developerguide/iot-sql-functions.html#iot-sql-function-time-to-epoch
   */
  public static fromText(expression: string, pattern: string): SiteWiseTimestamp {
    return SiteWiseTimestamp.ofDevice(`time_to_epoch(${expression}, "${pattern}")`, [
      { name: 'expression', value: expression },
      { name: 'pattern', value: pattern },
    ], pattern);
  }

  private static ofDevice(given: string, written: { name: string; value: string }[], pattern?: string): SiteWiseTimestamp {
    const millis = `(CASE isUndefined(${given}) WHEN true THEN timestamp() ELSE ${given} END)`;
    return new SiteWiseTimestamp({ millis, seconds: `floor(${millis} / 1E3)`, nanos: `floor((${millis} % 1E3) * 1E6)` }, written, pattern);
  }

  private constructor(
    private readonly expressions: TimeExpressions,
    private readonly written: { name: string; value: string }[],
    private readonly pattern?: string,
  ) {}

  /** @internal */
  public _problems(prop: string): Problem[] {
    const quoted = this.pattern?.includes('"')
      ? [{ prop: `${prop}.pattern`, got: this.pattern, allowed: 'a pattern without double quotes', fix: 'put literal text into single quotes' }] : [];
    return [...this.written.flatMap(({ name, value }) => expressionProblems(`${prop}.${name}`, value)), ...quoted];
  }

  /** @internal */
  public _templates(): { timeInSeconds: string; offsetInNanos: string } {
    return { timeInSeconds: `\${${this.expressions.seconds}}`, offsetInNanos: `\${${this.expressions.nanos}}` };
  }

  /**
   * The condition that SiteWise accepts the time; none for the time of arrival.
   *
   * @internal
   */
  public _acceptedCondition(): string | undefined {
    const { millis } = this.expressions;
    if (millis === ARRIVAL.millis) return undefined;
    return `${millis} >= timestamp() - ${ACCEPTED_MILLIS.old} AND ${millis} <= timestamp() + ${ACCEPTED_MILLIS.ahead}`;
  }
}
