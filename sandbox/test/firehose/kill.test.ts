import { mkdtempSync, readdirSync, rmSync } from 'fs';
import { tmpdir } from 'os';
import * as path from 'path';
import { gunzipSync } from 'zlib';
import { BucketStore } from '../../src/s3/bucket-store';
import { compileSources, runAndKill } from '../compiled-sources';

const folder = mkdtempSync(path.join(tmpdir(), 'killed-'));
const sources = path.join(folder, 'sources');
const state = path.join(folder, 'state');
const KILLS = 10;
afterAll(() => rmSync(folder, { recursive: true }));

/** Runs the process, kills it so long after it is ready, and gives what it wrote. */
const run = (args: string[], killAfter?: number) => runAndKill(path.join(__dirname, 'fixtures/putting-process.cjs'), [sources, state, ...args], killAfter);

test(`a stream that is killed ${KILLS} times while it accepts and delivers loses nothing that it has acknowledged`, async () => {
  compileSources(path.join(__dirname, '../../src'), sources);
  const acknowledged: number[] = [];
  for (let kill = 0; kill < KILLS; kill++) {
    const { output, signal } = await run([String(kill * 1_000_000), kill % 2 === 0 ? 'disk' : 'process'], 20 + Math.random() * 400);
    expect(signal).toBe('SIGKILL');
    // The last line may be cut off.
    acknowledged.push(...output.split('\n').slice(1, -1).map(Number));
  }
  expect(await run(['0', 'disk', 'stop'])).toMatchObject({ code: 0 });

  const store = new BucketStore(path.join(state, 'buckets'));
  const found = new Set<number>();
  for (const { key } of await store.list('lake')) {
    const { body } = await store.get('lake', key);
    const text = key.startsWith('data/') ? gunzipSync(body).toString()
      : body.toString().split('\n').filter(Boolean).map(line => Buffer.from(JSON.parse(line).rawData, 'base64').toString()).join('');
    for (const [, number] of text.matchAll(/record (\d+)\n/g)) found.add(Number(number));
  }
  expect(acknowledged.length).toBeGreaterThan(KILLS * 10);
  expect(acknowledged.filter(number => !found.has(number))).toEqual([]);
  expect(readdirSync(path.join(state, 'journal'))).toEqual([]);
}, 120_000);
