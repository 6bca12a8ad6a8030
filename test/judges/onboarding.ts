import { execFile, spawnSync } from 'child_process';
import { existsSync, readFileSync, writeFileSync } from 'fs';
import * as path from 'path';
import { Judge, root } from './judge';
import { OnboardingZone } from '../sandbox/onboarding-zone';

const DOCUMENT = path.join(root, 'assets/onboarding/openapi.json');
const EXAMPLES = 50;
/** The stage lets 10 calls a second in. Faster ones would only be told so. */
const RATE = '8/s';
const CHECKS = ['not_a_server_error', 'status_code_conformance', 'content_type_conformance', 'response_headers_conformance', 'response_schema_conformance'];

/** Why schemathesis cannot judge here; undefined where it can. */
export function noSchemathesis(): string | undefined {
  if (!existsSync(path.join(root, 'sandbox/node_modules'))) return 'schemathesis (it needs what npm ci installs in sandbox/)';
  const fits = spawnSync('python3', ['-c', 'import sys, venv; sys.exit(sys.version_info < (3, 10))']).status === 0;
  return fits ? undefined : 'schemathesis (it needs python3, 3.10 or newer, with venv)';
}

/** schemathesis makes calls out of the OpenAPI document that is shipped, and looks whether the sandbox answers as the document says. */
export async function onboardingJudge(judge: Judge, work: string): Promise<void> {
  const program = await environment(path.join(work, 'schemathesis'));
  const zone = await OnboardingZone.start();
  try {
    const run = async (document: string, ...options: string[]) => ended(program, zone.folder, [
      'run', document, '--url', zone.output('ZoneOnboardingAddress'), '--header', `Authorization: Bearer ${await zone.token()}`, '--no-color', '--seed', '1',
      '--phases', 'examples,coverage,fuzzing', '--checks', CHECKS.join(','), '--rate-limit', RATE, ...options,
    ]);
    const { status, output } = await run(DOCUMENT, '--max-examples', String(EXAMPLES), '--continue-on-failure');
    const [, tested] = /Tested:\s+(\d+)/.exec(output) ?? [];
    judge.check('every answer of the onboarding API is one that its OpenAPI document has, and none is a fault', status === 0, output);
    judge.check('all operations were called', Number(tested) === Object.values(read(DOCUMENT).paths).flatMap(item => Object.keys(item as object)).length, output);
    const [, calls = '0'] = /(\d+) generated/.exec(output) ?? [];
    judge.note(`${calls} calls`);
    const wrong = read(DOCUMENT);
    delete wrong.paths['/onboard/{serialNumber}'].get.responses[404];
    const incomplete = path.join(zone.folder, 'openapi.json');
    writeFileSync(incomplete, JSON.stringify(wrong));
    const found = await run(incomplete, '--include-operation-id', 'getDevice', '--max-examples', '5');
    judge.check('a status that the document lacks is found, so nothing found means something', found.status !== 0 && /Undocumented status code/.test(found.output), found.output);
  } finally {
    await zone.stop();
  }
}

async function environment(folder: string): Promise<string> {
  const python = path.join(folder, 'bin', 'python');
  if (!existsSync(python)) await succeed('python3', ['-m', 'venv', folder]);
  await succeed(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', path.join(__dirname, 'schemathesis.txt')]);
  return path.join(folder, 'bin', 'schemathesis');
}

async function succeed(program: string, args: string[]): Promise<void> {
  const { status, output } = await ended(program, root, args);
  if (status !== 0) throw new Error(output);
}

function ended(program: string, cwd: string, args: string[]): Promise<{ status: number; output: string }> {
  return new Promise(resolve => {
    execFile(program, args, { cwd, maxBuffer: 2 ** 26 }, (error, stdout, stderr) => resolve({ status: error ? 1 : 0, output: stdout + stderr }));
  });
}

function read(file: string): any {
  return JSON.parse(readFileSync(file, 'utf8'));
}
