import { get } from '../api.js';
import { DataTable } from '../data-table.js';
import { h, link, setText } from '../element.js';
import { badge, count, plural, pretty, time, timeText } from '../format.js';

export const queues = {
  path: 'queues',
  title: 'Queues',
  open(region, [name], setTitle) {
    return name === undefined ? list(region) : detail(region, name, setTitle);
  },
};

function list(region) {
  const number = (label, name) => ({ label, class: 'number', text: queue => count(queue[name]) });
  const table = new DataTable({
    label: 'Queues',
    key: queue => queue.name,
    columns: [
      { label: 'Queue', class: 'name', text: queue => queue.name, node: queue => link(queue.name, 'queues', queue.name) },
      { label: 'Waiting', class: 'number', text: queue => count(queue.visible), node: (queue, text) => queue.visible > 0 && queue.isDeadLetterQueueOf.length > 0 ? badge(text, 'bad') : text },
      number('Being worked on', 'inFlight'), number('Delayed', 'delayed'),
      { label: 'Oldest', class: 'number', text: queue => queue.visible + queue.inFlight > 0 ? `${count(Math.round(queue.oldestSeconds))} s` : '' },
      {
        label: 'Dead letters',
        text: ({ deadLetterQueue, isDeadLetterQueueOf }) => deadLetterQueue ? `go to ${deadLetterQueue}` : isDeadLetterQueueOf.length > 0 ? `of ${isDeadLetterQueueOf.join(', ')}` : '',
      },
    ],
    empty: h('p', {}, 'The template has no queue (AWS::SQS::Queue).'),
  });
  region.append(table.element);
  return { refresh: async () => table.update((await get('queues')).queues) };
}

function detail(region, name, setTitle) {
  setTitle(name);
  const sum = h('p.sum', { role: 'status' }, '');
  const table = new DataTable({
    label: 'Messages',
    key: message => message.messageId,
    columns: [
      { label: 'Sent', class: 'time', text: message => timeText(message.sentAt), node: message => time(message.sentAt) },
      { label: 'Body', class: 'wide', text: message => message.body, node: bodyNode },
      { label: 'Attributes', text: message => message.attributes.map(({ name: key, value }) => `${key}: ${value}`).join('\n'), node: (_message, text) => h('span.lines', {}, text) },
    ],
    empty: h('p', {}, 'Nothing waits in this queue.'),
  });
  region.append(h('p.back', {}, link('← all queues', 'queues')), sum, h('p.explain', {}, 'Looking at messages does not receive them.'), table.element);
  return {
    async refresh() {
      const { total, messages } = await get('messages', { queue: name });
      setText(sum, `${plural(total, 'message')}${messages.length < total ? `; the first ${messages.length}` : ''}`);
      table.update(messages);
    },
  };
}

/** What a rule's error action sent has the message that failed in base64. */
function bodyNode({ body, isCut }) {
  const original = /"base64OriginalPayload":"([A-Za-z0-9+/=]+)"/.exec(body)?.[1];
  return [
    h('pre', {}, pretty(body), isCut ? '\n…' : ''),
    original === undefined ? null : [h('p.explain', {}, 'base64OriginalPayload, decoded'), h('pre', {}, pretty(decoded(original)))],
  ].flat().filter(part => part !== null);
}

function decoded(base64) {
  try {
    return new TextDecoder().decode(Uint8Array.from(atob(base64), letter => letter.charCodeAt(0)));
  } catch {
    return base64;
  }
}
