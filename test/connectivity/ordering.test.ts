import { Between, expectedAfter, historyOf, pick, Random, randomFrom, randomGaps, shuffled, TrueEvent } from './ground-truth';
import { Lane } from './lanes';
import { plain, sqsEvent } from './table';
import { isNewer, LifecycleEvent, Moment, parse, placeOf } from '../../src/connectivity/handler/core';
import { makeHandler } from '../../src/connectivity/handler/index';
import { Item, knownOf, updateFor } from '../../src/connectivity/handler/item';
import { LocalDynamoDb, startDynamoDb } from '../dynamodb/dynamodb-local';

/** `FULL=1` runs everything that is promised; without it a sample runs that still meets every kind of case. */
const FULL = process.env.FULL === '1';
const LANES = 8;
const INVOCATIONS_AT_ONCE = 8;
const RANDOM_HISTORIES = FULL ? 20_000 : 240;
const TWINS_PER_SCENARIO = FULL ? 12 : 1;
const LONG_RUN_MS = FULL ? 30 * 60_000 : 60_000;

let db: LocalDynamoDb;
let lanes: Lane[];

beforeAll(async () => {
  db = await startDynamoDb();
  lanes = await Promise.all(Array.from({ length: LANES }, (_, index) => new Lane(db, index).create()));
}, 90_000);

afterAll(async () => {
  lanes?.forEach(lane => lane.close());
  await db?.stop();
});

const report = (line: string) => process.stderr.write(`connectivity, ${FULL ? 'full' : 'short'} form on ${db.engine}: ${line}\n`);
const failures: unknown[] = [];
const handlerOn = (lane: Lane) => makeHandler({
  update: lane.update, now: () => 1, log: line => { if (line.decision === 'failed') failures.push(line); },
});
const eventOf = ({ body }: TrueEvent): LifecycleEvent => {
  const parsed = parse(JSON.stringify(body));
  if (parsed.problem !== undefined) throw new Error(parsed.problem);
  return parsed.event;
};

/** The part of an item that the oracle speaks of. */
function said(item: Item | undefined): Record<string, string | number> | undefined {
  if (!item) return undefined;
  const { ClientID, ThingName, UpdatedAt, ConnectSessionIdentifier, DisconnectSessionIdentifier, ...rest } = plain(item);
  return rest;
}

async function onAllLanes<T>(work: readonly T[], run: (lane: Lane, piece: T) => Promise<void>): Promise<void> {
  const pieces = work.values();
  await Promise.all(lanes.map(async lane => {
    for (const piece of pieces) await run(lane, piece);
  }));
}

test('two events of one client compare as they happened, for every pair of 4,000 histories', () => {
  let pairs = 0;
  for (let seed = 0; seed < 4_000; seed++) {
    const random = randomFrom(seed);
    const events = historyOf('press', randomGaps(random, 1 + seed % 6), random);
    for (const a of events) {
      for (const b of events) {
        pairs++;
        if (isNewer(eventOf(a), eventOf(b)) !== a.rank > b.rank) throw new Error(`seed ${seed}: ${JSON.stringify([a, b], null, 1)}`);
      }
    }
  }
  expect(pairs).toBeGreaterThan(200_000);
});

const GAPS: readonly Between[] = ['pause', 'duplicate', 'restart'];
const scenarios = GAPS.flatMap(first => GAPS.map(second => [first, second] as const));

test('three sessions end in the same, right state whatever arrives, in every order and however often', async () => {
  let transitions = 0;
  const twins = scenarios.flatMap((gaps, index) => Array.from({ length: TWINS_PER_SCENARIO }, (_, twin) => ({ gaps, seed: 1_000 * index + twin })));
  await onAllLanes(twins, async (lane, { gaps, seed }) => {
    const steps = await everyArrival(lane, historyOf(`all-${seed}`, gaps, randomFrom(seed)), `${gaps.join('+')}, seed ${seed}`);
    transitions += steps;
  });
  report(`${twins.length} scenarios of 6 events; all 64 sets of arrived events each, in every order and repetition; ${transitions} different steps`);
}, LONG_RUN_MS);

