import { appendFileSync, existsSync, mkdirSync, renameSync, statSync } from 'fs';
import * as path from 'path';
import { Clock } from '../time/clock';

export interface LogLine { readonly group: string; readonly stream: string; readonly time: number; readonly message: string }

/** Lines of a group that are looked up; all of them are in its files. */
const KEPT_LINES = 2000;
/** A file that is larger becomes `<stream>.1.log`, in the place of the one before. */
const FILE_BYTES = 16 * 1024 * 1024;

interface Group { readonly lines: LogLine[]; readonly files: Map<string, { readonly file: string; pending: string[]; bytes: number }> }

/**
 * Lines of CloudWatch Logs, as files: `<folder>/<group>/<stream>.log`, a line each.
 *
 * Lines that come in one turn of the event loop are written together; the last lines of each group are in memory for whoever looks.
 */
export class LogStore {
  private readonly listeners = new Set<(line: LogLine) => void>();
  private readonly groups = new Map<string, Group>();
  private failed = false;
  private flushing: NodeJS.Immediate | undefined;

  constructor(readonly folder: string, private readonly clock: Pick<Clock, 'now'>) {}

  write(group: string, stream: string, message: string, time = this.clock.now()): void {
    const line = { group, stream, time, message };
    const { lines, files } = this.group(group);
    lines.push(line);
    if (lines.length > KEPT_LINES * 2) lines.splice(0, KEPT_LINES);
    let file = files.get(stream);
    if (!file) {
      const name = path.join(this.folderOf(group), `${fileName(stream)}.log`);
      files.set(stream, file = { file: name, pending: [], bytes: existsSync(name) ? statSync(name).size : 0 });
    }
    file.pending.push(`${new Date(time).toISOString()} ${message}\n`);
    this.flushing ??= setImmediate(() => this.flush());
    for (const listener of this.listeners) listener(line);
  }

  /** Makes a group; that it was there before is no error. */
  addGroup(name: string): void {
    this.group(name);
  }

  hasGroup(name: string): boolean {
    return this.groups.has(name) || existsSync(this.folderOf(name));
  }

  /** Names of all groups that were made or written to since the start. */
  get groupNames(): string[] {
    return [...this.groups.keys()].sort();
  }

  /** The last `count` lines of a group, at most 2,000, since the start; oldest first. */
  last(group: string, count: number): readonly LogLine[] {
    return count <= 0 ? [] : this.groups.get(group)?.lines.slice(-Math.min(count, KEPT_LINES)) ?? [];
  }

  /** Writes what waits. */
  flush(): void {
    clearImmediate(this.flushing);
    this.flushing = undefined;
    for (const { files } of this.groups.values()) {
      for (const [stream, file] of files) {
        if (file.pending.length === 0) continue;
        const text = file.pending.splice(0).join('');
        this.append(file, text);
        // Streams come with each process of a function and are many; what is known of one is read again when it writes again.
        if (files.size > 100) files.delete(stream);
      }
    }
  }

  /** Calls back for each line from now on. Returns how to stop that. */
  watch(listener: (line: LogLine) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** A disk that is full, or a folder that somebody deleted, costs the lines and nothing else. */
  private append(file: { readonly file: string; bytes: number }, text: string): void {
    try {
      if (file.bytes > FILE_BYTES) {
        renameSync(file.file, file.file.replace(/\.log$/, '.1.log'));
        file.bytes = 0;
      }
      appendFileSync(file.file, text);
      file.bytes += Buffer.byteLength(text);
    } catch (error) {
      if (!this.failed) process.emitWarning(`lines of logs are lost: ${(error as Error).message}`);
      this.failed = true;
    }
  }

  private group(name: string): Group {
    let group = this.groups.get(name);
    if (!group) {
      mkdirSync(this.folderOf(name), { recursive: true });
      this.groups.set(name, group = { lines: [], files: new Map() });
    }
    return group;
  }

  private folderOf(group: string): string {
    return path.join(this.folder, fileName(group));
  }
}

function fileName(text: string): string {
  return text.replace(/^\/+/, '').replace(/[^\w.-]+/g, '_').replace(/^\.+$/, '_');
}
