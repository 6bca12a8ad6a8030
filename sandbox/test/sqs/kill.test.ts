import { appendFileSync, mkdtempSync, rmSync } from 'fs';
import { tmpdir } from 'os';
import * as path from 'path';
import { compileSource, compileSources, runAndKill } from '../compiled-sources';

const folder = mkdtempSync(path.join(tmpdir(), 'killed-'));
const sources = path.join(folder, 'sources');
const state = path.join(folder, 'state');
const KILLS = 10;
afterAll(() => rmSync(folder, { recursive: true }));

/** Runs the process, kills it so long after it is ready, and gives what it wrote. */
const run = (args: string[], killAfter?: number) => runAndKill(path.join(__dirname, 'fixtures/sending-process.cjs'), [sources, state, ...args], killAfter);

test(`queues whose process is killed ${KILLS} times, and once cuts a line off, lose no message that was acknowledged and not deleted`, async () => {
  for (const part of ['account', 'assembly', 'cloudwatch', 'cloudwatch-logs', 'http', 'iam', 'kms', 'policy', 'sqs', 'time']) compileSources(path.join(__dirname, '../../src', part), path.join(sources, part));
  compileSource(path.join(__dirname, '../../src/json.ts'), path.join(sources, 'json.js'));
  const acknowledged = new Set<string>();
  const deleted = new Set<string>();
  for (let kill = 0; kill < KILLS; kill++) {
    const { output, signal } = await run([String(kill * 1_000_000)], 20 + Math.random() * 400);
    expect(signal).toBe('SIGKILL');
    // The last line may be cut off: of a delete that counts as one.
    for (const [, kind, number] of output.matchAll(/^([sd]) (\d+)$/gm)) (kind === 's' ? acknowledged : deleted).add(number);
    if (kill === 0) appendFileSync(path.join(state, 'sqs/queues.jsonl'), '{"queue":"work","change":{"ki');
  }
  const { output, code } = await run(['0', 'drain']);
  expect(code).toBe(0);
  const left = new Set(output.split('\n'));
  expect(acknowledged.size).toBeGreaterThan(KILLS * 10);
  expect([...acknowledged].filter(number => !left.has(number) && !deleted.has(number))).toEqual([]);
}, 120_000);
