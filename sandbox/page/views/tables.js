import { get } from '../api.js';
import { DataTable } from '../data-table.js';
import { h, link, setText } from '../element.js';
import { count, plural, valueText } from '../format.js';
import { plainTable } from './devices.js';

export const tables = {
  path: 'tables',
  title: 'Tables',
  open(region, [name], setTitle) {
    return name === undefined ? list(region) : items(region, name, setTitle);
  },
};

function list(region) {
  const engine = h('p.explain', {}, '');
  const table = new DataTable({
    label: 'Tables',
    key: each => each.name,
    columns: [
      { label: 'Table', class: 'name', text: each => each.name, node: each => link(each.name, 'tables', each.name) },
      { label: 'Items', class: 'number', text: each => count(each.itemCount) },
    ],
    empty: h('p', {}, 'The template has no table (AWS::DynamoDB::Table).'),
  });
  region.append(engine, table.element);
  return {
    every: 5000,
    async refresh() {
      const answer = await get('tables');
      setText(engine, answer.engine);
      table.update(answer.tables);
    },
  };
}

function items(region, name, setTitle) {
  setTitle(name);
  const sum = h('p.sum', { role: 'status' }, '');
  const body = h('div');
  const next = h('button', { type: 'button', hidden: true, onclick: () => { pages.push(following); void view.refresh(); } }, 'Next items');
  const first = h('button', { type: 'button', hidden: true, onclick: () => { pages.splice(0); void view.refresh(); } }, 'First items');
  region.append(h('p.back', {}, link('← all tables', 'tables')), sum, body, h('p.bar', {}, first, next));
  const pages = [];
  let following;
  let before;
  const view = {
    async refresh() {
      const answer = await get('items', { table: name, start: pages.at(-1), limit: 50 });
      following = answer.next;
      next.hidden = following === undefined;
      first.hidden = pages.length === 0;
      setText(sum, `${plural(answer.items.length, 'item')}${pages.length > 0 ? `, page ${pages.length + 1}` : ''}`);
      const text = JSON.stringify(answer.items);
      if (text === before) return;
      before = text;
      const columns = [...new Set(answer.items.flatMap(item => Object.keys(item)))];
      const { scrollLeft = 0 } = body.firstElementChild ?? {};
      body.replaceChildren(answer.items.length === 0 ? h('div.empty', {}, h('p', {}, 'The table has no item.')) : plainTable(name, columns, answer.items.map(item => columns.map(column => valueText(item[column])))));
      body.firstElementChild.scrollLeft = scrollLeft;
    },
  };
  return view;
}
