import { Decimal, Value } from '../../sql';

/** A value as DynamoDB writes it. */
export type Attribute =
  | { readonly S: string } | { readonly N: string } | { readonly BOOL: boolean } | { readonly NULL: true } | { readonly B: Buffer }
  | { readonly L: Attribute[] } | { readonly M: { [name: string]: Attribute } };

export function attributeOf(value: Value): Attribute {
  if (value === null || value === undefined) return { NULL: true };
  if (typeof value === 'boolean') return { BOOL: value };
  if (typeof value === 'string') return { S: value };
  if (value instanceof Map) return { M: attributesOf(value) };
  return Array.isArray(value) ? { L: value.map(attributeOf) } : { N: String(value) };
}

export function attributesOf(object: ReadonlyMap<string, Value>): { [name: string]: Attribute } {
  return Object.fromEntries([...object].filter(([, value]) => value !== undefined).map(([name, value]) => [name, attributeOf(value)]));
}

/** The other way round. Sets become arrays, bytes base64 text. */
export function valueOfAttribute(attribute: { readonly [type: string]: unknown }): Value {
  const [[type, held] = ['NULL', true]] = Object.entries(attribute);
  switch (type) {
    case 'S': return held as string;
    case 'N': return Number.isSafeInteger(Number(held)) ? Number(held) : Decimal.parse(String(held));
    case 'BOOL': return held as boolean;
    case 'B': return typeof held === 'string' ? held : Buffer.from(held as Uint8Array).toString('base64');
    case 'SS': return held as string[];
    case 'NS': return (held as string[]).map(number => valueOfAttribute({ N: number }));
    case 'L': return (held as { [type: string]: unknown }[]).map(valueOfAttribute);
    case 'M': return new Map(Object.entries(held as { [name: string]: { [type: string]: unknown } }).map(([name, inner]) => [name, valueOfAttribute(inner)]));
    default: return null;
  }
}
