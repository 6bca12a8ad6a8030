import { PutItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import * as samples from './fixtures/lifecycle-samples.json';
import { createTable, plain, readItems, sqsEvent, TABLE } from './table';
import { Deps, handler as deployed, makeHandler } from '../../src/connectivity/handler/index';
import { ConditionalUpdate } from '../../src/connectivity/handler/item';
import { conditionalUpdates } from '../../src/connectivity/handler/table';
import { LocalDynamoDb, startDynamoDb } from '../dynamodb/dynamodb-local';

const NOW = 1_800_000_000_000;
const HISTORY = 'History';

let db: LocalDynamoDb;
beforeAll(async () => {
  db = await startDynamoDb();
  await createTable(db.client);
  await createTable(db.client, HISTORY, 'EventID');
}, 90_000);
afterAll(() => db?.stop());

let clients = 0;
const newClient = () => `client-${clients++}`;
const { connected, disconnected } = samples;

function setUp(overrides: Partial<Deps> = {}) {
  const requests: string[] = [];
  const log: Record<string, unknown>[] = [];
  db.client.middlewareStack.add((next, context) => async args => {
    requests.push(context.commandName as string);
    return next(args);
  }, { step: 'initialize', name: 'count', override: true });
  const handler = makeHandler({ update: conditionalUpdates(db.client, TABLE), now: () => NOW, log: line => log.push(line), ...overrides });
  const itemOf = async (clientId: string) => (await readItems(db.client, [clientId])).get(clientId);
  return { handler, requests, log, itemOf };
}

describe('item', () => {
  test('has the schema of the AWS sample, and who, which session, why and from where', async () => {
    const { handler, itemOf } = setUp();
    const clientId = newClient();
    await handler(sqsEvent([{ ...connected, clientId }]));
    const afterConnect = {
      ClientID: clientId,
      Status: 'Connected',
      ConnectVersionNum: 0,
      ConnectTime: 1_795_248_000_000,
      ConnectSessionIdentifier: connected.sessionIdentifier,
      SessionIdentifier: connected.sessionIdentifier,
      ThingName: 'press-07',
      IpAddress: '192.0.2.10',
      UpdatedAt: NOW,
    };
    expect(await itemOf(clientId)).toEqual(afterConnect);
    await handler(sqsEvent([{ ...disconnected, clientId }]));
    expect(await itemOf(clientId)).toEqual({
      ...afterConnect,
      Status: 'Disconnected',
      DisconnectVersionNum: 0,
      DisconnectTime: 1_795_248_060_000,
      DisconnectSessionIdentifier: disconnected.sessionIdentifier,
      DisconnectReason: 'MQTT_KEEP_ALIVE_TIMEOUT',
    });
  });

  test('is the same when the disconnect comes first', async () => {
    const { handler, itemOf } = setUp();
    const [a, b] = [newClient(), newClient()];
    await handler(sqsEvent([{ ...connected, clientId: a }]));
    await handler(sqsEvent([{ ...disconnected, clientId: a }]));
    await handler(sqsEvent([{ ...disconnected, clientId: b }]));
    await handler(sqsEvent([{ ...connected, clientId: b }]));
    expect(await itemOf(b)).toEqual({ ...await itemOf(a), ClientID: b });
  });

  test('names no thing after an event of a client that is none', async () => {
    const { handler, itemOf } = setUp();
    const clientId = newClient();
    const { thingName, ...anonymous } = disconnected;
    await handler(sqsEvent([{ ...connected, clientId }]));
    await handler(sqsEvent([{ ...anonymous, clientId }]));
    expect(await itemOf(clientId)).not.toHaveProperty('ThingName');
  });

  test('keeps no address of a session before', async () => {
    const { handler, itemOf } = setUp();
    const clientId = newClient();
    const { ipAddress, ...hidden } = connected;
    await handler(sqsEvent([{ ...connected, clientId }]));
    await handler(sqsEvent([{ ...hidden, clientId, versionNumber: 1, timestamp: connected.timestamp + 1, sessionIdentifier: 'another' }]));
    expect(await itemOf(clientId)).toMatchObject({ SessionIdentifier: 'another' });
    expect(await itemOf(clientId)).not.toHaveProperty('IpAddress');
  });

  test('keeps attributes that others have written', async () => {
    const { handler, itemOf } = setUp();
    const clientId = newClient();
    await db.client.send(new PutItemCommand({ TableName: TABLE, Item: { ClientID: { S: clientId }, Site: { S: 'Ulm' } } }));
    await handler(sqsEvent([{ ...connected, clientId }]));
    expect(await itemOf(clientId)).toMatchObject({ Site: 'Ulm', Status: 'Connected' });
  });
});

describe('DUPLICATE_CLIENTID', () => {
  const replaced = { ...disconnected, disconnectReason: 'DUPLICATE_CLIENTID' };
  const successor = { ...connected, sessionIdentifier: 'second', versionNumber: 1, timestamp: disconnected.timestamp };
  const lost = { ...disconnected, sessionIdentifier: 'second', versionNumber: 1, timestamp: disconnected.timestamp + 1_000 };

  test.each<[string, object[], string]>([
    ['after the connect of the new session', [connected, successor, replaced], 'Connected'],
    ['before it', [connected, replaced, successor], 'Connected'],
    ['when that one is lost', [connected, replaced], 'Connected'],
    ['as the first thing that is heard of the client', [replaced], 'Connected'],
    ['after the new session ended, too', [connected, lost, replaced], 'Disconnected'],
    ['before the new session ended, too', [replaced, lost], 'Disconnected'],
  ])('leaves the client as it is: %s', async (_when, events, status) => {
    const { handler, itemOf } = setUp();
    const clientId = newClient();
    for (const event of events) await handler(sqsEvent([{ ...event, clientId }]));
    expect(await itemOf(clientId)).toMatchObject({ Status: status });
  });

  test('is kept as the reason', async () => {
    const { handler, itemOf } = setUp();
    const clientId = newClient();
    await handler(sqsEvent([successor, replaced].map(event => ({ ...event, clientId }))));
    expect(await itemOf(clientId)).toMatchObject({ Status: 'Connected', SessionIdentifier: 'second', DisconnectReason: 'DUPLICATE_CLIENTID' });
  });
});

describe('requests', () => {
  test('are one for each event that comes in order, and nothing is read', async () => {
    const { handler, requests } = setUp();
    const clientId = newClient();
    for (let versionNumber = 0; versionNumber < 5; versionNumber++) {
      for (const event of [connected, disconnected]) {
        await handler(sqsEvent([{
          ...event, clientId, versionNumber, sessionIdentifier: `s${versionNumber}`, timestamp: event.timestamp + versionNumber * 600_000,
        }]));
      }
    }
    expect(requests).toEqual(Array.from({ length: 10 }, () => 'UpdateItemCommand'));
  });

  test('are one for a repeated event, which changes nothing', async () => {
    const { handler, requests, itemOf } = setUp();
    const clientId = newClient();
    await handler(sqsEvent([{ ...connected, clientId }]));
    const before = await itemOf(clientId);
    requests.length = 0;
    await handler(sqsEvent([{ ...connected, clientId }]));
    // Dynalite does not send the item along with its refusal, so there it is read.
    expect(requests).toEqual(db.engine === 'dynalite' ? ['UpdateItemCommand', 'GetItemCommand'] : ['UpdateItemCommand']);
    expect(await itemOf(clientId)).toEqual(before);
  });

  test('are two for an event that comes late and still tells something', async () => {
    const { handler, requests } = setUp();
    const clientId = newClient();
    await handler(sqsEvent([{ ...disconnected, clientId }]));
    requests.length = 0;
    await handler(sqsEvent([{ ...connected, clientId }]));
    expect(requests.filter(name => name === 'UpdateItemCommand')).toHaveLength(2);
  });

  test('are at most two for any number of events of one client in one batch', async () => {
    const { handler, requests, itemOf } = setUp();
    const clientId = newClient();
    const events = Array.from({ length: 10 }, (_, versionNumber) => [connected, disconnected].map(event => ({
      ...event, clientId, versionNumber, sessionIdentifier: `s${versionNumber}`, timestamp: event.timestamp + versionNumber * 600_000,
    }))).flat();
    await handler(sqsEvent(events));
    expect(requests).toEqual(['UpdateItemCommand', 'UpdateItemCommand']);
    expect(await itemOf(clientId)).toMatchObject({ Status: 'Disconnected', ConnectVersionNum: 9, DisconnectVersionNum: 9 });
  });
});

describe('batch', () => {
  test('answers only the events that are malformed, and writes the others', async () => {
    const { handler, log, itemOf } = setUp();
    const [a, b] = [newClient(), newClient()];
    const event = sqsEvent([{ ...connected, clientId: a }, 'not JSON', { ...connected, clientId: a, eventType: 'connect_failed' }, { ...connected, clientId: b }]);
    const { batchItemFailures } = await handler(event);
    expect(batchItemFailures).toEqual([1, 2].map(index => ({ itemIdentifier: event.Records[index].messageId })));
    expect(await itemOf(a)).toMatchObject({ Status: 'Connected' });
    expect(await itemOf(b)).toMatchObject({ Status: 'Connected' });
    expect(log.slice(0, 2)).toEqual([
      { decision: 'malformed', messageId: event.Records[1].messageId, reason: 'not JSON' },
      { decision: 'malformed', messageId: event.Records[2].messageId, reason: 'eventType is neither connected nor disconnected' },
    ]);
  });

  test('answers all events of a client that could not be written, and no others', async () => {
    const [bad, good] = [newClient(), newClient()];
    const update: ConditionalUpdate = async input => {
      if (input.Key!.ClientID.S === bad) throw Object.assign(new Error('try later'), { name: 'ThrottlingException' });
      return conditionalUpdates(db.client, TABLE)(input);
    };
    const { handler, log, itemOf } = setUp({ update });
    const event = sqsEvent([{ ...connected, clientId: bad }, { ...connected, clientId: good }, { ...disconnected, clientId: bad }]);
    expect((await handler(event)).batchItemFailures).toEqual([0, 2].map(index => ({ itemIdentifier: event.Records[index].messageId })));
    expect(await itemOf(good)).toMatchObject({ Status: 'Connected' });
    expect(log).toContainEqual(expect.objectContaining({ decision: 'failed', clientId: bad, reason: 'ThrottlingException: try later' }));
  });

  test('answers events that DynamoDB did not take', async () => {
    const { handler, log } = setUp({ update: conditionalUpdates(db.client, 'Missing') });
    const event = sqsEvent([{ ...connected, clientId: newClient() }]);
    expect((await handler(event)).batchItemFailures).toEqual([{ itemIdentifier: event.Records[0].messageId }]);
    expect(log).toEqual([expect.objectContaining({ decision: 'failed', reason: expect.stringMatching(/^ResourceNotFoundException: /) })]);
  });

  test('an empty one has no failures', async () => {
    expect(await setUp().handler(sqsEvent([]))).toEqual({ batchItemFailures: [] });
  });

  test('writes at most 16 clients at once, and the events of one client one after the other', async () => {
    const busy = new Map<string, number>();
    let most = 0;
    const update: ConditionalUpdate = async input => {
      const clientId = input.Key!.ClientID.S!;
      busy.set(clientId, (busy.get(clientId) ?? 0) + 1);
      expect(busy.get(clientId)).toBe(1);
      most = Math.max(most, [...busy.values()].reduce((sum, count) => sum + count, 0));
      await new Promise(resolve => setTimeout(resolve, 1));
      busy.set(clientId, 0);
      return undefined;
    };
    const { handler } = setUp({ update });
    const clientIds = Array.from({ length: 50 }, newClient);
    await handler(sqsEvent(clientIds.flatMap(clientId => [connected, disconnected].map(event => ({ ...event, clientId })))));
    expect(most).toBe(16);
  });

  test('gives up on an item that somebody else keeps changing, so that the event comes again', async () => {
    // Every refusal shows an item on which the event would be the newest: only an outsider can cause that.
    const { handler, log } = setUp({ update: async () => ({}) });
    expect((await handler(sqsEvent([connected]))).batchItemFailures).toHaveLength(1);
    expect(log[0]).toMatchObject({ decision: 'failed', reason: 'Error: the item of press-07 changed under 5 conditional writes' });
  });
});

describe('log', () => {
  test('has one line for each decision, without addresses and principals', async () => {
    const { handler, log } = setUp();
    const clientId = newClient();
    await handler(sqsEvent([{ ...connected, clientId }]));
    await handler(sqsEvent([{ ...connected, clientId }]));
    const line = { clientId, kind: 'connected', versionNumber: 0, sessionIdentifier: connected.sessionIdentifier, disconnectReason: undefined };
    expect(log).toEqual([{ decision: 'newest', ...line }, { decision: 'stale', ...line }]);
  });
});

describe('history', () => {
  const keep: Deps['keep'] = async row => { await db.client.send(new PutItemCommand({ TableName: HISTORY, Item: row })); };
  const historyOf = async (clientId: string) => {
    const { Items } = await db.client.send(new QueryCommand({
      TableName: HISTORY, KeyConditionExpression: 'ClientID = :client', ExpressionAttributeValues: { ':client': { S: clientId } },
    }));
    return Items!.map(plain);
  };

  test('holds every event once, in order of time, also those that came late or twice', async () => {
    const { handler } = setUp({ keep, historyRetentionSeconds: 86_400 });
    const clientId = newClient();
    const events = [disconnected, connected, disconnected].map(event => ({ ...event, clientId }));
    await handler(sqsEvent(events));
    await handler(sqsEvent(events.slice(0, 1)));
    expect((await historyOf(clientId)).map(({ EventType, EventTime, ExpiresAt }) => [EventType, EventTime, ExpiresAt])).toEqual([
      ['connected', 1_795_248_000_000, 1_795_334_400], ['disconnected', 1_795_248_060_000, 1_795_334_460],
    ]);
  });

  test('holds the events of one batch that the table has no place for', async () => {
    const { handler } = setUp({ keep, historyRetentionSeconds: 86_400 });
    const clientId = newClient();
    await handler(sqsEvent([0, 1, 2].map(versionNumber => ({
      ...connected, clientId, versionNumber, timestamp: connected.timestamp + versionNumber, sessionIdentifier: `session-${versionNumber}`,
    }))));
    expect((await historyOf(clientId)).map(({ VersionNum }) => VersionNum)).toEqual([0, 1, 2]);
  });
});

test('the function itself reads its variables and its table at the first event', async () => {
  const clientId = newClient();
  const variables = {
    CONNECTIVITY_TABLE_NAME: TABLE, HISTORY_TABLE_NAME: HISTORY, HISTORY_RETENTION_SECONDS: '60', AWS_ENDPOINT_URL_DYNAMODB: db.endpoint,
  };
  Object.assign(process.env, variables);
  const said = jest.spyOn(console, 'log').mockImplementation(() => undefined);
  try {
    expect(await deployed(sqsEvent([{ ...connected, clientId }]))).toEqual({ batchItemFailures: [] });
    expect((await readItems(db.client, [clientId])).get(clientId)).toMatchObject({ Status: 'Connected' });
    expect(JSON.parse(said.mock.calls[0][0] as string)).toMatchObject({ decision: 'newest', clientId });
  } finally {
    said.mockRestore();
    Object.keys(variables).forEach(name => delete process.env[name]);
  }
});
