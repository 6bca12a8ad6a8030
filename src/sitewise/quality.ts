import { expressionProblems } from './expression';
import { Problem } from '../private/validation';

/**
 * How far a value can be trusted, as SiteWise stores it beside the value.
 *
 * @see https://docs.aws.amazon.com/iot-sitewise/latest/APIReference/API_AssetPropertyValue.html
 */
export class SiteWiseQuality {
  /** The value is as measured. */
  public static readonly GOOD = new SiteWiseQuality('GOOD');
  /** The value is wrong, for example since the sensor is broken. */
  public static readonly BAD = new SiteWiseQuality('BAD');
  /** The value may be wrong. */
  public static readonly UNCERTAIN = new SiteWiseQuality('UNCERTAIN');

  /**
   * The message says it, with one of the three words in any case. A message without the field counts as `GOOD`; any
   * other word is refused by SiteWise, and the message waits in the error queue.
   *
   * @param expression where it is in the message, such as `quality`
   */
  public static fromMessage(expression: string): SiteWiseQuality {
    return new SiteWiseQuality(`\${CASE isUndefined(${expression}) WHEN true THEN 'GOOD' ELSE upper(${expression}) END}`, expression);
  }

  private constructor(private readonly template: string, private readonly expression?: string) {}

  /** @internal */
  public _problems(prop: string): Problem[] {
    return expressionProblems(`${prop}.expression`, this.expression);
  }

  /** @internal */
  public _template(): string {
    return this.template;
  }
}
