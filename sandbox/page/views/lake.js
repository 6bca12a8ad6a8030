import { get, post } from '../api.js';
import { h, setText } from '../element.js';
import { bytes, count, plural, valueText } from '../format.js';
import { plainTable } from './devices.js';

export const lake = {
  path: 'lake',
  title: 'Lake',
  open(region) {
    const sql = h('textarea', { id: 'sql', rows: '6', spellcheck: 'false', value: sessionStorage.getItem('lake-sql') ?? '' });
    const outcome = h('p.sum', { role: 'status' }, '');
    const result = h('div');
    const known = h('div');
    let database;
    const run = h('button.first', { type: 'submit' }, 'Run');
    const ask = async event => {
      event.preventDefault();
      sessionStorage.setItem('lake-sql', sql.value);
      run.disabled = true;
      outcome.removeAttribute('data-tone');
      setText(outcome, 'reading…');
      try {
        const { columns, rows, tables, notes, milliseconds } = await post('query', { sql: sql.value, database });
        setText(outcome, [`${plural(rows.length, 'row')} in ${count(milliseconds)} ms`,
          ...tables.map(({ name, files, bytes: read }) => `read ${name}: ${plural(files, 'file')}, ${bytes(read)}`), ...notes].join('. '));
        result.replaceChildren(rows.length === 0 ? h('div.empty', {}, h('p', {}, 'No row.'))
          : plainTable('Rows', columns.map(({ name, type }) => h('span', { title: type }, name)), rows.slice(0, 500).map(row => row.map(valueText))));
      } catch (error) {
        outcome.dataset.tone = 'bad';
        setText(outcome, error.message);
        result.replaceChildren();
      }
      run.disabled = false;
    };
    const take = (text, of) => () => {
      sql.value = text;
      database = of;
      sql.focus();
    };
    region.append(
      h('form.stack', { onsubmit: ask }, h('label', { for: 'sql' }, 'Query in Athena’s SQL', sql), h('p.bar', {}, run)),
      outcome, result, known);
    return {
      every: 0,
      async refresh() {
        const { tables, queries } = await get('lake');
        if (sql.value === '' && tables.length > 0) sql.value = exampleOf(tables[0]);
        known.replaceChildren(
          h('h2', {}, 'Tables'),
          tables.length === 0 ? h('div.empty', {}, h('p', {}, 'The template has no table of Glue (AWS::Glue::Table): there is nothing to ask.')) : h('ul.tables', {}, tables.map(table => h('li', {},
            h('button.quiet', { type: 'button', onclick: take(exampleOf(table), table.database) }, `${table.database}.${table.name}`),
            h('span.more', {}, table.columns.map(({ name, type }) => `${name} ${type}`).join(', '))))),
          ...queries.length === 0 ? [] : [h('h2', {}, 'Queries of the template'), h('ul.tables', {}, queries.map(({ name, sql: text, database: of, description }) => h('li', {},
            h('button.quiet', { type: 'button', onclick: take(text, of) }, name), description ? h('span.more', {}, description) : null)))]);
      },
    };
  },
};

function exampleOf({ database, name }) {
  return `SELECT * FROM "${database}"."${name}" LIMIT 50`;
}
