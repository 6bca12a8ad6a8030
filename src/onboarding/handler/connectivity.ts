import { AttributeValue, BatchGetItemCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { ATTRIBUTE } from '../../connectivity/handler/env';

const ATTEMPTS = 5;

export interface Connectivity {
  readonly status: string;
  readonly since?: string;
  readonly disconnectReason?: string;
}

/** Who of at most 100 clients is connected, by client id. Clients that never connected are not among them. */
export const connectivityOf = (client: DynamoDBClient, tableName: string, wait: (ms: number) => Promise<void>) =>
  async (clientIds: string[]): Promise<Map<string, Connectivity>> => {
    const states = new Map<string, Connectivity>();
    let keys: Record<string, AttributeValue>[] | undefined = [...new Set(clientIds)].map(clientId => ({ [ATTRIBUTE.clientId]: { S: clientId } }));
    for (let attempt = 1; keys && keys.length > 0; attempt++) {
      const { Responses, UnprocessedKeys } = await client.send(new BatchGetItemCommand({ RequestItems: { [tableName]: { Keys: keys } } }));
      for (const item of Responses?.[tableName] ?? []) states.set(item[ATTRIBUTE.clientId].S!, stateFrom(item));
      keys = UnprocessedKeys?.[tableName]?.Keys as typeof keys;
      if (keys && keys.length > 0) {
        // The page says Unknown of the rest rather than failing: it is read again anyway.
        if (attempt === ATTEMPTS) return states;
        await wait(50 * 2 ** attempt);
      }
    }
    return states;
  };

function stateFrom(item: Record<string, AttributeValue>): Connectivity {
  const status = item[ATTRIBUTE.status]?.S ?? 'Unknown';
  const isConnected = status === 'Connected';
  const time = item[isConnected ? ATTRIBUTE.connectTime : ATTRIBUTE.disconnectTime]?.N;
  const disconnectReason = isConnected ? undefined : item[ATTRIBUTE.disconnectReason]?.S;
  return { status, since: time === undefined ? undefined : new Date(Number(time)).toISOString(), disconnectReason };
}
