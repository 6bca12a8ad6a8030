import { messageOf } from './example';
import { compileRule, compileTemplate } from '../../src/sql';

const message = messageOf({ topic: 'data/pump-1/x', payload: { site: 'north', t: 21.5, o: { a: [1, '}'] }, n: null, big: 123456789012345678901n.toString() } });
const evaluate = (text: string) => compileTemplate(text).evaluate(message);

test.each([
  ['plain', 'plain'], ['${site}', 'north'], ['${site}/${topic(2)}-${t}', 'north/pump-1-21.5'], ['${o}', '{"a":[1,"}"]}'], ["${get(o.a, 1) + '}'}", '}}'], ['a${nope}b', 'ab'], ['a${n}b', 'ab'],
  ['${{"a": {"b": 1}}.a}x', '{"b":1}x'], ['$ {a} }${site}{', '$ {a} }north{'], ['${floor(timestamp() / 1E3)}', '1700000000'], ['${(timestamp() % 1E3) * 1E6}', '0'], ['${1700000000123 % 1E3 * 1E6}', '123000000'],
  ['${cast(10.0 as Decimal)}', '10'], ['$$aws/x', '$$aws/x'],
])('%s gives %s', (template, text) => expect(evaluate(template)).toBe(text));

test('sees the original payload, and not the aliases of SELECT', () => {
  const rule = compileRule("SELECT t * 2 AS t, t AS alias FROM '#'");
  expect(rule.template('${t}-${alias}').evaluate(message)).toBe('21.5-');
});

test('in the topic of a republish action two dollars are one', () => {
  expect(compileTemplate('$$aws/things/${topic(2)}/shadow/update', { doubledDollar: true }).evaluate(message)).toBe('$aws/things/pump-1/shadow/update');
});

test('tells whether it depends on the message', () => {
  expect(compileTemplate('a/$b/{c}').isConstant).toBe(true);
  expect(compileTemplate('a/${b}').isConstant).toBe(false);
});
