import * as os from 'os';
import { compaction } from './compaction';
import { loading } from './handlers';
import { Row } from './measure';
import { sandboxRows } from './sandbox';
import { synthesis } from './synth';
import { transform } from './transform';

async function main(): Promise<void> {
  const library = async () => [...synthesis(), ...await transform(), ...loading(), ...compaction()];
  // `SANDBOX=start,messages` measures these parts of the sandbox alone.
  const rows: Row[] = [...process.env.SANDBOX === undefined ? await library() : [], ...sandboxRows()];
  console.log(`Node.js ${process.version}, ${os.cpus().length} cores, ${os.platform()} ${os.arch()}\n`);
  console.log('| what | measured | target | met |\n|---|---|---|---|');
  for (const { what, measured, target, met } of rows) console.log(`| ${what} | ${measured} | ${target ?? ''} | ${met === undefined ? '' : met ? 'yes' : 'no'} |`);
  if (rows.some(({ met }) => met === false)) process.exitCode = 1;
}

void main();
