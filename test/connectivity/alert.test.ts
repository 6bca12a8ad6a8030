import * as samples from './fixtures/lifecycle-samples.json';
import { createTable, readItems, sqsEvent, TABLE } from './table';
import { CLAIM_MS } from '../../src/connectivity/alert-handler/core';
import { makeHandler as makeAlertHandler } from '../../src/connectivity/alert-handler/index';
import { makeHandler } from '../../src/connectivity/handler/index';
import { ConditionalUpdate } from '../../src/connectivity/handler/item';
import { conditionalUpdates } from '../../src/connectivity/handler/table';
import { LocalDynamoDb, startDynamoDb } from '../dynamodb/dynamodb-local';

const { connected, disconnected } = samples;
const NOW = 1_800_000_000_000;

let db: LocalDynamoDb;
beforeAll(async () => {
  db = await startDynamoDb();
  await createTable(db.client);
}, 90_000);
afterAll(() => db?.stop());

let clients = 0;

/** One client, the function that writes its events, and the function that alerts. */
function setUp() {
  const clientId = `client-${clients++}`;
  const sent: Record<string, unknown>[] = [];
  const reasons: string[] = [];
  const decisions: unknown[] = [];
  const clock = { now: NOW };
  const topic = { fails: false };
  const update = conditionalUpdates(db.client, TABLE);
  const updates = { count: 0 };
  const counted: ConditionalUpdate = async input => {
    updates.count++;
    return update(input);
  };
  const write = makeHandler({ update, now: () => clock.now, log: () => undefined });
  const alert = makeAlertHandler({
    update: counted,
    publish: async (message, reason) => {
      if (topic.fails) throw new Error('no topic');
      sent.push(JSON.parse(message));
      reasons.push(reason);
    },
    now: () => clock.now,
    log: ({ decision }) => decisions.push(decision),
  });
  const own = (events: object[]) => sqsEvent(events.map(event => ({ ...event, clientId })));
  return {
    clientId,
    sent,
    reasons,
    decisions,
    clock,
    topic,
    updates,
    happen: (...events: object[]) => write(own(events)),
    lookAt: (...events: object[]) => alert(own(events)),
    item: async () => (await readItems(db.client, [clientId])).get(clientId),
  };
}

const reconnected = { ...connected, sessionIdentifier: 'second', versionNumber: 1, timestamp: disconnected.timestamp + 10_000 };
const lostAgain = { ...disconnected, sessionIdentifier: 'second', versionNumber: 1, timestamp: disconnected.timestamp + 20_000 };

test('a client that is still offline is told, with who, when and why', async () => {
  const { happen, lookAt, sent, reasons, clientId, updates } = setUp();
  await happen(connected, disconnected);
  expect(await lookAt(disconnected)).toEqual({ batchItemFailures: [] });
  expect(sent).toEqual([{
    clientId,
    thingName: 'press-07',
    status: 'Disconnected',
    disconnectedAt: disconnected.timestamp,
    disconnectReason: 'MQTT_KEEP_ALIVE_TIMEOUT',
    sessionIdentifier: disconnected.sessionIdentifier,
    checkedAt: NOW,
  }]);
  expect(reasons).toEqual(['MQTT_KEEP_ALIVE_TIMEOUT']);
  expect(updates.count).toBe(2);
});

test('a client that is back is not told', async () => {
  const { happen, lookAt, sent, decisions } = setUp();
  await happen(connected, disconnected, reconnected);
  await lookAt(disconnected);
  expect([sent, decisions]).toEqual([[], ['connected']]);
});

test('one disconnect is told once, however often and however many at once its message comes', async () => {
  const { happen, lookAt, sent, decisions, clock } = setUp();
  await happen(connected, disconnected);
  await Promise.all(Array.from({ length: 8 }, () => lookAt(disconnected)));
  clock.now += 10 * CLAIM_MS;
  await lookAt(disconnected, disconnected);
  expect(sent).toHaveLength(1);
  expect(decisions.slice(-2)).toEqual(['alreadySent', 'alreadySent']);
});

