import { spawn } from 'child_process';
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'fs';
import * as path from 'path';
import { ModuleKind, ScriptTarget, transpileModule } from 'typescript';

const OPTIONS = { module: ModuleKind.CommonJS, target: ScriptTarget.ES2022, esModuleInterop: true, experimentalDecorators: true };

/** The sources of a folder as a process of its own can run them, in another folder. */
export function compileSources(from: string, to: string): void {
  mkdirSync(to, { recursive: true });
  for (const name of readdirSync(from)) {
    const file = path.join(from, name);
    if (statSync(file).isDirectory()) compileSources(file, path.join(to, name));
    else compileSource(file, path.join(to, name.replace(/\.ts$/, '.js')));
  }
}

export function compileSource(file: string, to: string): void {
  writeFileSync(to, transpileModule(readFileSync(file, 'utf8'), { compilerOptions: OPTIONS }).outputText);
}

/** Runs a script, kills it so long after it is ready, and gives what it wrote. */
export function runAndKill(
  script: string, args: readonly string[], killAfter?: number,
): Promise<{ output: string; signal: string | null; code: number | null }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [script, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => {
      if (output === '' && killAfter !== undefined) setTimeout(() => child.kill('SIGKILL'), killAfter);
      output += chunk.toString();
    });
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ output, signal, code }));
  });
}
