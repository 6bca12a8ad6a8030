import { randomUUID } from 'crypto';
import { Command, UsageError } from './command';
import { ask, STATE } from './running';
import { tableText } from './table';
import { compileRule, Message, SqlError } from '../sql';

/** Asks the lake of the sandbox that runs. */
export const QUERY: Command = {
  name: 'query',
  argument: { name: 'select' },
  text: 'asks the lake through the Glue tables, as Athena would, and says what it read',
  options: [
    { name: 'database', value: 'NAME', text: 'database of tables that are not qualified', standard: 'the only one that there is' },
    { name: 'workgroup', value: 'NAME', text: 'workgroup whose scan limit holds', standard: 'none' },
    { name: 'json', text: 'a JSON object a row' },
    STATE,
  ],
  async run(input) {
    const { columns, rows, tables, notes = [], milliseconds } = await ask(input, 'POST query', {
      sql: input.argument, database: input.text('database'), workGroup: input.text('workgroup'),
    });
    if (input.isSet('json')) for (const row of rows) input.print(JSON.stringify(Object.fromEntries(columns.map(({ name }: { name: string }, at: number) => [name, row[at]]))));
    else input.print(tableText(columns.map(({ name }: { name: string }) => name), rows));
    if (!input.isSet('json')) {
      input.print(`\n${rows.length} row${rows.length === 1 ? '' : 's'} in ${Math.round(milliseconds)} ms`);
      for (const { name, location, files, bytes } of tables) input.print(`read ${name}: ${files} file${files === 1 ? '' : 's'}, ${bytes} bytes, ${location}`);
      for (const note of notes) input.print(note);
    }
    return 0;
  },
};

/** What the SQL of a rule makes of a message; no sandbox needs to run. */
export const SQL: Command = {
  name: 'sql',
  argument: { name: 'statement' },
  text: 'what the SQL of a rule makes of a message',
  options: [
    { name: 'topic', value: 'TOPIC', text: 'topic that the message is published to', standard: 'one that FROM takes' },
    { name: 'payload', value: 'JSON', text: 'its payload', standard: '{}' },
  ],
  async run(input) {
    const statement = input.argument!;
    try {
      const rule = compileRule(statement);
      const topic = input.text('topic') ?? rule.topicFilter?.replace(/[+#]/g, 'x') ?? 'a/b';
      const outcome = rule.evaluate(new Message(topic, Buffer.from(input.text('payload') ?? '{}'), {
        timestamp: Date.now(), accountId: '123456789012', clientId: 'sandbox', traceId: randomUUID(),
      }));
      input.print(outcome.match ? outcome.payload.toString() : `no match: ${outcome.reason === 'topic' ? `${topic} is not what FROM names` : 'WHERE is not true'}`);
      return 0;
    } catch (error) {
      if (!(error instanceof SqlError)) throw error;
      input.print(`${statement.split('\n')[error.line - 1]}\n${' '.repeat(error.column - 1)}^ ${error.message}`);
      return 1;
    }
  },
};

/** Publishes in the name of the operator. */
export const PUBLISH: Command = {
  name: 'publish',
  argument: { name: 'topic' },
  text: 'publishes a message, which rules and subscribers see',
  options: [{ name: 'payload', value: 'TEXT', text: 'the payload', standard: '{}' }, { name: 'retain', text: 'the broker keeps it for later subscribers' }, STATE],
  async run(input) {
    if (/[+#]/.test(input.argument!)) throw new UsageError(`a topic has no wildcards, got ${input.argument}`);
    await ask(input, 'POST publish', { topic: input.argument, payload: input.text('payload') ?? '{}', retain: input.isSet('retain') });
    input.print(`published to ${input.argument}`);
    return 0;
  },
};
