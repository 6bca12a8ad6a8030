import { ConditionOperator, conditionOperator } from './condition-operator';
import { KeyValues } from './key-values';
import { Pattern } from './pattern';
import { asList, ConditionBlock } from './policy-document';

const NULL_OPERATOR = /^null$/i;

/** One operator on one key. */
export interface CompiledCondition {
  readonly name: string;
  /** Missing for `Null`, which asks only whether the key is there. */
  readonly operator?: ConditionOperator;
  readonly key: string;
  readonly expected: readonly string[];
}

/** The first part of a condition that does not hold. */
export interface FailedCondition {
  readonly operator: string;
  readonly key: string;
  readonly expected: readonly string[];
  /** What the request has; undefined when the key is not in it. */
  readonly actual: readonly string[] | undefined;
}

/** @throws MalformedPolicyError for an operator that the language does not have */
export function compileCondition(block: ConditionBlock): CompiledCondition[] {
  return Object.entries(block).flatMap(([name, keys]) => Object.entries(keys).map(([key, given]) => ({
    name, key, expected: asList(given).map(String), ...!NULL_OPERATOR.test(name) && { operator: conditionOperator(name) },
  })));
}

/**
 * Looks for a part of the condition that does not hold: all operators and all keys must.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-logic-multiple-context-keys-or-values.html
 */
export function failedCondition(conditions: readonly CompiledCondition[], context: KeyValues, variables: boolean): FailedCondition | undefined {
  for (const { name, operator, key, expected } of conditions) {
    const actual = context.valuesOf(key);
    const patterns = expected.map(value => Pattern.of(value, variables ? context : undefined));
    if (!holds(operator, actual, patterns)) return { operator: name, key, expected, actual };
  }
  return undefined;
}

function holds(operator: ConditionOperator | undefined, actual: string[] | undefined, expected: Pattern[]): boolean {
  // Null: true wants the key to be absent, Null: false wants it there.
  if (operator === undefined) return expected.some(value => value.equals(String(actual === undefined), false));
  if (actual === undefined) return holdsWithoutKey(operator);
  const matches = (value: string) => expected.some(pattern => operator.compare(value, pattern)) !== operator.negated;
  if (operator.quantifier === 'ForAllValues') return actual.every(matches);
  if (operator.quantifier === 'ForAnyValue') return actual.some(matches);
  // Without a quantifier a key with several values is not defined; a Not form then must hold for all of them, as for one.
  return operator.negated ? actual.every(matches) : actual.some(matches);
}

/** ForAllValues is true of no values, ForAnyValue is not. Otherwise nothing equals nothing, so that only the Not forms hold. */
function holdsWithoutKey({ quantifier, ifExists, negated }: ConditionOperator): boolean {
  if (ifExists || quantifier === 'ForAllValues') return true;
  return quantifier === 'ForAnyValue' ? false : negated;
}
