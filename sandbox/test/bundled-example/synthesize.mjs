// Writes the template of the bundled example beside this file: `node sandbox/test/bundled-example/synthesize.mjs` in the root, after `npm ci`
// there. `--check` only compares, and fails where the two differ. The sandbox is tested with the file, so that it needs nothing of the root.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, '..', '..', '..');
const file = join(here, 'Sensors.template.json');
// What may change without changing what anybody may do: alarms, texts, and the hashes of code.
const LEFT_OUT = ['AWS::CloudWatch::Alarm', 'AWS::Logs::MetricFilter', 'AWS::CDK::Metadata'];

const folder = mkdtempSync(join(tmpdir(), 'bundled-example-'));
try {
  execFileSync(process.execPath, ['-r', 'ts-node/register/transpile-only', join('examples', 'typescript', 'landing-zone.ts')], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
    env: {
      ...process.env,
      TS_NODE_PROJECT: join(root, 'tsconfig.dev.json'),
      CDK_OUTDIR: folder,
      CDK_VALIDATION: 'false',
      CDK_CONTEXT_JSON: JSON.stringify(JSON.parse(readFileSync(join(root, 'cdk.json'), 'utf8')).context),
    },
  });
  const text = written(JSON.parse(readFileSync(join(folder, 'Sensors.template.json'), 'utf8')));
  if (!process.argv.includes('--check')) writeFileSync(file, text);
  else if (readFileSync(file, 'utf8') !== text) {
    console.error('The library synthesizes another template than sandbox/test/bundled-example/Sensors.template.json: run `node sandbox/test/bundled-example/synthesize.mjs`.');
    process.exitCode = 1;
  }
} finally {
  rmSync(folder, { recursive: true });
}

/** One resource a line, so that a difference shows which. */
function written({ Resources, Mappings, Conditions }) {
  const lines = Object.entries(Resources).filter(([, { Type }]) => !LEFT_OUT.includes(Type))
    .map(([id, { Metadata: _metadata, ...resource }]) => `    ${JSON.stringify(id)}: ${JSON.stringify(resource, withoutTexts)}`);
  const others = Object.entries({ Mappings, Conditions }).filter(([, section]) => section !== undefined)
    .map(([name, section]) => `  ${JSON.stringify(name)}: ${JSON.stringify(section)},\n`);
  return `{\n${others.join('')}  "Resources": {\n${lines.join(',\n')}\n  }\n}\n`;
}

function withoutTexts(key, value) {
  if (key === 'Description' || key === 'ThingTypeDescription') return undefined;
  return typeof value === 'string' ? value.replace(/^[0-9a-f]{64}(?=\.zip$)/, 'code') : value;
}
