import { ConditionalCheckFailedException, DynamoDBClient, GetItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { ConditionalUpdate } from './item';

/** Conditional updates of one table: one request each, since DynamoDB sends the item along when it refuses. */
export function conditionalUpdates(client: DynamoDBClient, tableName: string): ConditionalUpdate {
  return async update => {
    try {
      await client.send(new UpdateItemCommand({ ...update, TableName: tableName, ReturnValuesOnConditionCheckFailure: 'ALL_OLD' }));
      return undefined;
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
      if (error.Item) return error.Item;
      // An engine that does not send it along; or there was no item, which no condition of ours refuses for long.
      const { Item } = await client.send(new GetItemCommand({ TableName: tableName, Key: update.Key, ConsistentRead: true }));
      return Item ?? {};
    }
  };
}
