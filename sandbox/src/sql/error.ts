/** A statement or template that AWS IoT would not take, or that asks for what is not modelled; known before the first message. */
export class SqlError extends Error {
  /** Counted from 1. */
  readonly line: number;
  /** Counted from 1. */
  readonly column: number;

  constructor(readonly problem: string, source: string, readonly offset: number) {
    const before = source.slice(0, offset).split('\n');
    const line = before.length;
    const column = before[line - 1].length + 1;
    super(`line ${line}, column ${column}: ${problem}`);
    this.name = 'SqlError';
    this.line = line;
    this.column = column;
  }
}
