import { isObject, Json, JsonObject } from '../json';

/** An attribute of a message as a filter sees it: the texts, numbers and booleans in it. */
export type FilteredAttributes = { readonly [name: string]: readonly (string | number | boolean)[] };

type Test = (values: readonly (string | number | boolean)[] | undefined) => boolean;

/**
 * Compiles a filter policy on message attributes.
 *
 * @throws Error naming what is no filter, or not modelled (`$or`, nested keys, `cidr`, `wildcard`)
 * @see https://docs.aws.amazon.com/sns/latest/dg/sns-subscription-filter-policies.html
 */
export function filterPolicy(policy: JsonObject): (attributes: FilteredAttributes) => boolean {
  const tests = Object.entries(policy).map(([name, conditions]) => {
    if (name === '$or' || !Array.isArray(conditions)) throw new Error(`${name} is not modelled: a filter has a list of conditions for each attribute`);
    return { name, alternatives: conditions.map(condition => testOf(name, condition)) };
  });
  return attributes => tests.every(({ name, alternatives }) => {
    const values = Object.hasOwn(attributes, name) ? attributes[name] : undefined;
    return alternatives.some(test => test(values));
  });
}

function testOf(name: string, condition: Json): Test {
  if (!isObject(condition)) return values => values?.some(value => value === condition) ?? false;
  const [[operator, operand] = ['', null], ...others] = Object.entries(condition);
  if (others.length > 0) throw new Error(`${name} has more than one operator in one condition: ${JSON.stringify(condition)}`);
  switch (operator) {
    case 'exists': return values => (values !== undefined) === operand;
    case 'prefix': return texts(text => text.startsWith(String(operand)));
    case 'suffix': return texts(text => text.endsWith(String(operand)));
    case 'equals-ignore-case': return texts(text => text.toLowerCase() === String(operand).toLowerCase());
    case 'anything-but': {
      const refused = [operand].flat().map(one => testOf(name, one));
      return values => values?.some(value => !refused.some(test => test([value]))) ?? false;
    }
    case 'numeric': return numeric(name, operand);
    default: throw new Error(`${name}: the operator ${operator} is not modelled`);
  }
}

function texts(test: (text: string) => boolean): Test {
  return values => values?.some(value => typeof value === 'string' && test(value)) ?? false;
}

const COMPARE: { readonly [operator: string]: (a: number, b: number) => boolean } = {
  '=': (a, b) => a === b, '<': (a, b) => a < b, '<=': (a, b) => a <= b, '>': (a, b) => a > b, '>=': (a, b) => a >= b,
};

/** `["<", 5]` or `[">=", 1, "<", 5]` */
function numeric(name: string, operand: Json): Test {
  const list = Array.isArray(operand) ? operand : [];
  const bounds = list.flatMap((operator, at) => at % 2 > 0 ? [] : [{ compare: COMPARE[String(operator)], bound: list[at + 1] }]);
  if (bounds.length === 0 || bounds.some(({ compare, bound }) => compare === undefined || typeof bound !== 'number')) {
    throw new Error(`${name}: numeric needs operators of ${Object.keys(COMPARE).join(' ')} each with a number, got ${JSON.stringify(operand)}`);
  }
  return values => values?.some(value => typeof value === 'number' && bounds.every(({ compare, bound }) => compare(value, bound as number))) ?? false;
}
