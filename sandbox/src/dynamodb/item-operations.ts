import { authorizeItems } from './access';
import { KnownTable } from './table-directory';
import { Account, AwsError, Caller, Operations } from '../account';
import { isObject, Json, JsonObject } from '../json';

/** What the operations need of the service. */
export interface TableAccess {
  readonly account: Account;
  find(tableName: string): Promise<KnownTable>;
  nameOf(nameOrArn: string): string;
  call(operation: string, input: JsonObject): Promise<JsonObject>;
}

const ON_ITEMS = ['GetItem', 'PutItem', 'UpdateItem', 'DeleteItem', 'Query', 'Scan'];
const WRITES: { readonly [member: string]: string } = { Put: 'PutItem', Update: 'UpdateItem', Delete: 'DeleteItem', ConditionCheck: 'ConditionCheckItem' };

/** What reads and writes items: asked for at IAM first, table by table, then passed to the engine. */
export function itemOperations(access: TableAccess): Operations {
  const { account } = access;

  /** The part of a request that is about one table, with the table's name for its ARN. */
  const authorized = async (caller: Caller, action: string, part: JsonObject): Promise<JsonObject> => {
    const TableName = access.nameOf(tableNameIn(part));
    authorizeItems(account, caller, action, await access.find(TableName), part);
    return { ...part, TableName };
  };

  const onItems = (action: string) => async (input: JsonObject, caller: Caller) => access.call(action, await authorized(caller, action, input));

  /** `RequestItems` has the tables as names of its members. */
  const batch = (action: string, partOf: (requests: Json) => JsonObject) => async (input: JsonObject, caller: Caller) => {
    const RequestItems: JsonObject = {};
    for (const [table, requests] of Object.entries(membersOf(input, 'RequestItems'))) {
      const { TableName } = await authorized(caller, action, { ...partOf(requests), TableName: table });
      RequestItems[String(TableName)] = requests;
    }
    return access.call(action, { ...input, RequestItems });
  };

  const transaction = (action: string, actions: { readonly [member: string]: string }) => async (input: JsonObject, caller: Caller) => {
    const items = Array.isArray(input.TransactItems) ? input.TransactItems : [];
    const TransactItems: JsonObject[] = [];
    for (const item of items.filter(isObject)) {
      const entries = Object.entries(item).filter((entry): entry is [string, JsonObject] => Object.hasOwn(actions, entry[0]) && isObject(entry[1]));
      const passed: JsonObject = { ...item };
      for (const [member, part] of entries) passed[member] = await authorized(caller, actions[member], part);
      TransactItems.push(passed);
    }
    return access.call(action, { ...input, TransactItems });
  };

  return {
    ...Object.fromEntries(ON_ITEMS.map(action => [action, onItems(action)])),
    BatchGetItem: batch('BatchGetItem', requests => isObject(requests) ? requests : {}),
    BatchWriteItem: batch('BatchWriteItem', requests => {
      const all = (Array.isArray(requests) ? requests : []).filter(isObject);
      const inside = (name: string, member: string) => all.flatMap(request => isObject(request[name]) ? [request[name][member]] : []);
      return { Items: inside('PutRequest', 'Item'), Keys: inside('DeleteRequest', 'Key') };
    }),
    TransactGetItems: transaction('TransactGetItems', { Get: 'GetItem' }),
    TransactWriteItems: transaction('TransactWriteItems', WRITES),
  };
}

export function tableNameIn({ TableName }: JsonObject): string {
  if (typeof TableName !== 'string' || TableName === '') throw new AwsError('ValidationException', 'The parameter \'TableName\' is required but was not present in the request');
  return TableName;
}

function membersOf(input: JsonObject, name: string): JsonObject {
  const found = input[name];
  if (!isObject(found)) throw new AwsError('ValidationException', `The parameter '${name}' is required but was not present in the request`);
  return found;
}
