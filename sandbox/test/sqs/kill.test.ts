import { spawn } from 'child_process';
import { appendFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'fs';
import { tmpdir } from 'os';
import * as path from 'path';
import { ModuleKind, ScriptTarget, transpileModule } from 'typescript';

const folder = mkdtempSync(path.join(tmpdir(), 'killed-'));
const sources = path.join(folder, 'sources');
const state = path.join(folder, 'state');
const KILLS = 10;
afterAll(() => rmSync(folder, { recursive: true }));

/** The sources as a process of its own can run them. */
function compile(from: string, to: string): void {
  mkdirSync(to, { recursive: true });
  for (const name of readdirSync(from)) {
    const file = path.join(from, name);
    if (statSync(file).isDirectory()) compile(file, path.join(to, name));
    else writeFileSync(path.join(to, name.replace(/\.ts$/, '.js')), transpileModule(readFileSync(file, 'utf8'), { compilerOptions: { module: ModuleKind.CommonJS, target: ScriptTarget.ES2022, esModuleInterop: true } }).outputText);
  }
}

/** Runs the process, kills it so long after it is ready, and gives what it wrote. */
function run(args: string[], killAfter?: number): Promise<{ output: string; signal: string | null; code: number | null }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [path.join(__dirname, 'fixtures/sending-process.cjs'), sources, state, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => {
      if (output === '' && killAfter !== undefined) setTimeout(() => child.kill('SIGKILL'), killAfter);
      output += chunk.toString();
    });
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ output, signal, code }));
  });
}

test(`queues whose process is killed ${KILLS} times, and once cuts a line off, lose no message that was acknowledged and not deleted`, async () => {
  for (const part of ['account', 'assembly', 'cloudwatch', 'cloudwatch-logs', 'http', 'iam', 'kms', 'policy', 'sqs', 'time']) compile(path.join(__dirname, '../../src', part), path.join(sources, part));
  writeFileSync(path.join(sources, 'json.js'), transpileModule(readFileSync(path.join(__dirname, '../../src/json.ts'), 'utf8'), { compilerOptions: { module: ModuleKind.CommonJS } }).outputText);
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
