import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'fs';
import * as path from 'path';
import * as ts from 'typescript';
import { artefact, attempt, DIST, FLOOR, GO_MODULE, missing, ROOT, run, VERSION, WORK } from './places';

/** The apps that every language has. */
export const APPS = ['zero-props', 'custom-zone'] as const;
export type App = typeof APPS[number];

export interface Language {
  readonly name: string;
  readonly missing: () => string[];
  /** Installs what was built into an empty folder, as a user does. */
  readonly install: () => void;
  /** Runs one app, which writes its assembly to `CDK_OUTDIR`. */
  readonly synthesize: (app: App, environment: { [name: string]: string }) => void;
  /** Runs the first app without Node.js, and returns what the user sees. */
  readonly withoutNode?: () => string;
}

/** A clean folder with the files of an example, without what a build of it left there. */
export function project(name: string, example?: string): string {
  const folder = path.join(WORK, name);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  if (example) {
    const left = /(^|\/)(\.venv|__pycache__|target|cdk\.out|go\.sum)(\/|$)/;
    cpSync(path.join(ROOT, 'examples', example), folder, { recursive: true, filter: file => !left.test(path.relative(ROOT, file)) });
  }
  return folder;
}

export const folderOf = (name: string) => path.join(WORK, name);
export const python = path.join(WORK, 'python/.venv/bin/python');
const localRepository = `-Dmaven.repo.local=${path.join(WORK, 'm2')}`;
const NO_NODE = { PATH: '/nowhere' };

/** `name` is the folder; `peers` what npm installs beside the tarball. */
export function typescript(name: string, peers: string[]): Language {
  return {
    name,
    missing: () => [],
    install: () => {
      const folder = project(name);
      writeFileSync(path.join(folder, 'package.json'), '{"private":true}');
      run(folder, 'npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', artefact(path.join(DIST, 'js'), '.tgz'), ...peers]);
      const examples = path.join(ROOT, 'examples/typescript');
      for (const file of readdirSync(examples).filter(example => example.endsWith('.ts'))) {
        const source = readFileSync(path.join(examples, file), 'utf8').replaceAll("'../../src'", "'cdk-iot-landing-zone'");
        const compilerOptions = { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022, esModuleInterop: true };
        const { outputText } = ts.transpileModule(source, { compilerOptions });
        writeFileSync(path.join(folder, file.replace(/\.ts$/, '.js')), outputText);
      }
    },
    synthesize: (app, environment) => void run(folderOf(name), process.execPath, [`${app}.js`], environment),
  };
}

const PYTHON: Language = {
  name: 'python',
  missing: () => missing(['python3', '--version']),
  install: () => {
    const folder = project('python', 'python');
    run(folder, 'python3', ['-m', 'venv', '.venv']);
    writeFileSync(path.join(folder, 'floor.txt'), `aws-cdk-lib==${FLOOR['aws-cdk-lib']}\n`);
    run(folder, python, ['-m', 'pip', 'install', '--quiet', '-c', 'floor.txt', artefact(path.join(DIST, 'python'), '.whl')]);
    run(folder, python, ['-m', 'pip', 'install', '--quiet', '-c', 'floor.txt', '-r', 'requirements.txt']);
  },
  synthesize: (app, environment) => void run(folderOf('python'), python, [`${app.replace('-', '_')}.py`], environment),
  withoutNode: () => attempt(folderOf('python'), python, ['zero_props.py'], NO_NODE).stderr,
};

const classOf = (app: App) => `plant.${app.split('-').map(word => word[0].toUpperCase() + word.slice(1)).join('')}`;
/** Compiles, and runs a class with a main method. */
export const mavenRun = (main: string) => ['-q', '-B', localRepository, `-Dlanding-zone.version=${VERSION}`, `-Dapp=${main}`, 'compile', 'exec:java'];

const JAVA: Language = {
  name: 'java',
  missing: () => missing(['java', '-version'], ['mvn', '--version']),
  install: () => {
    const folder = project('java', 'java');
    const published = 'io/github/cdk-iot-landing-zone';
    rmSync(path.join(WORK, 'm2', published), { recursive: true, force: true });
    cpSync(path.join(DIST, 'java', published), path.join(WORK, 'm2', published), { recursive: true });
    run(folder, 'mvn', ['-q', '-B', localRepository, `-Dlanding-zone.version=${VERSION}`, 'compile']);
  },
  synthesize: (app, environment) => void run(folderOf('java'), 'mvn', mavenRun(classOf(app)), environment),
  withoutNode: () => attempt(folderOf('java'), 'mvn', mavenRun(classOf('zero-props')), { PATH: toolsWithoutNode() }).stdout,
};

/** What mvn needs of the system, in a folder that has no node. */
function toolsWithoutNode(): string {
  const folder = project('java-tools');
  for (const tool of ['sh', 'bash', 'uname', 'dirname', 'basename', 'expr', 'java', 'mvn', 'readlink', 'sed', 'ls', 'cat', 'tr', 'grep', 'which', 'cut', 'head', 'env']) {
    const found = attempt(folder, 'sh', ['-c', `command -v ${tool}`]).stdout.trim();
    if (found.startsWith('/')) symlinkSync(found, path.join(folder, tool));
  }
  return folder;
}

const GO: Language = {
  name: 'go',
  missing: () => missing(['go', 'version']),
  install: () => {
    const folder = project('go', 'go');
    run(folder, 'go', ['mod', 'edit', `-replace=${GO_MODULE}=${path.join(DIST, 'go/cdkiotlandingzone')}`]);
    run(folder, 'go', ['mod', 'tidy']);
    mkdirSync(path.join(folder, 'bin'));
    run(folder, 'go', ['build', '-o', 'bin/', './...']);
  },
  synthesize: (app, environment) => void run(folderOf('go'), path.join(folderOf('go'), 'bin', app), [], environment),
  withoutNode: () => attempt(folderOf('go'), path.join(folderOf('go'), 'bin/zero-props'), [], NO_NODE).stderr,
};

const floor = Object.entries(FLOOR).map(([name, version]) => `${name}@${version}`);
export const TYPESCRIPT = typescript('typescript', floor);
/** The newest aws-cdk-lib that the registry has: its templates may differ, but must synthesize and validate. */
export const NEWEST = typescript('typescript-newest', Object.keys(FLOOR).map(name => `${name}@^${FLOOR[name].split('.')[0]}`));
export const OTHERS = [PYTHON, JAVA, GO];
