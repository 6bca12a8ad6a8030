import { mkdtempSync, rmSync } from 'fs';
import { tmpdir } from 'os';
import * as path from 'path';
import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { build, synthesize } from './running-zone';
import type { LoadDevice, Target } from '../../sandbox/bench/load';
import { connectPipelined, PipelinedClient } from '../../sandbox/bench/pipelined-client';
import { RunningZone } from '../../sandbox/bench/running-zone';
import { randomFrom, seedOfRun } from '../../sandbox/test/faults/random';

/** `FULL=1` runs what is promised. */
const FULL = process.env.FULL === '1';
const CLIENTS = FULL ? 5_000 : 300;
const ATTEMPTS = 10;
const WAIT_MILLISECONDS = FULL ? 600_000 : 120_000;

const folder = mkdtempSync(path.join(tmpdir(), 'storm-'));
beforeAll(() => {
  build();
  synthesize(folder);
}, 300_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test(`the connectivity table is right after ${CLIENTS} clients have reconnected at once, though presence events come twice and in another order`, async () => {
  const seed = seedOfRun();
  console.log(`SEED=${seed}`);
  const random = randomFrom(seed);
  const zone = await RunningZone.start(folder, ['--duplicate-presence', '0.2', '--reorder-presence', '0.2']);
  try {
    const fleet = await zone.fleet(CLIENTS, 50);
    const connected = new Map<string, PipelinedClient>();
    const connect = async (devices: readonly LoadDevice[]) => {
      await Promise.all(devices.map(async device => { connected.set(device.clientId, await connectedAgain(zone.target, device)); }));
    };
    await connect(fleet);

    // All are cut off, and come back at once; some before the broker knows that they are gone.
    for (const client of connected.values()) client.drop();
    connected.clear();
    await connect(fleet);

    for (const [clientId, client] of [...connected]) {
      const chance = random();
      if (chance > 0.3) continue;
      if (chance < 0.1) await client.disconnect();
      else client.drop();
      connected.delete(clientId);
    }

    const expected = Object.fromEntries(fleet.map(({ clientId }) => [clientId, connected.has(clientId) ? 'Connected' : 'Disconnected']));
    const table = await zone.output('ZoneConnectivityTable');
    const ends = Date.now() + WAIT_MILLISECONDS;
    let found = await statuses(zone, table);
    while (JSON.stringify(wrong(found, expected)) !== '{}' && Date.now() < ends) {
      await new Promise(resolve => setTimeout(resolve, 1_000));
      found = await statuses(zone, table);
    }
    expect(wrong(found, expected)).toEqual({});
    expect(Object.keys(found).sort()).toEqual(Object.keys(expected).sort());
  } finally {
    await zone.end();
  }
}, WAIT_MILLISECONDS * 3);

/** As a device does it: the system lets so many connections wait and drops the others, which is told as a reset. */
async function connectedAgain(target: Target, device: LoadDevice): Promise<PipelinedClient> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await connectPipelined(target, device);
    } catch (error) {
      if (attempt === ATTEMPTS) throw error;
      await new Promise(resolve => setTimeout(resolve, attempt * 1_000));
    }
  }
}

function wrong(found: { [clientId: string]: string }, expected: { [clientId: string]: string }): object {
  const others = Object.entries(expected).filter(([clientId, status]) => found[clientId] !== status);
  return Object.fromEntries(others.map(([clientId]) => [clientId, found[clientId]]));
}

async function statuses({ endpoint, region }: RunningZone, TableName: string): Promise<{ [clientId: string]: string }> {
  const client = new DynamoDBClient({ endpoint, region, credentials: { accessKeyId: 'operator', secretAccessKey: 'operator' } });
  const found: { [clientId: string]: string } = {};
  for (let ExclusiveStartKey: ScanCommand['input']['ExclusiveStartKey']; ;) {
    const { Items = [], LastEvaluatedKey } = await client.send(new ScanCommand({ TableName, ExclusiveStartKey, ConsistentRead: true }));
    for (const { ClientID, Status } of Items) found[ClientID.S!] = Status.S!;
    if (!LastEvaluatedKey) return found;
    ExclusiveStartKey = LastEvaluatedKey;
  }
}
