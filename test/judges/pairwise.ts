/** For each factor, the level that it has. */
export type Row = Readonly<Record<string, string>>;
/** For each factor, its levels. The first goes together with every level of every other factor. */
export type Factors = Readonly<Record<string, readonly string[]>>;
/** Two levels, as `factor=level`, that exclude each other. */
export type Conflict = readonly [string, string];

/** Rows in which every two levels of different factors meet at least once, unless they exclude each other. The same for the same input. */
export function pairwiseRows(factors: Factors, conflicts: readonly Conflict[]): Row[] {
  const excluded = new Set(conflicts.flatMap(([a, b]) => [pairKey(a, b)]));
  const open = new Set(allPairs(factors).filter(pair => !excluded.has(pair)));
  const rows: Row[] = [];
  while (open.size > 0) {
    const [first] = open;
    const row = complete(factors, excluded, open, new Map(first.split(' ').map(level => [level.split('=')[0], level])));
    pairsOf(row).forEach(pair => open.delete(pair));
    rows.push(Object.fromEntries(Object.keys(factors).map(factor => [factor, row.get(factor)!.split('=')[1]])));
  }
  return rows;
}

/** Gives every other factor the level that makes the most new pairs with those chosen so far. */
function complete(factors: Factors, excluded: Set<string>, open: Set<string>, row: Map<string, string>): Map<string, string> {
  for (const [factor, names] of Object.entries(factors)) {
    if (row.has(factor)) continue;
    const score = (level: string) => [...row.values()].filter(other => open.has(pairKey(level, other))).length;
    const [best] = names.map(name => `${factor}=${name}`)
      .filter(level => ![...row.values()].some(other => excluded.has(pairKey(level, other))))
      .sort((a, b) => score(b) - score(a));
    row.set(factor, best);
  }
  return row;
}

function allPairs(factors: Factors): string[] {
  const levels = Object.entries(factors).map(([factor, names]) => names.map(name => `${factor}=${name}`));
  return levels.flatMap((ours, index) => levels.slice(index + 1).flatMap(theirs => ours.flatMap(a => theirs.map(b => pairKey(a, b)))));
}

function pairsOf(row: Map<string, string>): string[] {
  const levels = [...row.values()];
  return levels.flatMap((a, index) => levels.slice(index + 1).map(b => pairKey(a, b)));
}

function pairKey(a: string, b: string): string {
  return a < b ? `${a} ${b}` : `${b} ${a}`;
}
