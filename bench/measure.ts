import { spawnSync } from 'child_process';
import * as path from 'path';

export const root = path.join(__dirname, '..');

/** One row of the table: a ratio or a difference taken in one run, and the target where there is one. */
export interface Row {
  readonly what: string;
  readonly measured: string;
  readonly target?: string;
  readonly met?: boolean;
}

export function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

/** Runs a script of this folder in a process of its own and reads the JSON that it prints. */
export function inProcess<T>(script: string, ...args: string[]): T {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--expose-gc', '-r', 'ts-node/register/transpile-only', path.join(__dirname, script), ...args], {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, CDK_VALIDATION: 'false', TS_NODE_PROJECT: path.join(root, 'tsconfig.dev.json') },
  });
  if (status !== 0) throw new Error(`${script} ${args.join(' ')} ended with ${status}: ${stderr}`);
  return JSON.parse(stdout.trim().split('\n').pop()!) as T;
}

/** Alternates two measurements, so that a change in the machine's load meets both. */
export function alternate<A, B>(times: number, first: () => A, second: () => B): { first: A[]; second: B[] } {
  const result = { first: [] as A[], second: [] as B[] };
  for (let run = 0; run < times; run++) {
    result.first.push(first());
    result.second.push(second());
  }
  return result;
}
