import { readFileSync, writeFileSync } from 'fs';
import * as path from 'path';

const EXPORT_ALL = /^__exportStar\(require\("(\.[^"]+)"\), exports\);$/gm;

/**
 * Rewrites `export * from './x'` in a compiled index so that a module is loaded when one of its names is first used.
 *
 * The names are those that the modules export now, so the public surface stays exactly what the compiler made.
 */
function makeLazy(file: string): void {
  const source = readFileSync(file, 'utf8');
  const lazy = source.replace(EXPORT_ALL, (_line, id: string) => {
    // eslint-disable-next-line @typescript-eslint/no-require-imports
    const names = Object.keys(require(path.resolve(path.dirname(file), id)));
    return names
      .map(name => `Object.defineProperty(exports, ${JSON.stringify(name)}, { enumerable: true, configurable: true, get: () => require("${id}")[${JSON.stringify(name)}] });`)
      .join('\n');
  });
  writeFileSync(file, lazy);
}

makeLazy(path.join(__dirname, '..', 'lib', 'index.js'));
