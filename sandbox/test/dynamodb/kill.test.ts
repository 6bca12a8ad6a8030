import { execFileSync } from 'child_process';
import { symlinkSync } from 'fs';
import * as path from 'path';
import { temporaryFolder } from './service-under-test';
import { compileSources, runAndKill } from '../compiled-sources';

jest.setTimeout(240_000);
const { folder, remove } = temporaryFolder();
const sandbox = path.join(__dirname, '../..');
const [sources, state] = ['src', 'state'].map(name => path.join(folder, name));
afterAll(remove);

beforeAll(() => {
  compileSources(path.join(sandbox, 'src'), sources);
  for (const linked of ['node_modules', 'runtime']) symlinkSync(path.join(sandbox, linked), path.join(folder, linked));
});

function run(args: string[], killAfter?: number) {
  return runAndKill(path.join(__dirname, 'fixtures/writing-process.cjs'), [sources, state, ...args], killAfter);
}

function enginesOver(place: string): string[] {
  return execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' }).split('\n').filter(line => /LoopbackDynamoDb|dynalite\.cjs/.test(line) && line.includes(place));
}

test.each([['auto', 1], ['dynalite', 3]])('nothing that was acknowledged is lost when the process is killed, and no engine outlives it: %s', async (engine, kills) => {
  const acknowledged: string[] = [];
  for (let kill = 0; kill < kills; kill++) {
    const { output, signal } = await run([engine, String(kill * 1_000_000)], 1_500);
    expect(signal).toBe('SIGKILL');
    acknowledged.push(...output.split('\n').slice(1, -1));
  }
  const { output, code } = await run([engine, '0', 'read']);
  expect(code).toBe(0);
  const found = new Set(output.split('\n').slice(1));
  expect(acknowledged.length).toBeGreaterThan(50);
  expect(acknowledged.filter(id => !found.has(id))).toEqual([]);
  while (enginesOver(folder).length > 0) await new Promise(resolve => setTimeout(resolve, 50));
});
