import { toDecimal, toFlooredInt, toNumeric } from '../conversion';
import { Decimal, Int, toInt } from '../decimal';
import { BINARY } from '../operator';
import { isInt, isNumeric, Value } from '../value';
import { between, of, SqlFunction } from './function';

/** @see https://docs.aws.amazon.com/iot/latest/developerguide/iot-sql-functions.html */
export const NUMERIC: Record<string, SqlFunction> = {
  abs: of(1, value => {
    const numeric = toNumeric(value);
    return numeric === undefined || toDecimal(numeric)!.unscaled >= 0n ? numeric : BINARY['-'](0, numeric);
  }),
  sign: of(1, value => {
    const decimal = toDecimal(value);
    return decimal === undefined ? undefined : decimal.unscaled > 0n ? 1 : decimal.unscaled < 0n ? -1 : 0;
  }),
  ceil: of(1, value => rounded(value, decimal => decimal.ceil())),
  floor: of(1, value => rounded(value, decimal => decimal.floor())),
  round: of(1, value => rounded(value, decimal => decimal.round())),
  trunc: of(2, (value, places) => {
    const numeric = toNumeric(value);
    const count = isNumeric(places) ? Number(toFlooredInt(places)) : undefined;
    if (numeric === undefined || count === undefined || isInt(numeric)) return count === undefined ? undefined : numeric;
    return numeric.truncated(Math.min(Math.max(count, 0), 34));
  }),
  mod: of(2, BINARY['%']),
  remainder: of(2, BINARY['%']),
  power: of(2, (base, exponent) => ofDoubles(Math.pow, base, exponent)),
  atan2: of(2, (y, x) => ofDoubles(Math.atan2, y, x)),
  ...Object.fromEntries(Object.entries({
    acos: Math.acos,
    asin: Math.asin,
    atan: Math.atan,
    cos: Math.cos,
    cosh: Math.cosh,
    exp: Math.exp,
    ln: Math.log,
    log: Math.log10,
    sin: Math.sin,
    sinh: Math.sinh,
    sqrt: Math.sqrt,
    tan: Math.tan,
    tanh: Math.tanh,
  }).map(([name, compute]) => [name, of(1, value => ofDoubles(compute, value))])),
  bitand: of(2, (left, right) => ofBits((a, b) => a & b, left, right)), // eslint-disable-line no-bitwise
  bitor: of(2, (left, right) => ofBits((a, b) => a | b, left, right)), // eslint-disable-line no-bitwise
  bitxor: of(2, (left, right) => ofBits((a, b) => a ^ b, left, right)), // eslint-disable-line no-bitwise
  bitnot: of(1, value => ofBits(invertedBits, value)),
  rand: between(0, 0, () => Decimal.fromDouble(Math.random())),
  nanvl: of(2, (value, otherwise) => value ?? otherwise),
};

/** The page's example, bitnot(13) = 2, inverts the bits that the number has, 1101; it says nothing of negative numbers. */
function invertedBits(value: bigint): bigint {
  return value < 0n ? -value - 1n : 2n ** BigInt(value.toString(2).length) - 1n - value;
}

function rounded(value: Value, round: (decimal: Decimal) => Int): Value {
  const numeric = toNumeric(value);
  return numeric instanceof Decimal ? round(numeric) : numeric;
}

/** With double precision; imaginary and infinite results are Undefined. */
function ofDoubles(compute: (...args: number[]) => number, ...args: Value[]): Value {
  const decimals = args.map(toDecimal);
  if (decimals.includes(undefined)) return undefined;
  return Decimal.fromDouble(compute(...decimals.map(decimal => decimal!.toDouble())));
}

function ofBits(compute: (...args: bigint[]) => bigint, ...args: Value[]): Value {
  const ints = args.map(toFlooredInt);
  if (ints.includes(undefined)) return undefined;
  return toInt(compute(...ints.map(int => BigInt(int!))));
}
