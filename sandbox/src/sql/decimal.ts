/** AWS IoT computes with 34 digits, and numbers end at 9.999…E999. */
const PRECISION = 34;
const LARGEST_EXPONENT = 999;
const LIMIT_OF_INT = 10n ** BigInt(PRECISION);

/** What toString would give again: a point, no zero at the end, and not so small that it would be shown with an exponent. */
const SHOWN_AS_WRITTEN = /^-?(?!0\.000000)(?:0|[1-9]\d*)\.\d*[1-9]$/;

/** An Int: a JavaScript number where that holds all its digits, a bigint beyond. */
export type Int = number | bigint;
export type Numeric = Int | Decimal;

/**
 * A decimal number without the errors of binary ones: `unscaled` times ten to the power of minus `scale`.
 *
 * @see https://docs.aws.amazon.com/iot/latest/developerguide/iot-sql-data-types.html
 */
export class Decimal {
  /** Reads what JSON and SQL write. Undefined for what is beyond the range of AWS. */
  static parse(text: string): Decimal | undefined {
    return text.length <= PRECISION && SHOWN_AS_WRITTEN.test(text) ? new Decimal(undefined, 0, text) : Decimal.read(text);
  }

  /** Undefined for NaN and the infinities: AWS IoT SQL has neither. */
  static fromDouble(value: number): Decimal | undefined {
    return Number.isFinite(value) ? Decimal.parse(String(value)) : undefined;
  }

  static from(value: Numeric): Decimal {
    return value instanceof Decimal ? value : new Decimal(BigInt(value), 0);
  }

  private static read(text: string): Decimal | undefined {
    const exponentAt = text.search(/[eE]/);
    const digits = exponentAt < 0 ? text : text.slice(0, exponentAt);
    const exponent = exponentAt < 0 ? 0 : Number(text.slice(exponentAt + 1));
    if (Math.abs(exponent) > 100_000) return undefined;
    const point = digits.indexOf('.');
    const scale = (point < 0 ? 0 : digits.length - point - 1) - exponent;
    return new Decimal(BigInt(digits.replace('.', '')), scale).inRange();
  }

  private double: number | undefined;
  private exact: { readonly unscaled: bigint; readonly scale: number } | undefined;

  constructor(unscaled: bigint | undefined, scale: number, private readonly text?: string) {
    if (unscaled !== undefined) this.exact = { unscaled, scale };
  }

  get unscaled(): bigint {
    return this.digits().unscaled;
  }

  get scale(): number {
    return this.digits().scale;
  }

  plus(other: Decimal): Decimal | undefined {
    const [left, right, scale] = aligned(this, other);
    return new Decimal(left + right, scale).rounded();
  }

  minus(other: Decimal): Decimal | undefined {
    return this.plus(other.negated());
  }

  times(other: Decimal): Decimal | undefined {
    return new Decimal(this.unscaled * other.unscaled, this.scale + other.scale).rounded();
  }

  /** Undefined for a division by zero. */
  dividedBy(other: Decimal): Decimal | undefined {
    if (other.unscaled === 0n) return undefined;
    const shift = Math.max(0, PRECISION + 2 + digitsOf(other.unscaled) - digitsOf(this.unscaled));
    const dividend = this.unscaled * 10n ** BigInt(shift);
    const quotient = dividend / other.unscaled;
    // One more digit that is not zero keeps a rest from being rounded as if there were none.
    const inexact = quotient * other.unscaled === dividend ? quotient * 10n : quotient * 10n + sign(dividend) * sign(other.unscaled);
    return new Decimal(inexact, this.scale - other.scale + shift + 1).rounded()?.stripped();
  }

  /** With the sign of the dividend. Undefined for a division by zero. */
  modulo(other: Decimal): Decimal | undefined {
    if (other.unscaled === 0n) return undefined;
    const [left, right, scale] = aligned(this, other);
    return new Decimal(left % right, scale).rounded();
  }

  negated(): Decimal {
    return new Decimal(-this.unscaled, this.scale);
  }

  /** Below, equal to or above zero, as the number is smaller than, equal to or larger than the other one. */
  compareTo(other: Decimal): number {
    const difference = this.toDouble() - other.toDouble();
    // Doubles decide unless they are too near to each other to be told apart by them.
    if (Math.abs(difference) > 1e-9 * Math.max(Math.abs(this.toDouble()), Math.abs(other.toDouble()))) return difference;
    const [left, right] = aligned(this, other);
    return left < right ? -1 : left > right ? 1 : 0;
  }

  /** Without its digits behind the given place, trailing zeros stripped. */
  truncated(places: number): Decimal {
    return this.scale <= places ? this.stripped() : new Decimal(this.unscaled / 10n ** BigInt(this.scale - places), places).stripped();
  }

