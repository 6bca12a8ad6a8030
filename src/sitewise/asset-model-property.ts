import { Duration } from 'aws-cdk-lib';
import { SiteWiseDataType } from './data-type';
import { SiteWiseQuality } from './quality';
import { SiteWiseTimestamp } from './timestamp';

/** What every property of an asset model has. */
export interface SiteWiseProperty {
  /** The name, 1 to 256 characters, unique in its model. */
  readonly name: string;

  /**
   * The unit, as shown beside values: 1 to 256 characters.
   *
   * @default - no unit
   */
  readonly unit?: string;

  /**
   * What CloudFormation knows the property by, 1 to 256 characters. SiteWise deletes the property with its values when
   * this changes, so keep the old name here when you rename a property.
   *
   * @default - the name
   */
  readonly logicalId?: string;

  /**
   * An id of yours for the property: 2 to 128 letters, digits, `_`, `-`, `.` and `:`.
   *
   * @default - the logical id is the only one
   */
  readonly externalId?: string;
}

/** Something fixed about an asset, such as its serial number. */
export interface SiteWiseAttribute extends SiteWiseProperty {
  /**
   * The type of the value.
   *
   * @default SiteWiseDataType.STRING
   */
  readonly dataType?: SiteWiseDataType;

  /**
   * The value that new assets of the model start with. CloudFormation cannot set it per asset.
   *
   * @default - no value
   */
  readonly defaultValue?: string;
}

/** Something that a device measures, and where it is in the messages of the device. */
export interface SiteWiseMeasurement extends SiteWiseProperty {
  /**
   * The type of the value. Numbers in text are converted; a value that cannot be is not sent.
   *
   * @default SiteWiseDataType.DOUBLE
   */
  readonly dataType?: SiteWiseDataType;

  /**
   * Where the value is in the message: an AWS IoT SQL expression such as `measurements.temperature`, `get(values, 0)`
   * or `fahrenheit / 1.8 - 17.8`.
   *
   * @default - the field at the top of the message that has the name of the measurement
   */
  readonly valueFrom?: string;

  /**
   * Which time the value gets.
   *
   * @default - the `timestamp` of the rule
   */
  readonly timestamp?: SiteWiseTimestamp;

  /**
   * How far the value can be trusted.
   *
   * @default - the `quality` of the rule
   */
  readonly quality?: SiteWiseQuality;
}

/** What SiteWise computes from other properties. */
export interface SiteWiseFormula extends SiteWiseProperty {
  /**
   * The type of the result.
   *
   * @default SiteWiseDataType.DOUBLE
   */
  readonly dataType?: SiteWiseDataType;

  /**
   * The formula, at most 1,024 characters, such as `avg(temp)`.
   *
   * @see https://docs.aws.amazon.com/iot-sitewise/latest/userguide/formula-expressions.html
   */
  readonly expression: string;

  /** The names in the formula and the properties that they stand for: 1 to 10, of lower-case letters, digits and underscores. */
  readonly variables: { [name: string]: SiteWiseVariable };
}

/** A formula that SiteWise computes for each new value. */
export interface SiteWiseTransform extends SiteWiseFormula {}

/** A formula that SiteWise computes over the values of a window of time. */
export interface SiteWiseMetric extends SiteWiseFormula {
  /** The length of the window: 1 minute to 1 week, in whole minutes. Windows start at midnight UTC, those of a week on Sunday. */
  readonly window: Duration;

  /**
   * How much later than that the windows start: whole minutes, shorter than the window.
   *
   * @default - no offset
   */
  readonly offset?: Duration;
}

/** What a name in a formula stands for. */
export class SiteWiseVariable {
  /**
   * A property of the same model.
   *
   * @param name the name of the property
   */
  public static ofProperty(name: string): SiteWiseVariable {
    return new SiteWiseVariable(name);
  }

  /**
   * A property of all child assets, for metrics only.
   *
   * @param hierarchy the name of the hierarchy that leads to the children
   * @param name the name of the property in the model of the children
   */
  public static ofChildren(hierarchy: string, name: string): SiteWiseVariable {
    return new SiteWiseVariable(name, hierarchy);
  }

  private constructor(
    /** The name of the property. */
    public readonly propertyName: string,
    /** The name of the hierarchy that leads to it, if it is a property of child assets. */
    public readonly hierarchyName?: string,
  ) {}
}
