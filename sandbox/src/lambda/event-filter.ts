import { isObject, Json, JsonObject } from '../json';

/** A pattern that is malformed, or of a kind that is not modelled. */
export class EventFilterError extends Error {}

/** What a value has to be: one of several. */
type Test = (value: unknown) => boolean;

/** Operators of numbers, for a pair `">", 5`. */
const COMPARISONS: { readonly [operator: string]: (value: number, bound: number) => boolean } = {
  '=': (value, bound) => value === bound,
  '>': (value, bound) => value > bound,
  '>=': (value, bound) => value >= bound,
  '<': (value, bound) => value < bound,
  '<=': (value, bound) => value <= bound,
};

/**
 * A filter of an event source mapping: a pattern of the shape of the event, whose leaves list what is wanted.
 *
 * Modelled: equal values, `prefix`, `suffix`, `equals-ignore-case`, `exists`, `anything-but` a value or a list, `numeric`. Not: `$or`, `wildcard`, `cidr`.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html
 */
export class EventFilter {
  /** @throws EventFilterError */
  static of(pattern: string): EventFilter {
    const found = parsed(pattern);
    if (!isObject(found)) throw new EventFilterError(`a pattern is a JSON object, got ${pattern}`);
    return new EventFilter(found, compile(found));
  }

  private constructor(private readonly pattern: JsonObject, private readonly test: Test) {}

  /** A body that is JSON is looked into; a pattern of a body that is not drops the message, as Lambda does. */
  matchesMessage(message: { readonly body: string }): boolean {
    return this.test({ ...message, body: isObject(this.pattern.body) ? parsed(message.body) : message.body });
  }
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

function compile(pattern: JsonObject): Test {
  const tests = Object.entries(pattern).map(([name, inner]): Test => {
    if (name === '$or') throw new EventFilterError('$or is not modelled in patterns of event source mappings');
    if (!isObject(inner) && !Array.isArray(inner)) throw new EventFilterError(`'${name}' needs an object or a list of what is wanted, got ${JSON.stringify(inner)}`);
    const test = Array.isArray(inner) ? anyOf(inner.map(leaf)) : compile(inner);
    return value => test(isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined);
  });
  return value => tests.every(test => test(value));
}

/** A list in the event matches where one of its elements does. */
function anyOf(tests: Test[]): Test {
  return value => Array.isArray(value) ? value.some(element => tests.some(test => test(element))) : tests.some(test => test(value));
}

function leaf(wanted: Json): Test {
  if (!isObject(wanted)) return value => value === wanted;
  const [[operator, argument] = ['', null], ...others] = Object.entries(wanted);
  const isText = typeof argument === 'string';
  if (others.length === 0) {
    if (operator === 'exists' && typeof argument === 'boolean') return value => (value !== undefined) === argument;
    if (operator === 'prefix' && isText) return value => typeof value === 'string' && value.startsWith(argument);
    if (operator === 'suffix' && isText) return value => typeof value === 'string' && value.endsWith(argument);
    if (operator === 'equals-ignore-case' && isText) return value => typeof value === 'string' && value.toLowerCase() === argument.toLowerCase();
    if (operator === 'anything-but' && !isObject(argument)) return value => value !== undefined && ![argument].flat().includes(value as string);
    if (operator === 'numeric' && Array.isArray(argument)) return numeric(argument);
  }
  throw new EventFilterError(`${JSON.stringify(wanted)} is not modelled: values, prefix, suffix, equals-ignore-case, exists, anything-but and numeric are`);
}

function numeric(argument: Json[]): Test {
  const pairs: [(value: number, bound: number) => boolean, number][] = [];
  for (let at = 0; at < argument.length; at += 2) {
    const [operator, bound] = [String(argument[at]), argument[at + 1]];
    if (!Object.hasOwn(COMPARISONS, operator) || typeof bound !== 'number') throw new EventFilterError(`numeric takes pairs of =, <, <=, >, >= and a number, got ${JSON.stringify(argument)}`);
    pairs.push([COMPARISONS[operator], bound]);
  }
  return value => typeof value === 'number' && pairs.every(([holds, bound]) => holds(value, bound));
}
