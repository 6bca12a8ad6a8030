import { spawn } from 'child_process';
import { once } from 'events';
import { mkdtempSync, rmSync } from 'fs';
import { tmpdir } from 'os';
import * as path from 'path';
import { median } from './median';
import { Row } from './row';

const TARGET_SECONDS = 3;

/** From the command to the line that says that all runs: over an empty state folder, and over one that is there. */
export async function startTime(example: string, runs: number): Promise<Row[]> {
  const [first, again]: [number[], number[]] = [[], []];
  for (let run = 0; run < runs; run++) {
    const state = mkdtempSync(path.join(tmpdir(), 'sandbox-start-'));
    first.push(await seconds(example, state));
    again.push(await seconds(example, state));
    rmSync(state, { recursive: true, force: true });
  }
  return [
    { what: 'start on the bundled example, without Java, over an empty state folder', measured: `${median(first).toFixed(2)} s`, target: `at most ${TARGET_SECONDS} s`, met: median(first) <= TARGET_SECONDS },
    { what: 'the same over the state of a run before', measured: `${median(again).toFixed(2)} s` },
  ];
}

async function seconds(assembly: string, state: string): Promise<number> {
  const begun = process.hrtime.bigint();
  const child = spawn(process.execPath, [
    path.join(__dirname, '../bin/sandbox.js'), 'start', '--assembly', assembly, '--state', state, '--port', '0', '--mqtt-port', '0', '--dynamodb', 'dynalite',
  ], { stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = once(child, 'exit');
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data: Buffer) => { output += data.toString(); });
  while (!output.includes('Ctrl+C ends it')) {
    const isOver = await Promise.race([once(child.stdout, 'data').then(() => false), ended.then(() => true)]);
    if (isOver) throw new Error(`the sandbox did not start:\n${output}`);
  }
  const taken = Number(process.hrtime.bigint() - begun) / 1e9;
  child.kill('SIGTERM');
  await ended;
  return taken;
}
