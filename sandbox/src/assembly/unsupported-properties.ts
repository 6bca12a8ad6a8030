import { Json } from '../json';

/** Properties that a resource type knows, by name; what has properties of its own is nested. */
export interface KnownProperties { readonly [name: string]: true | KnownProperties }

/** Paths of the properties that a template sets and nobody here reads; of a list, those of its elements. */
export function unsupportedProperties(properties: Json, known: KnownProperties, path = ''): string[] {
  if (Array.isArray(properties)) return [...new Set(properties.flatMap(element => unsupportedProperties(element, known, path)))];
  if (typeof properties !== 'object' || properties === null) return [];
  return Object.entries(properties).flatMap(([name, value]) => {
    const here = path === '' ? name : `${path}.${name}`;
    const below = Object.hasOwn(known, name) ? known[name] : undefined;
    if (below === undefined) return [here];
    return below === true ? [] : unsupportedProperties(value, below, here);
  });
}
