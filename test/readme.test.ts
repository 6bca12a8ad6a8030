import { execFileSync } from 'child_process';
import { readFileSync } from 'fs';
import * as path from 'path';
import * as ts from 'typescript';

const root = path.join(__dirname, '..');
const tracked = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '*.md', 'examples/typescript/*.ts'], { cwd: root, encoding: 'utf8' }).trim().split('\n');
const pages = tracked.filter(file => file.endsWith('.md') && file !== 'API.md' && !file.startsWith('sandbox/'));
const examples = tracked.filter(file => file.endsWith('.ts'))
  .map(file => readFileSync(path.join(root, file), 'utf8').replaceAll('\'../../src\'', '\'cdk-iot-landing-zone\''));

/** The TypeScript blocks of a page, each with the line that it begins at. */
function snippets(page: string): { page: string; line: number; code: string }[] {
  const text = readFileSync(path.join(root, page), 'utf8');
  return [...text.matchAll(/^```(?:ts|typescript)\n([\s\S]*?)^```$/gm)]
    .map(match => ({ page, line: text.slice(0, match.index).split('\n').length, code: match[1] }));
}

/** The examples in docstrings, as jsii publishes them, each with the name of what it stands at. */
function docstrings(): { page: string; line: number; code: string }[] {
  const { types } = JSON.parse(readFileSync(path.join(root, '.jsii'), 'utf8')) as { types: Record<string, Documented> };
  return Object.values(types).flatMap(type => [type, ...type.methods ?? [], ...type.properties ?? []].filter(({ docs }) => docs?.example)
    .map(({ name, docs }) => ({ page: `${type.name}.${name}`, line: 1, code: docs!.example! })));
}
interface Documented { name: string; docs?: { example?: string }; methods?: Documented[]; properties?: Documented[] }

const inDocstrings = docstrings();
const all = [...pages.flatMap(snippets), ...inDocstrings];

test('there are snippets to check in the README and on the page of every construct', () => {
  const withSnippet = new Set(all.map(({ page }) => page));
  for (const page of ['README.md', ...pages.filter(file => /^src\/[^/]+\/README\.md$/.test(file))]) expect(withSnippet).toContain(page);
});

test.each([
  'LandingZone', 'LandingZoneStack', 'ThingPolicy', 'FleetProvisioning', 'DeviceRegistry', 'ClaimCertificate', 'FirehoseBatchPipeline', 'LakeTable',
  'LifecycleConnectivityTable', 'SiteWiseRule', 'SiteWiseAssetModel', 'SiteWiseAsset', 'IngestRule', 'RuleErrorQueue', 'OnboardingApi',
])('%s shows how it is used in its docstring, which is all that an editor in another language has', name => {
  expect(inDocstrings.map(({ page }) => page)).toContain(`${name}.${name}`);
});

test('the snippets of the README stand in examples/, which is synthesized', () => {
  const strays = snippets('README.md').filter(({ code }) => !examples.some(example => example.includes(code.trim())));
  expect(strays).toEqual([]);
});

test('every snippet compiles against the package', () => {
  const files = new Map(all.map(({ page, line, code }) => [path.join(root, 'test', `${page.replaceAll('/', '-')}-line-${line}.snippet.ts`), code]));
  const options: ts.CompilerOptions = {
    strict: true,
    noEmit: true,
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.Node16,
    moduleResolution: ts.ModuleResolutionKind.Node16,
    skipLibCheck: true,
    types: ['node'],
    paths: { 'cdk-iot-landing-zone': [path.join(root, 'src/index.ts')] },
  };
  const host = ts.createCompilerHost(options);
  const { readFile, fileExists, getSourceFile } = host;
  host.fileExists = file => files.has(file) || fileExists(file);
  host.readFile = file => files.get(file) ?? readFile(file);
  host.getSourceFile = (file, version, ...rest) => files.has(file)
    ? ts.createSourceFile(file, files.get(file)!, version) : getSourceFile.call(host, file, version, ...rest);
  const program = ts.createProgram([...files.keys()], options, host);
  const problems = [...files.keys()].flatMap(file => ts.getPreEmitDiagnostics(program, program.getSourceFile(file)))
    .map(({ file, start, messageText }) => `${path.basename(file?.fileName ?? '')}:${file ? file.getLineAndCharacterOfPosition(start ?? 0).line + 1 : 0} ${ts.flattenDiagnosticMessageText(messageText, ' ')}`);
  expect(problems).toEqual([]);
}, 120_000);
