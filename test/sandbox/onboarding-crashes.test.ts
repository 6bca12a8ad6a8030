import { createServer, request as httpRequest, Server } from 'http';
import { AddressInfo } from 'net';
import * as path from 'path';
import { Worker } from 'worker_threads';
import { OnboardingZone } from './onboarding-zone';
import { iot, lambda } from '../../sandbox/test/end-to-end/clients';
import { LEASE_MS } from '../../src/onboarding/handler/core';
import { newKey } from '../../src/onboarding/handler/signing-request';

// The function as it is shipped, in a thread of its own, whose calls to AWS go through here to the sandbox. The thread ends right before
// or right after any one of them, for good, as a function does whose machine is gone.
const FULL = process.env.FULL === '1';
jest.setTimeout(600_000);

let zone: OnboardingZone;
let variables: { [name: string]: string };
const assets = path.join(__dirname, '..', '..', 'assets', 'onboarding', 'index.js');

beforeAll(async () => {
  zone = await OnboardingZone.start();
  const { Functions } = await new lambda.LambdaClient(zone.running.client).send(new lambda.ListFunctionsCommand({}));
  variables = Functions!.map(({ Environment }) => Environment?.Variables ?? {}).find(({ POLICY_NAME }) => POLICY_NAME !== undefined)!;
}, 300_000);
afterAll(() => zone?.stop());

interface Call {
  readonly routeKey: string;
  readonly serialNumber: string;
  readonly query?: { [name: string]: string };
  readonly body?: object;
}
interface Ended {
  /** Undefined where the thread ended first. */
  readonly status?: number;
  readonly body?: any;
  /** Points that were reached: two for every call to AWS. */
  readonly points: number;
}

const ONBOARD = 'POST /onboard/{serialNumber}';
const TAKE_OUT = 'DELETE /onboard/{serialNumber}';
const THREAD = `
  const { workerData: { assets, event, later }, parentPort } = require('worker_threads');
  const now = Date.now;
  Date.now = () => now() + later;
  console.log = () => undefined;
  require(assets).handler(event).then(answer => parentPort.postMessage(answer));
`;

/** Runs the function until it answers, or until point `at`; `later` is by how much its clock is ahead. */
async function run({ routeKey, serialNumber, query, body }: Call, at = Infinity, later = 0): Promise<Ended> {
  let points = 0;
  let end: (value: Ended) => void;
  const ended = new Promise<Ended>(resolve => { end = resolve; });
  let isDead = false;
  const reached = () => {
    if (!isDead && points++ === at) {
      isDead = true;
      void thread.terminate().then(() => end({ points }));
    }
    return isDead;
  };
  const server: Server = createServer((taken, answer) => {
    const parts: Buffer[] = [];
    taken.on('data', part => parts.push(part));
    taken.on('end', () => {
      if (reached()) return;
      const { hostname, port } = new URL(zone.running.endpoint);
      const sent = httpRequest({ hostname, port, method: taken.method, path: taken.url, headers: taken.headers }, given => {
        const answered: Buffer[] = [];
        given.on('data', part => answered.push(part));
        given.on('end', () => {
          if (!reached()) answer.writeHead(given.statusCode!, given.headers).end(Buffer.concat(answered));
        });
      });
      sent.end(Buffer.concat(parts));
    });
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const thread = new Worker(THREAD, {
    eval: true,
    workerData: {
      assets,
      later,
      event: { routeKey, pathParameters: { serialNumber }, queryStringParameters: query, body: body && JSON.stringify(body), requestContext: {} },
    },
    env: { NODE_NO_WARNINGS: '1', ...variables, ...zone.environment, AWS_ENDPOINT_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}` },
  });
  thread.on('message', answer => {
    isDead = true;
    void thread.terminate().then(() => end({ status: answer.statusCode, body: JSON.parse(answer.body), points }));
  });
  thread.on('error', error => end({ points, body: error }));
  const outcome = await ended;
  server.closeAllConnections();
  server.close();
  return outcome;
}

/** Certificates of this thing, or of nothing at all: those of other devices are out of the question. */
async function certificatesOf(thing: string) {
  return (await zone.certificates()).filter(({ things }) => things.length === 0 || things.includes(thing));
}

const { csr } = newKey();
const CASES: [string, Omit<Call, 'serialNumber'>, boolean][] = [
  ['without a signing request', { routeKey: ONBOARD }, false],
  ['with a signing request', { routeKey: ONBOARD, body: { csr } }, false],
  ['as a rotation', { routeKey: ONBOARD, query: { rotate: 'true' } }, true],
  ['as a rotation with a signing request', { routeKey: ONBOARD, query: { rotate: 'true' }, body: { csr } }, true],
];

describe.each(CASES.slice(0, FULL ? 4 : 1))('onboarding %s whose function dies', (name, call, isRotation) => {
  test('before or after any of its calls to AWS, and is called again, ends in one complete device without an orphan', async () => {
    for (let at = 0; ; at++) {
      const serialNumber = `${name.replace(/\W+/g, '-')}-${at}`;
      if (isRotation) await run({ routeKey: ONBOARD, serialNumber });
      const { status, points } = await run({ ...call, serialNumber }, at);
      if (status !== undefined) {
        expect([status, at === points, at > 15]).toEqual([200, true, true]);
        break;
      }
      // Whoever finds a lease that ran out knows that its owner is gone.
      const again = await run({ ...call, serialNumber }, Infinity, LEASE_MS + 1);
      expect([at, again.status, again.body.status]).toEqual([at, 200, 'PROVISIONED']);
      const certificates = await certificatesOf(serialNumber);
      // A rotation of which only the answer was lost is done, and the call after it makes another one.
      expect([at, certificates.length]).toEqual([at, isRotation ? expect.any(Number) : 1]);
      expect(certificates.length).toBeLessThanOrEqual(isRotation ? 3 : 1);
      for (const certificate of certificates) expect([at, certificate]).toEqual([at, { id: certificate.id, status: 'ACTIVE', policies: [expect.any(String)], things: [serialNumber] }]);
      const { thingPrincipalObjects } = await zone.iot.send(new iot.ListThingPrincipalsV2Command({ thingName: serialNumber }));
      expect(thingPrincipalObjects!.map(({ thingPrincipalType }) => thingPrincipalType)).toEqual(certificates.map(() => 'EXCLUSIVE_THING'));

      const out = await run({ routeKey: TAKE_OUT, serialNumber }, Infinity, 2 * LEASE_MS);
      expect([at, out.status, (await certificatesOf(serialNumber)).length]).toEqual([at, 200, 0]);
    }
  });
});

test('taking a device out whose function dies before or after any of its calls, and is called again, leaves nothing', async () => {
  for (let at = 0; ; at += FULL ? 1 : 7) {
    const serialNumber = `out-${at}`;
    await run({ routeKey: ONBOARD, serialNumber });
    const { status } = await run({ routeKey: TAKE_OUT, serialNumber }, at);
    if (status !== undefined) {
      expect([status, at > 15]).toEqual([200, true]);
      break;
    }
    const again = await run({ routeKey: TAKE_OUT, serialNumber }, Infinity, LEASE_MS + 1);
    expect([at, again.status, (await certificatesOf(serialNumber)).length]).toEqual([at, 200, 0]);
    await expect(zone.iot.send(new iot.DescribeThingCommand({ thingName: serialNumber }))).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  }
});
