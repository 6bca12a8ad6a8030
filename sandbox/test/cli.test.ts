import { main } from '../src/cli';

function run(...args: string[]): { code: number; text: string } {
  const lines: string[] = [];
  const code = main(args, line => lines.push(line));
  return { code, text: lines.join('\n') };
}

test('sql prints what a rule hands to its actions', () => {
  expect(run('sql', "SELECT t * 2 AS t, topic(2) AS thing FROM 'data/+/telemetry'", '--topic', 'data/pump-1/telemetry', '--payload', '{"t":21}'))
    .toEqual({ code: 0, text: '{"t":42,"thing":"pump-1"}' });
});

test('sql says why a message does not match', () => {
  expect(run('sql', "SELECT * FROM 'a/b'", '--topic', 'a/c').text).toBe('no match: a/c is not what FROM names');
  expect(run('sql', "SELECT * FROM 'a/b' WHERE t > 1", '--payload', '{"t":1}').text).toBe('no match: WHERE is not true');
});

test('sql points to what is wrong in the statement', () => {
  const { code, text } = run('sql', "SELECT frobnicate(t) FROM 'a/b'");
  expect(code).toBe(1);
  expect(text).toBe("SELECT frobnicate(t) FROM 'a/b'\n       ^ line 1, column 8: there is no function frobnicate()");
});

test('an unknown command or option prints help or the reason, and fails', () => {
  expect(run('frobnicate').code).toBe(2);
  expect(run('sql', 'SELECT 1', '--frobnicate').code).toBe(2);
  expect(run('--help').code).toBe(0);
});
