import { Decimal, Int, Numeric } from './decimal';
import { writeJson } from './json';
import { CastType } from './syntax-tree';
import { isInt, isNumeric, Value } from './value';

/** The strings that AWS IoT converts to a Decimal by itself. */
const NUMERIC_TEXT = /^-?\d+(\.\d+)?([eE]-?\d+)?$/;

/**
 * What operators and functions do to a value of another type than theirs.
 *
 * @see https://docs.aws.amazon.com/iot/latest/developerguide/iot-sql-data-types.html#iot-sql-conversions
 */
export function toNumeric(value: Value): Numeric | undefined {
  if (isNumeric(value)) return value;
  return typeof value === 'string' && NUMERIC_TEXT.test(value) ? Decimal.parse(value) : undefined;
}

export function toDecimal(value: Value): Decimal | undefined {
  const numeric = toNumeric(value);
  return numeric === undefined ? undefined : Decimal.from(numeric);
}

/** Cuts the decimals off. The page says nearest for a Decimal, but its examples (substring) cut. */
export function toTruncatedInt(value: Value): Int | undefined {
  const numeric = toNumeric(value);
  return numeric instanceof Decimal ? numeric.toInt() : numeric;
}

/** Rounds down, as the pages of the bit functions, chr, lpad and cast say. */
export function toFlooredInt(value: Value): Int | undefined {
  const numeric = toNumeric(value);
  return numeric instanceof Decimal ? numeric.floor() : numeric;
}

export function toBoolean(value: Value): boolean | undefined {
  if (typeof value === 'boolean') return value;
  if (typeof value !== 'string') return undefined;
  const text = value.toLowerCase();
  return text === 'true' ? true : text === 'false' ? false : undefined;
}

/** Undefined for Null and Undefined; arrays and objects become JSON. */
export function toText(value: Value): string | undefined {
  if (typeof value === 'string') return value;
  if (value === undefined || value === null) return undefined;
  return typeof value === 'object' && !(value instanceof Decimal) ? writeJson(value) : String(value);
}

/** @see https://docs.aws.amazon.com/iot/latest/developerguide/iot-sql-functions.html#iot-sql-function-cast */
export function cast(value: Value, type: CastType): Value {
  switch (type) {
    case 'String': return toText(value);
    case 'Int': return typeof value === 'boolean' ? Number(value) : toFlooredInt(value);
    case 'Decimal': return typeof value === 'boolean' ? Number(value) : castToDecimal(value);
    case 'Boolean': return isNumeric(value) ? isInt(value) ? value != 0 : value.unscaled !== 0n : toBoolean(value);
  }
}

/** "Numeric values that are whole numbers, such as 10.0, return an Int value (10)" in SQL 2016-03-23. */
function castToDecimal(value: Value): Value {
  const numeric = toNumeric(value);
  return numeric instanceof Decimal && numeric.isIntLike() ? numeric.toInt() : numeric;
}
