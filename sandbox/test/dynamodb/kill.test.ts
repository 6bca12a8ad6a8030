import { execFileSync, spawn } from 'child_process';
import { mkdirSync, readdirSync, statSync, symlinkSync, writeFileSync, readFileSync } from 'fs';
import * as path from 'path';
import { ModuleKind, ScriptTarget, transpileModule } from 'typescript';
import { temporaryFolder } from './service-under-test';

jest.setTimeout(240_000);
const { folder, remove } = temporaryFolder();
const sandbox = path.join(__dirname, '../..');
afterAll(remove);

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
function run(args: string[], killAfter?: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [path.join(__dirname, 'fixtures/writing-process.cjs'), path.join(folder, 'src'), path.join(folder, 'state'), ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => {
      if (output === '' && killAfter !== undefined) setTimeout(() => child.kill('SIGKILL'), killAfter);
      output += chunk.toString();
    });
    child.on('error', reject);
    child.on('close', (code, signal) => killAfter === undefined ? code === 0 ? resolve(output) : reject(new Error(`ended with ${code}`)) : signal === 'SIGKILL' ? resolve(output) : reject(new Error(`ended by itself with ${code}`)));
  });
}

function javaProcessesOver(state: string): string[] {
  return execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' }).split('\n').filter(line => line.includes('LoopbackDynamoDb') && line.includes(state));
}

test.each([['auto', 1], ['dynalite', 3]])('nothing that was acknowledged is lost when the process is killed, and no engine outlives it: %s', async (engine, kills) => {
  compile(path.join(sandbox, 'src'), path.join(folder, 'src'));
  for (const linked of ['node_modules', 'runtime']) try { symlinkSync(path.join(sandbox, linked), path.join(folder, linked)); } catch { /* there from the run before */ }
  const acknowledged: string[] = [];
  for (let kill = 0; kill < kills; kill++) acknowledged.push(...(await run([engine, String(kill * 1_000_000)], 1_500)).split('\n').slice(1, -1));
  const found = new Set((await run([engine, '0', 'read'])).split('\n').slice(1));
  expect(acknowledged.length).toBeGreaterThan(50);
  expect(acknowledged.filter(id => !found.has(id))).toEqual([]);
  while (javaProcessesOver(folder).length > 0) await new Promise(resolve => setTimeout(resolve, 50));
});
