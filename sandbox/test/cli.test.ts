import { COMMANDS, main } from '../src/cli';

async function run(...args: string[]): Promise<{ code: number; text: string; complaint: string }> {
  const lines: string[] = [];
  const complaints: string[] = [];
  const code = await main(args, line => lines.push(line), line => complaints.push(line));
  return { code, text: lines.join('\n'), complaint: complaints.join('\n') };
}

test('sql prints what a rule hands to its actions', async () => {
  expect(await run('sql', "SELECT t * 2 AS t, topic(2) AS thing FROM 'data/+/telemetry'", '--topic', 'data/pump-1/telemetry', '--payload', '{"t":21}'))
    .toEqual({ code: 0, text: '{"t":42,"thing":"pump-1"}', complaint: '' });
});

test('sql says why a message does not match', async () => {
  expect((await run('sql', "SELECT * FROM 'a/b'", '--topic', 'a/c')).text).toBe('no match: a/c is not what FROM names');
  expect((await run('sql', "SELECT * FROM 'a/b' WHERE t > 1", '--payload', '{"t":1}')).text).toBe('no match: WHERE is not true');
});

test('sql points to what is wrong in the statement', async () => {
  const { code, text } = await run('sql', "SELECT frobnicate(t) FROM 'a/b'");
  expect(code).toBe(1);
  expect(text).toBe("SELECT frobnicate(t) FROM 'a/b'\n       ^ line 1, column 8: there is no function frobnicate()");
});

test.each([
  [[], 'start'],
  [['frobnicate'], "there is no command 'frobnicate'"],
  [['sql'], '<statement> is missing'],
  [['sql', 'SELECT 1', 'more'], 'one argument at most, got also more'],
  [['sql', 'SELECT 1', '--frobnicate'], "Unknown option '--frobnicate'"],
  [['outputs', 'all'], "'outputs' takes no argument, got all"],
  [['start', '--port', 'eighty'], '--port must be a number, got eighty'],
  [['start', '--parameter', 'novalue'], '--parameter must be STACK.NAME=VALUE, got novalue'],
  [['start', '--dynamodb', 'oracle'], '--dynamodb must be auto, local or dynalite, got oracle'],
  [['demo', '--devices', '2', '--unlisted', '3'], '--unlisted must be at most --devices (2), got 3'],
  [['demo', '--seconds', '1.5'], '--seconds must be a whole number from 0, got 1.5'],
  [['publish', 'a/+'], 'a topic has no wildcards, got a/+'],
])('%j fails with what is wrong, and changes nothing', async (args, complaint) => {
  const { code, complaint: given, text } = await run(...args);
  expect([code, text]).toEqual([2, '']);
  expect(given).toContain(complaint);
});

test.each(COMMANDS.map(({ name }) => name))('%s --help tells every option', async name => {
  const { code, text } = await run(name, '--help');
  expect(code).toBe(0);
  for (const option of COMMANDS.find(command => command.name === name)!.options) expect(text).toContain(`--${option.name}`);
});

test('a command that asks a sandbox says that none runs, and how to start one', async () => {
  const { code, complaint } = await run('query', 'SELECT 1', '--state', '/nonexistent');
  expect(code).toBe(2);
  expect(complaint).toBe("no sandbox runs over the state folder /nonexistent: start one with 'start', or name its folder with --state");
});
