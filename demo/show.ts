import { spawnSync } from 'child_process';
import { existsSync, readFileSync, rmSync } from 'fs';
import * as path from 'path';
import { account } from './account';
import { ReadableTemplate } from './template';

const root = path.join(__dirname, '..');
const assembly = path.join(root, 'cdk.out');

/** Context that the CDK command line adds by itself, plus the strictest form of the bundled validator. */
const CONTEXT = {
  'aws:cdk:enable-path-metadata': true,
  'aws:cdk:enable-asset-metadata': true,
  '@aws-cdk/core:strictCfnValidateErrors': true,
};

const started = Date.now();
console.log('- Synthesizing the bundled example, examples/typescript/landing-zone.ts, and validating its template');
synthesize();
const findings = readFindings();
const { artifacts } = JSON.parse(readFileSync(path.join(assembly, 'manifest.json'), 'utf8'));
for (const [name, artifact] of Object.entries<any>(artifacts).filter(([, { type }]) => type === 'aws:cloudformation:stack')) {
  const file = path.join(assembly, artifact.properties.templateFile);
  const template = new ReadableTemplate(JSON.parse(readFileSync(file, 'utf8')));
  console.log(account(name, template));
  console.log(`Template   ${path.relative(process.cwd(), file)}  (${findings} findings of the CloudFormation validator, ${((Date.now() - started) / 1000).toFixed(1)} s)`);
}
console.log(`
Next       npx cdk diff     compare it with what your account holds
           npx cdk deploy   deploy it (asks before it changes anything)
           README.md        use the constructs in your own app
`);
process.exitCode = findings === 0 ? 0 : 1;

function synthesize(): void {
  rmSync(assembly, { recursive: true, force: true });
  const { context } = JSON.parse(readFileSync(path.join(root, 'cdk.json'), 'utf8'));
  const result = spawnSync(process.execPath, ['-r', 'ts-node/register/transpile-only', 'examples/typescript/landing-zone.ts'], {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, CDK_OUTDIR: assembly, CDK_CONTEXT_JSON: JSON.stringify({ ...context, ...CONTEXT }) },
  });
  if (result.status !== 0) {
    console.error('The example could not be synthesized; the reason stands above.');
    process.exit(1);
  }
}

function readFindings(): number {
  const report = path.join(assembly, 'validation-report.json');
  if (!existsSync(report)) {
    console.error('The CloudFormation validator wrote no report: is CDK_VALIDATION=false set? Unset it to run the demo.');
    process.exit(1);
  }
  const { pluginReports } = JSON.parse(readFileSync(report, 'utf8'));
  return pluginReports.flatMap(({ violations }: { violations: unknown[] }) => violations).length;
}
