import { existsSync, readdirSync } from 'fs';
import * as path from 'path';
import { placeProblems, ROOT, titleOf } from './fault';
import { FAULTS } from './faults';

test('every fault still fits the sources, so that `npm run mutation` stays able to run', () => {
  expect(FAULTS.flatMap(placeProblems)).toEqual([]);
});

test('every fault names tests that exist', () => {
  expect([...new Set(FAULTS.flatMap(({ tests }) => tests))].filter(name => !existsSync(path.join(ROOT, `${name}.ts`)))).toEqual([]);
});

test('every part of the sources has faults, and no two are told in the same words', () => {
  const parts = readdirSync(path.join(ROOT, 'src'), { withFileTypes: true }).filter(entry => entry.isDirectory()).map(({ name }) => name);
  expect(parts.filter(part => !FAULTS.some(({ file }) => file.startsWith(`src/${part}/`)))).toEqual([]);
  const told = FAULTS.map(titleOf);
  expect(told.filter((text, at) => told.indexOf(text) < at)).toEqual([]);
});
