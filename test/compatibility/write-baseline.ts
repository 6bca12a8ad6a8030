import { writeFileSync } from 'fs';
import { gzipSync } from 'zlib';
import { Assembly, BASELINE, readCurrent } from './compare';

/** What a comparison does not look at makes the file ten times as large. */
const IGNORED = ['locationInModule', 'fingerprint', 'readme', 'symbolId', 'dependencyClosure', 'author', 'keywords', 'targets', 'metadata'];

function lean(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(lean);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).filter(([key]) => !IGNORED.includes(key))
    .map(([key, child]) => [key, key === 'docs' ? promise(child) : lean(child)]));
}

/** Of the docs, what is a promise. */
function promise({ stability, deprecated, subclassable }: Assembly): Assembly {
  return { stability, deprecated, subclassable };
}

writeFileSync(BASELINE, gzipSync(JSON.stringify(lean(readCurrent())), { level: 9 }));
