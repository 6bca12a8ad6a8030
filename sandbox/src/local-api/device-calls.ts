import { X509Certificate } from 'crypto';
import { countOf, optionalText, textOf } from './call-input';
import { plainItem } from './items';
import { LocalApi, LocalApiError } from './local-api';
import { ClientState } from '../broker/client-list';
import { JsonObject } from '../json';
import { Registry } from '../registry/registry';
import type { Sandbox } from '../sandbox';

/** A thing, a client that connected without one, or both under one name. */
interface DeviceRow {
  readonly name: string;
  readonly isThing: boolean;
  readonly certificates: readonly { readonly id: string; readonly status: string }[];
  readonly state: 'connected' | 'disconnected' | 'never';
  /** Since the start; milliseconds. */
  readonly since?: number;
  readonly reason?: string;
  /** What a table of the template says of its connection. */
  readonly inTable?: string;
}

const MOST_ROWS = 500;
const MOST_ITEMS = 1000;
/** How long what the tables say is good for, however many pages ask. */
const TABLE_MILLISECONDS = 5000;
/** Tables whose partition key is a device are about devices; the names are those of cdk-iot-landing-zone and common ones. */
const DEVICE_KEY = /^(client|thing|device)[_-]?(id|name)$/i;
const inOrder = new Intl.Collator('en', { numeric: true });
const STATUS = /^(connection|connectivity)?[_-]?(status|state)$/i;

/** Devices: thing, certificate, and connectivity as the broker has it and as tables of the template have it. */
export function addDeviceCalls(api: LocalApi, sandbox: Sandbox): void {
  const { account, services: { iot, dynamoDb } } = sandbox;
  const call = (operation: string, input: object) => account.call('dynamodb', operation, input, account.operator);
  let keys: Promise<readonly { readonly table: string; readonly key: string; readonly sort?: string }[]> | undefined;
  let states: { readonly asOf: number; readonly of: Promise<ReadonlyMap<string, string>> } | undefined;

  /** Tables about devices. */
  const deviceTables = () => keys ??= dynamoDb.tables().then(tables => Promise.all(tables.map(async ({ name: table }) => {
    const { Table } = await call('DescribeTable', { TableName: table }) as { Table: { KeySchema: { AttributeName: string; KeyType: string }[] } };
    const named = (type: string) => Table.KeySchema.find(({ KeyType }) => KeyType === type)?.AttributeName;
    return { table, key: named('HASH') ?? '', sort: named('RANGE') };
  }))).then(all => all.filter(({ key }) => DEVICE_KEY.test(key))).catch((error: Error) => {
    keys = undefined;
    throw error;
  });

  /** What tables that hold one row a device say of it. */
  const stateByName = async () => {
    const found = new Map<string, string>();
    for (const { table, key, sort } of await deviceTables()) {
      if (sort !== undefined) continue;
      const { Items = [] } = await call('Scan', { TableName: table, Limit: MOST_ITEMS }) as { Items?: JsonObject[] };
      for (const item of Items.map(plainItem)) {
        const status = Object.keys(item).find(name => STATUS.test(name));
        if (status !== undefined) found.set(String(item[key]), String(item[status]));
      }
    }
    return found as ReadonlyMap<string, string>;
  };
  const currentStates = () => {
    const now = performance.now();
    if (!states || now - states.asOf > TABLE_MILLISECONDS) states = { asOf: now, of: stateByName().catch(() => new Map()) };
    return states.of;
  };

  api.add('GET devices', async input => {
    const wanted = (optionalText(input, 'find') ?? '').toLowerCase();
    const state = optionalText(input, 'state') ?? '';
    const rows = rowsOf(iot.registry, iot.clients(), await currentStates());
    const counts = { connected: 0, disconnected: 0, never: 0 };
    for (const row of rows) counts[row.state]++;
    const fitting = rows.filter(row => (state === '' || row.state === state)
      && (wanted === '' || row.name.toLowerCase().includes(wanted) || row.certificates.some(({ id }) => id.startsWith(wanted))));
    return { counts, total: fitting.length, devices: fitting.slice(0, countOf(input, 'limit', 200, MOST_ROWS)) };
  });

  api.add('GET device', async input => {
    const name = textOf(input, 'name');
    const thing = iot.registry.findThing(name);
    const client = iot.clients().find(({ clientId }) => clientId === name) ?? iot.clients().find(({ thingName }) => thingName === name);
    if (!thing && !client) throw new LocalApiError(`there is no thing and no client '${name}'`, 404);
    const principals = thing ? iot.registry.principalsOf(name).map(idOf) : [];
    const ids = [...new Set([...principals, ...client ? [client.certificateId] : []])];
    const tables = await Promise.all((await deviceTables().catch(() => [])).map(async ({ table, key, sort }) => {
      const { Items = [] } = await call('Query', {
        TableName: table,
        KeyConditionExpression: '#k = :k',
        ExpressionAttributeNames: { '#k': key },
        ExpressionAttributeValues: { ':k': { S: name } },
        Limit: 20,
        ScanIndexForward: sort === undefined,
      }).catch(() => ({})) as { Items?: JsonObject[] };
      return { table, items: Items.map(plainItem) };
    }));
    return {
      name,
      thing: thing && {
        arn: thing.arn, type: thing.thingTypeName, attributes: thing.attributes, groups: iot.registry.groupsOf(name), version: thing.version,
      },
      client,
      certificates: ids.map(id => certificateOf(iot.registry, id, name)),
      tables: tables.filter(({ items }) => items.length > 0),
      denials: account.activity.last('mqttDenial').filter(({ clientId, thingName }) => clientId === name || thingName === name).slice(-20).reverse(),
    };
  });
}

function rowsOf(registry: Registry, clients: readonly ClientState[], states: ReadonlyMap<string, string>): DeviceRow[] {
  const byName = new Map<string, ClientState>();
  for (const client of clients) {
    byName.set(client.clientId, client);
    if (client.thingName !== undefined && !byName.get(client.thingName)?.connected) byName.set(client.thingName, client);
  }
  const names = new Set([...registry.allThings().map(({ thingName }) => thingName), ...clients.map(({ clientId }) => clientId)]);
  const rows = [...names].map((name): DeviceRow => {
    const client = byName.get(name);
    const isThing = registry.findThing(name) !== undefined;
    const ids = isThing ? registry.principalsOf(name).map(idOf) : client ? [client.certificateId] : [];
    return {
      name,
      isThing,
      certificates: ids.map(id => ({ id, status: registry.findCertificate(id)?.status ?? 'gone' })),
      state: client ? client.connected ? 'connected' : 'disconnected' : 'never',
      since: client?.connected ? client.connectedSince : client?.disconnectedSince,
      reason: client?.connected ? undefined : client?.disconnectReason,
      inTable: states.get(name),
    };
  });
  return rows.sort((a, b) => Number(b.isThing) - Number(a.isThing) || inOrder.compare(a.name, b.name));
}

function certificateOf(registry: Registry, id: string, name: string) {
  const certificate = registry.findCertificate(id);
  if (!certificate) return { id, status: 'gone', policies: [] };
  const { subject, issuer, validTo } = new X509Certificate(certificate.certificatePem);
  return {
    id,
    status: certificate.status,
    createdAt: certificate.createdAt,
    subject,
    issuer,
    validTo: Date.parse(validTo),
    policies: registry.policiesOf(certificate.arn),
    attachment: registry.attachmentType(name, certificate.arn),
  };
}

/** `arn:aws:iot:…:cert/<id>` */
function idOf(principal: string): string {
  return principal.slice(principal.lastIndexOf('/') + 1);
}
