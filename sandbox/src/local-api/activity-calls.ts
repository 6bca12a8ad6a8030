import { countOf, textOf } from './call-input';
import { LocalApi, LocalApiError } from './local-api';
import type { ActivityKind, Counter, Recorded } from '../account';
import type { Sandbox } from '../sandbox';

const KINDS: readonly ActivityKind[] = [
  'mqttDenial', 'iamDenial', 'provisioning', 'presence', 'delivery', 'ruleFailure', 'invocationFailure', 'alarm', 'problem',
];
const COUNTERS: readonly Counter[] = [
  'messagesIn', 'bytesIn', 'ruleMatches', 'actionsRun', 'actionsFailed', 'recordsDelivered', 'recordsFailed', 'connects', 'disconnects', 'invocations',
];
const MOST_RECORDS = 200;
/** What somebody who opens the page should know first; devices that come and go are not it. */
const LATEST: readonly ActivityKind[] = KINDS.filter(kind => kind !== 'presence');
const LATEST_GROUPS = 25;
const SAME = ['stream', 'output', 'rule', 'action', 'resource', 'caller', 'clientId', 'thingName', 'decision', 'functionName', 'errorType', 'name', 'state'];

/** What has happened: counters, plots, the last records of each kind, and what of the template does not run. */
export function addActivityCalls(api: LocalApi, sandbox: Sandbox): void {
  const { account, services } = sandbox;

  api.add('GET status', () => ({
    time: account.clock.now(),
    stacks: sandbox.stacks.map(({ stack, resources }) => ({
      name: stack.stackName, running: [...resources.values()].filter(({ state }) => state === 'running').length, resources: resources.size,
    })),
    account: account.environment.account,
    region: account.environment.region,
    mqtt: { host: sandbox.mqtt.host, port: sandbox.mqtt.port, caFile: sandbox.mqtt.caFile },
    endpointUrl: sandbox.endpointUrl,
    stateFolder: sandbox.stateFolder,
    tables: services.dynamoDb.description,
    counters: Object.fromEntries(COUNTERS.map(counter => [counter, account.activity.counter(counter)])),
    totals: Object.fromEntries(KINDS.map(kind => [kind, account.activity.total(kind)])),
    things: services.iot.registry.allThings().length,
    connected: services.iot.clients().filter(({ connected }) => connected).length,
    queued: services.sqs.queues.reduce((sum, { counts: { visible, inFlight, delayed } }) => sum + visible + inFlight + delayed, 0),
    alarms: services.cloudWatch.alarms.filter(({ state }) => state === 'ALARM').map(({ definition }) => definition.name),
    notModelled: sandbox.notModelled.length,
  }));

  api.add('GET traffic', input => ({ seconds: account.traffic.since(countOf(input, 'since', 0)) }));

  // `known` is the total of the answer before: a page that knows it all gets nothing again.
  api.add('GET activity', input => {
    const kinds = textOf(input, 'kinds').split(',');
    const unknown = kinds.find(kind => !(KINDS as readonly string[]).includes(kind));
    if (unknown !== undefined) throw new LocalApiError(`'kinds' must be of ${KINDS.join(', ')}, got ${JSON.stringify(unknown)}`);
    const wanted = kinds as ActivityKind[];
    const total = wanted.reduce((sum, kind) => sum + account.activity.total(kind), 0);
    if (countOf(input, 'known', Infinity) === total) return { total, unchanged: true };
    const records = wanted.flatMap(kind => account.activity.last(kind)).sort((a, b) => b.time - a.time);
    return { total, records: records.slice(0, countOf(input, 'limit', MOST_RECORDS, MOST_RECORDS)) };
  });

  api.add('GET latest', input => {
    const total = LATEST.reduce((sum, kind) => sum + account.activity.total(kind), 0);
    if (countOf(input, 'known', Infinity) === total) return { total, unchanged: true };
    const groups = new Map<string, Recorded & { readonly group: string; readonly times: number }>();
    for (const record of LATEST.flatMap(kind => account.activity.last(kind)).sort((a, b) => b.time - a.time)) {
      const group = sameness(record);
      const known = groups.get(group);
      groups.set(group, known ? { ...known, times: known.times + 1 } : { ...record, group, times: 1 });
    }
    return { total, records: [...groups.values()].slice(0, LATEST_GROUPS) };
  });

  api.add('GET notes', () => ({
    tables: services.dynamoDb.description,
    notModelled: sandbox.notModelled,
    withoutEffect: [...account.withoutEffect].map(([resource, properties]) => ({ resource, properties: [...new Set(properties)] })),
    iam: account.iam.unmodelled,
    problems: [...account.activity.last('problem')].reverse().slice(0, MOST_RECORDS).map(({ time, message }) => ({ time, message })),
  }));
}

/** Records that say the same of the same, however often: a rule that fails for each message is told once, with its last message. */
function sameness(record: Recorded): string {
  const members = record as unknown as { readonly [name: string]: unknown };
  return JSON.stringify(['kind', ...record.kind === 'problem' ? ['message'] : SAME].map(name => members[name]));
}
