/**
 * Types of SiteWise property values that a device can send.
 *
 * @see https://docs.aws.amazon.com/iot-sitewise/latest/APIReference/API_AssetModelProperty.html
 */
export enum SiteWiseDataType {
  /** Text of at most 1,024 characters. */
  STRING = 'STRING',
  /** A signed whole number of 32 bits. */
  INTEGER = 'INTEGER',
  /** A floating-point number of double precision. */
  DOUBLE = 'DOUBLE',
  /** `true` or `false`. */
  BOOLEAN = 'BOOLEAN',
}
