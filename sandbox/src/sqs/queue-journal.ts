import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readFileSync, truncateSync } from 'fs';
import { FileHandle, open, rename } from 'fs/promises';
import * as path from 'path';
import { QueueChange, SentMessage } from './queue';

/** Lines for what is gone, above which the file is written anew. */
const IDLE_LINES = 10_000;
const NEWLINE = 0x0a;

interface Line { readonly queue: string; readonly change: QueueChange }

/**
 * What all queues hold, in one file of JSON lines, so that a message which moves between two of them is never in neither.
 *
 * Changes that come while a group is being written make the next group: one sync is shared by all who wait for it. When most lines are of
 * messages that are gone, the file is written anew; it stays below three times what the queues hold.
 */
export class QueueJournal {
  private pending: string[] = [];
  private waiting: { readonly resolve: () => void; readonly reject: (error: unknown) => void }[] = [];
  private writing: Promise<void> | undefined;
  private file: FileHandle | undefined;
  private lines = 0;
  /** Messages that are not gone. */
  private held = 0;
  private mustRewrite = false;
  private readonly left = new Map<string, Map<string, SentMessage>>();
  /** What could not be read; somebody should know. */
  readonly damage: string[] = [];

  /**
   * @param contents - all that the queues hold now, by the name of the queue
   */
  constructor(private readonly fileName: string, private readonly contents: () => Iterable<readonly [string, readonly SentMessage[]]>) {
    mkdirSync(path.dirname(fileName), { recursive: true, mode: 0o700 });
    this.read();
  }

  /** Gives the messages that a queue had when the process ended. Those of queues that nobody asks for are kept for a later start. */
  take(queue: string): readonly SentMessage[] {
    const messages = this.left.get(queue);
    this.left.delete(queue);
    return [...messages?.values() ?? []];
  }

  append(queue: string, change: QueueChange): void {
    this.pending.push(lineOf(queue, change));
    this.held += change.kind === 'sent' ? 1 : -1;
    this.write();
  }

  /** Answers when all that was appended is on disk. */
  async synced(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ resolve, reject });
      this.write();
    });
  }

  async close(): Promise<void> {
    await this.synced().catch(() => undefined);
    while (this.writing) await this.writing;
    await this.file?.close();
    this.file = undefined;
  }

  private write(): void {
    this.writing ??= this.writeGroups().finally(() => { this.writing = undefined; });
  }

  private async writeGroups(): Promise<void> {
    // What is put in the same turn of the event loop goes together.
    await Promise.resolve();
    while (this.pending.length > 0 || this.waiting.length > 0) {
      const { pending, waiting } = this;
      this.pending = [];
      this.waiting = [];
      try {
        if (pending.length > 0) await this.keep(pending);
        for (const { resolve } of waiting) resolve();
      } catch (error) {
        // The file may end in the middle of a line now. What the queues hold goes into the next one.
        this.mustRewrite = true;
        for (const { reject } of waiting) reject(error);
      }
    }
  }

  private async keep(pending: readonly string[]): Promise<void> {
    this.lines += pending.length;
    if (this.mustRewrite || this.lines > IDLE_LINES && this.lines > 3 * this.held) return this.rewrite();
    const file = this.file ??= await open(this.fileName, 'a', 0o600);
    await file.writeFile(pending.join(''));
    await file.datasync();
  }

  /** What is pending is in the queues already. */
  private async rewrite(): Promise<void> {
    const lines = [...this.all()].flatMap(([queue, messages]) => messages.map(message => lineOf(queue, message)));
    await this.file?.close();
    this.file = undefined;
    const next = `${this.fileName}.next`;
    const file = await open(next, 'w', 0o600);
    try {
      await file.writeFile(lines.join(''));
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(next, this.fileName);
    await syncFolder(path.dirname(this.fileName));
    this.lines = lines.length;
    this.mustRewrite = false;
  }

  private *all(): Iterable<readonly [string, readonly SentMessage[]]> {
    for (const [queue, messages] of this.left) yield [queue, [...messages.values()]];
    yield* this.contents();
  }

  private read(): void {
    if (!existsSync(this.fileName)) {
      closeSync(openSync(this.fileName, 'a', 0o600));
      const folder = openSync(path.dirname(this.fileName), 'r');
      fsyncSync(folder);
      closeSync(folder);
      return;
    }
    const bytes = readFileSync(this.fileName);
    let at = 0;
    for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, at)) {
      this.apply(bytes.subarray(at, end).toString('utf8'));
      at = end + 1;
    }
    // A line without an end was never acknowledged.
    if (at < bytes.length) {
      this.damage.push(`${this.fileName} ends in the middle of a line; that line is left out`);
      truncateSync(this.fileName, at);
    }
    for (const messages of this.left.values()) this.held += messages.size;
  }

  private apply(line: string): void {
    this.lines++;
    const read = parsed(line);
    if (!read) {
      this.damage.push(`${this.fileName} has a line that is no change of a queue; it is left out`);
      this.mustRewrite = true;
      return;
    }
    const { queue, change } = read;
    let messages = this.left.get(queue);
    if (!messages) this.left.set(queue, messages = new Map());
    if (change.kind === 'gone') messages.delete(change.messageId);
    else messages.set(change.messageId, change);
  }
}

function lineOf(queue: string, change: QueueChange): string {
  return `${JSON.stringify({ queue, change } satisfies Line)}\n`;
}

function parsed(line: string): Line | undefined {
  try {
    const { queue, change } = JSON.parse(line) as Line;
    return typeof queue === 'string' && typeof change.messageId === 'string' ? { queue, change } : undefined;
  } catch {
    return undefined;
  }
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  await handle.sync().finally(() => handle.close());
}
