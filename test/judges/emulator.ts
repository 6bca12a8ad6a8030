import { spawn, spawnSync } from 'child_process';
import { cpSync, existsSync, mkdirSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'fs';
import { createServer } from 'net';
import * as path from 'path';
import { Judge, root } from './judge';

const ACCOUNT = '000000000000';
const REGION = 'us-east-1';
const START_SECONDS = 30;
const CLI_MILLISECONDS = 240_000;
/** Also where an ARN is taken apart. */
const UNSUPPORTED = 'arn:aws:not-supported:by:the-emulator:not-supported:by-the-emulator';

/** The aws-cdk CLI deploys the assembly of the bundled example to ministack, as far as that knows the types; then a few facts are read back. */
export async function emulatorJudge(judge: Judge, python: string, assembly: string, folder: string): Promise<void> {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const port = await freePort();
  const environment = emulatorEnvironment(port, folder);
  const log = openSync(path.join(folder, 'emulator.log'), 'w');
  const emulator = spawn(path.join(path.dirname(python), 'ministack'), [], { cwd: folder, env: environment, stdio: ['ignore', log, log] });
  try {
    await judge.expect('the emulator answers on 127.0.0.1', () => answers(port));
    const copy = path.join(folder, 'assembly');
    cpSync(assembly, copy, { recursive: true });
    secretsByArn(copy);
    judge.note('Ref of a secret is put as its Arn: in ministack it is the name, on AWS the ARN');
    judge.must('cdk bootstrap', cdk(folder, environment, 'bootstrap', `aws://${ACCOUNT}/${REGION}`));
    let deployed = deploy(folder, environment, copy);
    const unknown = /Unrecognized resource types: \[([^\]]*)\]/.exec(deployed.output)?.[1].split(', ');
    if (unknown) {
      judge.note(`not deployed, since ministack does not know the types: ${unknown.join(', ')}`);
      leaveOut(copy, new Set(unknown)).forEach(line => judge.note(line));
      // By force: the template is published already, under the same hash.
      deployed = deploy(folder, environment, copy, '--force');
    }
    judge.must('cdk deploy', deployed);
    const facts = spawnSync(python, [path.join(__dirname, 'emulator_facts.py'), `http://127.0.0.1:${port}`, 'Sensors'], { env: environment, encoding: 'utf8', timeout: 60_000 });
    judge.lines('deployed:', facts.stdout, facts.status === 0, facts.stderr);
  } finally {
    emulator.kill('SIGTERM');
  }
}

function deploy(folder: string, environment: NodeJS.ProcessEnv, app: string, ...options: string[]) {
  return cdk(folder, environment, 'deploy', '--app', app, '--all', '--require-approval', 'never', '--progress', 'events', ...options);
}

function cdk(cwd: string, env: NodeJS.ProcessEnv, ...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [path.join(root, 'node_modules/aws-cdk/bin/cdk'), ...args], {
    cwd, env, encoding: 'utf8', timeout: CLI_MILLISECONDS,
  });
  return { status, output: stdout + stderr };
}

/** Nothing of the caller's AWS settings, and no Docker; the home folder is one of our own, where `.aws` and caches would be. */
function emulatorEnvironment(port: number, home: string): NodeJS.ProcessEnv {
  return {
    PATH: process.env.PATH,
    HOME: home,
    TMPDIR: home,
    BIND_HOST: '127.0.0.1',
    GATEWAY_PORT: String(port),
    IOT_MTLS_ENABLED: '0',
    SFTP_ENABLED: '0',
    LAMBDA_EXECUTOR: 'local',
    DOCKER_HOST: 'unix:///nonexistent',
    AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`,
    AWS_REGION: REGION,
    AWS_DEFAULT_REGION: REGION,
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
    CDK_DISABLE_CLI_TELEMETRY: 'true',
    CI: 'true',
  };
}

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-secretsmanager-secret.html#aws-resource-secretsmanager-secret-return-values */
function secretsByArn(assembly: string): void {
  for (const file of templatesIn(assembly)) {
    const text = readFileSync(file, 'utf8');
    const secrets = Object.entries<any>(JSON.parse(text).Resources).filter(([, { Type }]) => Type === 'AWS::SecretsManager::Secret').map(([id]) => id);
    const byArn = (_name: string, value: any) => secrets.includes(value?.Ref) ? { 'Fn::GetAtt': [value.Ref, 'Arn'] } : value;
    writeFileSync(file, JSON.stringify(JSON.parse(text, byArn)));
  }
}

function templatesIn(assembly: string): string[] {
  return readdirSync(assembly).filter(name => name.endsWith('.template.json')).map(name => path.join(assembly, name));
}

/** Takes resources of these types out of the templates of an assembly; what refers to them gets a text instead. */
function leaveOut(assembly: string, types: Set<string>): string[] {
  const lines: string[] = [];
  for (const file of templatesIn(assembly)) {
    const template = JSON.parse(readFileSync(file, 'utf8'));
    const gone = new Set(Object.keys(template.Resources).filter(id => types.has(template.Resources[id].Type) || isMathAlarm(template.Resources[id])));
    const mathAlarms = [...gone].filter(id => isMathAlarm(template.Resources[id]));
    if (mathAlarms.length > 0) lines.push(`not deployed, since ministack has no alarms on metric math: ${mathAlarms.join(', ')}`);
    for (const id of gone) delete template.Resources[id];
    for (const [id, resource] of Object.entries<any>(template.Resources)) {
      if (resource.DependsOn) resource.DependsOn = [resource.DependsOn].flat().filter((other: string) => !gone.has(other));
      const changed = withoutReferences(resource, gone);
      if (JSON.stringify(changed) !== JSON.stringify(resource)) lines.push(`${id} (${resource.Type}) is deployed with '${UNSUPPORTED}' where it refers to these`);
      template.Resources[id] = changed;
    }
    lines.unshift(`${gone.size} of ${gone.size + Object.keys(template.Resources).length} resources left out`);
    writeFileSync(file, JSON.stringify({ ...template, Outputs: withoutReferences(template.Outputs, gone) }));
  }
  return lines;
}

function isMathAlarm({ Type, Properties }: any): boolean {
  return Type === 'AWS::CloudWatch::Alarm' && Properties.Metrics !== undefined;
}

function withoutReferences(value: any, gone: Set<string>): any {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(item => withoutReferences(item, gone));
  const target = value.Ref ?? value['Fn::GetAtt']?.[0];
  if (typeof target === 'string' && gone.has(target)) return UNSUPPORTED;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withoutReferences(item, gone)]));
}

async function answers(port: number): Promise<boolean> {
  for (let attempt = 0; attempt < START_SECONDS * 4; attempt++) {
    const up = await fetch(`http://127.0.0.1:${port}/_ministack/health`).then(({ ok }) => ok, () => false);
    if (up) return true;
    await new Promise(resolve => setTimeout(resolve, 250));
  }
  return false;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().on('error', reject).listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

export function hasEmulator(python: string): boolean {
  return existsSync(path.join(path.dirname(python), 'ministack'));
}
