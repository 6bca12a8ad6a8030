import * as path from 'path';

export const root = path.join(__dirname, '../..');

/** What one judge says: claims that held, and claims that did not. Printed when it is done, since judges run side by side. */
export class Judge {
  passed = 0;
  failed = 0;
  private readonly text: string[] = [];

  constructor(private readonly name: string) {}

  check(claim: string, holds: boolean, why = ''): void {
    if (holds) this.passed++;
    else this.failed++;
    this.text.push(`  ${holds ? 'ok  ' : 'FAIL'} ${claim}${holds || !why ? '' : `\n${indented(why)}`}`);
  }

  async expect(claim: string, holds: () => Promise<boolean>): Promise<void> {
    this.check(claim, await holds());
  }

  /** A program that has to succeed before anything else makes sense. */
  must(claim: string, { status, output }: { status: number | null; output: string }): void {
    this.check(claim, status === 0, output);
    if (status !== 0) throw new Error(`${claim} failed`);
  }

  /** Claims that a program prints, one a line; `FAIL` before those that do not hold. */
  lines(prefix: string, output: string, succeeded: boolean, errors: string): void {
    const claims = output.split('\n').filter(line => line !== '');
    claims.forEach(line => this.check(`${prefix} ${line.replace(/^FAIL /, '')}`, !line.startsWith('FAIL ')));
    if (!succeeded && !claims.some(line => line.startsWith('FAIL '))) this.check(`${prefix} the program ended well`, false, errors);
    if (claims.length === 0) this.check(`${prefix} anything was judged`, false);
  }

  note(text: string): void {
    this.text.push(`  note ${text}`);
  }

  print(seconds: number): void {
    console.log(`${this.name} (${seconds.toFixed(0)} s)\n${this.text.join('\n')}`);
  }
}

function indented(text: string): string {
  const lines = text.trimEnd().split('\n');
  const failed = lines.slice(0, -60).filter(line => /_FAILED/.test(line)).slice(0, 10);
  return [...failed, ...lines.length > 60 ? [`… ${lines.length - 60} lines before`] : [], ...lines.slice(-60)].map(line => `       ${line}`).join('\n');
}
