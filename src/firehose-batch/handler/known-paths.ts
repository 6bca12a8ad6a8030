import type { Treatment } from './lake-row';
import { Refused } from './refusal';
import { columnNameBelow, distinctNames } from '../columns';

/** Devices may send any key; what was learnt about them must not fill the memory. */
const MAX_KNOWN_PATHS = 20_000;
const MAX_KNOWN_CHARACTERS = 8_000_000;
const MAX_KNOWN_COLLISIONS = 1_000;
/** Characters of a key, and of all keys on the way to a value: to normalize a text can take the square of its length. */
const MAX_KEY_CHARACTERS = 1_024;
const MAX_PATH_CHARACTERS = 4_096;

/** Where a value goes. */
export interface Cell {
  readonly name: string;
  /** `"name":`, in UTF-8. */
  readonly label: string;
  /** What rows of a lake make of its values, once that is worked out. */
  treatment?: Treatment;
}

/** A path of keys seen in some message, and its column; kept between messages, since devices repeat theirs. */
export interface KnownPath extends Cell {
  readonly path: readonly string[];
  /** Characters of its keys. */
  readonly length: number;
  readonly number: number;
  /** `"key":`, as it most likely stands in the text. */
  readonly lead: string;
  readonly column: Column;
  readonly children: Map<string, KnownPath>;
  /** The key that came first inside, and the one that came after this, the last time. */
  first?: KnownPath;
  next?: KnownPath;
}

/** Shared by all paths that have the same name, to notice collisions. */
interface Column { seenInRow: number }

/**
 * What a transform remembers of the keys of devices from one message to the next, since devices repeat theirs: which column
 * each path has, and how names that collide in a row were told apart.
 */
export class KnownPaths {
  private knownPaths = 0;
  private knownCharacters = 0;
  private readonly columns = new Map<string, Column>();
  private readonly collisions = new Map<string, readonly (Cell | undefined)[]>();
  private rootPath = newRoot();

  /** The row itself. */
  get root(): KnownPath {
    return this.rootPath;
  }

  /** A key that was not seen below this path before, as it stands in the text with its quotes. */
  learn(parent: KnownPath, raw: string): KnownPath {
    const bytes = Buffer.from(raw, 'latin1');
    const key = JSON.parse(bytes.toString('utf8')) as string;
    if (key.length > MAX_KEY_CHARACTERS || parent.length + key.length > MAX_PATH_CHARACTERS) throw new Refused('key too long');
    const usual = Buffer.from(JSON.stringify(key), 'utf8').toString('latin1');
    const path = parent.children.get(usual) ?? this.pathBelow(parent, key);
    // A copy of the key, since a slice of the text would keep the whole text in memory.
    parent.children.set(usual, path).set(bytes.toString('latin1'), path);
    this.knownPaths += 1;
    this.knownCharacters += raw.length + usual.length + path.lead.length + key.length + path.name.length + path.label.length;
    return path;
  }

  /** Between two records only: what a row refers to must not go while it is read. */
  forgetIfFull(): void {
    if (this.knownPaths <= MAX_KNOWN_PATHS && this.knownCharacters <= MAX_KNOWN_CHARACTERS) return;
    this.columns.clear();
    this.collisions.clear();
    this.knownPaths = 0;
    this.knownCharacters = 0;
    this.rootPath = newRoot();
  }

  /** A column for each value of a row in which names collide; none for a key that the object holds again later. */
  cellsOf(paths: readonly KnownPath[]): readonly (Cell | undefined)[] {
    const shape = paths.map(path => path.number).join();
    const known = this.collisions.get(shape);
    if (known) return known;
    // Of a key that an object holds twice the last one counts, as JSON.parse has it.
    const last = new Map(paths.map((path, index) => [path, index]));
    const names = distinctNames([...last.keys()]);
    const cells = paths.map((path, index) => {
      const name = names.get(path)!;
      return last.get(path) === index ? { name, label: labelOf(name), treatment: undefined } : undefined;
    });
    if (this.collisions.size < MAX_KNOWN_COLLISIONS) {
      this.collisions.set(shape, cells);
      this.knownCharacters += cells.reduce((sum, cell) => sum + (cell ? cell.name.length + cell.label.length : 0), shape.length);
    }
    return cells;
  }

  private pathBelow(parent: KnownPath, key: string): KnownPath {
    const name = columnNameBelow(parent.name, key);
    const column = this.columns.get(name) ?? { seenInRow: 0 };
    this.columns.set(name, column);
    return {
      path: [...parent.path, key],
      length: parent.length + key.length,
      number: this.knownPaths,
      name,
      label: labelOf(name),
      lead: labelOf(key),
      column,
      children: new Map(),
      treatment: undefined,
    };
  }
}

function newRoot(): KnownPath {
  return { path: [], length: 0, name: '', label: '', lead: '', column: { seenInRow: 0 }, number: 0, children: new Map(), treatment: undefined };
}

function labelOf(name: string): string {
  return Buffer.from(`${JSON.stringify(name)}:`, 'utf8').toString('latin1');
}
