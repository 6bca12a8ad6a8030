import { execFileSync } from 'child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'fs';
import { tmpdir } from 'os';
import * as path from 'path';

const root = path.join(__dirname, '..');
const folder = path.join(root, 'examples/typescript');
/** Files that are apps, rather than a part of one. */
const apps = readdirSync(folder).filter(file => file.endsWith('.ts') && readFileSync(path.join(folder, file), 'utf8').includes('app.synth()'));

const STRICT = { '@aws-cdk/core:validateAgainstDefaultRules': true, '@aws-cdk/core:strictCfnValidateErrors': true };

interface Assembly { findings: unknown[]; templates: Record<string, { Type: string }>[] }

function synthesize(app: string, outdir: string): Assembly {
  const environment = { ...process.env, CDK_OUTDIR: outdir, CDK_CONTEXT_JSON: JSON.stringify(STRICT), TS_NODE_PROJECT: path.join(root, 'tsconfig.dev.json') };
  delete (environment as NodeJS.ProcessEnv).CDK_VALIDATION;
  execFileSync(process.execPath, ['-r', 'ts-node/register/transpile-only', app], { cwd: root, env: environment, stdio: ['ignore', 'pipe', 'inherit'] });
  const report = JSON.parse(readFileSync(path.join(outdir, 'validation-report.json'), 'utf8'));
  return {
    findings: report.pluginReports.flatMap(({ violations }: { violations: unknown[] }) => violations),
    templates: readdirSync(outdir).filter(file => file.endsWith('.template.json')).map(file => JSON.parse(readFileSync(path.join(outdir, file), 'utf8')).Resources),
  };
}

describe('bundled CloudFormation validator, strict', () => {
  let outdir: string;
  beforeEach(() => { outdir = mkdtempSync(path.join(tmpdir(), 'zone-example-')); });
  afterEach(() => rmSync(outdir, { recursive: true, force: true }));

  test.each(apps)('finds nothing in examples/typescript/%s', app => {
    const { findings, templates } = synthesize(path.join(folder, app), outdir);
    expect(findings).toEqual([]);
    expect(templates.flatMap(resources => Object.values(resources)).length).toBeGreaterThan(3);
  }, 120_000);

  test('the alarms of the bundled example may publish to their topic, whose own policy takes the place of the default one', () => {
    const resources = synthesize(path.join(folder, 'landing-zone.ts'), outdir).templates.flatMap(template => Object.entries<any>(template));
    const topics = new Set(resources.flatMap(([, { Type, Properties }]) => Type === 'AWS::CloudWatch::Alarm' ? Properties.AlarmActions.map(({ Ref }: any) => Ref) : []));
    expect(topics.size).toBe(1);
    const statements = resources.filter(([, { Type }]) => Type === 'AWS::SNS::TopicPolicy').flatMap(([, { Properties }]) => Properties.PolicyDocument.Statement);
    expect(statements).toContainEqual(expect.objectContaining({
      Effect: 'Allow',
      Action: 'sns:Publish',
      Principal: { Service: 'cloudwatch.amazonaws.com' },
      Resource: { Ref: [...topics][0] },
      Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
    }));
  }, 120_000);

  test('finds what is wrong, so nothing found means something', () => {
    expect(() => synthesize(path.join(__dirname, 'fixtures/wrong-template.ts'), outdir)).toThrow();
  }, 120_000);
});

test('the bundled example is one of them', () => {
  expect(apps).toContain('landing-zone.ts');
  expect(JSON.parse(readFileSync(path.join(root, 'cdk.json'), 'utf8')).app).toContain('examples/typescript/landing-zone.ts');
});
