import { messageOf } from './example';
import { compileRule, compileTemplate, ExternalFunctions, Value } from '../../src/sql';

const message = messageOf({ topic: 'a/b', payload: { id: 'pump-1', list: [{ n: 'x' }, { n: 'y' }] } });

/** Answers with what it was asked, and counts. */
function echo(): { functions: ExternalFunctions; asked: (readonly Value[])[] } {
  const asked: (readonly Value[])[] = [];
  const answer = async (args: readonly Value[]): Promise<Value> => {
    asked.push(args);
    return new Map<string, Value>([['of', args[0]]]);
  };
  return { functions: { get_thing_shadow: answer, aws_lambda: answer }, asked };
}

test('each different call is made once, in WHERE, SELECT and nested SELECTs', async () => {
  const { functions, asked } = echo();
  const rule = compileRule(
    "SELECT get_thing_shadow(id, 'role').of AS of, (SELECT VALUE aws_lambda(n).of FROM list) AS all, aws_lambda(*) AS whole FROM 'a/b' WHERE get_thing_shadow(id, 'role').of = 'pump-1'",
    { external: ['get_thing_shadow', 'aws_lambda'] },
  );
  expect(rule.externalCalls).toEqual(['get_thing_shadow', 'get_thing_shadow', 'aws_lambda', 'aws_lambda'].sort((a, b) => b.localeCompare(a)));
  const outcome = await rule.evaluateWith(functions, message);
  expect(outcome.match && JSON.parse(outcome.payload.toString())).toMatchObject({ of: 'pump-1', all: ['x', 'y'], whole: { of: { id: 'pump-1' } } });
  expect(asked).toHaveLength(5);
});

test('a failing call fails the rule, and without the functions its value is Undefined', async () => {
  const rule = compileRule("SELECT aws_lambda('arn') AS r, 1 AS one FROM 'a/b'", { external: ['aws_lambda'] });
  await expect(rule.evaluateWith({ aws_lambda: async () => { throw new Error('AccessDenied'); } }, message)).rejects.toThrow('AccessDenied');
  expect(rule.evaluate(message)).toMatchObject({ payload: Buffer.from('{"one":1}') });
});

test('a rule that never stops asking is stopped', async () => {
  const rule = compileRule("SELECT aws_lambda(newuuid()) AS r FROM 'a/b'", { external: ['aws_lambda'] });
  await expect(rule.evaluateWith({ aws_lambda: async () => 1 }, message)).rejects.toThrow('more than 100 times');
});

test('templates may call them too, and an action without them refuses', async () => {
  const { functions } = echo();
  const template = compileTemplate('k-${get_thing_shadow(id).of}', { external: ['get_thing_shadow'] });
  await expect(template.evaluateWith(functions, message)).resolves.toBe('k-pump-1');
  expect(() => compileTemplate('${get_thing_shadow(id)}')).toThrow('get_thing_shadow() is not available here');
  expect(() => compileRule("SELECT get_dynamodb(1) AS a, get_dynamodb(2) AS b FROM 'a'", { external: ['get_dynamodb'] })).toThrow('can be called once');
});
