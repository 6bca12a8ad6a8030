import { mkdtempSync, rmSync } from 'fs';
import { AddressInfo, createServer } from 'net';
import { tmpdir } from 'os';
import * as path from 'path';
import { gunzipSync } from 'zlib';
import { CompiledSandbox } from './compiled-sandbox';
import { ALL_QUEUE, BUCKET, deviceOf, ERROR_QUEUE, MISROUTED, REFUSED, writeAssembly } from './line-zone';
import { Publisher } from './publisher';
import { randomFrom, seedOfRun } from './random';
import { Sandbox } from '../../src';

/** `FULL=1` runs what is promised. */
const KILLS = process.env.FULL === '1' ? 30 : 3;
const PUBLISHERS = 4;

const folder = mkdtempSync(path.join(tmpdir(), 'faults-'));
const [assembly, state] = ['assembly', 'state'].map(name => path.join(folder, name));
afterAll(() => rmSync(folder, { recursive: true }));

interface Found { readonly lake: Set<string>; readonly refused: Set<string>; readonly errors: Set<string>; readonly all: Set<string> }

test(`no message that was acknowledged is missing after ${KILLS} kills of the sandbox at random moments`, async () => {
  const seed = seedOfRun();
  console.log(`SEED=${seed}`);
  const random = randomFrom(seed);
  writeAssembly(assembly);
  const mqttPort = await freePort();
  const options = { assembly, state, port: 0, mqttPort, dynamodb: 'dynalite' as const };

  const first = await Sandbox.start(options);
  const identity = await deviceOf(first);
  await first.stop();
  const publishers = Array.from({ length: PUBLISHERS }, (_, index) =>
    new Publisher(`gateway-${index}`, { protocol: 'mqtts', host: '127.0.0.1', port: mqttPort, ...identity }));

  const compiled = new CompiledSandbox(path.join(folder, 'package'));
  for (let kill = 0; kill < KILLS; kill++) {
    const running = compiled.start(['--assembly', assembly, '--state', state, '--port', '0', '--mqtt-port', String(mqttPort), '--dynamodb', 'dynalite']);
    // Every fifth is hit while it still starts over what the one before has left.
    if (kill % 5 !== 4) await running.isReady();
    await new Promise(resolve => setTimeout(resolve, 50 + random() * 2_500));
    await running.kill();
  }

  const last = await Sandbox.start(options);
  await Promise.all(publishers.map(publisher => publisher.end()));
  await last.flush();
  const found = await whatIsIn(last);
  await last.stop();

  const acknowledged = publishers.flatMap(publisher => publisher.acknowledged);
  console.log(`${acknowledged.length} acknowledged, over ${KILLS} kills`);
  expect(acknowledged.length).toBeGreaterThan(KILLS);
  const numbered = acknowledged.map(id => ({ id, n: Number(id.split(':')[1]) }));
  const missing = (among: Set<string>, of: (n: number) => boolean) => numbered.filter(({ id, n }) => of(n) && !among.has(id)).map(({ id }) => id);
  expect(missing(found.all, () => true)).toEqual([]);
  expect(missing(found.errors, n => n % MISROUTED === 0)).toEqual([]);
  expect(missing(found.refused, n => n % MISROUTED !== 0 && n % REFUSED === 0)).toEqual([]);
  expect(missing(found.lake, n => n % MISROUTED !== 0 && n % REFUSED !== 0)).toEqual([]);
}, 60_000 + KILLS * 30_000);

async function whatIsIn(sandbox: Sandbox): Promise<Found> {
  const [lake, refused] = [new Set<string>(), new Set<string>()];
  const { store } = sandbox.services.s3;
  for (const { key } of await store.list(BUCKET)) {
    const { body } = await store.get(BUCKET, key);
    const isError = key.startsWith('errors/processing-failed/');
    const lines = (isError ? body : gunzipSync(body)).toString().split('\n').filter(Boolean);
    for (const line of lines) {
      const text = isError ? Buffer.from(JSON.parse(line).rawData, 'base64').toString() : line;
      (isError ? refused : lake).add(JSON.parse(text).id);
    }
  }
  const errors = await drained(sandbox, ERROR_QUEUE, body => JSON.parse(Buffer.from(JSON.parse(body).base64OriginalPayload, 'base64').toString()).id);
  return { lake, refused, errors, all: await drained(sandbox, ALL_QUEUE, body => JSON.parse(body).id) };
}

async function drained({ account }: Sandbox, QueueName: string, idOf: (body: string) => string): Promise<Set<string>> {
  const call = (operation: string, input: object) => account.call('sqs', operation, input, account.operator);
  const { QueueUrl } = await call('GetQueueUrl', { QueueName });
  const found = new Set<string>();
  for (;;) {
    const { Messages = [] } = await call('ReceiveMessage', { QueueUrl, MaxNumberOfMessages: 10, VisibilityTimeout: 3600 }) as { Messages?: { Body: string; ReceiptHandle: string; MessageId: string }[] };
    if (Messages.length === 0) return found;
    for (const { Body } of Messages) found.add(idOf(Body));
    await call('DeleteMessageBatch', { QueueUrl, Entries: Messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle })) });
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise(resolve => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise(resolve => server.close(resolve));
  return port;
}
