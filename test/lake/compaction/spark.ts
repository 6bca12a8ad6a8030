import { spawn, spawnSync } from 'child_process';
import { existsSync } from 'fs';
import * as path from 'path';

const ROOT = path.join(__dirname, '../../..');
export const SCRIPT = path.join(ROOT, 'src/lake/compaction-job/compact.py');
/** Made by `test/lake/compaction/install.sh`; 300 MB, so the tests do not fetch it by themselves. */
const PYTHON = path.join(ROOT, '.judges/spark/bin/python');

/** Why there is no Spark to test with; undefined where there is one. */
export function noSpark(): string | undefined {
  if (!existsSync(PYTHON)) return 'no PySpark: run test/lake/compaction/install.sh to test the compaction';
  return spawnSync('java', ['-version']).status === 0 ? undefined : 'no Java: Spark needs 17 to test the compaction';
}

/** Runs Python to its end, or to its death when `until` says so. Gives what it printed. */
export function python(args: string[], until: () => boolean = () => false): Promise<{ status: number | null; stdout: string; stderr: string }> {
  return new Promise((resolve, reject) => {
    // A group of its own: Python starts Java, and a kill has to reach both.
    const child = spawn(PYTHON, args, { detached: true, stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, SPARK_LOCAL_IP: '127.0.0.1' } });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', data => stdout += data);
    child.stderr.on('data', data => stderr += data);
    const watch = setInterval(() => {
      if (until()) process.kill(-child.pid!, 'SIGKILL');
    }, 5);
    child.on('error', reject);
    child.on('close', status => {
      clearInterval(watch);
      resolve({ status, stdout, stderr });
    });
  });
}
