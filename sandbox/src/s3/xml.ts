/** What XML or its readers would not give back as it is; control characters are told by number, as S3 tells them. */
// eslint-disable-next-line no-control-regex
const SPECIAL = /[&<>"\u0000-\u001f\u007f]/g;

/** An XML document: lists are repeated elements, dates are in ISO 8601, what is undefined is left out. */
export function xmlOf(root: string, content: unknown, namespace?: string): string {
  const attributes = namespace === undefined ? '' : ` xmlns="${namespace}"`;
  return `<?xml version="1.0" encoding="UTF-8"?>\n<${root}${attributes}>${inside(content)}</${root}>`;
}

function inside(content: unknown): string {
  if (content instanceof Date) return content.toISOString();
  if (typeof content === 'string') return content.replace(SPECIAL, character => `&#x${character.charCodeAt(0).toString(16)};`);
  if (typeof content !== 'object' || content === null) return content === undefined || content === null ? '' : String(content as number | boolean);
  return Object.entries(content).flatMap(([name, value]) => (Array.isArray(value) ? value : [value]).filter(one => one !== undefined).map(one => `<${name}>${inside(one)}</${name}>`)).join('');
}
