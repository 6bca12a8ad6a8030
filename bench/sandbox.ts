import { spawnSync } from 'child_process';
import { mkdtempSync, readFileSync, rmSync } from 'fs';
import { tmpdir } from 'os';
import * as path from 'path';
import { root, Row } from './measure';

const sandbox = path.join(root, 'sandbox');
const environment = { ...process.env, TS_NODE_PROJECT: path.join(root, 'tsconfig.dev.json') };

/** What the sandbox's own benchmark measures on the bundled example, a pipeline alone and an onboarding API without its limit of calls. `SANDBOX=messages,memory` chooses parts. */
export function sandboxRows(): Row[] {
  run([path.join(sandbox, 'node_modules/typescript/bin/tsc'), '--build', sandbox]);
  const folder = mkdtempSync(path.join(tmpdir(), 'zone-bench-'));
  try {
    const example = synthesized('examples/typescript/landing-zone.ts', path.join(folder, 'example'));
    const pipeline = synthesized('bench/pipeline-app.ts', path.join(folder, 'pipeline'));
    const api = synthesized('bench/onboarding-app.ts', path.join(folder, 'onboarding'));
    const parts = process.env.SANDBOX?.split(',') ?? [];
    const output = run(['-r', 'ts-node/register/transpile-only', path.join(sandbox, 'bench/run.ts'), example, pipeline, api, ...parts]);
    return JSON.parse(output.trim().split('\n').pop()!) as Row[];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function synthesized(app: string, outdir: string): string {
  const context = JSON.parse(readFileSync(path.join(root, 'cdk.json'), 'utf8')).context as object;
  run(['-r', 'ts-node/register/transpile-only', app], { CDK_OUTDIR: outdir, CDK_VALIDATION: 'false', CDK_CONTEXT_JSON: JSON.stringify(context) });
  return outdir;
}

function run(args: string[], more: NodeJS.ProcessEnv = {}): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8', env: { ...environment, ...more } });
  if (status !== 0) throw new Error(`${args.join(' ')} ended with ${status}: ${stderr}${stdout}`);
  return stdout;
}
