let passed = 0;
let failed = 0;
const skipped: string[] = [];

/** Holds one claim, and says at once whether it is so. */
export function claim(what: string, check: () => void): void {
  const begin = Date.now();
  try {
    check();
    passed++;
    console.log(`  ok   ${what} (${((Date.now() - begin) / 1000).toFixed(1)} s)`);
  } catch (error) {
    failed++;
    console.log(`  FAIL ${what}\n${indented(error instanceof Error ? error.message : String(error))}`);
  }
}

/** A language that this machine has no tools for. */
export function skip(language: string, missing: string[]): void {
  skipped.push(language);
  console.log(`  skipped ${language}: ${missing.join(' and ')} not found`);
}

/** Ends the run with one plain line of counts. */
export function report(): void {
  if (skipped.length > 0) console.log(`\nNot tested, because its tools are not on this machine: ${skipped.join(', ')}`);
  console.log(`\n${passed} passed, ${failed} failed`);
  process.exitCode = failed > 0 ? 1 : 0;
}

function indented(text: string): string {
  return text.split('\n').slice(0, 60).map(line => `       ${line}`).join('\n');
}