/**
 * Walks every word over the events, of any length. The handler remembers nothing but the item, so a word is a path through
 * (what has arrived, item), and each different step of such paths is taken once, by the real handler on the real engine.
 */
async function everyArrival(lane: Lane, events: TrueEvent[], scenario: string): Promise<number> {
  const steps = new Map<string, Promise<Item>>();
  const reached = new Map<string, { arrived: number; item: Item | undefined }>([['0', { arrived: 0, item: undefined }]]);
  for (const { arrived, item } of reached.values()) {
    const expected = expectedAfter(events.filter(({ rank }) => Math.floor(arrived / 2 ** rank) % 2 === 1));
    try {
      expect(said(item)).toEqual(expected);
    } catch (error) {
      throw new Error(`${scenario}, arrived ${arrived.toString(2)}: ${(error as Error).message}`);
    }
    await Promise.all(events.map(async event => {
      const key = `${event.rank} ${JSON.stringify(item)}`;
      if (!steps.has(key)) steps.set(key, step(lane, item, event, `${event.body.clientId}-${steps.size}`));
      const after = await steps.get(key)!;
      const seen = Math.floor(arrived / 2 ** event.rank) % 2 === 1;
      const next = { arrived: seen ? arrived : arrived + 2 ** event.rank, item: after };
      reached.set(`${next.arrived} ${JSON.stringify(after)}`, next);
    }));
  }
  // One state for each set of events, so the order and the repetitions made no difference.
  expect(reached.size).toBe(2 ** events.length);
  return steps.size;
}

/** One invocation of the handler with one event, on an item as it is. */
async function step(lane: Lane, item: Item | undefined, event: TrueEvent, clientId: string): Promise<Item> {
  if (item) await lane.put({ ...item, ClientID: { S: clientId } });
  const { batchItemFailures } = await handlerOn(lane)(sqsEvent([{ ...event.body, clientId }]));
  expect([batchItemFailures, failures]).toEqual([[], []]);
  const after = (await lane.get(clientId))!;
  return Object.fromEntries(Object.entries(after).filter(([name]) => name !== 'ClientID').sort(([a], [b]) => a < b ? -1 : 1));
}

/** Events as SQS may hand them over: some lost, some repeated, in any order. */
function delivered(history: readonly TrueEvent[], random: Random): TrueEvent[] {
  const loss = pick(random, [0, 0.2, 0.5]);
  const arrived = history.filter(({ body }) => random() >= loss && !(body.eventType === 'disconnected' && random() < 0.1));
  return [...arrived, ...arrived.filter(() => random() < 0.2)];
}

interface Delivery {
  readonly clientId: string;
  readonly arrived: TrueEvent[];
}

function deliveriesOf(seed: number): { deliveries: Delivery[]; batches: TrueEvent[][] } {
  const random = randomFrom(1_000_000 + seed);
  const deliveries = Array.from({ length: pick(random, [2, 2, 3]) }, (_, client) => {
    const clientId = `history-${seed}-${client}`;
    return { clientId, arrived: delivered(historyOf(clientId, randomGaps(random, pick(random, [1, 2, 2, 3])), random), random) };
  });
  const queue = shuffled(random, deliveries.flatMap(({ arrived }) => arrived));
  const batches: TrueEvent[][] = Array.from({ length: INVOCATIONS_AT_ONCE }, () => []);
  queue.forEach((event, index) => batches[random() < 0.5 ? index % INVOCATIONS_AT_ONCE : Math.floor(random() * INVOCATIONS_AT_ONCE)].push(event));
  return { deliveries, batches };
}

