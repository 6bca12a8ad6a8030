import { Token } from 'aws-cdk-lib';
import { SiteWiseDataType } from './data-type';
import { notText, Problem } from '../private/validation';
import { sqlWordProblems } from '../rules/sql-words';

/**
 * Checks an AWS IoT SQL expression that is put into `${…}` and into a WHERE clause. Tokens pass.
 *
 * Braces would end the `${…}` early, so object literals are not possible.
 */
export function expressionProblems(prop: string, value: string | undefined): Problem[] {
  if (value === undefined || Token.isUnresolved(value)) return [];
  if (typeof value !== 'string') return [notText(prop, value)];
  if (value.trim() === '') {
    return [{ prop, got: value, allowed: 'an AWS IoT SQL expression', fix: 'write where the value is in the message, such as measurements.temperature' }];
  }
  if (!/[{}\r\n]/.test(value)) return sqlWordProblems(prop, value);
  return [{ prop, got: value, allowed: 'an AWS IoT SQL expression without braces and line breaks', fix: 'write the expression alone, such as measurements.temperature' }];
}

/** @see https://docs.aws.amazon.com/iot/latest/developerguide/iot-sql-functions.html#iot-sql-function-cast */
const CASTS: Partial<Record<SiteWiseDataType, string>> = {
  [SiteWiseDataType.INTEGER]: 'Int',
  [SiteWiseDataType.DOUBLE]: 'Decimal',
  [SiteWiseDataType.BOOLEAN]: 'Boolean',
};

/** The value in the type of the property. Text is taken as it is: the guide says of a cast of text that it keeps true and false only. */
export function typedValue(valueFrom: string, dataType: SiteWiseDataType): string {
  const type = CASTS[dataType];
  return type ? `cast(${valueFrom} as ${type})` : valueFrom;
}

/** The condition that the message has the value, and that it is, or can be made, of the right type. */
export function presenceCondition(valueFrom: string, dataType: SiteWiseDataType): string {
  const present = `NOT isUndefined(${typedValue(valueFrom, dataType)})`;
  return CASTS[dataType] ? present : `${present} AND NOT isNull(${valueFrom})`;
}