  floor(): Int {
    const whole = this.integerPart();
    return toInt(this.unscaled < 0n && !this.isWhole() ? whole - 1n : whole);
  }

  ceil(): Int {
    const whole = this.integerPart();
    return toInt(this.unscaled > 0n && !this.isWhole() ? whole + 1n : whole);
  }

  /** To the nearest, a half away from zero. */
  round(): Int {
    return toInt(this.scale <= 0 ? this.integerPart() : divideHalf(this.unscaled, 10n ** BigInt(this.scale), 'up'));
  }

  /** Towards zero. */
  toInt(): Int {
    return toInt(this.integerPart());
  }

  isWhole(): boolean {
    return this.scale <= 0 || this.unscaled % 10n ** BigInt(this.scale) === 0n;
  }

  /** Whole and with no more digits than an Int has. SQL 2016-03-23 shows such numbers without a point. */
  isIntLike(): boolean {
    return this.isWhole() && digitsOf(this.unscaled) - this.scale <= PRECISION;
  }

  toDouble(): number {
    this.double ??= Number(this.text ?? `${this.unscaled}e${-this.scale}`);
    return this.double;
  }

  /** In standard notation where that is short, in scientific notation otherwise. */
  toString(): string {
    if (this.text !== undefined) return this.text;
    if (this.isIntLike()) return this.integerPart().toString();
    const negative = this.unscaled < 0n;
    const digits = (negative ? -this.unscaled : this.unscaled).toString();
    const exponent = digits.length - 1 - this.scale;
    return (negative ? '-' : '') + (this.scale >= 0 && exponent >= -6 ? pointed(digits, this.scale) : scientific(digits, exponent));
  }

  /** Most numbers of a payload are handed on or compared, so that their digits are never asked for. */
  private digits(): { readonly unscaled: bigint; readonly scale: number } {
    this.exact ??= Decimal.read(this.text!)!.digits();
    return this.exact;
  }

  private integerPart(): bigint {
    return this.scale <= 0 ? this.unscaled * 10n ** BigInt(-this.scale) : this.unscaled / 10n ** BigInt(this.scale);
  }

  private stripped(): Decimal {
    let { unscaled, scale } = this;
    while (scale > 0 && unscaled % 10n === 0n) {
      unscaled /= 10n;
      scale--;
    }
    return new Decimal(unscaled, scale);
  }

  /** To 34 digits, a half to the even neighbour. */
  private rounded(): Decimal | undefined {
    const surplus = digitsOf(this.unscaled) - PRECISION;
    if (surplus <= 0) return this.inRange();
    return new Decimal(divideHalf(this.unscaled, 10n ** BigInt(surplus), 'even'), this.scale - surplus).inRange();
  }

  private inRange(): Decimal | undefined {
    if (this.unscaled === 0n) return new Decimal(0n, Math.min(Math.max(this.scale, 0), LARGEST_EXPONENT));
    const exponent = digitsOf(this.unscaled) - 1 - this.scale;
    if (exponent > LARGEST_EXPONENT) return undefined;
    return exponent < -LARGEST_EXPONENT ? new Decimal(0n, 0) : this;
  }
}

/** As a number where that holds all digits. */
export function toInt(value: bigint): Int {
  return value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value;
}

/** An Int, or a rounded Decimal where it has more digits than an Int of AWS. */
export function intResult(value: bigint): Numeric | undefined {
  if (value > -LIMIT_OF_INT && value < LIMIT_OF_INT) return toInt(value);
  return new Decimal(value, 0).plus(new Decimal(0n, 0));
}

function aligned(left: Decimal, right: Decimal): [bigint, bigint, number] {
  const scale = Math.max(left.scale, right.scale);
  return [left.unscaled * 10n ** BigInt(scale - left.scale), right.unscaled * 10n ** BigInt(scale - right.scale), scale];
}

function divideHalf(dividend: bigint, divisor: bigint, half: 'up' | 'even'): bigint {
  const quotient = dividend / divisor;
  const rest = dividend % divisor;
  const twice = 2n * (rest < 0n ? -rest : rest);
  const away = twice > divisor || (twice === divisor && (half === 'up' || quotient % 2n !== 0n));
  return away ? quotient + sign(dividend) : quotient;
}

function digitsOf(value: bigint): number {
  return (value < 0n ? -value : value).toString().length;
}

function sign(value: bigint): bigint {
  return value < 0n ? -1n : value > 0n ? 1n : 0n;
}

function pointed(digits: string, scale: number): string {
  if (scale === 0) return digits;
  const padded = digits.padStart(scale + 1, '0');
  return `${padded.slice(0, -scale)}.${padded.slice(-scale)}`;
}

function scientific(digits: string, exponent: number): string {
  return `${digits[0]}${digits.length > 1 ? `.${digits.slice(1)}` : ''}E${exponent < 0 ? '-' : '+'}${Math.abs(exponent)}`;
}
