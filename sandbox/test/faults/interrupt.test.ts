import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'fs';
import { tmpdir } from 'os';
import * as path from 'path';
import { gunzipSync } from 'zlib';
import { connectAsync } from 'mqtt';
import { CompiledSandbox } from './compiled-sandbox';
import { BUCKET, deviceOf, writeAssembly } from './line-zone';
import { Sandbox } from '../../src';

const folder = mkdtempSync(path.join(tmpdir(), 'interrupted-'));
const [assembly, state] = ['assembly', 'state'].map(name => path.join(folder, name));
afterAll(() => rmSync(folder, { recursive: true }));

test('Ctrl+C, which all processes of a terminal get, delivers what streams hold through functions that still run', async () => {
  writeAssembly(assembly);
  const prepared = await Sandbox.start({ assembly, state, port: 0, mqttPort: 0, dynamodb: 'dynalite' });
  const identity = await deviceOf(prepared);
  await prepared.stop();

  const running = new CompiledSandbox(path.join(folder, 'package'))
    .start(['--assembly', assembly, '--state', state, '--port', '0', '--mqtt-port', '0', '--dynamodb', 'dynalite', '--buffer-seconds', '900']);
  await running.isReady();
  const { mqttPort } = JSON.parse(readFileSync(path.join(state, 'running.json'), 'utf8')) as { mqttPort: number };
  const client = await connectAsync({ protocol: 'mqtts', host: '127.0.0.1', port: mqttPort, clientId: 'gateway-1', ...identity, reconnectPeriod: 0 });
  const numbers = [1, 2, 3, 4, 5, 6];
  for (const n of numbers) await client.publishAsync('data/gateway-1', JSON.stringify({ id: `gateway-1:${n}`, n }), { qos: 1 });
  await running.interrupt();
  client.end(true);

  const lake = files(path.join(state, 's3/buckets', BUCKET, 'objects/data'));
  const rows = lake.flatMap(file => gunzipSync(readFileSync(file)).toString().split('\n').filter(Boolean).map(line => (JSON.parse(line) as { n: number }).n));
  expect(rows.sort()).toEqual(numbers);
  const logs = files(path.join(state, 'logs')).map(file => readFileSync(file, 'utf8')).join('');
  expect(logs).toContain('REPORT RequestId');
  expect(logs).not.toContain('Runtime.ExitError');
}, 120_000);

function files(of: string): string[] {
  const entries = readdirSync(of, { recursive: true, withFileTypes: true });
  return entries.filter(entry => entry.isFile()).map(entry => path.join(entry.parentPath, entry.name));
}
