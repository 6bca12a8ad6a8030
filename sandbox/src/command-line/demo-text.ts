import { tableText } from './table';
import type { QueryAnswer } from '../athena';
import type { Sandbox } from '../sandbox';
import type { FleetOutcome } from '../virtual-fleet/virtual-fleet';

export const DEMO_QUERY = (table: string) => `SELECT count(*) AS messages, count(DISTINCT iot_thing_name) AS things FROM ${table}`;


/** What the demo shows at its end: devices, deliveries, denials, and what the lake answers. */
export async function demoText(sandbox: Sandbox, outcome: FleetOutcome, lake: QueryAnswer): Promise<string> {
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
    ...outcome.refused.map(({ serialNumber, reason }) => `             ${serialNumber}: ${reason}`),
    '',
    `Connectivity ${devices.filter(({ status }) => status === 'Connected').length} connected, ${devices.filter(({ status }) => status === 'Disconnected').length} disconnected, by the table`,
    ...tableText(['client', 'state', 'reason', 'since'], devices.map(({ client, status, reason, since }) => [client, status, reason, since])).split('\n').map(line => `             ${line}`),
    '',
    `Messages     ${outcome.published} acknowledged, ${outcome.malformed} of them malformed on purpose`,
    `Delivered    ${records('data')} records in ${sum('data').length} objects`,
    `Failed       ${records('error')} records in ${sum('error').length} objects below the error prefix`,
    ...sum('error').slice(0, 3).map(({ bucket, key }) => `             s3://${bucket}/${key}`),
    '',
    `Denied       ${activity.total('mqttDenial')} actions of devices, ${activity.total('iamDenial')} calls of roles`,
    ...denials.slice(-5).map(({ clientId, action, resource, reason }) => `             ${clientId} ${action} ${resource}: ${reason}`),
    ...activity.last('iamDenial').slice(-5).map(({ caller, action, resource, reason }) => `             ${caller} ${action} ${resource}: ${reason}`),
    '',
    `Lake         ${lake.tables.map(({ name, files, bytes }) => `${name}, ${files} files, ${bytes} bytes`).join('; ')}`,
    ...tableText(lake.columns.map(({ name }) => name), lake.rows).split('\n').map(line => `             ${line}`),
    '',
    `Page         ${sandbox.endpointUrl}/`,
  ].join('\n');
}

interface Device { readonly client: string; readonly status: string; readonly reason: string; readonly since: string }

async function connectivity(sandbox: Sandbox): Promise<Device[]> {
  const { account, stacks } = sandbox;
  const tables = stacks.flatMap(({ resources }) => [...resources.values()]).filter(({ type, path }) => type === 'AWS::DynamoDB::Table' && /Connectivity(?!.*History)/.test(path));
  const { Items } = await account.call('dynamodb', 'Scan', { TableName: tables[0].ref }, account.operator) as { Items: { [name: string]: { S?: string; N?: string } }[] };
  const textOf = (value: { S?: string; N?: string } | undefined) => value?.S ?? value?.N ?? '';
  return Items.map(item => ({
    client: textOf(item.ClientID),
    status: textOf(item.Status),
    reason: textOf(item.DisconnectReason),
    since: textOf(textOf(item.Status) === 'Connected' ? item.ConnectTime : item.DisconnectTime),
  })).sort((a, b) => a.client < b.client ? -1 : 1);
}
