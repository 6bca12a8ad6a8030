import * as fc from 'fast-check';
import examples from './examples.json';
import { compileRule, Decimal, Message, parseJson, SqlError, writeJson } from '../../src/sql';
import { FUNCTIONS } from '../../src/sql/functions';
import { parseStatement } from '../../src/sql/parser';
import { printStatement } from '../../src/sql/printer';
import { Expression, Selection, Statement } from '../../src/sql/syntax-tree';

const LONG = process.env.FULL ? 20 : 1;
const context = { timestamp: 1_700_000_000_000, accountId: '123456789012', clientId: 'c', userProperties: [['k', 'v']] as const };
const at = 0;

const name = fc.constantFrom('a', 'b', 'value', 'set', 'x_1', 'exists', 'timestamp');
const text = fc.oneof(
  fc.constantFrom('', 'a', "it's", '"', '\\', '\\d+', '(a|b)*', '$1', 'base64', 'UTC', 'yyyy', 'enrichArray', '12', '-1.5', 'TRUE', '5E3', 'äö€', '}'),
  fc.string({ maxLength: 8 }),
);
const number = fc.oneof(
  fc.constantFrom('0', '1', '7', '1.5', '0.1', '1E3', '2.5E-7', '9007199254740993', '12345678901234567890', '1E999', '99999999999999999999999999999999999.5'),
  fc.nat(50).map(String),
);

const { expression, selection } = fc.letrec<{ expression: Expression; selection: Selection }>(tie => {
  const inner = tie('expression');
  const starred = fc.oneof({ weight: 4, arbitrary: inner }, { weight: 1, arbitrary: fc.constant<Expression>({ kind: 'star', at }) });
  const items = fc.array(
    fc.tuple(starred, fc.option(fc.array(name, { minLength: 1, maxLength: 2 }), { nil: undefined }))
      .map(([value, alias]) => ({ value, ...alias && { alias } })),
    { minLength: 1, maxLength: 3 },
  );
  const of = (kind: Expression['kind'], fields: object) =>
    fc.record({ kind: fc.constant(kind), ...fields, at: fc.constant(at) }) as unknown as fc.Arbitrary<Expression>;
  const query = fc.tuple(tie('selection'), inner, fc.option(name), fc.option(inner))
    .map(([select, from, alias, where]): Expression => ({ kind: 'query', select, from, ...alias !== null && { alias }, ...where && { where }, at }));
  return {
    selection: fc.oneof(
      items.map((list): Selection => ({ kind: 'items', items: list })),
      starred.map((value): Selection => ({ kind: 'value', value })),
    ),
    expression: fc.oneof(
      { maxDepth: 5, depthSize: 'small' },
      of('number', { text: number }), of('string', { value: text }), of('name', { name }), of('boolean', { value: fc.boolean() }), of('null', {}),
      of('array', { items: fc.array(inner, { maxLength: 3 }) }),
      of('object', { members: fc.array(fc.record({ key: text, value: inner }), { maxLength: 3 }) }),
      of('member', { of: inner, name }),
      of('call', { name: fc.constantFrom(...FUNCTIONS.keys()), arguments: fc.array(starred, { maxLength: 3 }) }),
      of('cast', { value: inner, type: fc.constantFrom('String', 'Int', 'Decimal', 'Boolean') }),
      of('unary', { operator: fc.constantFrom('NOT', '-'), operand: inner }),
      of('binary', { operator: fc.constantFrom('AND', 'OR', '=', '<>', '<', '<=', '>', '>=', '+', '-', '*', '/', '%'), left: inner, right: inner }),
      of('in', { value: inner, negated: fc.boolean(), list: inner }),
      of('exists', { query }),
      query,
      fc.tuple(fc.option(inner), fc.array(fc.record({ when: inner, then: inner }), { minLength: 1, maxLength: 2 }), fc.option(inner))
        .map(([subject, branches, otherwise]): Expression => ({ kind: 'case', ...subject && { subject }, branches, ...otherwise && { otherwise }, at })),
    ),
  };
});

const statement: fc.Arbitrary<Statement> = fc.tuple(selection, fc.constantFrom('a/b', '#', "it's/+"), fc.option(expression), fc.option(expression))
  .map(([select, filter, where, value]) => ({ variables: value ? [{ name: 'v', value }] : [], select, topicFilter: { text: filter, at }, ...where && { where } }));

const json = fc.jsonValue({ maxDepth: 3 }).map(value => JSON.stringify(value));
const payload = fc.oneof(
  fc.record(
    { a: fc.jsonValue({ maxDepth: 2 }), b: fc.array(fc.record({ a: fc.integer(), b: fc.string() })), value: fc.double(), set: fc.string() },
    { requiredKeys: [] },
  ).map(value => JSON.stringify(value)),
  json, fc.string(),
);

