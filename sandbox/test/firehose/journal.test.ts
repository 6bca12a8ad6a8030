import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'fs';
import { tmpdir } from 'os';
import * as path from 'path';
import { Journal, JournalOptions } from '../../src/firehose/journal';

let folder: string;
beforeEach(() => { folder = mkdtempSync(path.join(tmpdir(), 'journal-')); });
afterEach(async () => {
  for (const journal of opened.splice(0)) await journal.close();
  rmSync(folder, { recursive: true });
});
const opened: Journal[] = [];
const open = async (more: Partial<JournalOptions> = {}) => {
  const answer = await Journal.open({ folder, durability: 'disk', ...more });
  opened.push(answer.journal);
  return answer;
};
const record = (sequence: number, data = `record ${sequence}`) => ({ sequence, arrival: 1_700_000_000_000 + sequence, data: Buffer.from(data) });
const files = () => readdirSync(folder).sort();

test('what was accepted and not settled is there after the process was gone, in order, with its bytes and its time', async () => {
  const { journal } = await open();
  await journal.accept([record(1), record(2, '')]);
  await journal.accept([record(3)]);
  await journal.settle([1]);
  expect((await open()).records).toEqual([record(2, ''), record(3)]);
});

test.each([1, 5, 12, 30])('a write cut off %d bytes before its end loses nothing that came before', async bytes => {
  const { journal } = await open();
  await journal.accept([record(1)]);
  await journal.accept([record(2)]);
  const file = path.join(folder, files()[0]);
  truncateSync(file, readFileSync(file).length - bytes);
  const again = await open();
  expect(again.records).toEqual([record(1)]);
  expect(again.damaged).toEqual([files()[0]]);
  await again.journal.accept([record(3)]);
  expect((await open()).records).toEqual([record(1), record(3)]);
});

test('bytes that changed on the disk are noticed', async () => {
  const { journal } = await open();
  await journal.accept([record(1)]);
  const file = path.join(folder, files()[0]);
  const bytes = readFileSync(file);
  bytes[bytes.length - 1] = 255 - bytes[bytes.length - 1];
  writeFileSync(file, bytes);
  expect(await open()).toMatchObject({ records: [], damaged: [path.basename(file)] });
  appendFileSync(path.join(folder, 'notes.txt'), 'another file is left alone');
  await open();
  expect(files()).toContain('notes.txt');
});

test('files whose records are all settled go, but not before the files that they settle', async () => {
  const { journal } = await open({ segmentBytes: 100 });
  for (let sequence = 1; sequence <= 12; sequence++) await journal.accept([record(sequence)]);
  const before = files().length;
  expect(before).toBeGreaterThan(3);
  await journal.settle([2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
  expect(files().length).toBeGreaterThanOrEqual(before);
  expect((await open()).records).toEqual([record(1)]);
  await journal.settle([1]);
  expect(files().length).toBeLessThanOrEqual(1);
});

test('closed with nothing left, it leaves no file', async () => {
  const { journal } = await open();
  await journal.accept([record(1)]);
  await journal.settle([1]);
  await journal.close();
  expect(files()).toEqual([]);
});

test('who writes at the same time shares one sync', async () => {
  const { journal } = await open();
  await journal.accept([record(0)]);
  const begun = performance.now();
  for (let sequence = 1; sequence <= 5; sequence++) await journal.accept([record(sequence)]);
  const oneByOne = (performance.now() - begun) / 5;
  const together = performance.now();
  await Promise.all(Array.from({ length: 2000 }, (_, index) => journal.accept([record(100 + index)])));
  expect(performance.now() - together).toBeLessThan(Math.max(2000 * oneByOne / 4, 500));
  expect((await open()).records).toHaveLength(2006);
});
