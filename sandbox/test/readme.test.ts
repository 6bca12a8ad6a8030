import { readFileSync } from 'fs';
import * as path from 'path';
import { COMMANDS } from '../src/cli';
import { tableOf } from '../src/command-line/help';

const README = readFileSync(path.join(__dirname, '..', 'README.md'), 'utf8');

test.each(COMMANDS.map(command => [command.name, command] as const))('the README tells of %s what --help tells', (_name, command) => {
  expect(README).toContain(tableOf(command));
});
