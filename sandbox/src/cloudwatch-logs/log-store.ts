import { appendFileSync, mkdirSync } from 'fs';
import * as path from 'path';
import { Clock } from '../time/clock';

export interface LogLine { readonly group: string; readonly stream: string; readonly time: number; readonly message: string }

/** Lines of CloudWatch Logs, as files: `<folder>/<group>/<stream>.log`, a line each. */
export class LogStore {
  private readonly listeners = new Set<(line: LogLine) => void>();

  constructor(readonly folder: string, private readonly clock: Pick<Clock, 'now'>) {}

  write(group: string, stream: string, message: string): void {
    const line = { group, stream, time: this.clock.now(), message };
    const file = path.join(this.folder, `${fileName(group)}`, `${fileName(stream)}.log`);
    mkdirSync(path.dirname(file), { recursive: true });
    appendFileSync(file, `${new Date(line.time).toISOString()} ${message}\n`);
    for (const listener of this.listeners) listener(line);
  }

  /** Calls back for each line from now on. Returns how to stop that. */
  watch(listener: (line: LogLine) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }
}

function fileName(text: string): string {
  return text.replace(/^\/+/, '').replace(/[^\w.-]+/g, '_');
}
