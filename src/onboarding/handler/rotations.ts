import { DeleteItemCommand, DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { Rotations } from './device';

/** The table of new certificates that have not connected yet, keyed by `CertificateId`. */
export const ROTATION_KEY = 'CertificateId';

export function rotations(client: DynamoDBClient, TableName: string): Rotations {
  const keyOf = (certificateId: string) => ({ [ROTATION_KEY]: { S: certificateId } });
  return {
    watch: async (certificateId, serialNumber) => {
      await client.send(new PutItemCommand({ TableName, Item: { ...keyOf(certificateId), SerialNumber: { S: serialNumber } } }));
    },
    serialNumberOf: async certificateId => {
      const { Item } = await client.send(new GetItemCommand({ TableName, Key: keyOf(certificateId), ConsistentRead: true }));
      return Item?.SerialNumber?.S;
    },
    forget: async certificateId => {
      await client.send(new DeleteItemCommand({ TableName, Key: keyOf(certificateId) }));
    },
  };
}
