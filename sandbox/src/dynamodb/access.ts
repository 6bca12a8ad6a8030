import { KnownTable } from './table-directory';
import { Account, Caller } from '../account';
import { isObject, JsonObject } from '../json';

const EXPRESSIONS = ['ProjectionExpression', 'UpdateExpression', 'ConditionExpression', 'FilterExpression', 'KeyConditionExpression'];
const WORDS = new Set(['SET', 'REMOVE', 'ADD', 'DELETE', 'AND', 'OR', 'NOT', 'IN', 'BETWEEN', 'ATTRIBUTE_EXISTS', 'ATTRIBUTE_NOT_EXISTS', 'ATTRIBUTE_TYPE', 'BEGINS_WITH',
  'CONTAINS', 'SIZE', 'IF_NOT_EXISTS', 'LIST_APPEND']);
/** The first name of a path; what comes after a dot, a colon or within brackets is none. */
const NAME = /(?<![.:\w#[])[#A-Za-z_][\w#-]*/g;

/**
 * Asks IAM for one action on a table or one of its indexes, and for the table's key, which DynamoDB uses on the caller's behalf.
 *
 * @param item - the part of the request that is about this table
 * @throws AwsError AccessDeniedException
 * @see https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodb.html
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html
 */
export function authorizeItems(account: Account, caller: Caller, action: string, table: KnownTable, item: JsonObject): void {
  const index = item.IndexName;
  caller.authorize(`dynamodb:${action}`, typeof index === 'string' ? `${table.arn}/index/${index}` : table.arn, conditionKeysOf(table, item));
  if (table.encryptionKey === undefined) return;
  caller.authorize('kms:Decrypt', table.encryptionKey, {
    'kms:ViaService': `dynamodb.${account.environment.region}.amazonaws.com`,
    'kms:CallerAccount': account.environment.account,
    'kms:EncryptionContext:aws:dynamodb:tableName': table.name,
    'kms:EncryptionContext:aws:dynamodb:subscriberId': account.environment.account,
  });
}

/** @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html */
function conditionKeysOf(table: KnownTable, item: JsonObject): { [key: string]: string | string[] } {
  const leading = leadingKeysOf(table, item);
  const attributes = attributesOf(item);
  return {
    ...leading.length > 0 && { 'dynamodb:LeadingKeys': leading },
    ...attributes.length > 0 && { 'dynamodb:Attributes': attributes },
    ...typeof item.Select === 'string' && { 'dynamodb:Select': item.Select },
    ...typeof item.ReturnValues === 'string' && { 'dynamodb:ReturnValues': item.ReturnValues },
    ...typeof item.ReturnConsumedCapacity === 'string' && { 'dynamodb:ReturnConsumedCapacity': item.ReturnConsumedCapacity },
  };
}

/** Values of the partition key. A scan has none, and neither has a query of an index, whose keys are others. */
function leadingKeysOf({ keys: [key] }: KnownTable, item: JsonObject): string[] {
  const items = [item.Key, item.Item, ...Array.isArray(item.Keys) ? item.Keys : [], ...Array.isArray(item.Items) ? item.Items : []].filter(isObject);
  const values = items.map(found => found[key]);
  const condition = item.KeyConditionExpression;
  if (typeof condition === 'string' && item.IndexName === undefined) {
    for (const [, name, value] of condition.matchAll(/([#\w-]+)\s*=\s*(:\w+)/g)) {
      if (realName(name, item) === key && isObject(item.ExpressionAttributeValues)) values.push(item.ExpressionAttributeValues[value]);
    }
  }
  return [...new Set(values.filter(isObject).map(value => String(Object.values(value)[0])))];
}

/** Names of the top-level attributes that the request reads, writes or compares. */
function attributesOf(item: JsonObject): string[] {
  const keys = Array.isArray(item.Keys) ? item.Keys : [];
  const items = Array.isArray(item.Items) ? item.Items : [];
  const names = [item.Key, item.Item, ...keys, ...items].filter(isObject).flatMap(Object.keys);
  if (Array.isArray(item.AttributesToGet)) names.push(...item.AttributesToGet.map(String));
  for (const expression of EXPRESSIONS) {
    const text = item[expression];
    if (typeof text !== 'string') continue;
    for (const [name] of text.matchAll(NAME)) if (!WORDS.has(name.toUpperCase())) names.push(realName(name, item));
  }
  return [...new Set(names)];
}

function realName(name: string, { ExpressionAttributeNames: names }: JsonObject): string {
  return isObject(names) && typeof names[name] === 'string' ? names[name] : name;
}
