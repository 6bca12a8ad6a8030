import { readdirSync, readFileSync } from 'fs';
import * as path from 'path';

/** By stack: the template as it is deployed, without what may differ between languages: hashes of assets, and paths in metadata. */
export function templatesIn(outdir: string): { [stack: string]: unknown } {
  return Object.fromEntries(readdirSync(outdir).filter(file => file.endsWith('.template.json')).sort()
    .map(file => [file, comparable(JSON.parse(readFileSync(path.join(outdir, file), 'utf8')))]));
}

const PATHS = ['aws:cdk:path', 'aws:asset:path', 'aws:asset:property', 'aws:asset:is-bundled'];

function comparable(value: unknown): unknown {
  if (typeof value === 'string') return value.replace(/[0-9a-f]{64}/g, '<hash>');
  if (Array.isArray(value)) return value.map(comparable);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value)
    .filter(([key, child]) => !PATHS.includes(key) && (child as { Type?: unknown })?.Type !== 'AWS::CDK::Metadata')
    .map(([key, child]): [string, unknown] => [key, comparable(child)])
    .filter(([key, child]) => !(key === 'Metadata' && Object.keys(child as object).length === 0))
    .sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The places where two values differ, at most ten. */
export function differences(a: unknown, b: unknown, at = ''): string[] {
  if (Object.is(a, b)) return [];
  if (a === null || b === null || typeof a !== 'object' || typeof b !== 'object') return [`${at}: ${JSON.stringify(a)} / ${JSON.stringify(b)}`];
  const keys = [...new Set([...Object.keys(a), ...Object.keys(b)])];
  return keys.flatMap(key => differences((a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key], `${at}/${key}`)).slice(0, 10);
}
