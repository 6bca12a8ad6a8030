import { h, link } from './element.js';
import { badge, bytes, plural } from './format.js';

/** What a record of the activity says, in words: a kind, how bad it is, and what happened. */
export function told(record) {
  switch (record.kind) {
    case 'mqttDenial': return { kind: 'denied', tone: 'bad', what: `${record.clientId}: ${record.action} on ${record.resource}`, more: record.reason };
    case 'iamDenial': return { kind: 'denied', tone: 'bad', what: `${record.caller}: ${record.action} on ${record.resource}`, more: record.reason };
    case 'provisioning': return record.decision === 'registered'
      ? { kind: 'registered', tone: 'good', what: `${record.thingName ?? record.clientId} by ${record.templateName}` }
      : { kind: 'refused', tone: 'bad', what: `${record.clientId} by ${record.templateName}`, more: record.reason };
    case 'presence': {
      const { eventType, clientId, disconnectReason } = record.payload;
      return { kind: eventType, tone: eventType === 'connected' ? 'good' : 'plain', what: String(clientId), more: disconnectReason };
    }
    case 'delivery': return {
      kind: record.output === 'error' ? 'error object' : record.output === 'backup' ? 'raw copy' : 'delivered', tone: record.output === 'error' ? 'bad' : 'plain',
      what: `${plural(record.records, 'record')}, ${bytes(record.bytes)}, by ${record.stream}`, object: record,
    };
    case 'ruleFailure': return { kind: record.action === 'SQL' ? 'message not read' : 'action failed', tone: 'bad', what: `${record.rule}: ${record.action} on ${record.resource}`, more: record.message };
    case 'invocationFailure': return { kind: 'function failed', tone: 'bad', what: `${record.functionName}: ${record.errorType}`, more: record.message };
    case 'alarm': return { kind: record.state, tone: record.state === 'ALARM' ? 'bad' : record.state === 'OK' ? 'good' : 'plain', what: record.name, more: record.reason };
    default: return { kind: 'note', tone: 'warn', what: record.message };
  }
}

export function toldNode(record) {
  const { what, more, object } = told(record);
  return h('span', {}, object ? link(what, 'objects', object.bucket, object.key) : what, more ? h('span.more', {}, more) : null);
}

export function kindNode(record) {
  const { kind, tone } = told(record);
  return badge(kind, tone);
}

/** Records have no number of their own; the newest of the same time and text stand for each other. */
export function keysOf(records) {
  const seen = new Map();
  return records.map(record => {
    const text = JSON.stringify(record);
    const times = (seen.get(text) ?? 0) + 1;
    seen.set(text, times);
    return { ...record, key: `${text}${times}` };
  });
}
