import fc from 'fast-check';
import { projectedColumn } from '../../src/athena/projected-column';

const NOW = Date.parse('2026-11-21T10:59:50Z');
const dateColumn = (format: string, range: string, more = {}) => projectedColumn('d', { 'projection.d.type': 'date', 'projection.d.format': format, 'projection.d.range': range, ...more }, NOW);

test.each<[string, string, object, string[], string[]]>([
  ['yyyy-MM-dd', '2026-01-01,NOW', {}, ['2026-01-01', '2026-11-21'], ['2025-12-31', '2026-11-22', '2026-1-1', 'x']],
  ['yyyy/MM/dd/HH', 'NOW-1DAYS,NOW', {}, ['2026/11/20/10', '2026/11/21/10'], ['2026/11/20/09', '2026/11/21/11']],
  ['yyyy', 'NOW-3YEARS,NOW', {}, ['2023', '2026'], ['2022', '2027']],
  ['yyyy-MM', '2026-01,NOW+1MONTHS', { 'projection.d.interval': '2' }, ['2026-01', '2026-11'], ['2026-02', '2026-12']],
])('%s in %s has both ends and nothing beyond', (format, range, more, inside, outside) => {
  const column = dateColumn(format, range, more);
  expect(inside.filter(value => !column.has(value))).toEqual([]);
  expect(outside.filter(value => column.has(value))).toEqual([]);
});

test('hours and numbers are those that a loop would list', () => {
  const between = (min: number, max: number) => fc.integer({ min, max });
  fc.assert(fc.property(between(-50, 50), fc.nat(40), between(1, 7), between(1, 4), (least, length, interval, digits) => {
    const column = projectedColumn('n', {
      'projection.n.type': 'integer', 'projection.n.range': `${least},${least + length}`, 'projection.n.interval': `${interval}`, 'projection.n.digits': `${digits}`,
    }, NOW);
    const written = (value: number) => (value < 0 ? '-' : '') + `${Math.abs(value)}`.padStart(digits, '0');
    const listed = new Set<string>();
    for (let value = least; value <= least + length; value += interval) listed.add(written(value));
    for (let value = least - 5; value <= least + length + 5; value++) if (column.has(written(value)) !== listed.has(written(value))) return false;
    return true;
  }));
  fc.assert(fc.property(fc.nat(200), fc.nat(100), fc.integer({ min: 1, max: 9 }), (start, length, interval) => {
    const hour = (at: number) => new Date(Date.parse('2026-02-27T00:00:00Z') + at * 3_600_000).toISOString().slice(0, 13);
    const format = 'yyyy-MM-dd\'T\'HH';
    const column = dateColumn(format, `${hour(start)},${hour(start + length)}`, { 'projection.d.interval': `${interval}`, 'projection.d.interval.unit': 'HOURS' });
    const listed = new Set<string>();
    for (let at = start; at <= start + length; at += interval) listed.add(hour(at));
    for (let at = start - 5; at <= start + length + 5; at++) if (column.has(hour(at)) !== listed.has(hour(at))) return false;
    return true;
  }));
});
