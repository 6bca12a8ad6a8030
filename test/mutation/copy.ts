import { cpSync, mkdirSync, symlinkSync, writeFileSync } from 'fs';
import * as path from 'path';
import { Fault, faulty, ROOT, sourceOf } from './fault';

/** What the tests of the capabilities read. */
const COPIED = ['src', 'sandbox/src', 'sandbox/test', 'test', 'build', 'package.json', 'jest.config.json', 'tsconfig.json', 'tsconfig.dev.json'];
/** Read only, and large. The bundles hold no fault: no test of a handler runs them. */
const LINKED = ['node_modules', 'assets'];

/** A second package to put faults into, so that an interrupted run leaves none in the real sources. */
export class Copy {
  constructor(readonly folder: string) {
    mkdirSync(folder);
    COPIED.forEach(name => cpSync(path.join(ROOT, name), path.join(folder, name), { recursive: true }));
    LINKED.forEach(name => symlinkSync(path.join(ROOT, name), path.join(folder, name)));
  }

  /** Does the work with the fault in place. */
  async with<T>(fault: Fault, work: () => Promise<T>): Promise<T> {
    const source = sourceOf(fault, this.folder);
    const file = path.join(this.folder, fault.file);
    writeFileSync(file, faulty(fault, source));
    try {
      return await work();
    } finally {
      writeFileSync(file, source);
    }
  }
}
