import { createHash } from 'crypto';
import { mkdtempSync, rmSync } from 'fs';
import { tmpdir } from 'os';
import * as path from 'path';
import { Copy } from './copy';
import { Fault, placeProblems, syntaxProblems, titleOf } from './fault';
import { FAULTS } from './faults';
import { Outcome, runTests, stopAll } from './jest-run';

const AT_ONCE = 2;
const { SAMPLE } = process.env;
const SHARE = 3;

/**
 * Puts each fault into a copy of the package and runs the tests that must notice it. Arguments choose faults by a part of their file or text;
 * `SAMPLE=text` takes a third of them, which the text decides.
 */
async function main(words: string[]): Promise<number> {
  const faults = FAULTS.filter(fault => words.length === 0 || words.some(word => titleOf(fault).includes(word))).filter(isInSample);
  if (SAMPLE !== undefined) console.log(`${faults.length} of ${FAULTS.length} faults, chosen by ${SAMPLE}`);
  const problems = faults.flatMap(fault => [...placeProblems(fault), ...syntaxProblems(fault)]);
  if (faults.length === 0) problems.push(`no fault has ${words.join(' or ')} in its file or text`);
  if (problems.length > 0) return refuse(problems);

  const folder = mkdtempSync(path.join(tmpdir(), 'mutation-'));
  process.once('exit', () => {
    stopAll();
    rmSync(folder, { recursive: true, force: true });
  });
  (['SIGINT', 'SIGTERM'] as const).forEach(signal => process.once(signal, () => process.exit(130)));

  const copies = Array.from({ length: AT_ONCE }, (_, at) => new Copy(path.join(folder, String(at))));
  const broken = await unmodified(copies, [...new Set(faults.flatMap(({ tests }) => tests))]);
  if (broken.length > 0) return refuse(broken);

  const survivors = await withEach(copies, faults);
  console.log(`\n${faults.length - survivors.length} passed, ${survivors.length} failed`);
  return survivors.length > 0 ? 1 : 0;
}

function isInSample(fault: Fault): boolean {
  return SAMPLE === undefined || createHash('sha256').update(`${SAMPLE} ${titleOf(fault)}`).digest()[0] % SHARE === 0;
}

function refuse(problems: string[]): number {
  problems.forEach(problem => console.error(problem));
  return 1;
}

/** Tests that fail by themselves would kill every fault. */
async function unmodified(copies: Copy[], tests: string[]): Promise<string[]> {
  const problems: string[] = [];
  let passed = 0;
  await each(copies, tests, async (copy, test) => {
    const outcome = await runTests(copy.folder, [test]);
    if ('passed' in outcome) passed += outcome.passed;
    else problems.push(`without any fault ${textOf(outcome)}`);
  });
  console.log(`without any fault: ${passed} tests of ${tests.length} files pass`);
  return problems;
}

/** A fault that passes the tests has survived. */
async function withEach(copies: Copy[], faults: Fault[]): Promise<Fault[]> {
  const survivors: Fault[] = [];
  await each(copies, faults, async (copy, fault) => {
    const outcome = await copy.with(fault, () => runTests(copy.folder, fault.tests));
    if ('passed' in outcome) survivors.push(fault);
    console.log(`${'passed' in outcome ? 'SURVIVED' : 'killed  '} ${titleOf(fault)} | ${textOf(outcome)}`);
  });
  return survivors;
}

function textOf(outcome: Outcome): string {
  if ('passed' in outcome) return `${outcome.passed} tests pass`;
  return 'failedBy' in outcome ? outcome.failedBy : `no end after ${outcome.timedOutAfter / 1_000} seconds`;
}

/** Every copy takes the next item when it is done with one. */
async function each<T>(copies: Copy[], items: T[], work: (copy: Copy, item: T) => Promise<void>): Promise<void> {
  const queue = items.values();
  await Promise.all(copies.map(async copy => {
    for (const item of queue) await work(copy, item);
  }));
}

main(process.argv.slice(2)).then(code => process.exit(code), error => {
  console.error(error);
  process.exit(1);
});
