import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'fs';
import { tmpdir } from 'os';
import * as path from 'path';
import { pathToFileURL } from 'url';
import { build, synthesize } from './running-zone';
import { Load } from '../../sandbox/bench/load';
import { payload } from '../../sandbox/bench/payload';
import { RunningZone } from '../../sandbox/bench/running-zone';
import { noSpark, python, SCRIPT } from '../lake/compaction/spark';

// With FULL=1: messages go by MQTT through the bundled example into its lake, and the job of its template compacts the files that came of it.
const FULL = process.env.FULL === '1';
const MESSAGES = 1_000_000;
const CONNECTIONS = 20;
const ROUNDS = 100;
const MINUTES = 60_000;
const rowsScript = path.join(__dirname, '../lake/compaction/rows.py');
const folder = mkdtempSync(path.join(tmpdir(), 'sandbox-compaction-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const filesBelow = (place: string, pattern: RegExp) => existsSync(place)
  ? readdirSync(place, { recursive: true, encoding: 'utf8' }).filter(file => pattern.test(file) && !file.endsWith('.crc')) : [];

test(`${MESSAGES} messages that the sandbox wrote are the same distinct rows in few files after a compaction, a killed one and another one`, async () => {
  const reason = FULL ? noSpark() : 'a million messages of the sandbox are compacted only with FULL=1';
  if (reason !== undefined) return console.log(reason);
  build();
  synthesize(folder);
  const { Resources } = JSON.parse(readFileSync(path.join(folder, 'Sensors.template.json'), 'utf8')) as { Resources: { [id: string]: { Type: string; Properties: any } } };
  const { DefaultArguments } = Object.values(Resources).find(({ Type }) => Type === 'AWS::Glue::Job')!.Properties;
  const zone = await RunningZone.start(folder, ['--buffer-seconds', '1']);
  try {
    const load = new Load();
    await load.connect(zone.target, await zone.fleet(CONNECTIONS));
    // Each round is a file or more, as time makes them.
    for (let round = 1; round <= ROUNDS; round++) {
      await load.publish(MESSAGES / ROUNDS, payload(), 100);
      await zone.delivered(MESSAGES / ROUNDS * round);
    }
    load.end();
    const bucket = path.join(zone.state, 's3', 'buckets', await zone.output('ZoneLakeBucket'), 'objects');
    const place = (name: string) => path.join(bucket, name);
    const tell = async () => {
      const { stdout, stderr, status } = await python([rowsScript, 'tell', place('telemetry')]);
      if (status !== 0) throw new Error(stderr);
      return (JSON.parse(stdout.trim().split('\n').pop()!) as { files: number; rows: number; distinct: number; sum: string }[])[0];
    };
    const tomorrow = new Date(Date.now() + 86_400_000).toISOString().replace(/\..*/, '+00:00');
    const url = (name: string) => pathToFileURL(place(name)).href;
    const given = ['--partitions', '--device-types', '--settle-minutes', '--lookback-days'].flatMap(name => [name, String(DefaultArguments[name])]);
    const compact = (until?: () => boolean) => python([
      SCRIPT, '--root', url('telemetry'), '--state', url('compaction/telemetry'), '--wide', url('wide/telemetry'), ...given, '--now', tomorrow,
    ], until);

    const before = await tell();
    expect(before.rows).toBe(MESSAGES);
    expect(before.distinct).toBe(MESSAGES);
    expect(before.files).toBeGreaterThanOrEqual(ROUNDS);
    const hours = new Set(filesBelow(place('telemetry'), /\.parquet$/).map(file => path.dirname(file))).size;

    await compact(() => filesBelow(place('telemetry'), /\/_?compacted-/).length > 0);
    expect(await tell()).toMatchObject({ distinct: MESSAGES, sum: before.sum });
    const compacted = await compact();
    expect([compacted.status, compacted.status === 0 ? '' : compacted.stderr]).toEqual([0, '']);
    expect(await tell()).toEqual({ files: hours, rows: MESSAGES, distinct: MESSAGES, sum: before.sum });
    const names = filesBelow(bucket, /\.parquet$/).sort();
    expect((await compact()).status).toBe(0);
    expect(filesBelow(bucket, /\.parquet$/).sort()).toEqual(names);
  } finally {
    await zone.end();
  }
}, 60 * MINUTES);
