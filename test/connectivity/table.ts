import { AttributeValue, BatchGetItemCommand, CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SQSEvent, SQSRecord } from 'aws-lambda';

export const TABLE = 'Connectivity';

export async function createTable(client: DynamoDBClient, name = TABLE, sortKey?: string): Promise<void> {
  await client.send(new CreateTableCommand({
    TableName: name,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: ['ClientID', ...sortKey ? [sortKey] : []].map(attribute => ({ AttributeName: attribute, AttributeType: 'S' as const })),
    KeySchema: [{ AttributeName: 'ClientID', KeyType: 'HASH' }, ...sortKey ? [{ AttributeName: sortKey, KeyType: 'RANGE' as const }] : []],
  }));
}

/** What the table says about clients, in plain values. */
export async function readItems(client: DynamoDBClient, clientIds: readonly string[]): Promise<Map<string, Record<string, string | number>>> {
  const items = new Map<string, Record<string, string | number>>();
  for (let start = 0; start < clientIds.length; start += 100) {
    const Keys = clientIds.slice(start, start + 100).map(clientId => ({ ClientID: { S: clientId } }));
    const { Responses } = await client.send(new BatchGetItemCommand({ RequestItems: { [TABLE]: { Keys, ConsistentRead: true } } }));
    for (const item of Responses![TABLE]) items.set(item.ClientID.S!, plain(item));
  }
  return items;
}

export function plain(item: Record<string, AttributeValue>): Record<string, string | number> {
  return Object.fromEntries(Object.entries(item).map(([name, value]) => [name, value.N === undefined ? value.S! : Number(value.N)]));
}

let messages = 0;

export function sqsEvent(bodies: readonly unknown[]): SQSEvent {
  return {
    Records: bodies.map(body => ({
      messageId: `message-${messages++}`,
      body: typeof body === 'string' ? body : JSON.stringify(body),
    } as SQSRecord)),
  };
}
