import { existsSync, mkdtempSync, readdirSync, rmSync } from 'fs';
import { tmpdir } from 'os';
import * as path from 'path';
import { pathToFileURL } from 'url';
import { noSpark, python, SCRIPT } from './compaction/spark';

// A million messages, killed at several points, and every change of a file cut off, with FULL=1; a start of Spark alone takes ten seconds.
const FULL = process.env.FULL === '1';
const MESSAGES = FULL ? 1_000_000 : 20_000;
/** In each of the four hours. */
const FILES = FULL ? 25 : 3;
const DEVICE_TYPES = JSON.stringify([{ name: 's1', attribute: 'device_capability_model_id', values: ['s1'], columns: [{ name: 'temp', type: 'double' }, { name: 'big', type: 'bigint' }] }]);
const rowsScript = path.join(__dirname, 'compaction/rows.py');
const MINUTES = 60_000;

let folder: string;
beforeEach(() => folder = mkdtempSync(path.join(tmpdir(), 'lake-compaction-')));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const place = (name: string) => path.join(folder, name);
const compact = (until?: () => boolean) => python([
  SCRIPT, '--root', url('telemetry'), '--state', url('compaction'), '--wide', url('wide'), '--device-types', DEVICE_TYPES, '--now', '2026-11-21T12:00:00+00:00',
], until);
const url = (name: string) => pathToFileURL(place(name)).href;
async function tell(...names: string[]): Promise<{ files: number; rows: number; distinct: number; sum: string }[]> {
  const { stdout, stderr, status } = await python([rowsScript, 'tell', ...names.map(place)]);
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout.trim().split('\n').pop()!);
}
const filesBelow = (name: string, pattern: RegExp) => existsSync(place(name))
  ? readdirSync(place(name), { recursive: true, encoding: 'utf8' }).filter(file => pattern.test(file) && !file.endsWith('.crc')) : [];

test('a lake has the same distinct rows after a compaction, another one, and those that were killed', async () => {
  const reason = noSpark();
  if (reason !== undefined) return console.log(reason);
  expect((await python([rowsScript, 'make', place('telemetry'), String(MESSAGES), String(FILES)])).status).toBe(0);
  const [before] = await tell('telemetry');
  expect(before.rows).toBeGreaterThan(before.distinct);

  const points: (() => boolean)[] = [
    () => filesBelow('compaction/staging', /_temporary/).length > 0,
    () => filesBelow('compaction/manifests', /\.json$/).length > 0,
    () => filesBelow('telemetry', /\/_?compacted-/).length > 0,
    () => filesBelow('telemetry', /\/part-/).length < 2 * FILES,
  ];
  for (const point of FULL ? points : points.slice(1, 2)) {
    await compact(point);
    const [{ distinct, sum }] = await tell('telemetry');
    expect({ distinct, sum }).toEqual({ distinct: before.distinct, sum: before.sum });
  }
  const first = await compact();
  expect([first.status, first.status === 0 ? '' : first.stderr]).toEqual([0, '']);
  const after = await tell('telemetry', 'wide');
  expect(after[0]).toEqual({ files: 4, rows: before.distinct, distinct: before.distinct, sum: before.sum });
  expect(after[1]).toMatchObject({ files: 2, rows: MESSAGES / 2 });
  const names = filesBelow('.', /\.parquet$/).sort();

  expect((await compact()).status).toBe(0);
  expect(filesBelow('.', /\.parquet$/).sort()).toEqual(names);
  expect(filesBelow('compaction', /\.(json|parquet)$/)).toEqual([]);
}, 40 * MINUTES);

test('a manifest that cannot be finished holds up its own hour only, and keeps what it needs', async () => {
  const reason = noSpark();
  if (reason !== undefined) return console.log(reason);
  expect((await python([rowsScript, 'make', place('telemetry'), '400', '3'])).status).toBe(0);
  const { stdout, stderr } = await python([path.join(__dirname, 'compaction/manifests.py'), SCRIPT, folder]);
  const outcome = stdout.trim().split('\n').pop()!;
  expect(outcome.startsWith('{"committed"') ? '' : stderr).toBe('');
  const hour = (at: number) => `dt=2026-11-21/hour=0${at}/`;
  expect(JSON.parse(outcome)).toEqual({
    committed: [0, 1, 2, 3].map(hour),
    failed: [hour(1)],
    open: [1],
    staging_kept: true,
    same: [0, 2, 3],
    mended: [],
    all_the_same: [true, true, true, true],
    leftovers: [],
  });
}, 40 * MINUTES);

test('a wide value is null where it does not fit its column, and never the largest that does', async () => {
  const reason = noSpark();
  if (reason !== undefined) return console.log(reason);
  const given = {
    bigint: [
      [1e20, null], [-1e20, null], [1e20, '100000000000000000000'], [null, '99999999999999999999'], [2 ** 63, null],
      [-(2 ** 63), null], [9007199254740992, '9007199254740993'], [2.6, null],
    ],
    int: [[1e20, null], [2 ** 31, null], [2_147_483_647.6, null], [-(2 ** 31), null], [2.6, null]],
  };
  const { stdout, stderr } = await python([path.join(__dirname, 'compaction/wide.py'), SCRIPT, JSON.stringify(given)]);
  const outcome = stdout.trim().split('\n').pop()!;
  expect(outcome.startsWith('{"bigint"') ? '' : stderr).toBe('');
  expect(JSON.parse(outcome)).toEqual({
    bigint: [null, null, null, null, null, '-9223372036854775808', '9007199254740993', '3'],
    int: [null, null, null, '-2147483648', '3'],
  });
}, 40 * MINUTES);

test('a compaction that is cut off before any change of a file, and then again, loses nothing', async () => {
  const reason = FULL ? noSpark() : 'cut off at every change of a file only with FULL=1';
  if (reason !== undefined) return console.log(reason);
  expect((await python([rowsScript, 'make', place('telemetry'), '400', '3'])).status).toBe(0);
  const { stdout, stderr } = await python([path.join(__dirname, 'compaction/crashes.py'), SCRIPT, folder]);
  const outcome = stdout.trim().split('\n').pop()!;
  expect(outcome.startsWith('{"cuts"') ? '' : stderr).toBe('');
  const { cuts, lost, repeated, leftovers } = JSON.parse(outcome);
  expect(cuts).toBeGreaterThan(20);
  expect([lost, repeated, leftovers]).toEqual([[], [], []]);
}, 40 * MINUTES);
