import {
  BatchGetItemCommand, BatchWriteItemCommand, ConditionalCheckFailedException, DeleteItemCommand, DescribeTableCommand, DescribeTimeToLiveCommand,
  GetItemCommand, ListTablesCommand, PutItemCommand, QueryCommand, ScanCommand, TransactGetItemsCommand, TransactWriteItemsCommand, UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { REGION, ROLE, ServiceUnderTest, serviceUnderTest, TABLE_ARN, temporaryFolder } from './service-under-test';
import { EngineName } from '../../src/dynamodb/engine';
import { JsonObject } from '../../src/json';

jest.setTimeout(120_000);
const KEY_ARN = `arn:aws:kms:${REGION}:111122223333:key/1`;
const hash = (name: string): JsonObject[] => [{ AttributeName: name, KeyType: 'HASH' }];
const DEVICES: JsonObject = {
  TableName: 'devices',
  AttributeDefinitions: ['ClientID', 'Site', 'Seen'].map(name => ({ AttributeName: name, AttributeType: 'S' })),
  KeySchema: hash('ClientID'),
  BillingMode: 'PAY_PER_REQUEST',
  GlobalSecondaryIndexes: [{ IndexName: 'BySite', KeySchema: [...hash('Site'), { AttributeName: 'Seen', KeyType: 'RANGE' }], Projection: { ProjectionType: 'ALL' } }],
  TimeToLiveSpecification: { AttributeName: 'ExpiresAt', Enabled: true },
  PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
  SSESpecification: { SSEEnabled: true },
};
const SECRET: JsonObject = {
  TableName: 'secrets',
  AttributeDefinitions: [{ AttributeName: 'Id', AttributeType: 'S' }],
  KeySchema: hash('Id'),
  SSESpecification: { SSEEnabled: true, SSEType: 'KMS', KMSMasterKeyId: KEY_ARN },
};
const GLOBAL: JsonObject = {
  TableName: 'everywhere',
  AttributeDefinitions: [{ AttributeName: 'Id', AttributeType: 'S' }],
  KeySchema: hash('Id'),
  Replicas: [{ Region: REGION, PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true } }, { Region: 'eu-central-1' }],
};

/** A clock that only this moves. */
class Hours {
  private milliseconds = Date.UTC(2026, 10, 21);
  private readonly waiting: { at: number; call: () => void }[] = [];
  now = () => this.milliseconds;
  after = (milliseconds: number, call: () => void) => {
    const one = { at: this.milliseconds + milliseconds, call };
    this.waiting.push(one);
    return () => { if (this.waiting.includes(one)) this.waiting.splice(this.waiting.indexOf(one), 1); };
  };
  pass(milliseconds: number): void {
    this.milliseconds += milliseconds;
    for (const one of this.waiting.filter(({ at }) => at <= this.milliseconds)) {
      this.waiting.splice(this.waiting.indexOf(one), 1);
      one.call();
    }
  }
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!await holds()) await new Promise(resolve => setTimeout(resolve, 25));
}