test('two disconnects with a reconnect between are told by the later one alone', async () => {
  const { happen, lookAt, sent, decisions } = setUp();
  await happen(connected, disconnected, reconnected, lostAgain);
  await lookAt(disconnected);
  await lookAt(lostAgain);
  expect(sent.map(({ sessionIdentifier }) => sessionIdentifier)).toEqual(['second']);
  expect(decisions).toEqual(['superseded', 'sent']);
});

test('each disconnect that lasts is told', async () => {
  const { happen, lookAt, sent } = setUp();
  await happen(connected, disconnected);
  await lookAt(disconnected);
  await happen(reconnected, lostAgain);
  await lookAt(lostAgain);
  await lookAt(disconnected);
  expect(sent.map(({ sessionIdentifier }) => sessionIdentifier)).toEqual([disconnected.sessionIdentifier, 'second']);
});

test('a session that was replaced is never told, also when its successor was lost', async () => {
  const { happen, lookAt, sent, decisions, updates } = setUp();
  const replaced = { ...disconnected, disconnectReason: 'DUPLICATE_CLIENTID' };
  await happen(connected, replaced);
  await lookAt(replaced);
  expect([sent, decisions, updates.count]).toEqual([[], ['ignored'], 0]);
});

test('a session that was lost before one that was replaced is not told', async () => {
  const { happen, lookAt, sent } = setUp();
  await happen(disconnected, { ...lostAgain, disconnectReason: 'DUPLICATE_CLIENTID' });
  await lookAt(disconnected);
  expect(sent).toEqual([]);
});

test('a disconnect that the table does not know yet is written first, and told', async () => {
  const { happen, lookAt, sent, item } = setUp();
  await happen(connected);
  await lookAt(disconnected);
  expect(sent).toHaveLength(1);
  expect(await item()).toMatchObject({ Status: 'Disconnected', DisconnectVersionNum: 0 });
});

test('a client that nothing is known of is told, too', async () => {
  const { lookAt, sent } = setUp();
  await lookAt(disconnected);
  expect(sent).toHaveLength(1);
});

test('an alert that could not be sent is tried again', async () => {
  const { happen, lookAt, sent, topic } = setUp();
  await happen(connected, disconnected);
  topic.fails = true;
  expect((await lookAt(disconnected)).batchItemFailures).toHaveLength(1);
  topic.fails = false;
  expect((await lookAt(disconnected)).batchItemFailures).toEqual([]);
  expect(sent).toHaveLength(1);
});

test('an alert whose invocation died is sent by another, when the claim is over and not before', async () => {
  const { happen, lookAt, sent, clock, clientId } = setUp();
  await happen(connected, disconnected);
  // Dies while it sends: what is in the table then is the claim.
  const dying = makeAlertHandler({
    update: conditionalUpdates(db.client, TABLE), publish: () => new Promise(() => undefined), now: () => clock.now, log: () => undefined,
  });
  void dying(sqsEvent([{ ...disconnected, clientId }]));
  while (!(await readItems(db.client, [clientId])).get(clientId)?.AlertClaimedAt) await new Promise(resolve => setTimeout(resolve, 5));
  clock.now += CLAIM_MS;
  expect((await lookAt(disconnected)).batchItemFailures).toHaveLength(1);
  clock.now += 1;
  expect((await lookAt(disconnected)).batchItemFailures).toEqual([]);
  expect(sent).toHaveLength(1);
});

test('a message that is no event is answered as failed, and stops no other', async () => {
  const { happen, lookAt, sent, clientId } = setUp();
  await happen(connected, disconnected);
  const answer = await lookAt({ versionNumber: 'x' }, disconnected);
  expect(answer.batchItemFailures).toHaveLength(1);
  expect(sent.map(message => message.clientId)).toEqual([clientId]);
});

test('alerts do not change what the table says of the client', async () => {
  const { happen, lookAt, item } = setUp();
  await happen(connected, disconnected);
  const before = await item();
  await lookAt(disconnected);
  expect(await item()).toEqual({ ...before, AlertSessionIdentifier: disconnected.sessionIdentifier, AlertClaimedAt: NOW, AlertSentAt: NOW });
});