test(`${RANDOM_HISTORIES} random histories, each by ${INVOCATIONS_AT_ONCE} invocations at once, end as their newest event says`, async () => {
  const before = lanes.reduce((sum, { requests }) => sum + requests, 0);
  const started = Date.now();
  let eventCount = 0;
  let clientCount = 0;
  const chunks = Array.from({ length: Math.ceil(RANDOM_HISTORIES / 20) }, (_, chunk) => chunk);
  await onAllLanes(chunks, async (lane, chunk) => {
    const handler = handlerOn(lane);
    const all: Delivery[] = [];
    for (let seed = chunk * 20; seed < Math.min(RANDOM_HISTORIES, chunk * 20 + 20); seed++) {
      const { deliveries, batches } = deliveriesOf(seed);
      all.push(...deliveries);
      const answers = await Promise.all(batches.map(batch => handler(sqsEvent(batch.map(({ body }) => body)))));
      if (answers.some(({ batchItemFailures }) => batchItemFailures.length > 0)) throw new Error(`seed ${seed}: ${JSON.stringify(failures)}`);
    }
    const items = await lane.getAll(all.map(({ clientId }) => clientId));
    for (const { clientId, arrived } of all) {
      eventCount += arrived.length;
      clientCount++;
      try {
        expect(said(items.get(clientId))).toEqual(expectedAfter(arrived));
      } catch (error) {
        throw new Error(`${clientId}: ${(error as Error).message}\n${JSON.stringify(arrived.map(({ rank, body }) => [rank, body]))}`);
      }
    }
  });
  const requests = lanes.reduce((sum, lane) => sum + lane.requests, 0) - before;
  report(`${RANDOM_HISTORIES} random histories, ${clientCount} clients, ${eventCount} events, ${requests} writes, ${Math.round((Date.now() - started) / 1000)} s`);
  expect(eventCount).toBeGreaterThan(RANDOM_HISTORIES);
}, LONG_RUN_MS);

test('the condition that DynamoDB checks is the order of core.ts, also for events that no broker would send', async () => {
  const seeds = Array.from({ length: FULL ? 4_000 : 250 }, (_, seed) => seed);
  const places = new Map<string, number>();
  await onAllLanes(seeds, async (lane, seed) => {
    const random = randomFrom(2_000_000 + seed);
    const [connected, disconnected, event] = [anyMoment(random, 'connected'), anyMoment(random, 'disconnected'), anyMoment(random)];
    const clientId = `any-${seed}`;
    const item: Item = {
      ClientID: { S: clientId },
      ...random() < 0.8 && attributes('Connect', connected),
      ...random() < 0.8 && attributes('Disconnect', disconnected),
    };
    const place = placeOf(event, knownOf(item));
    places.set(place, (places.get(place) ?? 0) + 1);
    for (const tried of ['newest', 'newestOfKind'] as const) {
      await lane.put(item);
      const refusedBy = await lane.update(updateFor({ ...event, clientId }, tried, 1));
      if ((refusedBy === undefined) !== (place === tried)) throw new Error(`seed ${seed}: ${tried} ${place} ${JSON.stringify([item, event])}`);
      if (refusedBy) expect(plain(refusedBy)).toEqual(plain(item));
    }
  });
  expect([...places.keys()].sort()).toEqual(['newest', 'newestOfKind', 'stale']);
}, LONG_RUN_MS);

/** Few sessions, few versions, and times at and beside the limit, so that every branch is met often. */
function anyMoment(random: Random, kind = pick(random, ['connected', 'disconnected'] as const)): Moment {
  const limit = 30 * 60_000;
  return {
    kind,
    sessionIdentifier: pick(random, ['a', 'b', 'c']),
    versionNumber: pick(random, [0, 1, 2]),
    timestamp: 1_800_000_000_000 + pick(random, [0, 0, 1, limit - 1, limit, limit + 1, 2 * limit]),
  };
}

function attributes(prefix: 'Connect' | 'Disconnect', { versionNumber, timestamp, sessionIdentifier }: Moment): Item {
  return {
    [`${prefix}VersionNum`]: { N: String(versionNumber) },
    [`${prefix}Time`]: { N: String(timestamp) },
    [`${prefix}SessionIdentifier`]: { S: sessionIdentifier },
  };
}
