import { execFileSync } from 'child_process';
import * as path from 'path';

const lib = path.join(__dirname, '../lib');

/** Files of the compiled package that are loaded after `code` ran in a process of its own. */
function loadedBy(code: string): string[] {
  const script = `const zone = require(${JSON.stringify(lib)}); ${code};
    console.log(JSON.stringify(Object.keys(require.cache).filter(file => file.startsWith(${JSON.stringify(lib + path.sep)}))))`;
  const output = execFileSync(process.execPath, ['-e', script], { encoding: 'utf8' });
  return (JSON.parse(output) as string[]).map(file => path.relative(lib, file));
}

test('requiring the package loads its index alone', () => {
  expect(loadedBy('')).toEqual(['index.js']);
});

test('using one construct does not load the others', () => {
  const files = loadedBy('zone.DeviceEndpoint');
  expect(files).toContain(path.join('landing-zone', 'device-endpoint.js'));
  expect(files.filter(file => /^(provisioning|firehose-batch|connectivity|sitewise|thing-policy)/.test(file))).toEqual([]);
});

test('a zone loads nothing of the parts that it does not have', () => {
  const files = loadedBy('const { App, Stack } = require(\'aws-cdk-lib\'); new zone.LandingZone(new Stack(new App(), \'Plant\'), \'Zone\')');
  expect(files).toContain(path.join('connectivity', 'lifecycle-connectivity-table.js'));
  expect(files.filter(file => /^(sitewise|onboarding|lake.lake-(compaction|crawler))/.test(file))).toEqual([]);
});

test('a zone does not load the facts of all Regions', () => {
  const script = `const { App, Stack } = require('aws-cdk-lib'); const zone = require(${JSON.stringify(lib)});
    new zone.LandingZone(new Stack(new App(), 'Plant'), 'Zone');
    console.log(Object.keys(require.cache).filter(file => file.includes('built-ins.generated')).length)`;
  expect(execFileSync(process.execPath, ['-e', script], { encoding: 'utf8', cwd: path.join(lib, '..') }).trim()).toBe('0');
});

test('every name that the compiler exports is there', () => {
  const names = execFileSync(process.execPath, ['-e', `console.log(JSON.stringify(Object.keys(require(${JSON.stringify(lib)}))))`], { encoding: 'utf8' });
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  expect(JSON.parse(names).sort()).toEqual(Object.keys(require('../src')).sort());
});
