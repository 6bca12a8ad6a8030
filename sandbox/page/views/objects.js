import { get, post } from '../api.js';
import { DataTable } from '../data-table.js';
import { h, link, setText } from '../element.js';
import { badge, bytes, count, plural, pretty, time, timeText, valueText } from '../format.js';
import { keysOf } from '../records.js';
import { plainTable } from './devices.js';

const OUTPUT = { data: ['data', 'plain'], error: ['failed', 'bad'], backup: ['raw copy', 'plain'] };

export const objects = {
  path: 'objects',
  title: 'Objects',
  open(region, [bucket, key], setTitle) {
    return key === undefined ? list(region, bucket) : preview(region, bucket, key, setTitle);
  },
};

function list(region) {
  const done = h('span.done', { role: 'status' }, '');
  const deliver = h('button', {
    type: 'button',
    onclick: async () => {
      deliver.disabled = true;
      setText(done, 'delivering');
      await post('flush').then(() => setText(done, 'delivered'), error => setText(done, error.message));
      deliver.disabled = false;
      void view.refresh();
    },
  }, 'Deliver what streams hold');
  const output = h('select', { id: 'output', onchange: () => showDeliveries() }, [['', 'all'], ['data', 'data'], ['error', 'failed'], ['backup', 'raw copies']].map(([value, text]) => h('option', { value }, text)));
  const deliveries = new DataTable({
    label: 'Delivered',
    key: record => record.key,
    columns: [
      { label: 'Time', class: 'time', text: record => timeText(record.time), node: record => time(record.time) },
      { label: 'What', text: record => OUTPUT[record.output][0], node: record => badge(...OUTPUT[record.output]) },
      { label: 'Records', class: 'number', text: record => count(record.records) },
      { label: 'Size', class: 'number', text: record => bytes(record.bytes) },
      { label: 'Object', class: 'wide', text: record => record.object, node: record => link(record.object, 'objects', record.bucket, record.object) },
      { label: 'Stream', text: record => record.stream },
    ],
    empty: h('p', {}, 'No stream has delivered anything since the start. Streams wait as long as the template says; the button above delivers now.'),
  });
  const bucket = h('select', { id: 'bucket', onchange: () => browse() });
  const prefix = h('input', { id: 'prefix', type: 'text', autocomplete: 'off', spellcheck: 'false', placeholder: 'all keys', oninput: () => browse() });
  const sum = h('p.sum', { role: 'status' }, '');
  const found = new DataTable({
    label: 'Objects of the bucket',
    key: object => object.key,
    columns: [
      { label: 'Changed', class: 'time', text: object => timeText(object.time), node: object => time(object.time) },
      { label: 'Size', class: 'number', text: object => bytes(object.bytes) },
      { label: 'Object', class: 'wide', text: object => object.key, node: object => link(object.key, 'objects', bucket.value, object.key) },
    ],
    empty: h('p', {}, 'No object of this bucket has such a key.'),
  });
  region.append(
    h('form.bar', { onsubmit: event => event.preventDefault() }, h('label', { for: 'output' }, 'Show', output), deliver, done),
    deliveries.element,
    h('h2', {}, 'In buckets'),
    h('form.bar', { onsubmit: event => event.preventDefault() }, h('label', { for: 'bucket' }, 'Bucket', bucket), h('label.grow', { for: 'prefix' }, 'Key begins with', prefix)),
    sum, found.element);

  let records = [];
  let known;
  const showDeliveries = () => deliveries.update(records.filter(record => output.value === '' || record.output === output.value));
  const browse = async () => {
    const asked = [bucket.value, prefix.value].join();
    if (bucket.value === '') return;
    const { total, objects: all } = await get('objects', { bucket: bucket.value, prefix: prefix.value, limit: 100 });
    if (asked !== [bucket.value, prefix.value].join()) return;
    setText(sum, `${plural(total, 'object')}${all.length < total ? `, the newest ${all.length}` : ''}`);
    found.update(all);
  };
  const view = {
    async refresh() {
      const [activity, { buckets }] = await Promise.all([get('activity', { kinds: 'delivery', known }), get('buckets')]);
      const isNew = activity.total !== known;
      known = activity.total;
      if (!activity.unchanged) records = keysOf(activity.records.map(({ key, ...record }) => ({ ...record, object: key })));
      showDeliveries();
      if (bucket.options.length !== buckets.length) bucket.replaceChildren(...buckets.map(name => h('option', { value: name }, name)));
      if (isNew) await browse();
    },
  };
  return view;
}

function preview(region, bucket, key, setTitle) {
  setTitle('Object');
  const body = h('div', {}, h('p.sum', {}, 'reading…'));
  region.append(h('p.back', {}, link('← all objects', 'objects')), h('p.key', {}, h('code', {}, key)), body);
  return { every: 0, refresh: async () => body.replaceChildren(...previewParts(await get('object', { bucket, key }))) };
}

function previewParts(object) {
  const facts = [
    ['Bucket', object.bucket], ['Size', bytes(object.bytes)], ['Written', time(object.time)], ['Content type', object.contentType],
    ['Read as', `${object.isGzip ? 'GZIP of ' : ''}${{ parquet: 'Parquet', lines: 'JSON lines', text: 'text', binary: 'bytes' }[object.format]}`],
    ['Rows', object.totalRows === undefined ? undefined : count(object.totalRows)],
  ];
  return [
    h('dl.facts', {}, facts.filter(([, value]) => value !== undefined).map(([name, value]) => h('div', {}, h('dt', {}, name), h('dd', {}, value)))),
    object.isCut ? h('p.explain', {}, 'Only the beginning is shown.') : null,
    ...contentOf(object),
  ].filter(part => part !== null);
}

function contentOf({ format, columns, rows, lines, text, binary }) {
  switch (format) {
    case 'parquet': return [plainTable('Rows', columns.map(({ name, type }) => h('span', { title: type }, name)), rows.map(row => row.map(valueText)))];
    case 'lines': return lines.map((line, at) => h('article.record', { 'aria-label': `Line ${at + 1}` }, h('pre', {}, pretty(line.text)),
      line.rawData === undefined ? null : [h('p.explain', {}, 'rawData, decoded: what the device sent'), h('pre', {}, pretty(line.rawData))]));
    case 'text': return [h('pre.content', {}, text)];
    default: return [h('pre.content', {}, binary.replace(/(.{2})/g, '$1 ').replace(/(.{48})/g, '$1\n'))];
  }
}
