import { FileHandle, mkdir, open, readdir, readFile, rm } from 'fs/promises';
import * as path from 'path';
import { crc32 } from 'zlib';

/** A record that a stream has accepted. */
export interface JournalRecord {
  /** Grows with each record, also over restarts. */
  readonly sequence: number;
  /** Milliseconds since 1970. */
  readonly arrival: number;
  readonly data: Buffer;
}

export interface JournalOptions {
  readonly folder: string;
  /**
   * `disk`: a group of records is synced before it is acknowledged; nothing is lost when the power goes. `process`: it is
   * handed to the operating system, which keeps it when this process is killed.
   */
  readonly durability: 'disk' | 'process';
  /** A file that is larger is followed by the next one. */
  readonly segmentBytes?: number;
}

interface Segment { readonly number: number; readonly unsettled: Set<number> }
interface Waiting { readonly frame: Buffer; readonly resolve: () => void; readonly reject: (error: Error) => void }

const SEGMENT_BYTES = 64 * 1024 * 1024;
const ACCEPTED = 1;
const SETTLED = 2;
/** Length and checksum of what follows. */
const HEAD_BYTES = 8;
const RECORD_HEAD_BYTES = 17;
const NUMBER_BYTES = 8;

/**
 * Keeps what a stream has accepted until it is delivered: files that only grow, the oldest deleted when all in it is settled.
 *
 * Records that come while a group is being written make the next group, so that a sync is shared by all who wait for it.
 * Whoever is killed between delivery and `settle` delivers again: at least once, never not at all.
 */
export class Journal {
  /** Opens the journal and gives the records that were accepted and not settled, oldest first. */
  static async open(options: JournalOptions): Promise<{ journal: Journal; records: JournalRecord[]; damaged: string[] }> {
    await mkdir(options.folder, { recursive: true });
    const journal = new Journal(options);
    const unsettled = new Map<number, JournalRecord>();
    const damaged: string[] = [];
    const files = (await readdir(options.folder)).filter(name => /^\d{10}\.journal$/.test(name)).sort();
    for (const name of files) {
      const segment: Segment = { number: parseInt(name, 10), unsettled: new Set() };
      journal.segments.push(segment);
      journal.lastSegment = segment.number;
      const whole = readFrames(await readFile(path.join(options.folder, name)), record => {
        unsettled.set(record.sequence, record);
        journal.segmentOf.set(record.sequence, segment);
        segment.unsettled.add(record.sequence);
      }, sequence => {
        unsettled.delete(sequence);
        journal.segmentOf.get(sequence)?.unsettled.delete(sequence);
        journal.segmentOf.delete(sequence);
      });
      if (!whole) damaged.push(name);
    }
    await journal.dropSettled();
    return { journal, records: [...unsettled.values()], damaged };
  }

  private readonly segments: Segment[] = [];
  private readonly segmentOf = new Map<number, Segment>();
  private waiting: Waiting[] = [];
  private writing: Promise<void> | undefined;
  private file: FileHandle | undefined;
  private bytes = 0;
  private lastSegment = 0;

  private constructor(private readonly options: JournalOptions) {}

  /** Answers when all of them are kept. */
  async accept(records: readonly JournalRecord[]): Promise<void> {
    if (records.length === 0) return;
    await this.write(Buffer.concat(records.map(frameOfRecord)), segment => {
      for (const { sequence } of records) {
        segment.unsettled.add(sequence);
        this.segmentOf.set(sequence, segment);
      }
    });
  }

  /** These are where they belong, and need not be kept. */
  async settle(sequences: readonly number[]): Promise<void> {
    if (sequences.length === 0) return;
    await this.write(frameOfSettled(sequences), () => {
      for (const sequence of sequences) {
        this.segmentOf.get(sequence)?.unsettled.delete(sequence);
        this.segmentOf.delete(sequence);
      }
    });
    await this.dropSettled();
  }

  async close(): Promise<void> {
    while (this.writing) await this.writing;
    await this.file?.close();
    this.file = undefined;
    await this.dropSettled();
  }

