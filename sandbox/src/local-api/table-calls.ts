import { countOf, optionalText, refusing, textOf } from './call-input';
import { plainItem } from './items';
import { LocalApi, LocalApiError } from './local-api';
import { JsonObject } from '../json';
import type { Sandbox } from '../sandbox';

/** Items of DynamoDB's tables, a page at a time. */
export function addTableCalls(api: LocalApi, sandbox: Sandbox): void {
  const { account, services: { dynamoDb } } = sandbox;

  api.add('GET tables', async () => ({ engine: dynamoDb.description, tables: await dynamoDb.tables() }));

  api.add('GET items', async input => {
    const start = optionalText(input, 'start');
    return refusing(async () => {
      const { Items = [], LastEvaluatedKey } = await account.call('dynamodb', 'Scan', {
        TableName: textOf(input, 'table'), Limit: countOf(input, 'limit', 50, 200), ...start && { ExclusiveStartKey: keyOf(start) },
      }, account.operator) as { Items?: JsonObject[]; LastEvaluatedKey?: JsonObject };
      return { items: Items.map(plainItem), next: LastEvaluatedKey && JSON.stringify(LastEvaluatedKey) };
    });
  });
}

function keyOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new LocalApiError(`'start' must be what the page before told as next, got ${JSON.stringify(text)}`);
  }
}
