import { readFileSync } from 'fs';
import * as path from 'path';
import * as ts from 'typescript';

/** The folder of the package. */
export const ROOT = path.join(__dirname, '../..');

/** One small fault: where `find` stands in `file`, exactly once, `replace` takes its place. */
export interface Fault {
  /** What the user of the library would suffer. */
  readonly breaks: string;
  readonly file: string;
  readonly find: string;
  readonly replace: string;
  /** Paths of the test files that must notice. */
  readonly tests: string[];
}

/** Faults of one file, each as what it breaks, the text to find, and what takes its place. */
export function faultsIn(file: string, tests: string[], faults: [breaks: string, find: string, replace: string][]): Fault[] {
  return faults.map(([breaks, find, replace]) => ({ breaks, file, find, replace, tests }));
}

export function sourceOf({ file }: Fault, folder = ROOT): string {
  return readFileSync(path.join(folder, file), 'utf8');
}

/** The source with the fault in it. The replacement is a function, since in a text `$` has a meaning of its own. */
export function faulty({ find, replace }: Fault, source: string): string {
  return source.replace(find, () => replace);
}

/** Why a fault is not in the sources any more. */
export function placeProblems(fault: Fault): string[] {
  const count = sourceOf(fault).split(fault.find).length - 1;
  if (count !== 1) return [`${titleOf(fault)}: ${JSON.stringify(fault.find)} must occur exactly once, occurs ${count} times`];
  return fault.find === fault.replace ? [`${titleOf(fault)}: the replacement is the same`] : [];
}

/** Why a fault would break the file as a whole, which every test notices and which says nothing. */
export function syntaxProblems(fault: Fault): string[] {
  const options = { reportDiagnostics: true, compilerOptions: { target: ts.ScriptTarget.ES2022 } };
  const { diagnostics = [] } = ts.transpileModule(faulty(fault, sourceOf(fault)), options);
  return diagnostics.map(({ messageText }) => `${titleOf(fault)}: no TypeScript: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`);
}

export function titleOf({ file, breaks }: Fault): string {
  return `${file}: ${breaks}`;
}
