import { Agent, request } from 'http';
import { AttributeValue } from '@aws-sdk/client-dynamodb';
import { ConditionalUpdate, Item } from '../../src/connectivity/handler/item';
import { LocalDynamoDb } from '../dynamodb/dynamodb-local';

/** DynamoDB Local keeps one database, with one lock, for each Region. */
const REGIONS = ['us-east-1', 'us-east-2', 'us-west-1', 'us-west-2', 'eu-west-1', 'eu-west-2', 'eu-west-3', 'eu-central-1'];

/**
 * One table of its own, spoken to over plain HTTP.
 *
 * The long runs make hundreds of thousands of requests, and the SDK takes longer for one than the engine does. What is sent is
 * the same; the handler's own use of the SDK is tested in handler.test.ts.
 */
export class Lane {
  requests = 0;
  private readonly agent = new Agent({ keepAlive: true, maxSockets: 32 });
  private readonly table: string;

  constructor(private readonly db: LocalDynamoDb, private readonly index: number) {
    this.table = `Lane-${index}`;
  }

  async create(): Promise<this> {
    await this.call('CreateTable', {
      TableName: this.table,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [{ AttributeName: 'ClientID', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'ClientID', KeyType: 'HASH' }],
    });
    return this;
  }

  readonly update: ConditionalUpdate = async update => {
    this.requests++;
    const answer = await this.call('UpdateItem', { ...update, TableName: this.table, ReturnValuesOnConditionCheckFailure: 'ALL_OLD' }, true);
    if (answer.refused !== true) return undefined;
    return answer.Item as Item | undefined ?? await this.get(update.Key!.ClientID.S!) ?? {};
  };

  async put(item: Item): Promise<void> {
    await this.call('PutItem', { TableName: this.table, Item: item });
  }

  async get(clientId: string): Promise<Item | undefined> {
    const { Item: item } = await this.call('GetItem', { TableName: this.table, Key: { ClientID: { S: clientId } }, ConsistentRead: true });
    return item as Item | undefined;
  }

  async getAll(clientIds: readonly string[]): Promise<Map<string, Item>> {
    const items = new Map<string, Item>();
    for (let start = 0; start < clientIds.length; start += 100) {
      const Keys = clientIds.slice(start, start + 100).map(clientId => ({ ClientID: { S: clientId } }));
      const { Responses } = await this.call('BatchGetItem', { RequestItems: { [this.table]: { Keys, ConsistentRead: true } } });
      for (const item of (Responses as Record<string, Record<string, AttributeValue>[]>)[this.table]) items.set(item.ClientID.S!, item);
    }
    return items;
  }

  close(): void {
    this.agent.destroy();
  }

  private call(operation: string, input: object, mayBeRefused = false): Promise<Record<string, unknown>> {
    const { hostname: host, port } = new URL(this.db.endpoint);
    const region = REGIONS[this.index % REGIONS.length];
    const body = JSON.stringify(input);
    return new Promise((resolve, reject) => {
      const sent = request({
        agent: this.agent,
        host,
        port,
        method: 'POST',
        headers: {
          'content-type': 'application/x-amz-json-1.0',
          'content-length': Buffer.byteLength(body),
          'x-amz-target': `DynamoDB_20120810.${operation}`,
          'x-amz-date': '20261101T000000Z',
          // Both engines want a signature and check none.
          'authorization': `AWS4-HMAC-SHA256 Credential=test/20261101/${region}/dynamodb/aws4_request, SignedHeaders=host;x-amz-date, Signature=00`,
        },
      }, response => {
        let text = '';
        response.setEncoding('utf8').on('data', chunk => { text += chunk; }).on('end', () => {
          const answer = JSON.parse(text) as Record<string, unknown>;
          if (response.statusCode === 200) resolve(answer);
          else if (mayBeRefused && String(answer.__type).endsWith('ConditionalCheckFailedException')) resolve({ ...answer, refused: true });
          else reject(new Error(`${operation}: ${response.statusCode} ${text}`));
        }).on('error', reject);
      });
      sent.on('error', reject).end(body);
    });
  }
}
