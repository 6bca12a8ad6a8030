import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeFileSync } from 'fs';
import * as path from 'path';

/** One small file that is written as a whole: after a kill it is the old one or the new one, never a part. Others may not read it. */
export class DurableFile<T> {
  constructor(private readonly fileName: string) {}

  /** @throws Error naming the file where it is there and not what was written */
  read(): T | undefined {
    if (!existsSync(this.fileName)) return undefined;
    try {
      return JSON.parse(readFileSync(this.fileName, 'utf8')) as T;
    } catch (error) {
      throw new Error(`${this.fileName} cannot be read (${(error as Error).message}): remove it to begin without it`);
    }
  }

  write(content: T): void {
    const folder = path.dirname(this.fileName);
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const next = `${this.fileName}.next`;
    const file = openSync(next, 'w', 0o600);
    try {
      writeFileSync(file, JSON.stringify(content));
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(next, this.fileName);
    const opened = openSync(folder, 'r');
    fsyncSync(opened);
    closeSync(opened);
  }
}
