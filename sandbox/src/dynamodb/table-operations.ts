import { TableAccess, tableNameIn } from './item-operations';
import { TableDirectory } from './table-directory';
import { TimeToLive } from './time-to-live';
import { AwsError, Caller, Operations } from '../account';
import { isObject, JsonObject } from '../json';

/** What describes and changes tables. Names of tables that IAM does not let a caller see are in lists, as in AWS. */
export function tableOperations(access: TableAccess, directory: TableDirectory, timeToLive: TimeToLive): Operations {
  const authorized = (caller: Caller, action: string, input: JsonObject): string => {
    const name = access.nameOf(tableNameIn(input));
    caller.authorize(`dynamodb:${action}`, directory.arnOf(name));
    return name;
  };
  const passed = (action: string) => (input: JsonObject, caller: Caller) =>
    access.call(action, { ...input, TableName: authorized(caller, action, input) });
  const described = async (TableName: string) => access.call('DescribeTable', { TableName });

  return {
    DescribeTable: passed('DescribeTable'),
    UpdateTable: passed('UpdateTable'),
    CreateTable: async (input: JsonObject, caller: Caller) => {
      const TableName = authorized(caller, 'CreateTable', input);
      const { Tags, ...rest } = input;
      void Tags;
      const output = await access.call('CreateTable', { ...rest, TableName });
      directory.add(TableName, (output.TableDescription as JsonObject).KeySchema as JsonObject[]);
      return output;
    },
    DeleteTable: async (input: JsonObject, caller: Caller) => {
      const TableName = authorized(caller, 'DeleteTable', input);
      const output = await access.call('DeleteTable', { TableName });
      directory.forget(TableName);
      timeToLive.set(TableName, undefined);
      return output;
    },
    ListTables: (input: JsonObject, caller: Caller) => {
      caller.authorize('dynamodb:ListTables', '*');
      return access.call('ListTables', input);
    },
    DescribeEndpoints: (_input: JsonObject, caller: Caller) => {
      caller.authorize('dynamodb:DescribeEndpoints', '*');
      return { Endpoints: [{ Address: new URL(access.account.endpointUrl).host, CachePeriodInMinutes: 1440 }] };
    },
    DescribeLimits: (_input: JsonObject, caller: Caller) => {
      caller.authorize('dynamodb:DescribeLimits', '*');
      const [ofAccount, ofTable] = [80_000, 40_000];
      return {
        AccountMaxReadCapacityUnits: ofAccount,
        AccountMaxWriteCapacityUnits: ofAccount,
        TableMaxReadCapacityUnits: ofTable,
        TableMaxWriteCapacityUnits: ofTable,
      };
    },
    DescribeTimeToLive: async (input: JsonObject, caller: Caller) => {
      const name = authorized(caller, 'DescribeTimeToLive', input);
      await described(name);
      const attribute = timeToLive.attributeOf(name);
      return { TimeToLiveDescription: attribute === undefined ? { TimeToLiveStatus: 'DISABLED' } : { TimeToLiveStatus: 'ENABLED', AttributeName: attribute } };
    },
    UpdateTimeToLive: async (input: JsonObject, caller: Caller) => {
      const name = authorized(caller, 'UpdateTimeToLive', input);
      const { TimeToLiveSpecification: specification } = input;
      if (!isObject(specification) || typeof specification.AttributeName !== 'string' || typeof specification.Enabled !== 'boolean') {
        throw new AwsError('ValidationException', 'TimeToLiveSpecification must have AttributeName and Enabled');
      }
      await described(name);
      timeToLive.set(name, specification.Enabled ? specification.AttributeName : undefined);
      return { TimeToLiveSpecification: specification };
    },
    DescribeContinuousBackups: async (input: JsonObject, caller: Caller) => {
      await described(authorized(caller, 'DescribeContinuousBackups', input));
      return { ContinuousBackupsDescription: { ContinuousBackupsStatus: 'ENABLED', PointInTimeRecoveryDescription: { PointInTimeRecoveryStatus: 'DISABLED' } } };
    },
    ListTagsOfResource: (input: JsonObject, caller: Caller) => {
      caller.authorize('dynamodb:ListTagsOfResource', String(input.ResourceArn));
      return { Tags: [] };
    },
  };
}
