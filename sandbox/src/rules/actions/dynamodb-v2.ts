import { attributesOf } from './dynamodb-attribute';
import { MakeAction, objectOf } from '../action';

/** `DynamoDBv2`: each field of the result is an attribute of the item. */
export const dynamoDbV2: MakeAction = properties => {
  const item = properties.inner('PutItem');
  const table = item.field('TableName');
  return {
    failedAction: 'DynamoDBv2Action',
    resource: item.text('TableName'),
    roleArn: properties.text('RoleArn'),
    call(result) {
      const TableName = table(result);
      return { service: 'dynamodb', operation: 'PutItem', resource: TableName, input: { TableName, Item: attributesOf(objectOf(result, 'DynamoDBv2')) } };
    },
  };
};
