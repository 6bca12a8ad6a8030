import { toBoolean, toDecimal, toNumeric, toText } from './conversion';
import { Decimal, intResult } from './decimal';
import { BinaryOperator, UnaryOperator } from './syntax-tree';
import { isArray, isInt, isNumeric, JsonArray, JsonObject, Value } from './value';

/**
 * The operators, one function each.
 *
 * @see https://docs.aws.amazon.com/iot/latest/developerguide/iot-sql-operators.html
 */
export const BINARY: Record<BinaryOperator, (left: Value, right: Value) => Value> = {
  'AND': (left, right) => logical(left, right, (a, b) => a && b),
  'OR': (left, right) => logical(left, right, (a, b) => a || b),
  '=': (left, right) => left === undefined || right === undefined ? undefined : equal(left, right),
  '<>': (left, right) => left === undefined || right === undefined ? undefined : !equal(left, right),
  '<': (left, right) => ordered(left, right, order => order < 0),
  '<=': (left, right) => ordered(left, right, order => order <= 0),
  '>': (left, right) => ordered(left, right, order => order > 0),
  '>=': (left, right) => ordered(left, right, order => order >= 0),
  '+': plus,
  '-': (left, right) => arithmetic(left, right, (a, b) => a - b, (a, b) => a - b, (a, b) => a.minus(b)),
  '*': (left, right) => arithmetic(left, right, (a, b) => a * b, (a, b) => a * b, (a, b) => a.times(b)),
  // An Int by an Int is an Int: the page says so, and so 7 / 2 is 3.
  '/': (left, right) => arithmetic(left, right, (a, b) => (a - a % b) / b, (a, b) => b === 0n ? undefined : a / b, (a, b) => a.dividedBy(b)),
  '%': (left, right) => arithmetic(left, right, (a, b) => a % b, (a, b) => b === 0n ? undefined : a % b, (a, b) => a.modulo(b)),
};

export const UNARY: Record<UnaryOperator, (operand: Value) => Value> = {
  'NOT': operand => {
    const boolean = toBoolean(operand);
    return boolean === undefined ? undefined : !boolean;
  },
  '-': operand => BINARY['-'](0, operand),
};

/** Any value but Undefined. Types are not converted, but an Int and a Decimal compare by value. */
export function equal(left: Value, right: Value): boolean {
  if (left === right) return true;
  if (isNumeric(left) && isNumeric(right)) {
    return !(isInt(left) && isInt(right)) && Decimal.from(left).compareTo(Decimal.from(right)) === 0;
  }
  if (left instanceof Map && right instanceof Map) return equalObjects(left, right);
  return isArray(left) && isArray(right) && equalArrays(left, right);
}

function equalArrays(left: JsonArray, right: JsonArray): boolean {
  return left.length === right.length && left.every((item, at) => equal(item, right[at]));
}

function equalObjects(left: JsonObject, right: JsonObject): boolean {
  return left.size === right.size && [...left].every(([key, value]) => right.has(key) && equal(value, right.get(key)));
}

function logical(left: Value, right: Value, combine: (left: boolean, right: boolean) => boolean): Value {
  const a = toBoolean(left);
  const b = toBoolean(right);
  return a === undefined || b === undefined ? undefined : combine(a, b);
}

function ordered(left: Value, right: Value, holds: (order: number) => boolean): Value {
  if (typeof left === 'number' && typeof right === 'number') return holds(left - right);
  const a = toDecimal(left);
  const b = toDecimal(right);
  return a === undefined || b === undefined ? undefined : holds(a.compareTo(b));
}

function plus(left: Value, right: Value): Value {
  if (typeof left === 'string' || typeof right === 'string') {
    const a = toText(left);
    const b = toText(right);
    return a === undefined || b === undefined ? undefined : a + b;
  }
  return arithmetic(left, right, (a, b) => a + b, (a, b) => a + b, (a, b) => a.plus(b));
}

/** With JavaScript numbers while they are exact, then with bigints, then with Decimals. */
function arithmetic(
  left: Value, right: Value,
  small: (left: number, right: number) => number,
  large: (left: bigint, right: bigint) => bigint | undefined,
  decimal: (left: Decimal, right: Decimal) => Decimal | undefined,
): Value {
  if (typeof left === 'number' && typeof right === 'number') {
    const result = small(left, right);
    if (Number.isSafeInteger(result)) return result;
  }
  const a = toNumeric(left);
  const b = toNumeric(right);
  if (a === undefined || b === undefined) return undefined;
  if (!isInt(a) || !isInt(b)) return decimal(Decimal.from(a), Decimal.from(b));
  const result = large(BigInt(a), BigInt(b));
  return result === undefined ? undefined : intResult(result);
}
