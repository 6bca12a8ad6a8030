import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'fs';
import { tmpdir } from 'os';
import * as path from 'path';
import { SentMessage } from '../../src/sqs/queue';
import { QueueJournal } from '../../src/sqs/queue-journal';

const folder = mkdtempSync(path.join(tmpdir(), 'journal-'));
afterAll(() => rmSync(folder, { recursive: true }));
let file: string;
let number = 0;
beforeEach(() => { file = path.join(folder, String(number++), 'queues.jsonl'); });

const message = (messageId: string): SentMessage => ({ kind: 'sent', messageId, body: 'x'.repeat(50), messageAttributes: {}, sentAt: 1, senderId: 'me', firstVisibleAt: 1 });
/** A journal over one queue that is a map. */
const open = () => {
  const held = new Map<string, SentMessage>();
  const journal = new QueueJournal(file, () => [['work', [...held.values()]]]);
  for (const taken of journal.take('work')) held.set(taken.messageId, taken);
  return {
    journal,
    ids: () => [...held.keys()],
    send: (id: string) => {
      held.set(id, message(id));
      journal.append('work', message(id));
    },
    remove: (id: string) => {
      held.delete(id);
      journal.append('work', { kind: 'gone', messageId: id });
    },
  };
};

test('what was sent and not removed is there again', async () => {
  const first = open();
  ['a', 'b', 'c'].forEach(first.send);
  first.remove('b');
  await first.journal.close();
  expect(open().ids()).toEqual(['a', 'c']);
});

test('messages of a queue that no template has for a while stay', async () => {
  const first = open();
  first.send('a');
  await first.journal.close();
  const other = new QueueJournal(file, () => []);
  other.append('other', message('b'));
  await other.close();
  expect(open().ids()).toEqual(['a']);
});

test('a line that is cut off is left out, told, and does not spoil what follows', async () => {
  const first = open();
  first.send('a');
  await first.journal.close();
  writeFileSync(file, readFileSync(file, 'utf8') + '{"queue":"work","chan');
  const second = open();
  expect(second.journal.damage).toEqual([expect.stringContaining('ends in the middle of a line')]);
  second.send('b');
  await second.journal.close();
  const third = open();
  expect(third.ids()).toEqual(['a', 'b']);
  expect(third.journal.damage).toEqual([]);
});

test('the file stays small while many messages come and go', async () => {
  const { journal, send, remove, ids } = open();
  send('stays');
  for (let at = 0; at < 30_000; at++) {
    send(String(at));
    remove(String(at));
    if (at % 1000 === 0) await journal.synced();
  }
  await journal.close();
  expect(statSync(file).size).toBeLessThan(15_000 * 200);
  expect(ids()).toEqual(['stays']);
  expect(open().ids()).toEqual(['stays']);
});

test('after a failed write nothing is acknowledged, and once writing works again all that is held is on disk', async () => {
  const { journal, send } = open();
  send('a');
  const away = `${path.dirname(file)}.away`;
  renameSync(path.dirname(file), away);
  await expect(journal.synced()).rejects.toThrow('ENOENT');
  mkdirSync(path.dirname(file));
  expect(existsSync(file)).toBe(false);
  send('b');
  await journal.synced();
  await journal.close();
  expect(open().ids()).toEqual(['a', 'b']);
});
