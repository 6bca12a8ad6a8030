import { FileHandle, open, readFile, rename, writeFile } from 'fs/promises';
import * as path from 'path';
import { compareTimes, PropertyValue } from './property-value';

/** So many of the latest values of a series are kept. */
const KEPT_VALUES = 10_000;
/** A file of fewer lines is not worth writing anew while it is in use. */
const COMPACTED_FROM = 200_000;

interface Line { readonly series: string; readonly value: PropertyValue }

/**
 * Time series in one file that only grows, a line a value; values that come while a group is being written make the next group, which
 * shares a sync. A start reads the file, leaves out a last line that a kill has cut, and writes anew what is kept.
 */
export class SeriesStore {
  static async open(folder: string): Promise<SeriesStore> {
    const file = path.join(folder, 'values.jsonl');
    const series = new Map<string, PropertyValue[]>();
    let lines = 0;
    for (const text of (await readFile(file, 'utf8').catch(ifAbsent)).split('\n').filter(line => line !== '')) {
      lines++;
      const line = lineOf(text);
      if (line) insert(series, line);
    }
    const store = new SeriesStore(file, await open(file, 'a'), series, lines);
    if (store.kept < lines) await store.compact();
    return store;
  }

  private waiting: { lines: readonly Line[]; resolve: () => void; reject: (error: unknown) => void }[] = [];
  private writing: Promise<void> | undefined;

  private constructor(
    private readonly filePath: string, private file: FileHandle, private readonly series: Map<string, PropertyValue[]>, private lines: number,
  ) {}

  /** Resolves when all of them are on disk. */
  put(lines: readonly Line[]): Promise<void> {
    return new Promise<void>((resolve, reject) => {
      this.waiting.push({ lines, resolve, reject });
      this.writing ??= this.write();
    });
  }

  /** Oldest first. */
  values(series: string): readonly PropertyValue[] {
    return this.series.get(series) ?? [];
  }

  get names(): string[] {
    return [...this.series.keys()];
  }

  async close(): Promise<void> {
    while (this.writing) await this.writing;
    await this.file.close();
  }

  private async write(): Promise<void> {
    while (this.waiting.length > 0) {
      const group = this.waiting.splice(0);
      const lines = group.flatMap(waiting => waiting.lines);
      try {
        await this.file.appendFile(lines.map(written).join(''));
        await this.file.datasync();
        for (const line of lines) insert(this.series, line);
        this.lines += lines.length;
        group.forEach(({ resolve }) => resolve());
        if (this.lines > COMPACTED_FROM && this.lines > 4 * this.kept) await this.compact();
      } catch (error) {
        group.forEach(({ reject }) => reject(error));
      }
    }
    this.writing = undefined;
  }

  private get kept(): number {
    return [...this.series.values()].reduce((sum, values) => sum + values.length, 0);
  }

  /** Writes anew what is kept, beside the file, and puts it in its place at once. */
  private async compact(): Promise<void> {
    const kept = [...this.series].flatMap(([series, values]) => values.map(value => written({ series, value })));
    await writeFile(`${this.filePath}.new`, kept.join(''), { flush: true });
    await rename(`${this.filePath}.new`, this.filePath);
    await this.file.close();
    this.file = await open(this.filePath, 'a');
    this.lines = kept.length;
  }
}

function written(line: Line): string {
  return `${JSON.stringify(line)}\n`;
}

function lineOf(text: string): Line | undefined {
  try {
    return JSON.parse(text) as Line;
  } catch {
    return undefined;
  }
}

/** A value of the same time and quality takes the place of the one that is there. */
function insert(all: Map<string, PropertyValue[]>, { series, value }: Line): void {
  let values = all.get(series);
  if (!values) all.set(series, values = []);
  let at = values.length;
  while (at > 0 && compareTimes(values[at - 1].timestamp, value.timestamp) > 0) at--;
  for (let same = at - 1; same >= 0 && compareTimes(values[same].timestamp, value.timestamp) === 0; same--) {
    if ((values[same].quality ?? 'GOOD') === (value.quality ?? 'GOOD')) {
      values[same] = value;
      return;
    }
  }
  values.splice(at, 0, value);
  if (values.length > KEPT_VALUES) values.shift();
}

function ifAbsent(error: NodeJS.ErrnoException): string {
  if (error.code === 'ENOENT') return '';
  throw error;
}
