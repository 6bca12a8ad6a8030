import { spawnSync } from 'child_process';
import * as path from 'path';

test('the sandbox is tested with the template that the bundled example has now', () => {
  const script = path.join(__dirname, '..', 'sandbox', 'test', 'bundled-example', 'synthesize.mjs');
  const { status, stderr } = spawnSync(process.execPath, [script, '--check'], { encoding: 'utf8' });
  expect({ status, stderr: stderr.split('\n').filter(line => line.includes('run `node')) }).toEqual({ status: 0, stderr: [] });
}, 120_000);
