import { closeSync, existsSync, mkdirSync, openSync, readFileSync, renameSync, truncateSync, writeSync } from 'fs';
import * as path from 'path';
import { Json } from '../json';

interface Line { readonly kind: string; readonly key: string; readonly value?: Json }

/** A file that is mostly history is written anew. */
const COMPACT_FROM_LINES = 50_000;
const COMPACT_FROM_SHARE = 4;

/**
 * Records by kind and key that survive a kill: a file that only grows, a line for each change, the last one of a key counts.
 *
 * A change is handed to the operating system before `put` returns, which keeps it when this process is killed; it is not synced, so that
 * a power cut may take the last seconds. A line that a kill tore is dropped: nobody was told that it was kept.
 */
export class RecordFile {
  /** @throws Error where a line in the middle is none of ours, naming file and line */
  static open(file: string): RecordFile {
    mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
    const records = new RecordFile(file);
    if (existsSync(file)) records.read();
    records.descriptor = openSync(file, 'a', 0o600);
    return records;
  }

  private readonly kinds = new Map<string, Map<string, Json>>();
  private descriptor = -1;
  private lines = 0;

  private constructor(private readonly file: string) {}

  entries(kind: string): [string, Json][] {
    return [...this.kinds.get(kind) ?? []];
  }

  get(kind: string, key: string): Json | undefined {
    return this.kinds.get(kind)?.get(key);
  }

  /** @param value - undefined takes the record out */
  put(kind: string, key: string, value: Json | undefined): void {
    if (value === undefined && !this.kinds.get(kind)?.has(key)) return;
    const line = { kind, key, value };
    // As text: what is kept must not change when its owner does.
    const text = JSON.stringify(line);
    this.append(`${text}\n`);
    this.apply(JSON.parse(text) as Line);
    if (++this.lines > COMPACT_FROM_LINES && this.lines > COMPACT_FROM_SHARE * this.size) this.compact();
  }

  close(): void {
    if (this.descriptor >= 0) closeSync(this.descriptor);
    this.descriptor = -1;
  }

  private get size(): number {
    return [...this.kinds.values()].reduce((sum, records) => sum + records.size, 0);
  }

  private append(text: string): void {
    const bytes = Buffer.from(text);
    for (let at = 0; at < bytes.length;) at += writeSync(this.descriptor, bytes, at);
  }

  private apply({ kind, key, value }: Line): void {
    let records = this.kinds.get(kind);
    if (!records) this.kinds.set(kind, records = new Map());
    if (value === undefined) records.delete(key);
    else records.set(key, value);
  }

  private read(): void {
    const bytes = readFileSync(this.file);
    const end = bytes.lastIndexOf(0x0a) + 1;
    if (end < bytes.length) truncateSync(this.file, end);
    for (const text of bytes.subarray(0, end).toString('utf8').split('\n').slice(0, -1)) {
      this.lines++;
      try {
        this.apply(JSON.parse(text) as Line);
      } catch {
        throw new Error(`${this.file}: line ${this.lines} cannot be read: mend it, or delete the file and with it all that it keeps`);
      }
    }
    if (this.lines > COMPACT_FROM_SHARE * this.size) this.compact();
  }

  private compact(): void {
    const next = `${this.file}.next`;
    const descriptor = openSync(next, 'w', 0o600);
    const lines = [...this.kinds].flatMap(([kind, records]) => [...records].map(([key, value]) => `${JSON.stringify({ kind, key, value })}\n`));
    const bytes = Buffer.from(lines.join(''));
    for (let at = 0; at < bytes.length;) at += writeSync(descriptor, bytes, at);
    closeSync(descriptor);
    renameSync(next, this.file);
    this.lines = lines.length;
    if (this.descriptor < 0) return;
    closeSync(this.descriptor);
    this.descriptor = openSync(this.file, 'a', 0o600);
  }
}
