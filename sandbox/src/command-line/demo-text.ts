import { connectivityTableOf } from './demo-zone';
import { tableText } from './table';
import type { QueryAnswer } from '../athena';
import type { Sandbox } from '../sandbox';
import type { FleetOutcome } from '../virtual-fleet/virtual-fleet';

/** Of the rows that a DataLake holds; the names of their columns are the same for all devices. */
export const DEMO_QUERY = (table: string) => `SELECT device_id, count(*) AS messages, count(DISTINCT thing_name) AS things, max(arrival_time) AS last
FROM ${table} GROUP BY device_id ORDER BY device_id`;

/** What the demo shows at its end: devices, deliveries, denials, and what the lake answers. */
export async function demoText(sandbox: Sandbox, outcome: FleetOutcome, lake: QueryAnswer, stays: boolean): Promise<string> {
  const { account } = sandbox;
  const { activity } = account;
  const devices = await connectivity(sandbox);
  const deliveries = activity.last('delivery');
  const sum = (output: 'data' | 'error' | 'backup') => deliveries.filter(delivery => delivery.output === output);
  const records = (output: 'data' | 'error' | 'backup') => sum(output).reduce((total, delivery) => total + delivery.records, 0);
  const denials = activity.last('mqttDenial');
  return [
    '',
    `Devices      ${outcome.enrolled.length} enrolled by claim, ${outcome.refused.length} refused`,
    ...refusals(sandbox, outcome),
    '',
    `Connectivity ${devices.filter(({ status }) => status === 'Connected').length} connected, ${devices.filter(({ status }) => status === 'Disconnected').length} disconnected, by the table`,
    ...tableText(['client', 'state', 'reason', 'since'], devices.map(({ client, status, reason, since }) => [client, status, reason, since])).split('\n').map(line => `             ${line}`),
    '',
    `Messages     ${outcome.published} acknowledged; ${outcome.malformed} of them were no JSON on purpose`,
    `             ${parseErrors(sandbox)} times a rule could not read one: metric ParseError, which the alarms of the zone watch; no error action sees these`,
    `Delivered    ${amount(records('data'), 'record')} in ${amount(sum('data').length, 'object')}`,
    `Failed       ${amount(records('error'), 'record')} in ${amount(sum('error').length, 'object')} below the error prefix (one that is no JSON was put into the stream by hand)`,
    ...sum('error').slice(0, 3).map(({ bucket, key }) => `             s3://${bucket}/${key}`),
    '',
    `Denied       ${amount(activity.total('mqttDenial'), 'action')} of devices, ${amount(activity.total('iamDenial'), 'call')} of roles`,
    ...denials.slice(-5).map(({ clientId, action, resource, reason }) => `             ${clientId} ${action} ${resource}: ${reason}`),
    ...activity.last('iamDenial').slice(-5).map(({ caller, action, resource, reason }) => `             ${caller} ${action} ${resource}: ${reason}`),
    '',
    `Lake         ${DEMO_QUERY(lake.tables[0]?.name ?? 'telemetry').replace('\n', '\n             ')}`,
    `             read ${lake.tables.map(({ name, files, bytes }) => `${name}, ${amount(files, 'file')}, ${bytes} bytes`).join('; ')}`,
    ...tableText(lake.columns.map(({ name }) => name), lake.rows).split('\n').map(line => `             ${line}`),
    '',
    `Page         ${stays ? `${sandbox.endpointUrl}/` : 'with --stay it is kept up, with a page that shows all of this'}`,
  ].join('\n');
}

function amount(number: number, of: string): string {
  return `${number} ${of}${number === 1 ? '' : 's'}`;
}

function parseErrors({ stacks, account }: Sandbox): number {
  const rules = stacks.flatMap(({ resources }) => [...resources.values()]).filter(({ type }) => type === 'AWS::IoT::TopicRule');
  return rules.flatMap(({ ref }) => account.metrics.datapoints('AWS/IoT', 'ParseError', { RuleName: ref })).reduce((total, { sum }) => total + sum, 0);
}

/** What the device saw, and what the hook wrote into its log. */
function refusals({ account }: Sandbox, { refused }: FleetOutcome): string[] {
  const reasons = new Map<string, string>();
  for (const group of account.logs.groupNames.filter(name => /Hook/.test(name))) {
    for (const { message } of account.logs.last(group, 1_000)) {
      const [, json] = /(\{"decision".*\})\s*$/.exec(message) ?? [];
      const { serialNumber, reason } = JSON.parse(json ?? '{}') as { serialNumber?: string; reason?: string };
      if (serialNumber !== undefined && reason !== undefined) reasons.set(serialNumber, reason);
    }
  }
  return [...refused].sort((a, b) => a.serialNumber < b.serialNumber ? -1 : 1)
    .map(({ serialNumber, reason }) => `             ${serialNumber}: ${reason} (log of the hook: ${reasons.get(serialNumber) ?? 'no line'})`);
}

function timeText(milliseconds: string): string {
  return milliseconds === '' ? '' : new Date(Number(milliseconds)).toISOString();
}

interface Device { readonly client: string; readonly status: string; readonly reason: string; readonly since: string }

async function connectivity(sandbox: Sandbox): Promise<Device[]> {
  const { account } = sandbox;
  const { Items } = await account.call('dynamodb', 'Scan', { TableName: connectivityTableOf(sandbox) }, account.operator) as { Items: { [name: string]: { S?: string; N?: string } }[] };
  const textOf = (value: { S?: string; N?: string } | undefined) => value?.S ?? value?.N ?? '';
  return Items.map(item => ({
    client: textOf(item.ClientID),
    status: textOf(item.Status),
    reason: textOf(item.DisconnectReason),
    since: timeText(textOf(textOf(item.Status) === 'Connected' ? item.ConnectTime : item.DisconnectTime)),
  })).sort((a, b) => a.client < b.client ? -1 : 1);
}
