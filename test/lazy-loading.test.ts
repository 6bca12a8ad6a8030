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

test('every name that the compiler exports is there', () => {
  const names = execFileSync(process.execPath, ['-e', `console.log(JSON.stringify(Object.keys(require(${JSON.stringify(lib)}))))`], { encoding: 'utf8' });
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  expect(JSON.parse(names).sort()).toEqual(Object.keys(require('../src')).sort());
});
