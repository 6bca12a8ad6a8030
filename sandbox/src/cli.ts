import { randomUUID } from 'node:crypto';
import { parseArgs } from 'node:util';
import { compileRule, Message, SqlError } from './sql';

const HELP = `iot-landing-zone-sandbox <command>

  sql <statement> [--topic a/b] [--payload '{"a":1}']   what the SQL of a rule makes of a message
`;

/** Runs one command and returns its exit code. */
export function main(args: readonly string[], print: (text: string) => void = console.log): number {
  try {
    const { values, positionals: [command, statement] } = parseArgs({
      args: [...args], allowPositionals: true, options: { topic: { type: 'string' }, payload: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
    });
    if (values.help || command !== 'sql' || statement === undefined) {
      print(HELP);
      return values.help ? 0 : 2;
    }
    return runSql(statement, values.topic, values.payload ?? '{}', print);
  } catch (error) {
    print(error instanceof Error ? error.message : String(error));
    return 2;
  }
}

function runSql(statement: string, topic: string | undefined, payload: string, print: (text: string) => void): number {
  try {
    const rule = compileRule(statement);
    const to = topic ?? rule.topicFilter?.replace(/[+#]/g, 'x') ?? 'a/b';
    const outcome = rule.evaluate(new Message(to, Buffer.from(payload), {
      timestamp: Date.now(), accountId: '123456789012', clientId: 'sandbox', traceId: randomUUID(),
    }));
    print(outcome.match ? outcome.payload.toString() : `no match: ${outcome.reason === 'topic' ? `${to} is not what FROM names` : 'WHERE is not true'}`);
    return 0;
  } catch (error) {
    if (!(error instanceof SqlError)) throw error;
    print(`${statement.split('\n')[error.line - 1]}\n${' '.repeat(error.column - 1)}^ ${error.message}`);
    return 1;
  }
}
