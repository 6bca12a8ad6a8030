import { h } from './element.js';

/**
 * A table that is updated in place: rows keep their elements, and so the focus and what is selected.
 *
 * Columns have a `label`, `text(row)` that tells whether a cell changed, and where it is more than text `node(row, text)`.
 */
export class DataTable {
  constructor({ label, columns, key, empty }) {
    this.columns = columns;
    this.key = key;
    this.rows = new Map();
    this.body = h('tbody');
    this.table = h('table', {}, h('thead', {}, h('tr', {}, columns.map(column => h('th', { scope: 'col', class: column.class }, column.label)))), this.body);
    this.scroll = h('div.scroll', { role: 'region', 'aria-label': label, tabindex: '0' }, this.table);
    this.empty = h('div.empty', {}, empty);
    this.element = h('div.data', {}, this.scroll, this.empty);
    this.show(0);
    this.empty.hidden = true;
  }

  update(rows) {
    const seen = new Set();
    let before = null;
    for (const row of rows) {
      const key = String(this.key(row));
      if (seen.has(key)) continue;
      seen.add(key);
      let known = this.rows.get(key);
      if (!known) this.rows.set(key, known = this.make());
      this.fill(known, row);
      const place = before ? before.nextSibling : this.body.firstChild;
      if (place !== known.element) this.body.insertBefore(known.element, place);
      before = known.element;
    }
    for (const [key, { element }] of this.rows) {
      if (seen.has(key)) continue;
      element.remove();
      this.rows.delete(key);
    }
    this.show(seen.size);
  }

  show(rows) {
    this.scroll.hidden = rows === 0;
    this.empty.hidden = rows > 0;
  }

  make() {
    const cells = this.columns.map(() => h('div.cell'));
    return { element: h('tr', {}, this.columns.map((column, at) => h('td', { 'class': column.class, 'data-label': column.label }, cells[at]))), cells, texts: [] };
  }

  fill({ cells, texts }, row) {
    this.columns.forEach((column, at) => {
      const text = String(column.text(row) ?? '');
      if (texts[at] === text) return;
      texts[at] = text;
      cells[at].replaceChildren(...[column.node ? column.node(row, text) : text].flat());
    });
  }
}
