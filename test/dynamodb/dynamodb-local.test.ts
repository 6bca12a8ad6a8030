import { connect } from 'net';
import { networkInterfaces } from 'os';
import { CreateTableCommand, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { LocalDynamoDb, startDynamoDb } from './dynamodb-local';

async function roundTrip({ client }: LocalDynamoDb): Promise<string | undefined> {
  await client.send(new CreateTableCommand({
    TableName: 'Test',
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: [{ AttributeName: 'Id', AttributeType: 'S' }],
    KeySchema: [{ AttributeName: 'Id', KeyType: 'HASH' }],
  }));
  await client.send(new PutItemCommand({ TableName: 'Test', Item: { Id: { S: 'a' }, Value: { S: 'b' } } }));
  const { Item } = await client.send(new GetItemCommand({ TableName: 'Test', Key: { Id: { S: 'a' } } }));
  return Item?.Value?.S;
}

function answers(host: string, port: number): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect({ host, port, timeout: 2_000 });
    const end = (answer: boolean) => { socket.destroy(); resolve(answer); };
    socket.once('connect', () => end(true)).once('error', () => end(false)).once('timeout', () => end(false));
  });
}

afterEach(() => { delete process.env.DYNAMODB_ENGINE; });

test.each(['', 'dynalite'])('the DynamoDB for tests keeps items, listens on loopback only, and ends (DYNAMODB_ENGINE=%p)', async (engine) => {
  process.env.DYNAMODB_ENGINE = engine;
  const db = await startDynamoDb();
  const port = Number(new URL(db.endpoint).port);
  try {
    expect(await roundTrip(db)).toBe('b');
    const others = Object.values(networkInterfaces()).flatMap(list => list ?? []).filter(({ internal, family }) => !internal && family === 'IPv4');
    for (const { address } of others) expect(await answers(address, port)).toBe(false);
  } finally {
    await db.stop();
  }
  expect(await answers('127.0.0.1', port)).toBe(false);
});