  private write(frame: Buffer, then: (segment: Segment) => void): Promise<void> {
    const written = new Promise<void>((resolve, reject) => this.waiting.push({
      frame, reject, resolve: () => { then(this.segments.at(-1)!); resolve(); },
    }));
    this.writing ??= this.writeGroups().finally(() => { this.writing = undefined; });
    return written;
  }

  private async writeGroups(): Promise<void> {
    // What is put in the same turn of the event loop goes together.
    await Promise.resolve();
    while (this.waiting.length > 0) {
      const group = this.waiting;
      this.waiting = [];
      try {
        const file = this.file ?? await this.nextSegment();
        const buffer = Buffer.concat(group.map(({ frame }) => frame));
        await file.writeFile(buffer);
        if (this.options.durability === 'disk') await file.datasync();
        this.bytes += buffer.length;
        for (const { resolve } of group) resolve();
        if (this.bytes >= (this.options.segmentBytes ?? SEGMENT_BYTES)) await this.closeSegment();
      } catch (error) {
        for (const { reject } of group) reject(error as Error);
        // Half a frame may be at its end now; what follows belongs into another file.
        await this.closeSegment().catch(() => undefined);
      }
    }
  }

  private async nextSegment(): Promise<FileHandle> {
    const number = ++this.lastSegment;
    const file = await open(this.fileOf(number), 'ax');
    if (this.options.durability === 'disk') await syncFolder(this.options.folder);
    this.segments.push({ number, unsettled: new Set() });
    this.bytes = 0;
    this.file = file;
    return file;
  }

  private async closeSegment(): Promise<void> {
    const file = this.file;
    this.file = undefined;
    await file?.close();
  }

  /** Only from the oldest on: what settles a record stands in its own file or a later one, and must not go first. */
  private async dropSettled(): Promise<void> {
    while (this.segments.length > (this.file ? 1 : 0) && this.segments[0].unsettled.size === 0) {
      const { number } = this.segments.shift()!;
      await rm(this.fileOf(number), { force: true });
    }
  }

  private fileOf(number: number): string {
    return path.join(this.options.folder, `${String(number).padStart(10, '0')}.journal`);
  }
}

function frameOfRecord({ sequence, arrival, data }: JournalRecord): Buffer {
  const head = Buffer.alloc(RECORD_HEAD_BYTES);
  head.writeUInt8(ACCEPTED);
  head.writeBigUInt64BE(BigInt(sequence), 1);
  head.writeBigUInt64BE(BigInt(arrival), 1 + NUMBER_BYTES);
  return framed(Buffer.concat([head, data]));
}

function frameOfSettled(sequences: readonly number[]): Buffer {
  const body = Buffer.alloc(1 + NUMBER_BYTES * sequences.length);
  body.writeUInt8(SETTLED);
  sequences.forEach((sequence, index) => body.writeBigUInt64BE(BigInt(sequence), 1 + NUMBER_BYTES * index));
  return framed(body);
}

function framed(body: Buffer): Buffer {
  const head = Buffer.alloc(HEAD_BYTES);
  head.writeUInt32BE(body.length);
  head.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([head, body]);
}

/** Reads up to the first frame that is not whole; says whether there was none such. */
function readFrames(bytes: Buffer, accepted: (record: JournalRecord) => void, settled: (sequence: number) => void): boolean {
  let at = 0;
  while (at < bytes.length) {
    if (at + HEAD_BYTES > bytes.length) return false;
    const end = at + HEAD_BYTES + bytes.readUInt32BE(at);
    if (end > bytes.length) return false;
    const body = bytes.subarray(at + HEAD_BYTES, end);
    if (body.length === 0 || crc32(body) !== bytes.readUInt32BE(at + 4)) return false;
    if (body[0] === ACCEPTED) {
      const sequence = Number(body.readBigUInt64BE(1));
      accepted({ sequence, arrival: Number(body.readBigUInt64BE(1 + NUMBER_BYTES)), data: body.subarray(RECORD_HEAD_BYTES) });
    } else {
      for (let number = 1; number < body.length; number += NUMBER_BYTES) settled(Number(body.readBigUInt64BE(number)));
    }
    at = end;
  }
  return true;
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  await handle.sync().finally(() => handle.close());
}
