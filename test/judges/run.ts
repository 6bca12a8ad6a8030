import { execFile, spawnSync } from 'child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'fs';
import * as path from 'path';
import { promisify } from 'util';
import { cliJudge } from './cli';
import { emulatorJudge } from './emulator';
import { Judge, root } from './judge';
import { noSchemathesis, onboardingJudge } from './onboarding';

// Judges that others wrote look at what this library synthesizes: see README.md. Two of them run at a time. Arguments choose judges by a part of
// their name; those of templates then look at what the last run has synthesized.
const words = process.argv.slice(2);
const run = promisify(execFile);
const work = path.join(root, '.judges');
const examples = path.join(root, 'examples/typescript');
const STRICT = { '@aws-cdk/core:validateAgainstDefaultRules': true, '@aws-cdk/core:strictCfnValidateErrors': true };
const MINIMUM_ZONES = 25;
const judges: Judge[] = [];

async function main(): Promise<void> {
  if (words.length === 0) rmSync(path.join(work, 'assemblies'), { recursive: true, force: true });
  mkdirSync(work, { recursive: true });
  const [python] = await Promise.all([pythonEnvironment(), judging('Validator of aws-cdk-lib, cdk-nag: the matrix', judge => synthesize(judge, 'test/judges/matrix.ts', MINIMUM_ZONES))]);
  const apps = readdirSync(examples).filter(file => file.endsWith('.ts') && readFileSync(path.join(examples, file), 'utf8').includes('app.synth()'));
  await Promise.all([
    judging('Validator of aws-cdk-lib, cdk-nag: the examples', async judge => {
      for (const app of apps) await synthesize(judge, `examples/typescript/${app}`, 1);
    }),
    judging('aws-cdk CLI', async judge => {
      cliJudge(judge, 'examples/typescript/zero-props.ts', 'Plant', path.join(work, 'cli-zero'));
      cliJudge(judge, 'test/judges/everything.ts', 'Plant', path.join(work, 'cli-everything'));
    }),
  ]);
  if (python) {
    const templates = templatesBelow(path.join(work, 'assemblies'));
    await Promise.all([
      judging('cfn-lint', judge => cfnLint(judge, python, templates)),
      judging('parliament', judge => parliament(judge, python, templates)).then(() =>
        judging('ministack', judge => emulatorJudge(judge, python, assemblyOf('examples/typescript/landing-zone.ts'), path.join(work, 'emulator')))),
    ]);
  } else {
    console.log('skipped: cfn-lint, parliament, ministack (they need python3, 3.9 or newer, with venv)');
  }
  const without = noSchemathesis();
  if (without === undefined) await judging('schemathesis', judge => onboardingJudge(judge, work));
  else console.log(`skipped: ${without}`);
  const sum = (count: (judge: Judge) => number) => judges.map(count).reduce((a, b) => a + b, 0);
  const failed = sum(judge => judge.failed);
  if (judges.length === 0) throw new Error(`no judge has ${words.join(' or ')} in its name`);
  console.log(`\n${sum(judge => judge.passed)} passed, ${failed} failed`);
  process.exitCode = failed > 0 ? 1 : 0;
}

async function judging(name: string, judged: (judge: Judge) => Promise<void>): Promise<void> {
  if (words.length > 0 && !words.some(word => name.toLowerCase().includes(word.toLowerCase()))) return;
  const judge = new Judge(name);
  judges.push(judge);
  const start = Date.now();
  await judged(judge).catch(error => judge.check('the judge came to an end', false, String(error)));
  judge.print((Date.now() - start) / 1000);
}

/** Synthesizes an app strictly, with the packs of cdk-nag on every stack. */
async function synthesize(judge: Judge, app: string, minimumStacks: number): Promise<void> {
  const outdir = assemblyOf(app);
  const env = { ...process.env, CDK_OUTDIR: outdir, CDK_CONTEXT_JSON: JSON.stringify(STRICT), TS_NODE_PROJECT: path.join(root, 'tsconfig.dev.json'), JSII_DEPRECATED: 'fail' };
  delete (env as NodeJS.ProcessEnv).CDK_VALIDATION;
  const transpile = ['-r', 'ts-node/register/transpile-only'];
  const error = await run(process.execPath, [...transpile, '-r', './test/judges/nag-preload.ts', app], { cwd: root, env }).then(() => undefined, String);
  judge.check(`${app} synthesizes`, error === undefined, error);
  if (!existsSync(path.join(outdir, 'validation-report.json'))) return judge.check(`${app}: the validator reported`, false);
  const report = read(path.join(outdir, 'validation-report.json'));
  const violations = report.pluginReports.flatMap((plugin: any) => plugin.violations);
  judge.check(`${app}: the strict validator finds nothing`, violations.length === 0, JSON.stringify(violations, undefined, 1));
  if (!existsSync(path.join(outdir, 'nag-findings.json'))) return judge.check(`${app}: cdk-nag reported`, false);
  const { stacks, packs, findings } = read(path.join(outdir, 'nag-findings.json'));
  judge.check(`${app}: ${packs} packs of cdk-nag find nothing without a reason in ${stacks} stacks`, findings.length === 0, findings.join('\n'));
  judge.check(`${app}: there are ${minimumStacks} stacks or more`, stacks >= minimumStacks);
}

async function cfnLint(judge: Judge, python: string, templates: string[]): Promise<void> {
  const lint = (files: string[]) => run(path.join(path.dirname(python), 'cfn-lint'), ['--config-file', path.join(__dirname, 'cfn-lint.yaml'), '--format', 'parseable', '--', ...files], { maxBuffer: 2 ** 26 })
    .then(({ stdout }) => stdout, error => String(error.stdout || error));
  const findings = await lint(templates);
  judge.check(`finds nothing in ${templates.length} templates`, findings.trim() === '', findings);
  const wrong = await lint([path.join(__dirname, 'wrong.template.json')]);
  judge.check('finds what is wrong, so nothing found means something', /E3012/.test(wrong) && /E3002/.test(wrong), wrong);
}

async function parliament(judge: Judge, python: string, templates: string[]): Promise<void> {
  const lint = (files: string[]) => spawnSync(python, [path.join(__dirname, 'iam_lint.py'), ...files], { encoding: 'utf8', maxBuffer: 2 ** 26 });
  const { stdout, stderr, status } = lint(templates);
  judge.lines('parliament:', stdout, status === 0, stderr);
  const wrong = lint([path.join(__dirname, 'wrong.template.json')]).stdout;
  judge.check('finds what is wrong, so nothing found means something', /UNKNOWN_ACTION/.test(wrong) && /RESOURCE_STAR/.test(wrong), wrong);
}

/** A virtual environment with what requirements.txt names; undefined where there is no Python. */
async function pythonEnvironment(): Promise<string | undefined> {
  if (spawnSync('python3', ['-c', 'import sys, venv; sys.exit(sys.version_info < (3, 9))']).status !== 0) return undefined;
  const folder = path.join(work, 'venv');
  const python = path.join(folder, 'bin', 'python');
  if (!existsSync(python)) await run('python3', ['-m', 'venv', folder]);
  await run(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', path.join(__dirname, 'requirements.txt')]);
  return python;
}

function assemblyOf(app: string): string {
  return path.join(work, 'assemblies', path.basename(app, '.ts'));
}

function templatesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(file => file.endsWith('.template.json')).map(file => path.join(folder, file)).sort();
}

function read(file: string): any {
  return JSON.parse(readFileSync(file, 'utf8'));
}

main().catch(error => {
  console.error(error);
  process.exitCode = 1;
});