const withoutPositions = (tree: unknown): unknown => JSON.parse(JSON.stringify(tree, (key, value) => key === 'at' ? undefined : value));

test('what is printed reads back to the same statement', () => {
  fc.assert(fc.property(statement, tree => {
    const printed = printStatement(tree);
    expect(withoutPositions(parseStatement(printed))).toEqual(withoutPositions(tree));
  }), { numRuns: 1_000 * LONG });
});

test('every statement of the examples survives being printed, and evaluates to the same', () => {
  for (const { sql, expect: { error } } of examples as { sql: string; expect: { error?: string } }[]) {
    if (error !== undefined) continue;
    const tree = parseStatement(sql);
    expect(withoutPositions(parseStatement(printStatement(tree)))).toEqual(withoutPositions(tree));
  }
});

test('any statement gives an outcome for any payload, and the same one for the same message', () => {
  let defined = 0;
  fc.assert(fc.property(statement, payload, (tree, bytes) => {
    const sql = printStatement({ ...tree, topicFilter: { text: '#', at } });
    const evaluate = () => compileRule(sql).evaluate(new Message('a/b', Buffer.from(bytes), context));
    const outcome = evaluate();
    if (outcome.match && outcome.value !== undefined) {
      defined++;
      expect(() => JSON.parse(outcome.payload.toString())).not.toThrow();
    }
    if (!/rand|newuuid/.test(sql)) expect(evaluate()).toEqual(outcome);
  }), { numRuns: 1_000 * LONG });
  // A generator of nothing but Undefined would prove nothing.
  expect(defined).toBeGreaterThan(100);
});

test('whatever is no statement is refused by an SqlError, and by no other error', () => {
  const tokens = fc.array(fc.constantFrom(
    'SELECT', 'FROM', 'WHERE', 'AS', 'SET', 'VALUE', 'CASE', 'WHEN', 'THEN', 'END', 'NOT', 'IN', 'cast', 'exists', "'a/b'", '"x"', '@v', 'a', '1', '1.5', '1E', '(', ')', '[', ']', '{', '}',
    ',', '.', ':', '*', '=', '<>', '-', "'", '\\', '${', '\u0000', '€',
  ), { maxLength: 14 }).map(parts => parts.join(' '));
  fc.assert(fc.property(fc.oneof(tokens, tokens.map(parts => `SELECT ${parts}`), fc.string(), fc.string({ unit: 'binary' })), sql => {
    try {
      compileRule(sql);
    } catch (error) {
      expect(error).toBeInstanceOf(SqlError);
    }
  }), { numRuns: 5_000 * LONG });
});

test('JSON is taken exactly if JSON.parse takes it, and written as the same value', () => {
  fc.assert(fc.property(fc.oneof(json, json.map(valid => valid.replace(/[\]}"]/, '')), fc.string(), fc.stringMatching(/^[-+0-9.eE]{1,6}$/)), given => {
    let expected: { value: unknown } | undefined;
    try {
      expected = { value: JSON.parse(given) };
    } catch {
      expected = undefined;
    }
    const parsed = parseJson(given);
    expect(parsed.json).toBe(expected !== undefined);
    // -0 is 0 here.
    const read = (document: string): unknown => JSON.parse(document, (_key, value) => Object.is(value, -0) ? 0 : value);
    if (parsed.json && parsed.value !== undefined) expect(read(writeJson(parsed.value))).toEqual(read(given));
  }), { numRuns: 3_000 * LONG });
});

describe('Decimals', () => {
  const decimal = fc.tuple(fc.bigInt({ min: -(10n ** 16n), max: 10n ** 16n }), fc.integer({ min: -2, max: 14 }))
    .map(([unscaled, scale]) => new Decimal(unscaled, scale));

  test('a quotient times its divisor is the dividend, to 33 digits', () => {
    fc.assert(fc.property(decimal, decimal.filter(({ unscaled }) => unscaled !== 0n), (dividend, divisor) => {
      const error = dividend.dividedBy(divisor)!.times(divisor)!.minus(dividend)!;
      expect(Math.abs(error.toDouble())).toBeLessThanOrEqual(Math.abs(dividend.toDouble()) * 1e-33);
    }), { numRuns: 500 * LONG });
  });

  test('sums and products are exact where they have 34 digits, and order and rounding agree with it', () => {
    fc.assert(fc.property(decimal, decimal, (a, b) => {
      expect(a.plus(b)!.minus(b)!.compareTo(a)).toBe(0);
      expect(Math.sign(a.compareTo(b))).toBe(Math.sign(Number(a.minus(b)!.unscaled)));
      expect(Decimal.from(a.floor()).compareTo(a)).toBeLessThanOrEqual(0);
      expect(Decimal.from(a.ceil()).compareTo(a)).toBeGreaterThanOrEqual(0);
      expect(Decimal.parse(a.toString())!.compareTo(a)).toBe(0);
    }), { numRuns: 500 * LONG });
  });
});
