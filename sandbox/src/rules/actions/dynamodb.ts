import { Attribute, attributeOf } from './dynamodb-attribute';
import { ActionFailure, MakeAction } from '../action';
import { ActionProperties, Field } from '../action-properties';

/** `DynamoDB`: the whole result in one attribute, under a key that templates make. */
export const dynamoDb: MakeAction = properties => {
  const table = properties.field('TableName');
  const hashKey = keyOf(properties, 'Hash');
  const rangeKey = properties.has('RangeKeyField') ? keyOf(properties, 'Range') : undefined;
  const payloadField = properties.optionalField('PayloadField') ?? (() => 'payload');
  return {
    failedAction: 'DynamoAction',
    resource: properties.text('TableName'),
    roleArn: properties.text('RoleArn'),
    call(result) {
      const TableName = table(result);
      const payload: Attribute = result.value === undefined ? { B: result.payload } : attributeOf(result.value);
      const keys = [hashKey, rangeKey].flatMap(key => key ? [[key.name(result), key.attribute(key.value(result))]] : []);
      const Item = Object.fromEntries([[payloadField(result), payload], ...keys]) as { [name: string]: Attribute };
      return { service: 'dynamodb', operation: 'PutItem', resource: TableName, input: { TableName, Item } };
    },
  };
};

interface Key { readonly name: Field; readonly value: Field; attribute(text: string): Attribute }

function keyOf(properties: ActionProperties, kind: 'Hash' | 'Range'): Key {
  const isNumber = properties.oneOf(`${kind}KeyType`, ['STRING', 'NUMBER']) === 'NUMBER';
  return {
    name: properties.field(`${kind}KeyField`),
    value: properties.field(`${kind}KeyValue`),
    attribute: text => {
      if (!isNumber) return { S: text };
      if (text.trim() === '' || !Number.isFinite(Number(text))) throw new ActionFailure(`${kind}KeyValue must be a number, got ${JSON.stringify(text)}`);
      return { N: text };
    },
  };
}
