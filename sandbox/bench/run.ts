import { connects } from './connects';
import { memory } from './memory';
import { messages } from './messages';
import { onboarding } from './onboarding';
import { Row } from './row';
import { startTime } from './start-time';

// `node … run.ts EXAMPLE PIPELINE ONBOARDING [PART…]`: folders of three cloud assemblies, and which parts to measure, otherwise all. Prints
// rows as JSON.
const FULL = process.env.FULL === '1';
const RUNS = 3;
const MESSAGES = 30_000;

async function main([example, pipeline, api, ...chosen]: string[]): Promise<void> {
  const parts: { readonly [name: string]: () => Promise<Row[]> } = {
    start: () => startTime(example, RUNS),
    connects: () => connects({ example, pipeline }, RUNS),
    messages: () => messages({ example, pipeline }, MESSAGES, RUNS),
    onboarding: () => onboarding(api, RUNS),
    memory: () => memory(example, FULL ? 1_000_000 : 100_000),
  };
  const rows: Row[] = [];
  for (const [name, measure] of Object.entries(parts)) if (chosen.length === 0 || chosen.includes(name)) rows.push(...await measure());
  console.log(JSON.stringify(rows));
  process.exit();
}

void main(process.argv.slice(2));
