import { Caller, Operations } from '../account';
import { isObject, JsonObject } from '../json';

/** What the operations need of the service. */
export interface StreamAccess {
  readonly region: string;
  readonly hasStreams: () => Promise<boolean>;
  /** Any ARN in the input is the account's, and so are those in the answer. */
  call(operation: string, input: JsonObject): Promise<JsonObject>;
  tableArnOf(table: string): string;
  nameOf(streamArn: string): string;
  didExpire(table: string, keys: JsonObject): boolean;
}

/** As the service marks what expiry deletes. @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/time-to-live-ttl-streams.html */
const EXPIRY = { type: 'Service', principalId: 'dynamodb.amazonaws.com' };

/** Reading streams of tables. An iterator carries its stream, which is how IAM is asked about it. */
export function streamOperations(access: StreamAccess): Operations {
  const authorize = (caller: Caller, action: string, streamArn: unknown) => caller.authorize(`dynamodb:${action}`, String(streamArn));
  return {
    ListStreams: async (input: JsonObject, caller: Caller) => {
      const { TableName } = input;
      caller.authorize('dynamodb:ListStreams', typeof TableName === 'string' ? `${access.tableArnOf(access.nameOf(TableName))}/stream/*` : '*');
      if (!await access.hasStreams()) return { Streams: [] };
      return access.call('ListStreams', typeof TableName === 'string' ? { ...input, TableName: access.nameOf(TableName) } : input);
    },
    DescribeStream: (input: JsonObject, caller: Caller) => {
      authorize(caller, 'DescribeStream', input.StreamArn);
      return access.call('DescribeStream', input);
    },
    GetShardIterator: async (input: JsonObject, caller: Caller) => {
      authorize(caller, 'GetShardIterator', input.StreamArn);
      const { ShardIterator } = await access.call('GetShardIterator', input);
      return { ShardIterator: `${String(input.StreamArn)}|${String(ShardIterator)}` };
    },
    GetRecords: async (input: JsonObject, caller: Caller) => {
      const [streamArn, ...iterator] = String(input.ShardIterator).split('|');
      authorize(caller, 'GetRecords', streamArn);
      const { Records, NextShardIterator } = await access.call('GetRecords', { ...input, ShardIterator: iterator.join('|') });
      const table = access.nameOf(streamArn);
      return {
        Records: (Array.isArray(Records) ? Records : []).filter(isObject).map(record => asOfAccount(record, table, access)),
        ...typeof NextShardIterator === 'string' && { NextShardIterator: `${streamArn}|${NextShardIterator}` },
      };
    },
  };
}

function asOfAccount(record: JsonObject, table: string, { region, didExpire }: StreamAccess): JsonObject {
  const { dynamodb } = record;
  const expired = record.eventName === 'REMOVE' && isObject(dynamodb) && isObject(dynamodb.Keys) && didExpire(table, dynamodb.Keys);
  return { ...record, awsRegion: region, ...expired && { userIdentity: EXPIRY } };
}