describe.each<EngineName>(['local', 'dynalite'])('tables kept by %s', asked => {
  const clock = new Hours();
  const { folder, remove } = temporaryFolder();
  let tables: ServiceUnderTest;
  let attributes: { readonly [name: string]: string };
  // Where no JDK is, dynalite stands in, and says so.
  const engine = asked === 'local' ? 'auto' : asked;
  const isReal = () => tables.service.description === 'DynamoDB Local';
  const allow = (...statements: JsonObject[]) => tables.account.iam.addRole({
    arn: ROLE,
    trust: { Statement: [{ Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' }] },
    inlinePolicies: [{ name: 'own', document: { Version: '2012-10-17', Statement: statements } }],
    managedPolicyArns: [],
    tags: {},
  });

  beforeAll(async () => {
    tables = await serviceUnderTest(clock, { engine }, folder);
    ({ attributes } = await tables.create(DEVICES));
    await tables.create(SECRET);
    await tables.create(GLOBAL, 'AWS::DynamoDB::GlobalTable');
    await tables.service.start();
  });
  afterAll(async () => {
    await tables.stop();
    remove();
  });

  test('has the attributes of CloudFormation, and names what has no effect', () => {
    expect(attributes).toEqual({ Arn: TABLE_ARN('devices'), TableId: expect.stringMatching(/^[0-9a-f-]{36}$/) });
    expect(tables.account.withoutEffect.get('Site/Devices')).toEqual([
      'PointInTimeRecoverySpecification', 'Replicas.PointInTimeRecoverySpecification', 'Replicas (eu-central-1)',
    ]);
    expect(tables.service.description).toMatch(/^(DynamoDB Local$|dynalite, because )/);
  });

  test('describes a table by the Region and account of the template', async () => {
    const { Table } = await tables.client.send(new DescribeTableCommand({ TableName: 'devices' }));
    expect(Table).toMatchObject({ TableArn: TABLE_ARN('devices'), TableStatus: 'ACTIVE', GlobalSecondaryIndexes: [{ IndexArn: `${TABLE_ARN('devices')}/index/BySite` }] });
    expect((await tables.client.send(new DescribeTimeToLiveCommand({ TableName: 'devices' }))).TimeToLiveDescription).toEqual({ AttributeName: 'ExpiresAt', TimeToLiveStatus: 'ENABLED' });
    expect((await tables.client.send(new ListTablesCommand({}))).TableNames).toEqual(['devices', 'everywhere', 'secrets']);
  });

  test('an unmodified client writes, reads and queries; a condition that fails is told as by the service', async () => {
    const { client } = tables;
    await client.send(new PutItemCommand({ TableName: TABLE_ARN('devices'), Item: { ClientID: { S: 'a' }, Site: { S: 'north' }, Seen: { S: '1' }, Raw: { B: Buffer.from([0, 255]) } } }));
    await client.send(new UpdateItemCommand({ TableName: 'devices', Key: { ClientID: { S: 'a' } }, UpdateExpression: 'ADD Messages :one', ExpressionAttributeValues: { ':one': { N: '1' } } }));
    expect((await client.send(new GetItemCommand({ TableName: 'devices', Key: { ClientID: { S: 'a' } } }))).Item)
      .toMatchObject({ Messages: { N: '1' }, Raw: { B: new Uint8Array([0, 255]) } });
    await expect(client.send(new PutItemCommand({ TableName: 'devices', Item: { ClientID: { S: 'a' } }, ConditionExpression: 'attribute_not_exists(ClientID)' })))
      .rejects.toBeInstanceOf(ConditionalCheckFailedException);
    const bySite = { TableName: 'devices', IndexName: 'BySite', KeyConditionExpression: 'Site = :s', ExpressionAttributeValues: { ':s': { S: 'north' } } };
    expect((await client.send(new QueryCommand(bySite))).Count).toBe(1);
    await expect(client.send(new GetItemCommand({ TableName: 'absent', Key: { Id: { S: 'a' } } }))).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });

  test('the failed item comes along where the engine is the real one', async () => {
    await tables.client.send(new PutItemCommand({ TableName: 'devices', Item: { ClientID: { S: 'along' } } }));
    const update = { TableName: 'devices', Key: { ClientID: { S: 'along' } }, UpdateExpression: 'SET a = :a', ConditionExpression: 'a = :a', ExpressionAttributeValues: { ':a': { S: 'x' } } };
    const failed = await tables.client.send(new UpdateItemCommand({ ...update, ReturnValuesOnConditionCheckFailure: 'ALL_OLD' })).catch(error => error as unknown);
    expect(failed).toMatchObject({ name: 'ConditionalCheckFailedException', ...isReal() && { Item: { ClientID: { S: 'along' } } } });
  });

  test('other parts call it in process with the same shapes, blobs as bytes', async () => {
    const { account } = tables;
    await account.call('dynamodb', 'PutItem', { TableName: 'everywhere', Item: { Id: { S: 'b' }, Raw: { B: Buffer.from('x') } } }, account.operator);
    expect(await account.call('dynamodb', 'GetItem', { TableName: 'everywhere', Key: { Id: { S: 'b' } } }, account.operator)).toEqual({ Item: { Id: { S: 'b' }, Raw: { B: 'eA==' } } });
    expect(await tables.service.scan('everywhere', 10)).toEqual([{ Id: { S: 'b' }, Raw: { B: 'eA==' } }]);
    expect((await tables.service.tables()).find(({ name }) => name === 'everywhere')).toEqual({ name: 'everywhere', arn: TABLE_ARN('everywhere'), itemCount: 1 });
  });

  test('a role reaches the tables, indexes and keys that it is allowed, and no other', async () => {
    allow(
      { Effect: 'Allow', Action: ['dynamodb:GetItem', 'dynamodb:BatchGetItem', 'dynamodb:PutItem'], Resource: TABLE_ARN('devices'), Condition: { 'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': ['mine', 'ours'] } } },
      { Effect: 'Allow', Action: 'dynamodb:Query', Resource: TABLE_ARN('devices') },
    );
    const role = tables.clientOf(ROLE);
    const key = (id: string) => ({ TableName: 'devices', Key: { ClientID: { S: id } } });
    await role.send(new GetItemCommand(key('mine')));
    await role.send(new BatchGetItemCommand({ RequestItems: { devices: { Keys: [{ ClientID: { S: 'mine' } }, { ClientID: { S: 'ours' } }] } } }));
    const mine = { TableName: 'devices', KeyConditionExpression: '#id = :id', ExpressionAttributeNames: { '#id': 'ClientID' }, ExpressionAttributeValues: { ':id': { S: 'mine' } } };
    await role.send(new QueryCommand(mine));
    const refused = [
      role.send(new GetItemCommand(key('theirs'))),
      role.send(new BatchGetItemCommand({ RequestItems: { devices: { Keys: [{ ClientID: { S: 'mine' } }, { ClientID: { S: 'theirs' } }] } } })),
      role.send(new QueryCommand({ TableName: 'devices', IndexName: 'BySite', KeyConditionExpression: 'Site = :s', ExpressionAttributeValues: { ':s': { S: 'north' } } })),
      role.send(new ScanCommand({ TableName: 'devices' })),
      role.send(new DeleteItemCommand(key('mine'))),
      role.send(new BatchWriteItemCommand({ RequestItems: { devices: [{ PutRequest: { Item: { ClientID: { S: 'mine' } } } }] } })),
      role.send(new TransactWriteItemsCommand({ TransactItems: [{ Put: { TableName: 'devices', Item: { ClientID: { S: 'mine' } } } }, { ConditionCheck: { ...key('mine'), ConditionExpression: 'attribute_exists(ClientID)' } }] })),
      role.send(new GetItemCommand({ TableName: 'everywhere', Key: { Id: { S: 'mine' } } })),
    ];
    await Promise.all(refused.map(call => expect(call).rejects.toMatchObject({ name: 'AccessDeniedException' })));
    expect(tables.account.activity.last('iamDenial').slice(-8).map(({ action }) => action).sort()).toEqual([
      'dynamodb:BatchGetItem', 'dynamodb:BatchWriteItem', 'dynamodb:ConditionCheckItem', 'dynamodb:DeleteItem', 'dynamodb:GetItem', 'dynamodb:GetItem', 'dynamodb:Query', 'dynamodb:Scan',
    ]);
  });

  test('which attributes a request names is a condition, whatever form it has', async () => {
    allow({ Effect: 'Allow', Action: 'dynamodb:UpdateItem', Resource: '*', Condition: { 'ForAllValues:StringEquals': { 'dynamodb:Attributes': ['ClientID', 'Status', 'Trail'] } } });
    const role = tables.clientOf(ROLE);
    const update = (UpdateExpression: string) => role.send(new UpdateItemCommand({
      TableName: 'devices',
      Key: { ClientID: { S: 'named' } },
      UpdateExpression,
      ExpressionAttributeNames: UpdateExpression.includes('#s') ? { '#s': 'Status' } : undefined,
      ExpressionAttributeValues: { ':v': { S: 'x' } },
    }));
    await update('SET #s = if_not_exists(#s, :v), Trail = :v');
    await expect(update('SET #s = :v, Proprietor = :v')).rejects.toMatchObject({ name: 'AccessDeniedException' });
  });

  test('a table that a customer\'s key encrypts asks for that key by way of DynamoDB', async () => {
    const onTable = { Effect: 'Allow', Action: 'dynamodb:GetItem', Resource: TABLE_ARN('secrets') };
    const get = () => tables.clientOf(ROLE).send(new GetItemCommand({ TableName: 'secrets', Key: { Id: { S: 'a' } } }));
    allow(onTable);
    await expect(get()).rejects.toMatchObject({ name: 'AccessDeniedException', message: expect.stringContaining('kms:Decrypt') });
    allow(onTable, { Effect: 'Allow', Action: 'kms:Decrypt', Resource: KEY_ARN, Condition: { StringEquals: { 'kms:ViaService': `dynamodb.${REGION}.amazonaws.com` } } });
    expect((await get()).Item).toBeUndefined();
  });

  test('transactions are all or nothing, or refused by an engine that has none', async () => {
    const key = (id: string) => ({ TableName: 'devices', Key: { ClientID: { S: id } } });
    const call = tables.client.send(new TransactWriteItemsCommand({
      TransactItems: [{ Put: { TableName: 'devices', Item: { ClientID: { S: 't' } } } }, { ConditionCheck: { ...key('none'), ConditionExpression: 'attribute_exists(ClientID)' } }],
    }));
    await expect(call).rejects.toMatchObject(isReal()
      ? { name: 'TransactionCanceledException', CancellationReasons: [{ Code: 'None' }, { Code: 'ConditionalCheckFailed' }] }
      : { name: 'UnknownOperationException', message: expect.stringContaining('JDK') });
    expect((await tables.client.send(new GetItemCommand(key('t')))).Item).toBeUndefined();
    if (isReal()) expect((await tables.client.send(new TransactGetItemsCommand({ TransactItems: [{ Get: key('t') }] }))).Responses).toEqual([{}]);
  });

  test('an item goes within a minute after it expired, one that did not expire or expired long ago stays', async () => {
    const now = clock.now() / 1000;
    for (const [id, expiry] of [['gone', now + 30], ['kept', now + 9_000], ['ancient', 1]] as const) {
      await tables.client.send(new PutItemCommand({ TableName: 'devices', Item: { ClientID: { S: id }, ExpiresAt: { N: String(expiry) } } }));
    }
    const has = async (id: string) => (await tables.client.send(new GetItemCommand({ TableName: 'devices', Key: { ClientID: { S: id } }, ConsistentRead: true }))).Item !== undefined;
    clock.pass(61_000);
    await until(async () => !await has('gone'));
    expect([await has('kept'), await has('ancient')]).toEqual([true, true]);
    expect(tables.account.activity.last('problem')).toEqual([]);
  });

  test('a restart finds the items, gives the table an index that the template has now where the engine can, and refuses another key', async () => {
    await tables.client.send(new PutItemCommand({ TableName: 'secrets', Item: { Id: { S: 'lasting' }, Proprietor: { S: 'me' } } }));
    const real = isReal();
    await tables.stop();
    tables = await serviceUnderTest(clock, { engine }, folder);
    await tables.create(DEVICES);
    await tables.create({
      ...SECRET,
      AttributeDefinitions: [...SECRET.AttributeDefinitions as JsonObject[], { AttributeName: 'Proprietor', AttributeType: 'S' }],
      GlobalSecondaryIndexes: [{ IndexName: 'ByOwner', KeySchema: hash('Proprietor'), Projection: { ProjectionType: 'ALL' } }],
    });
    const started = tables.service.start();
    if (!real) {
      await expect(started).rejects.toThrow(/GlobalSecondaryIndexes.*ByOwner.*dynalite cannot add an index/);
      await tables.create(SECRET);
      await tables.service.start();
      const item = await tables.client.send(new GetItemCommand({ TableName: 'secrets', Key: { Id: { S: 'lasting' } } }));
      return expect(item.Item).toMatchObject({ Proprietor: { S: 'me' } });
    }
    await started;
    const query = { TableName: 'secrets', IndexName: 'ByOwner', KeyConditionExpression: 'Proprietor = :o', ExpressionAttributeValues: { ':o': { S: 'me' } } };
    expect((await tables.client.send(new QueryCommand(query))).Items).toMatchObject([{ Id: { S: 'lasting' } }]);
    await tables.create({ ...SECRET, AttributeDefinitions: [{ AttributeName: 'Other', AttributeType: 'S' }], KeySchema: hash('Other') });
    return expect(tables.service.start()).rejects.toThrow(/KeySchema.*is Other HASH, but the state has .* the key Id HASH/);
  });
});
