import { spawnSync } from 'child_process';
import { existsSync, mkdtempSync, rmSync } from 'fs';
import { tmpdir } from 'os';
import * as path from 'path';
import { pathToFileURL } from 'url';
import { root, Row } from './measure';

/** Made by test/lake/compaction/install.sh. */
const PYTHON = path.join(root, '.judges/spark/bin/python');
const SCRIPT = path.join(root, 'src/lake/compaction-job/compact.py');
const ROWS = path.join(root, 'test/lake/compaction/rows.py');
const MESSAGES = 1_000_000;
/** In each of four hours: as a stream leaves them that writes one a minute. */
const FILES = 60;

/** Rows a second of the compaction job on a Spark of this machine, with the time that Spark takes to start taken off. */
export function compaction(): Row[] {
  if (!existsSync(PYTHON)) return [{ what: 'compaction of a lake', measured: 'no PySpark: run test/lake/compaction/install.sh' }];
  const folder = mkdtempSync(path.join(tmpdir(), 'bench-compaction-'));
  try {
    run(ROWS, 'make', path.join(folder, 'telemetry'), String(MESSAGES), String(FILES));
    const place = (name: string) => pathToFileURL(path.join(folder, name)).href;
    const job = (telemetry: string) => run(SCRIPT, '--root', place(telemetry), '--state', place('compaction'), '--wide', place('wide'),
      '--device-types', '[]', '--now', '2026-11-21T12:00:00+00:00');
    const idle = job('nothing');
    const busy = job('telemetry');
    const again = job('telemetry');
    const seconds = busy - idle;
    return [
      { what: `compaction of ${MESSAGES} messages and a tenth of copies in ${4 * FILES} files`, measured: `${Math.round(MESSAGES * 1.1 / seconds)} rows a second (${seconds.toFixed(1)} s, and ${idle.toFixed(1)} s for Spark to start)` },
      { what: 'the same again, with nothing left to merge, over an empty lake', measured: `${(again - idle).toFixed(1)} s more` },
    ];
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function run(...args: string[]): number {
  const started = process.hrtime.bigint();
  const { status, stderr } = spawnSync(PYTHON, args, { encoding: 'utf8', env: { ...process.env, SPARK_LOCAL_IP: '127.0.0.1' }, maxBuffer: 64 * 1024 * 1024 });
  if (status !== 0) throw new Error(`${args.join(' ')} ended with ${status}: ${stderr}`);
  return Number(process.hrtime.bigint() - started) / 1e9;
}
