import { Json, JsonObject } from '../json';

/** An item of DynamoDB as people write it: without the types of its attributes. */
export function plainItem(item: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(item).map(([name, value]) => [name, plain(value as JsonObject)]));
}

function plain(attribute: JsonObject): Json {
  const [type, value] = Object.entries(attribute)[0] ?? [];
  switch (type) {
    // Digits beyond those of a double stay a text.
    case 'N': return String(Number(value)) === value ? Number(value) : value as string;
    case 'NULL': return null;
    case 'L': return (value as JsonObject[]).map(plain);
    case 'M': return plainItem(value as JsonObject);
    case 'B': return `${Buffer.from(value as string, 'base64').length} bytes`;
    default: return value ?? null;
  }
}
