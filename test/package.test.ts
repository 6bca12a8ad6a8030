import { execFileSync } from 'child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'fs';
import { tmpdir } from 'os';
import * as path from 'path';

const root = path.join(__dirname, '..');
const manifest = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));

const ZONE = `
const app = new App();
new LandingZone(new Stack(app, 'Plant'), 'Zone');
const { template } = app.synth().getStackByName('Plant');
console.log(Object.values(template.Resources).filter(({ Type }: any) => Type === 'AWS::IoT::TopicRule').length);
`;

/** What somebody who installs the published package gets: the tarball and its peers, and nothing of this repository. */
describe('packed tarball, installed with only its peers', () => {
  let folder: string;
  let files: string[];

  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'zone-consumer-'));
    const [{ filename, files: packed }] = JSON.parse(npm(root, 'pack', '--json', '--ignore-scripts', '--pack-destination', folder));
    files = packed.map((file: { path: string }) => file.path);
    writeFileSync(path.join(folder, 'package.json'), '{"private":true}');
    const peers = Object.entries<string>(manifest.peerDependencies).map(([name, range]) => `${name}@${range.replace('^', '')}`);
    npm(folder, 'install', '--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts', `./${filename}`, ...peers);
  }, 300_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test('brings nothing but itself and its peers', () => {
    expect(manifest.dependencies).toBeUndefined();
    expect(existsSync(path.join(folder, 'node_modules/esbuild'))).toBe(false);
    expect(existsSync(path.join(folder, 'node_modules/@aws-sdk'))).toBe(false);
  });

  test('holds every bundled handler, the jsii assembly and the licence, but no sources and no tests', () => {
    const assets = handlerFolders().map(folderName => folderName.replace(/\/handler$/, '').replace(/\/(.+)-handler$/, '-$1'));
    expect(assets.length).toBeGreaterThan(4);
    expect(files).toEqual(expect.arrayContaining([...assets.map(asset => `assets/${asset}/index.js`), '.jsii', 'LICENSE', 'README.md', 'API.md', 'CHANGELOG.md', 'lib/index.d.ts']));
    expect(files.filter(file => /^(src|test|bench|examples|demo|decisions|sandbox|build)\/|\.ci|\.map$|\.ts-fixture$/.test(file))).toEqual([]);
  });

  test('synthesizes a zero-prop zone from JavaScript', () => {
    writeFileSync(path.join(folder, 'app.js'), `const { App, Stack } = require('aws-cdk-lib');\nconst { LandingZone } = require('cdk-iot-landing-zone');\n${ZONE.replace('}: any', '}')}`);
    expect(Number(run(folder, 'app.js'))).toBeGreaterThan(0);
  });

  test('synthesizes a zero-prop zone from TypeScript, with all its types checked', () => {
    writeFileSync(path.join(folder, 'zone.ts'), `import { App, Stack } from 'aws-cdk-lib';\nimport { LandingZone } from 'cdk-iot-landing-zone';\n${ZONE}`);
    const tsc = path.join(root, 'node_modules/typescript/bin/tsc');
    execFileSync(process.execPath, [
      tsc, '--strict', '--module', 'node16', '--moduleResolution', 'node16', '--target', 'es2022', '--types', 'node',
      '--typeRoots', path.join(root, 'node_modules/@types'), '--rootDir', folder, '--ignoreConfig', 'zone.ts',
    ], { cwd: folder, stdio: ['ignore', 'inherit', 'inherit'] });
    expect(Number(run(folder, 'zone.js'))).toBeGreaterThan(0);
  });
});

/** `rules/handler`, `provisioning/hook-handler`, … */
function handlerFolders(): string[] {
  return readdirSync(path.join(root, 'src'), { recursive: true, encoding: 'utf8' })
    .filter(file => /^[^/]+\/([^/]+-)?handler\/index\.ts$/.test(file))
    .map(file => path.dirname(file));
}

function npm(cwd: string, ...args: string[]): string {
  return execFileSync('npm', args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
}

function run(cwd: string, file: string): string {
  return execFileSync(process.execPath, [file], { cwd, encoding: 'utf8', env: { ...process.env, CDK_VALIDATION: 'false', CDK_OUTDIR: path.join(cwd, 'cdk.out') } });
}
