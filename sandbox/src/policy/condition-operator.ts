import { BlockList, isIP } from 'net';
import { arnMatches } from './arn';
import { Pattern } from './pattern';
import { MalformedPolicyError } from './policy-document';

/** Compares one value of the request with one of the policy. */
type Comparison = (value: string, expected: Pattern) => boolean;

/** An operator of a condition, such as `ForAllValues:StringNotLikeIfExists`, taken apart. */
export interface ConditionOperator {
  readonly base: string;
  readonly compare: Comparison;
  /** True for the Not forms: none of the policy's values may match. */
  readonly negated: boolean;
  readonly quantifier?: 'ForAllValues' | 'ForAnyValue';
  readonly ifExists: boolean;
}

const POSITIVE: Record<string, Comparison> = {
  stringequals: (value, expected) => expected.equals(value),
  stringequalsignorecase: (value, expected) => expected.equals(value, false),
  stringlike: (value, expected) => expected.matches(value),
  numericequals: numeric((value, expected) => value === expected),
  numericlessthan: numeric((value, expected) => value < expected),
  numericlessthanequals: numeric((value, expected) => value <= expected),
  numericgreaterthan: numeric((value, expected) => value > expected),
  numericgreaterthanequals: numeric((value, expected) => value >= expected),
  dateequals: dated((value, expected) => value === expected),
  datelessthan: dated((value, expected) => value < expected),
  datelessthanequals: dated((value, expected) => value <= expected),
  dategreaterthan: dated((value, expected) => value > expected),
  dategreaterthanequals: dated((value, expected) => value >= expected),
  bool: (value, expected) => expected.equals(value, false),
  binaryequals: (value, expected) => expected.equals(value),
  ipaddress: (value, expected) => expected.missingVariables.length === 0 && isInRange(value, expected.text),
  arnequals: (value, expected) => arnMatches(expected, value),
  arnlike: (value, expected) => arnMatches(expected, value),
};

const NEGATIVE: Record<string, string> = {
  stringnotequals: 'stringequals',
  stringnotequalsignorecase: 'stringequalsignorecase',
  stringnotlike: 'stringlike',
  numericnotequals: 'numericequals',
  datenotequals: 'dateequals',
  notipaddress: 'ipaddress',
  arnnotequals: 'arnequals',
  arnnotlike: 'arnlike',
};

const OPERATOR = /^(?:(ForAllValues|ForAnyValue):)?(.+?)(IfExists)?$/i;

/**
 * Reads the name of an operator. `Null` is none of these: it asks only whether a key is there.
 *
 * @throws MalformedPolicyError for a name that the language does not have
 */
export function conditionOperator(name: string): ConditionOperator {
  const [, quantifier, given, ifExists] = OPERATOR.exec(name) ?? [];
  const base = given?.toLowerCase() ?? '';
  const compare = POSITIVE[base] ?? POSITIVE[NEGATIVE[base]];
  if (!compare) throw new MalformedPolicyError(`${name} is not a condition operator`);
  return {
    base,
    compare,
    negated: base in NEGATIVE,
    quantifier: quantifier === undefined ? undefined : quantifier.toLowerCase() === 'forallvalues' ? 'ForAllValues' : 'ForAnyValue',
    ifExists: ifExists !== undefined,
  };
}

function numeric(compare: (value: number, expected: number) => boolean): Comparison {
  return (value, expected) => expected.missingVariables.length === 0
    && isNumber(value) && isNumber(expected.text) && compare(Number(value), Number(expected.text));
}

function isNumber(text: string): boolean {
  return text.trim() !== '' && Number.isFinite(Number(text));
}

function dated(compare: (value: number, expected: number) => boolean): Comparison {
  return (value, expected) => {
    const [left, right] = [timeOf(value), timeOf(expected.text)];
    return expected.missingVariables.length === 0 && !Number.isNaN(left) && !Number.isNaN(right) && compare(left, right);
  };
}

/** Milliseconds of an ISO 8601 date or of seconds since 1970. */
function timeOf(text: string): number {
  return /^\d+$/.test(text) && text.length > 4 ? Number(text) * 1000 : Date.parse(text);
}

function isInRange(address: string, range: string): boolean {
  const [network, length] = range.split('/');
  const family = familyOf(network);
  if (family === undefined || familyOf(address) !== family || range.split('/').length > 2) return false;
  const bits = length === undefined ? BITS[family] : Number(length);
  if (length === '' || !Number.isInteger(bits) || bits < 0 || bits > BITS[family]) return false;
  const list = new BlockList();
  list.addSubnet(network, bits, family);
  return list.check(address, family);
}

const BITS = { ipv4: 32, ipv6: 128 } as const;

function familyOf(address: string): 'ipv4' | 'ipv6' | undefined {
  return isIP(address) === 4 ? 'ipv4' : isIP(address) === 6 ? 'ipv6' : undefined;
}
