import { Account, AwsError, bytesOf, Caller } from '../account';
import { ExternalFunction, ExternalFunctions, parseJson, Value, writeJson } from '../sql';
import { valueOfAttribute } from './actions/dynamodb-attribute';

/** Functions of AWS IoT SQL that ask another service and run here. Any other one stops the start. */
export const AVAILABLE: readonly ExternalFunction[] = ['aws_lambda', 'get_dynamodb', 'get_secret'];

/**
 * Brings them for one rule.
 *
 * @param assume - a role for this rule
 * @see https://docs.aws.amazon.com/iot/latest/developerguide/iot-sql-functions.html
 */
export function externalFunctions(account: Account, ruleArn: string, assume: (roleArn: string) => Caller): ExternalFunctions {
  const iot = account.service('iot.amazonaws.com', { 'aws:SourceArn': ruleArn });
  return {
    async aws_lambda([functionArn, input]) {
      const answer = await account.call('lambda', 'Invoke', { FunctionName: text('aws_lambda', functionArn), InvocationType: 'RequestResponse', Payload: Buffer.from(writeJson(input ?? null)) }, iot);
      const payload = answer.Payload === undefined ? '' : bytesOf(answer.Payload).toString('utf8');
      if (answer.FunctionError !== undefined) throw new AwsError('FunctionError', `${text('aws_lambda', functionArn)} failed: ${payload}`);
      const parsed = parseJson(payload);
      return parsed.json ? parsed.value : undefined;
    },
    async get_dynamodb(args) {
      const given = args.slice(0, -1).map((arg, at) => at % 2 === 0 && at > 0 ? arg : text('get_dynamodb', arg));
      const [TableName, partitionKey, partitionValue, sortKey, sortValue] = given;
      if (given.length !== 3 && given.length !== 5) throw new AwsError('InvalidRequestException', 'get_dynamodb() takes a table, one or two keys with their values, and a role');
      const Key = { [partitionKey as string]: keyValue(partitionValue), ...sortKey !== undefined && { [sortKey as string]: keyValue(sortValue) } };
      const { Item } = await account.call('dynamodb', 'GetItem', { TableName, Key }, assume(text('get_dynamodb', args.at(-1))));
      return Item === undefined ? undefined : valueOfAttribute({ M: Item });
    },
    async get_secret(args) {
      const [secretId, type] = args.map(arg => text('get_secret', arg));
      const key = args.length > 3 ? args[2] : undefined;
      const answer = await account.call('secretsmanager', 'GetSecretValue', { SecretId: secretId }, assume(text('get_secret', args.at(-1))));
      if (type === 'SecretBinary') return answer.SecretBinary === undefined ? undefined : bytesOf(answer.SecretBinary).toString('base64');
      if (key === undefined) return answer.SecretString;
      const parsed = parseJson(answer.SecretString ?? '');
      return parsed.json && parsed.value instanceof Map ? parsed.value.get(text('get_secret', key)) : undefined;
    },
  };
}

function keyValue(value: Value): object {
  return typeof value === 'string' ? { S: value } : { N: String(value) };
}

function text(name: string, value: Value): string {
  if (typeof value === 'string') return value;
  throw new AwsError('InvalidRequestException', `${name}() needs a text here, got ${value === undefined ? 'Undefined' : writeJson(value)}`);
}
