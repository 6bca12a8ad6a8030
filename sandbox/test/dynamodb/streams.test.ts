import { DeleteItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { REGION, ROLE, ServiceUnderTest, serviceUnderTest, TABLE_ARN, temporaryFolder } from './service-under-test';
import { EngineName } from '../../src/dynamodb/engine';
import { JsonObject } from '../../src/json';
import { SYSTEM_CLOCK } from '../../src/time/clock';

jest.setTimeout(120_000);
const EVENTS: JsonObject = {
  TableName: 'events',
  AttributeDefinitions: [{ AttributeName: 'Id', AttributeType: 'S' }],
  KeySchema: [{ AttributeName: 'Id', KeyType: 'HASH' }],
  StreamSpecification: { StreamViewType: 'NEW_AND_OLD_IMAGES' },
  TimeToLiveSpecification: { AttributeName: 'ExpiresAt', Enabled: 'true' },
};

describe.each<EngineName | 'auto'>(['auto', 'dynalite'])('a stream of a table, engine %s', engine => {
  const { folder, remove } = temporaryFolder();
  let tables: ServiceUnderTest;
  let streamArn: string;
  beforeAll(async () => {
    const clock = { ...SYSTEM_CLOCK, after: (milliseconds: number, call: () => void) => SYSTEM_CLOCK.after(milliseconds / 100, call) };
    tables = await serviceUnderTest(clock, { engine }, folder);
    streamArn = (await tables.create(EVENTS)).attributes.StreamArn;
    await tables.service.start();
  });
  afterAll(async () => {
    await tables.stop();
    remove();
  });
  const streams = (operation: string, input: object, caller = tables.account.operator) => tables.account.call('dynamodbstreams', operation, input, caller);

  async function recordsOf(count: number): Promise<JsonObject[]> {
    const { StreamDescription } = await streams('DescribeStream', { StreamArn: streamArn });
    let { ShardIterator } = await streams('GetShardIterator', { StreamArn: streamArn, ShardId: StreamDescription.Shards[0].ShardId, ShardIteratorType: 'TRIM_HORIZON' });
    const found: JsonObject[] = [];
    while (found.length < count) {
      const { Records, NextShardIterator } = await streams('GetRecords', { ShardIterator, Limit: 1 });
      found.push(...Records);
      ShardIterator = NextShardIterator;
      if (Records.length === 0) await new Promise(resolve => setTimeout(resolve, 20));
    }
    return found;
  }

  test('its ARN is the account\'s; it tells every change in order, and which deletion was expiry; dynalite says that it has none', async () => {
    expect(streamArn).toMatch(new RegExp(`^${TABLE_ARN('events')}/stream/`));
    if (tables.service.description !== 'DynamoDB Local') {
      expect(tables.account.withoutEffect.get('Site/Devices')).toEqual([expect.stringMatching(/^StreamSpecification \(dynalite/)]);
      expect(await streams('ListStreams', {})).toEqual({ Streams: [] });
      return expect(streams('DescribeStream', { StreamArn: streamArn })).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
    }
    const put = (Id: string, expiry?: number) => tables.client.send(new PutItemCommand({ TableName: 'events', Item: { Id: { S: Id }, ...expiry && { ExpiresAt: { N: String(expiry) } } } }));
    await put('a');
    await tables.client.send(new DeleteItemCommand({ TableName: 'events', Key: { Id: { S: 'a' } } }));
    await put('b', Math.floor(Date.now() / 1000) - 10);
    const records = await recordsOf(4);
    expect(records.map(({ eventName, dynamodb }) => [eventName, (dynamodb as JsonObject).Keys])).toEqual([
      ['INSERT', { Id: { S: 'a' } }], ['REMOVE', { Id: { S: 'a' } }], ['INSERT', { Id: { S: 'b' } }], ['REMOVE', { Id: { S: 'b' } }],
    ]);
    expect(records.map(({ userIdentity }) => userIdentity)).toEqual([undefined, undefined, undefined, { type: 'Service', principalId: 'dynamodb.amazonaws.com' }]);
    expect(records[0]).toMatchObject({ awsRegion: REGION, eventSource: 'aws:dynamodb', dynamodb: { NewImage: { Id: { S: 'a' } } } });
    return expect((await streams('ListStreams', { TableName: 'events' })).Streams).toEqual([expect.objectContaining({ StreamArn: streamArn })]);
  });

  test('reading it asks IAM', async () => {
    tables.account.iam.addRole({ arn: ROLE, trust: { Statement: [{ Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' }] }, inlinePolicies: [], managedPolicyArns: [], tags: {} });
    const role = tables.account.sessionOf(ROLE, 'poller');
    for (const [operation, input] of [['DescribeStream', { StreamArn: streamArn }], ['GetRecords', { ShardIterator: `${streamArn}|x` }], ['ListStreams', {}]] as const) {
      await expect(streams(operation, input, role)).rejects.toMatchObject({ name: 'AccessDeniedException' });
    }
  });
});
