import { spawnSync } from 'child_process';
import { mkdirSync, rmSync } from 'fs';
import * as path from 'path';
import { Judge, root } from './judge';

/** What a user must not see: it would come from our constructs, since the apps have hardly anything else. */
const NOISE = /\[warning|\bwarning\b|deprecat|acknowledge/i;

/** The aws-cdk CLI on apps of a user, in a folder without cdk.json: no feature flag is set, no account is known, nothing is contacted. */
export function cliJudge(judge: Judge, app: string, stack: string, folder: string): void {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const source = path.relative(folder, path.join(root, app));
  const command = `node -r ${path.join(root, 'node_modules/ts-node/register/transpile-only')} ${source}`;
  const env = {
    ...process.env,
    TS_NODE_PROJECT: path.join(root, 'tsconfig.dev.json'),
    JSII_DEPRECATED: 'fail',
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
    CDK_DISABLE_CLI_TELEMETRY: 'true',
    CDK_VALIDATION: undefined,
  };
  const cdk = (...args: string[]) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [path.join(root, 'node_modules/aws-cdk/bin/cdk'), ...args, '--no-notices'], {
      cwd: folder, env, encoding: 'utf8', timeout: 120_000,
    });
    const noise = `${stdout}\n${stderr}`.split('\n').filter(line => NOISE.test(line));
    judge.check(`cdk ${args[0]} of ${app} succeeds`, status === 0, stderr);
    judge.check(`cdk ${args[0]} of ${app} shows no warning and no deprecated call`, noise.length === 0, noise.join('\n'));
    return stdout + stderr;
  };
  const synthesized = cdk('synth', '--app', command, '--quiet', '--strict', '-o', path.join(folder, 'cdk.out'));
  judge.check(`cdk synth of ${app} asks for nothing`, !/(^|\n)\s*(error|warn)/i.test(synthesized), synthesized);
  judge.check(`cdk ls of ${app} names its stack`, cdk('ls', '--app', 'cdk.out').includes(stack));
  const unchanged = cdk('diff', '--app', 'cdk.out', '--template', path.join('cdk.out', `${stack}.template.json`), stack);
  judge.check(`cdk diff of ${app} against its own template finds no difference`, unchanged.includes('There were no differences'), unchanged);
}
