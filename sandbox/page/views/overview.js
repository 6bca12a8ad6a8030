import { get } from '../api.js';
import { DataTable } from '../data-table.js';
import { h, link, setText } from '../element.js';
import { amount, count, time, timeText } from '../format.js';
import { Plot } from '../plot.js';
import { kindNode, told, toldNode } from '../records.js';

const SHOWN_MILLISECONDS = 300_000;
const RATE_SECONDS = 10;

export const overview = {
  path: '',
  title: 'Overview',
  open(region) {
    const tiles = new Map();
    const tile = (name, label, ...path) => {
      const value = h('dd', {}, '–');
      tiles.set(name, value);
      return h('div.tile', {}, h('dt', {}, path.length > 0 ? link(label, ...path) : label), value);
    };
    const traffic = new Plot({
      label: 'Throughput', series: [{ label: 'messages in', unit: '/s' }, { label: 'records delivered', unit: '/s' }, { label: 'records failed', unit: '/s' }],
    });
    const latency = new Plot({ label: 'Latency', series: [{ label: 'median', unit: 'ms' }, { label: '95 of 100', unit: 'ms' }, { label: 'longest', unit: 'ms' }] });
    const feed = new DataTable({
      label: 'What happened last',
      key: record => record.group,
      columns: [
        { label: 'Time', class: 'time', text: record => timeText(record.time), node: record => time(record.time) },
        { label: 'What', text: record => `${told(record).kind} ${record.times}`, node: record => h('span', {}, kindNode(record), record.times > 1 ? h('span.times', {}, `× ${count(record.times)}`) : null) },
        { label: 'Of whom', class: 'wide', text: record => JSON.stringify(told(record)), node: toldNode },
      ],
      empty: h('p', {}, 'Nothing yet. What devices do, what is denied, what is delivered and what fails appears here.'),
    });
    const addresses = h('dl.facts', {});
    const begin = h('div.hint', { hidden: true });
    region.append(
      begin,
      h('dl.tiles', {},
        tile('connected', 'Devices connected', 'devices'), tile('rate', 'Messages in a second'), tile('delivered', 'Records delivered', 'objects'),
        tile('failed', 'Records failed', 'objects'), tile('denied', 'Denied', 'denied'), tile('refused', 'Rule failures', 'rules'),
        tile('queued', 'In queues', 'queues'), tile('alarms', 'Alarms', 'alarms')),
      h('div.plots', {}, traffic.element, latency.element),
      h('p.explain', {}, 'Latency is the time from taking a message until all actions of all its rules have taken it. The last five minutes.'),
      h('h2', {}, 'What happened last'), feed.element,
      h('h2', {}, 'Where it is'), addresses,
    );
    let seconds = [];
    let total;
    return {
      every: 1000,
      async refresh() {
        const [status, { seconds: more }, activity] = await Promise.all([
          get('status'), get('traffic', { since: seconds.at(-1)?.time ?? 0 }), get('latest', { known: total }),
        ]);
        seconds = [...seconds, ...more].filter(({ time: ended }) => ended > status.time - SHOWN_MILLISECONDS);
        const { counters, totals } = status;
        const put = (name, text, isBad = false) => {
          setText(tiles.get(name), text);
          tiles.get(name).dataset.tone = isBad ? 'bad' : 'plain';
        };
        put('connected', `${count(status.connected)} of ${count(status.things)}`);
        put('rate', amount(seconds.slice(-RATE_SECONDS).reduce((sum, { messagesIn }) => sum + messagesIn, 0) / RATE_SECONDS));
        put('delivered', count(counters.recordsDelivered));
        put('failed', count(counters.recordsFailed), counters.recordsFailed > 0);
        put('denied', count(totals.mqttDenial + totals.iamDenial), totals.mqttDenial + totals.iamDenial > 0);
        put('refused', count(totals.ruleFailure), totals.ruleFailure > 0);
        put('queued', count(status.queued));
        put('alarms', status.alarms.length === 0 ? 'none' : count(status.alarms.length), status.alarms.length > 0);
        const times = seconds.map(second => second.time / 1000);
        traffic.update([times, ...['messagesIn', 'recordsDelivered', 'recordsFailed'].map(name => seconds.map(second => second[name]))]);
        latency.update([times, ...['median', 'p95', 'longest'].map(name => seconds.map(second => second.latency?.[name] ?? null))]);
        if (!activity.unchanged) feed.update(activity.records);
        total = activity.total;
        if (addresses.childElementCount === 0) addresses.append(...factsOf(status));
        begin.hidden = status.things > 0 || counters.messagesIn > 0;
        if (!begin.hidden && begin.childElementCount === 0) begin.append(...firstSteps(status));
      },
      close() {
        traffic.close();
        latency.close();
      },
    };
  },
};

function factsOf({ endpointUrl, mqtt, stateFolder, tables, stacks, region }) {
  const fact = (name, value) => h('div', {}, h('dt', {}, name), h('dd', {}, h('code', {}, value)));
  return [
    fact('AWS_ENDPOINT_URL', endpointUrl), fact('AWS_REGION', region), fact('MQTT over TLS', `${mqtt.host}:${mqtt.port}`), fact('Authority of the broker', mqtt.caFile),
    fact('State', stateFolder), fact('Tables run on', tables), fact('Resources', stacks.map(({ name, running, resources }) => `${name}: ${running} of ${resources} run`).join(', ')),
  ];
}

function firstSteps({ mqtt }) {
  return [
    h('h2', {}, 'No device yet'),
    h('p', {}, 'Let devices enrol with the claim certificate, or make one by hand, and connect it:'),
    h('ul', {},
      h('li', {}, h('code', {}, 'claim'), ' writes the files of the claim certificate; ', h('code', {}, 'device NAME'), ' makes a thing with a certificate.'),
      h('li', {}, 'Devices connect to ', h('code', {}, `${mqtt.host}:${mqtt.port}`), ' with TLS; the client id is the name of the thing.'),
      h('li', {}, link('Try it', 'try'), ' publishes a message without a device.')),
  ];
}
