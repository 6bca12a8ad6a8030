import {
  AttributeValue, ConditionalCheckFailedException, DynamoDBClient, GetItemCommand, PutItemCommand, ScanCommand, UpdateItemCommand,
  UpdateItemCommandInput,
} from '@aws-sdk/client-dynamodb';
import { Device, DeviceChange, DeviceRegister } from './device';

/** Attributes beside those of the hook, which leaves them alone. */
const ATTRIBUTES: { readonly [field in keyof DeviceChange]?: string } = {
  status: 'Status',
  thingName: 'ThingName',
  certificateId: 'CertificateId',
  provisionedAt: 'ProvisionedAt',
  revokedAt: 'RevokedAt',
  pendingKey: 'PendingKey',
  pendingSince: 'PendingSince',
  pendingCertificateId: 'PendingCertificateId',
  retiring: 'RetiringCertificateIds',
};

type Item = Record<string, AttributeValue>;

/** The registry of devices in DynamoDB: one request a call. */
export function deviceRegister(client: DynamoDBClient, TableName: string): DeviceRegister {
  const keyOf = (serialNumber: string) => ({ SerialNumber: { S: serialNumber } });
  /** The item as it is now, or undefined where the condition does not hold. */
  const update = async (input: Omit<UpdateItemCommandInput, 'TableName'>) => {
    try {
      return (await client.send(new UpdateItemCommand({ TableName, ReturnValues: 'ALL_NEW', ...input }))).Attributes!;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return undefined;
      throw error;
    }
  };
  const read = async (serialNumber: string) => {
    const { Item } = await client.send(new GetItemCommand({ TableName, Key: keyOf(serialNumber), ConsistentRead: true }));
    return Item && deviceFrom(Item);
  };

  return {
    read,
    lease: async (serialNumber, owner, now, until, mayCreate) => {
      const leased = await update({
        Key: keyOf(serialNumber),
        // A device that nobody registered is PROVISIONED at once, so that the hook does not let it in beside this.
        UpdateExpression: 'SET LeaseOwner = :owner, LeaseUntil = :until, #status = if_not_exists(#status, :provisioned)',
        ConditionExpression: `${mayCreate ? '' : 'attribute_exists(SerialNumber) AND '}(attribute_not_exists(LeaseUntil) OR LeaseUntil < :now)`,
        ExpressionAttributeNames: { '#status': 'Status' },
        ExpressionAttributeValues: { ':owner': { S: owner }, ':until': { N: String(until) }, ':now': { N: String(now) }, ':provisioned': { S: 'PROVISIONED' } },
      });
      if (leased) return deviceFrom(leased);
      return mayCreate || await read(serialNumber) ? 'busy' : 'absent';
    },
    change: async (seen, owner, now, change) => await update({ Key: keyOf(seen.serialNumber), ...changeOf(seen, owner, now, change) }) !== undefined,
    release: async (serialNumber, owner) => {
      await update({
        Key: keyOf(serialNumber),
        UpdateExpression: 'REMOVE LeaseOwner, LeaseUntil',
        ConditionExpression: 'LeaseOwner = :owner',
        ExpressionAttributeValues: { ':owner': { S: owner } },
      });
    },
    retired: async (serialNumber, certificateIds) => {
      if (certificateIds.length === 0) return;
      await update({
        Key: keyOf(serialNumber),
        UpdateExpression: 'DELETE RetiringCertificateIds :ids',
        ConditionExpression: 'attribute_exists(SerialNumber)',
        ExpressionAttributeValues: { ':ids': { SS: [...certificateIds] } },
      });
    },
    register: async (serialNumber) => {
      try {
        await client.send(new PutItemCommand({
          TableName, Item: { ...keyOf(serialNumber), Status: { S: 'REGISTERED' } }, ConditionExpression: 'attribute_not_exists(SerialNumber)',
        }));
        return true;
      } catch (error) {
        if (error instanceof ConditionalCheckFailedException) return false;
        throw error;
      }
    },
    page: async (limit, after) => {
      const ExclusiveStartKey = after === undefined ? undefined : keyOf(after);
      const { Items = [], LastEvaluatedKey } = await client.send(new ScanCommand({ TableName, Limit: limit, ExclusiveStartKey }));
      return { devices: Items.map(deviceFrom), last: LastEvaluatedKey?.SerialNumber.S };
    },
  };
}

/** Holds only for who has the lease, and only while the status and the certificate are as they were seen: operators and the hook need no lease. */
function changeOf(seen: Device, owner: string, now: number, change: DeviceChange) {
  const names: Record<string, string> = { '#status': 'Status' };
  const values: Item = { ':owner': { S: owner }, ':seen': { S: seen.status }, ':now': { S: new Date(now).toISOString() } };
  const set = ['UpdatedAt = :now'];
  const remove = change.release ? ['LeaseOwner', 'LeaseUntil'] : [];
  for (const [field, attribute] of Object.entries(ATTRIBUTES)) {
    const value = change[field as keyof DeviceChange] as string | number | readonly string[] | null | undefined;
    if (value === undefined) continue;
    names[`#${field}`] = attribute;
    // There is no empty set.
    if (value === null || (Array.isArray(value) && value.length === 0)) {
      remove.push(`#${field}`);
      continue;
    }
    values[`:${field}`] = typeof value === 'number' ? { N: String(value) } : typeof value === 'string' ? { S: value } : { SS: [...value] };
    set.push(`#${field} = :${field}`);
  }
  if (seen.certificateId !== undefined) values[':certificate'] = { S: seen.certificateId };
  return {
    UpdateExpression: `SET ${set.join(', ')}${remove.length > 0 ? ` REMOVE ${remove.join(', ')}` : ''}`,
    ConditionExpression: `LeaseOwner = :owner AND #status = :seen AND ${seen.certificateId === undefined ? 'attribute_not_exists(CertificateId)' : 'CertificateId = :certificate'}`,
    ExpressionAttributeNames: names,
    ExpressionAttributeValues: values,
  };
}

function deviceFrom(item: Item): Device {
  const since = item.PendingSince?.N;
  const until = item.LeaseUntil?.N;
  return {
    serialNumber: item.SerialNumber.S!,
    status: item.Status?.S ?? '',
    thingName: item.ThingName?.S,
    parameters: textsIn(item.Parameters?.M ?? {}),
    certificateId: item.CertificateId?.S,
    provisionedAt: item.ProvisionedAt?.S,
    pendingKey: item.PendingKey?.S,
    pendingSince: since === undefined ? undefined : Number(since),
    pendingCertificateId: item.PendingCertificateId?.S,
    retiring: item.RetiringCertificateIds?.SS ?? [],
    leaseOwner: item.LeaseOwner?.S,
    leaseUntil: until === undefined ? undefined : Number(until),
  };
}

function textsIn(map: Item): Record<string, string> {
  return Object.fromEntries(Object.entries(map).flatMap(([name, { S }]) => S === undefined ? [] : [[name, S]]));
}
