import { mkdtempSync, rmSync } from 'fs';
import { request } from 'http';
import { tmpdir } from 'os';
import * as path from 'path';
import { Account } from '../../src/account';
import { HttpEndpoint } from '../../src/http';
import { SYSTEM_CLOCK } from '../../src/time/clock';

const folder = mkdtempSync(path.join(tmpdir(), 'foreign-'));
const account = new Account({ environment: { account: '111122223333', region: 'eu-west-1', partition: 'aws' }, stateFolder: folder, clock: SYSTEM_CLOCK });
const endpoint = new HttpEndpoint(account);
let port: number;

beforeAll(async () => {
  endpoint.addService('secretsmanager', () => ({ status: 200, body: 'secret' }));
  endpoint.addUnsigned('/api/', () => ({ status: 200, body: 'an API with CORS of its own' }));
  port = Number(new URL(await endpoint.listen('127.0.0.1', 0)).port);
});
afterAll(async () => {
  await endpoint.stop();
  rmSync(folder, { recursive: true });
});

const SIGNED = { authorization: 'AWS4-HMAC-SHA256 Credential=a/20260101/eu-west-1/secretsmanager/aws4_request, SignedHeaders=host, Signature=b' };

function statusOf(headers: { [name: string]: string }, at = '/'): Promise<number> {
  return new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port, path: at, method: 'POST', headers }, response => {
      response.resume();
      resolve(response.statusCode!);
    }).on('error', reject).end();
  });
}

test.each([
  ['the address', () => `127.0.0.1:${port}`, 200], ['localhost', () => `localhost:${port}`, 200], ['a bucket before it', () => `lake.localhost:${port}`, 200],
  ['what an SDK puts before it', () => `api.127.0.0.1:${port}`, 200], ['a name of the web that points here', () => `evil.example:${port}`, 403],
  ['one that ends as loopback does not', () => `127.0.0.1.evil.example:${port}`, 403],
])('a call of a service by %s', async (_name, host, status) => {
  expect(await statusOf({ ...SIGNED, host: host() })).toBe(status);
});

test('only services have names before the loopback name', async () => {
  expect(await statusOf({ host: `lake.localhost:${port}` }, '/api/x')).toBe(403);
  expect(await statusOf({ host: `localhost:${port}` }, '/api/x')).toBe(200);
});

test('a page of another origin calls no service, and an API decides for itself', async () => {
  expect(await statusOf({ ...SIGNED, origin: 'http://evil.example' })).toBe(403);
  expect(await statusOf({ ...SIGNED, origin: `http://127.0.0.1:${port}`, host: `127.0.0.1:${port}` })).toBe(200);
  expect(await statusOf({ origin: 'http://line.example.com' }, '/api/x')).toBe(200);
  expect(await statusOf({ origin: 'http://line.example.com', host: 'evil.example' }, '/api/x')).toBe(403);
});
