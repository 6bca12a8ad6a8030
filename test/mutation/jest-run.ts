import { ChildProcess, spawn } from 'child_process';
import { existsSync, readFileSync, rmSync } from 'fs';
import * as path from 'path';

const TIMEOUT_MS = 180_000;

/** How the tests ended: all passed, or the first thing that did not. */
export type Outcome = { readonly passed: number } | { readonly failedBy: string } | { readonly timedOutAfter: number };

interface Report {
  readonly numPassedTests: number;
  readonly numTotalTests: number;
  readonly success: boolean;
  readonly testResults: {
    readonly name: string;
    readonly status: string;
    readonly message: string;
    readonly assertionResults: { readonly status: string; readonly fullName: string }[];
  }[];
}

const running = new Set<ChildProcess>();

/** Runs one file after the other, each in a process of its own, up to the first that fails. */
export async function runTests(folder: string, tests: string[]): Promise<Outcome> {
  let passed = 0;
  for (const test of tests) {
    const outcome = await runFile(folder, test);
    if (!('passed' in outcome)) return outcome;
    passed += outcome.passed;
  }
  return { passed };
}

async function runFile(folder: string, test: string): Promise<Outcome> {
  const output = path.join(folder, 'jest-report.json');
  rmSync(output, { force: true });
  const inTime = await ended(spawn(process.execPath, [
    path.join('node_modules', 'jest', 'bin', 'jest.js'), test, '--runInBand', '--watchman=false', '--testEnvironment=./test/mutation/first-failure.cjs',
    `--cacheDirectory=${folder}.cache`, '--json', `--outputFile=${output}`,
  ], { cwd: folder, env: testEnvironment(), stdio: 'ignore', detached: true }));
  if (!inTime) return { timedOutAfter: TIMEOUT_MS };
  if (!existsSync(output)) throw new Error(`jest wrote no report for ${test}: is there such a test?`);
  return outcomeOf(JSON.parse(readFileSync(output, 'utf8')) as Report, folder, test);
}

/** Ends every process that is still at work, with all that it has started. */
export function stopAll(): void {
  running.forEach(killGroup);
}

function outcomeOf(report: Report, folder: string, test: string): Outcome {
  const failed = report.testResults.find(({ status }) => status === 'failed');
  if (failed) {
    const first = failed.assertionResults.find(({ status }) => status === 'failed');
    // A file that builds its stacks outside of the tests fails as a whole.
    const why = first?.fullName ?? failed.message.split('\n').map(line => line.trim()).find(line => line !== '' && !line.startsWith('●'));
    return { failedBy: `${path.relative(folder, failed.name)}: ${why}` };
  }
  if (!report.success || report.numTotalTests === 0) throw new Error(`jest ran no test of ${test}`);
  return { passed: report.numPassedTests };
}

/** The short form of the long tests, without the validator: what a test says of the sources stays the same. */
function testEnvironment(): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = { ...process.env, CDK_VALIDATION: 'false' };
  delete env.FULL;
  return env;
}

async function ended(child: ChildProcess): Promise<boolean> {
  running.add(child);
  let inTime = true;
  const timer = setTimeout(() => {
    inTime = false;
    killGroup(child);
  }, TIMEOUT_MS);
  await new Promise<void>((resolve, reject) => child.once('exit', () => resolve()).once('error', reject));
  clearTimeout(timer);
  running.delete(child);
  return inTime;
}

/** The process leads a group, so that databases which it started end with it. */
function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
