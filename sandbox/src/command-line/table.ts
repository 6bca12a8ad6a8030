/** Rows of texts as columns under their heads; numbers to the right. */
export function tableText(heads: readonly string[], rows: readonly (readonly unknown[])[], widest = 60): string {
  const cells = rows.map(row => row.map(cell => cut(textOf(cell), widest)));
  const widths = heads.map((head, at) => Math.max(head.length, ...cells.map(row => row[at]?.length ?? 0)));
  const isNumber = heads.map((_head, at) => rows.length > 0 && rows.every(row => row[at] === null || typeof row[at] === 'number'));
  const line = (texts: readonly string[]) => texts.map((text, at) => isNumber[at] ? text.padStart(widths[at]) : text.padEnd(widths[at])).join('  ').trimEnd();
  return [line(heads), line(widths.map(width => '-'.repeat(width))), ...cells.map(line)].join('\n');
}

function textOf(cell: unknown): string {
  if (cell === null || cell === undefined) return '';
  return typeof cell === 'object' ? JSON.stringify(cell) : String(cell);
}

function cut(text: string, widest: number): string {
  const plain = text.replaceAll('\n', ' ');
  return plain.length > widest ? `${plain.slice(0, widest - 1)}…` : plain;
}
