import { mkdtempSync, readFileSync, rmSync } from 'fs';
import { tmpdir } from 'os';
import * as path from 'path';
import { checkArtefacts } from './artefacts';
import { claim, report, skip } from './claims';
import { checkJavaErrors, checkPythonErrors } from './errors';
import { App, APPS, Language, NEWEST, OTHERS, TYPESCRIPT } from './languages';
import { ROOT } from './places';
import { differences, templatesIn } from './templates';

// What `npm run package:all` left in dist/, installed by the client of each language into an empty project, and run there.
const STRICT = JSON.stringify({ '@aws-cdk/core:validateAgainstDefaultRules': true, '@aws-cdk/core:strictCfnValidateErrors': true });

function templatesOf(language: Language, app: App): { [stack: string]: unknown } {
  const outdir = mkdtempSync(path.join(tmpdir(), `zone-${language.name}-`));
  try {
    language.synthesize(app, { CDK_OUTDIR: outdir, CDK_CONTEXT_JSON: STRICT });
    return templatesIn(outdir);
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
}

function resourcesIn(templates: { [stack: string]: unknown }): number {
  return Object.values(templates).flatMap(template => Object.keys((template as { Resources: object }).Resources)).length;
}

function expectEqual(actual: unknown, expected: unknown): void {
  const found = differences(actual, expected);
  if (found.length > 0) throw new Error(`differs from the template of TypeScript, at\n${found.join('\n')}`);
}

console.log('artefacts');
checkArtefacts();

console.log('typescript');
const expected = new Map<App, { [stack: string]: unknown }>();
claim('npm installs the tarball with the oldest peers', TYPESCRIPT.install);
for (const app of APPS) {
  claim(`${app} synthesizes, and the strict validator finds nothing`, () => {
    const templates = templatesOf(TYPESCRIPT, app);
    if (resourcesIn(templates) < 20) throw new Error(`has only ${resourcesIn(templates)} resources`);
    expected.set(app, templates);
  });
}
claim('npm installs the tarball with the newest peers', NEWEST.install);
for (const app of [...APPS, 'landing-zone' as App]) {
  claim(`${app} synthesizes with the newest aws-cdk-lib, and its strict validator finds nothing`, () => void templatesOf(NEWEST, app));
}

for (const language of OTHERS) {
  console.log(language.name);
  const missing = language.missing();
  if (missing.length > 0) {
    skip(language.name, missing);
    continue;
  }
  claim('installs what was built into an empty project', language.install);
  for (const app of APPS) {
    claim(`${app} has the template of TypeScript`, () => expectEqual(templatesOf(language, app), expected.get(app)));
  }
  const { withoutNode } = language;
  if (withoutNode) {
    claim('without Node.js it fails in the words that its README shows', () => {
      const said = withoutNode();
      const shown = /```text\n([^\n]*)/.exec(readFileSync(path.join(ROOT, 'examples', language.name, 'README.md'), 'utf8'))?.[1];
      if (!shown || !said.includes(shown)) throw new Error(`README shows ${shown}, the program said\n${said.slice(-2_000)}`);
    });
  }
  if (language.name === 'python') checkPythonErrors();
  if (language.name === 'java') checkJavaErrors();
}

report();
