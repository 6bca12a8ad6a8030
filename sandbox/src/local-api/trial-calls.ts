import { randomUUID } from 'crypto';
import { optionalText, textOf } from './call-input';
import { LocalApi } from './local-api';
import type { Sandbox } from '../sandbox';
import { compileRule, Message, SqlError } from '../sql';

/** What a statement that is no rule's makes of a message. */
interface StatementResult {
  readonly match: boolean;
  readonly output?: string;
  readonly reason?: string;
  readonly error?: { readonly message: string; readonly line: number; readonly column: number };
}

/** What rules have done and would do. */
export function addTrialCalls(api: LocalApi, sandbox: Sandbox): void {
  const { account, services: { rules, athena, glue } } = sandbox;

  api.add('GET rules', () => ({ rules: rules.rulesOverview() }));

  // With `sql`, what that statement makes of the message; always, what each rule of the template makes of it. No action runs.
  api.add('POST trial', input => {
    const topic = textOf(input, 'topic');
    const payload = Buffer.from(optionalText(input, 'payload') ?? '{}');
    const sql = optionalText(input, 'sql')?.trim();
    return { ...sql && { statement: resultOf(sql, topic, payload) }, rules: rules.tryRule(topic, payload) };
  });

  api.add('POST flush', async () => {
    await sandbox.flush();
  });

  api.add('GET lake', () => ({
    tables: glue.tables().map(({ databaseName, name, columns, partitionKeys }) => ({
      database: databaseName, name, columns: [...columns, ...partitionKeys].map(column => ({ name: column.name, type: column.type })),
    })),
    queries: athena.namedQueries,
  }));

  function resultOf(sql: string, topic: string, payload: Buffer): StatementResult {
    try {
      const outcome = compileRule(sql).evaluate(new Message(topic, payload, {
        timestamp: account.clock.now(), accountId: account.environment.account, clientId: 'sandbox', traceId: randomUUID(),
      }));
      if (outcome.match) return { match: true, output: outcome.payload.toString('utf8') };
      return { match: false, reason: outcome.reason === 'topic' ? 'the topic is not what FROM names' : 'WHERE is not true' };
    } catch (error) {
      if (!(error instanceof SqlError)) throw error;
      return { match: false, error: { message: error.message, line: error.line, column: error.column } };
    }
  }
}
