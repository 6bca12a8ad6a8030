import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'fs';
import { tmpdir } from 'os';
import * as path from 'path';
import {
  BatchPutAssetPropertyValueCommand, DescribeAssetCommand, DescribeAssetModelCommand, GetAssetPropertyAggregatesCommand, GetAssetPropertyValueCommand,
  GetAssetPropertyValueHistoryCommand, IoTSiteWiseClient, ListAssetModelsCommand, ListAssetsCommand, ListAssociatedAssetsCommand,
  ListTimeSeriesCommand,
} from '@aws-sdk/client-iotsitewise';
import { Account } from '../../src/account';
import { deploy } from '../../src/assembly/deployment';
import { ResourceType } from '../../src/assembly/resource-type';
import { templateOf } from '../../src/assembly/template';
import { HttpEndpoint } from '../../src/http';
import { iamResourceTypes } from '../../src/iam';
import { SiteWiseOptions, SiteWiseService } from '../../src/iotsitewise';
import { JsonObject } from '../../src/json';

const ACCOUNT_ID = '111122223333';
const REGION = 'eu-west-1';
const NOW = Date.UTC(2026, 10, 21, 10);
const SECOND = NOW / 1000;
const clock = { now: () => NOW, after: () => () => undefined };

const property = (LogicalId: string, DataType: string, TypeName = 'Measurement'): JsonObject => ({ LogicalId, Name: LogicalId, DataType, Type: { TypeName } });
const RESOURCES: JsonObject = {
  Press: {
    Type: 'AWS::IoTSiteWise::AssetModel',
    Properties: {
      AssetModelName: 'press',
      AssetModelProperties: [
        property('t', 'DOUBLE'), property('n', 'INTEGER'), property('on', 'BOOLEAN'), property('text', 'STRING'), property('sum', 'DOUBLE', 'Metric'),
      ],
    },
  },
  Plant: {
    Type: 'AWS::IoTSiteWise::AssetModel',
    Properties: {
      AssetModelName: 'plant', AssetModelHierarchies: [{ LogicalId: 'presses', Name: 'presses', ChildAssetModelId: { Ref: 'Press' } }],
    },
  },
  Press1: {
    Type: 'AWS::IoTSiteWise::Asset',
    Properties: {
      AssetName: 'press 1',
      AssetModelId: { 'Fn::GetAtt': ['Press', 'AssetModelId'] },
      AssetProperties: ['t', 'n', 'on', 'text', 'sum'].map(LogicalId => ({ LogicalId, Alias: `/p1/${LogicalId}` })),
    },
  },
  Plant1: {
    Type: 'AWS::IoTSiteWise::Asset',
    Properties: {
      AssetName: 'plant 1',
      AssetModelId: { 'Fn::GetAtt': ['Plant', 'AssetModelId'] },
      AssetHierarchies: [{ LogicalId: 'presses', ChildAssetId: { 'Fn::GetAtt': ['Press1', 'AssetId'] } }],
    },
  },
};

let folder: string;
let account: Account;
let service: SiteWiseService;
let endpoint: HttpEndpoint;
let client: IoTSiteWiseClient;
let ids: (logicalId: string) => string;

async function begin(options?: SiteWiseOptions): Promise<void> {
  account = new Account({ environment: { account: ACCOUNT_ID, region: REGION, partition: 'aws' }, stateFolder: folder, clock });
  service = new SiteWiseService(account, options);
  endpoint = new HttpEndpoint(account);
  for (const [name, handler] of service.endpoints) endpoint.addService(name, handler);
  const address = await endpoint.listen('127.0.0.1', 0);
  client = new IoTSiteWiseClient({ endpoint: address, region: REGION, credentials: { accessKeyId: 'a', secretAccessKey: 'b' }, disableHostPrefix: true });
  ids = await run(RESOURCES);
  await service.start();
}

async function run(resources: JsonObject): Promise<(logicalId: string) => string> {
  const types = new Map<string, ResourceType>([...service.types, ...iamResourceTypes(account.iam)]);
  const template = templateOf({ Resources: resources }, 'Site.template.json');
  const [deployed] = await deploy([{ id: 'Site', stackName: 'Site', template, assets: [], dependsOn: [] }], { types, account: ACCOUNT_ID, region: REGION });
  return logicalId => deployed.resources.get(logicalId)!.ref;
}

async function end(): Promise<void> {
  client.destroy();
  await endpoint.stop();
  await service.stop();
}

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'sitewise-'));
  return begin();
});
afterEach(async () => {
  await end();
  rmSync(folder, { recursive: true });
});

const entry = (propertyAlias: string, value: object, timeInSeconds = SECOND, more: object = {}) => ({
  entryId: propertyAlias, propertyAlias, propertyValues: [{ timestamp: { timeInSeconds }, value, ...more }],
});
const put = async (...entries: ReturnType<typeof entry>[]) => {
  const { errorEntries = [] } = await client.send(new BatchPutAssetPropertyValueCommand({ entries }));
  return errorEntries;
};
const codeOf = async (...given: Parameters<typeof entry>) => (await put(entry(...given)))[0]?.errors?.[0]?.errorCode;
const latest = async (propertyAlias: string) => (await client.send(new GetAssetPropertyValueCommand({ propertyAlias }))).propertyValue?.value;

test('values that are put can be read, by alias and by ids, the latest, all, and their averages', async () => {
  expect(await put(entry('/p1/t', { doubleValue: 1.5 }, SECOND - 10), entry('/p1/on', { booleanValue: true }), entry('/p1/text', { stringValue: 'a' }))).toEqual([]);
  expect(await put(entry('/p1/t', { doubleValue: 3 }), entry('/p1/t', { doubleValue: 2 }, SECOND - 5, { quality: 'BAD' }))).toEqual([]);
  expect(await latest('/p1/t')).toEqual({ doubleValue: 3 });
  expect(await latest('/p1/n')).toBeUndefined();
  const { assetProperties = [] } = await client.send(new DescribeAssetCommand({ assetId: ids('Press1') }));
  const { assetPropertyValueHistory: all } = await client.send(new GetAssetPropertyValueHistoryCommand({ assetId: ids('Press1'), propertyId: assetProperties[0].id }));
  expect(all!.map(({ value }) => value!.doubleValue)).toEqual([1.5, 2, 3]);
  const descending = await client.send(new GetAssetPropertyValueHistoryCommand({
    propertyAlias: '/p1/t', startDate: new Date(NOW - 10_000), endDate: new Date(NOW), timeOrdering: 'DESCENDING', qualities: ['GOOD', 'BAD'], maxResults: 1,
  }));
  expect(descending.assetPropertyValueHistory!.map(({ value }) => value!.doubleValue)).toEqual([3]);
  expect(descending.nextToken).toBe('1');
  const { aggregatedValues } = await client.send(new GetAssetPropertyAggregatesCommand({
    propertyAlias: '/p1/t', resolution: '1m', aggregateTypes: ['AVERAGE', 'COUNT'], startDate: new Date(NOW - 60_000), endDate: new Date(NOW + 1000),
  }));
  expect(aggregatedValues!.map(({ value }) => value)).toEqual([{ average: 1.5, count: 1 }, { average: 3, count: 1 }]);
});

test('a value of the same time and quality takes the place of the one that is there', async () => {
  await put(entry('/p1/n', { integerValue: 1 }));
  await put(entry('/p1/n', { integerValue: 2 }), entry('/p1/n', { integerValue: 3 }, SECOND, { quality: 'BAD' }));
  const { assetPropertyValueHistory } = await client.send(new GetAssetPropertyValueHistoryCommand({ propertyAlias: '/p1/n' }));
  expect(assetPropertyValueHistory!.map(({ value }) => value!.integerValue)).toEqual([2, 3]);
});

describe('limits', () => {
  const DAY = 86_400;
  test.each<[string, string | undefined, string, object, number?, object?]>([
    ['7 days old', undefined, '/p1/n', { integerValue: 1 }, SECOND - 7 * DAY],
    ['older', 'TimestampOutOfRangeException', '/p1/n', { integerValue: 1 }, SECOND - 7 * DAY - 1],
    ['10 minutes ahead', undefined, '/p1/n', { integerValue: 1 }, SECOND + 600],
    ['further ahead', 'TimestampOutOfRangeException', '/p1/n', { integerValue: 1 }, SECOND + 601],
    ['another type', 'InvalidRequestException', '/p1/n', { doubleValue: 1 }],
    ['1024 bytes', undefined, '/p1/text', { stringValue: 'ä'.repeat(512) }],
    ['1025 bytes', 'InvalidRequestException', '/p1/text', { stringValue: `${'ä'.repeat(512)}a` }],
    ['a double of 1e10', undefined, '/p1/t', { doubleValue: 1e10 }],
    ['a larger double', 'InvalidRequestException', '/p1/t', { doubleValue: 1.1e10 }],
    ['an integer of 33 bits', 'InvalidRequestException', '/p1/n', { integerValue: 2 ** 32 }],
    ['an unknown quality', 'InvalidRequestException', '/p1/n', { integerValue: 1 }, SECOND, { quality: 'FINE' }],
    ['an unknown alias', 'ResourceNotFoundException', '/p2/n', { integerValue: 1 }],
    ['a property that is computed', 'InvalidRequestException', '/p1/sum', { doubleValue: 1 }],
  ])('%s: %s', async (_what, code, alias, value, time = SECOND, more = {}) => {
    expect(await codeOf(alias, value, time, more)).toBe(code);
  });

  test('an entry that is refused names its times, and the others are taken', async () => {
    const errorMessage = expect.stringContaining('1970-01-01T00:00:05.000Z');
    expect(await put(entry('/p1/n', { integerValue: 1 }), entry('/p1/t', { doubleValue: 1 }, 5))).toEqual([
      { entryId: '/p1/t', errors: [{ errorCode: 'TimestampOutOfRangeException', errorMessage, timestamps: [{ timeInSeconds: 5 }] }] },
    ]);
    expect(await latest('/p1/n')).toEqual({ integerValue: 1 });
  });

  test('11 entries and 11 values are too many', async () => {
    await expect(put(...Array.from({ length: 11 }, () => entry('/p1/n', { integerValue: 1 })))).rejects.toThrow('1 to 10 entries, got 11');
    const propertyValues = Array.from({ length: 11 }, (_none, at) => ({ timestamp: { timeInSeconds: SECOND - at }, value: { integerValue: 1 } }));
    expect((await put({ ...entry('/p1/n', {}), propertyValues }))[0].errors![0].errorCode).toBe('InvalidRequestException');
  });
});

test('an unknown alias is a series of its own where disassociated storage is on', async () => {
  await end();
  await begin({ disassociatedDataStorage: true });
  expect(await codeOf('/p2/x', { doubleValue: 4 })).toBeUndefined();
  expect(await latest('/p2/x')).toEqual({ doubleValue: 4 });
  const { TimeSeriesSummaries } = await client.send(new ListTimeSeriesCommand({ timeSeriesType: 'DISASSOCIATED' }));
  expect(TimeSeriesSummaries!.map(({ alias }) => alias)).toEqual(['/p2/x']);
});

test('models, assets and hierarchies can be looked at', async () => {
  const { assetModelSummaries } = await client.send(new ListAssetModelsCommand({}));
  expect(assetModelSummaries!.map(({ name, id }) => [name, id])).toEqual([['press', ids('Press')], ['plant', ids('Plant')]]);
  const { assetSummaries } = await client.send(new ListAssetsCommand({ filter: 'TOP_LEVEL' }));
  expect(assetSummaries!.map(({ name }) => name)).toEqual(['plant 1']);
  const { assetModelHierarchies = [] } = await client.send(new DescribeAssetModelCommand({ assetModelId: ids('Plant') }));
  const children = await client.send(new ListAssociatedAssetsCommand({ assetId: ids('Plant1'), hierarchyId: assetModelHierarchies[0].id }));
  expect(children.assetSummaries!.map(({ id }) => id)).toEqual([ids('Press1')]);
  const { TimeSeriesSummaries } = await client.send(new ListTimeSeriesCommand({ aliasPrefix: '/p1/t' }));
  expect(TimeSeriesSummaries!.map(({ alias }) => alias)).toEqual(['/p1/t', '/p1/text']);
  await expect(client.send(new DescribeAssetCommand({ assetId: 'none' }))).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
});

test('a role is let in by the hierarchy of the asset', async () => {
  const document = (statement: JsonObject): JsonObject => ({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', ...statement }] });
  const writer = (root: string): JsonObject => ({
    Writer: {
      Type: 'AWS::IAM::Role',
      Properties: {
        RoleName: `writer-${root}`,
        AssumeRolePolicyDocument: document({ Action: 'sts:AssumeRole', Principal: { Service: 'iot.amazonaws.com' } }),
        Policies: [{
          PolicyName: 'p',
          PolicyDocument: document({
            Action: 'iotsitewise:BatchPutAssetPropertyValue', Resource: '*', Condition: { StringLike: { 'iotsitewise:assetHierarchyPath': [`/${root}`, `/${root}/*`] } },
          }),
        }],
      },
    },
  });
  const putAs = async (root: string) => {
    const name = (await run(writer(root)))('Writer');
    const caller = account.assume(`arn:aws:iam::${ACCOUNT_ID}:role/${name}`, 'iot.amazonaws.com');
    return account.call('iotsitewise', 'BatchPutAssetPropertyValue', { entries: [entry('/p1/n', { integerValue: 1 })] }, caller);
  };
  expect(await putAs(ids('Plant1'))).toEqual({ errorEntries: [] });
  expect((await putAs('another')).errorEntries[0].errors[0].errorCode).toBe('AccessDeniedException');
  const resource = `arn:aws:iotsitewise:${REGION}:${ACCOUNT_ID}:asset/${ids('Press1')}`;
  expect(account.activity.last('iamDenial')).toMatchObject([{ action: 'iotsitewise:BatchPutAssetPropertyValue', resource }]);
});

test('values and ids are there after a kill, which may cut the last line', async () => {
  await put(entry('/p1/n', { integerValue: 5 }));
  const before = ids('Press1');
  await end();
  const file = path.join(folder, 'iotsitewise', 'values.jsonl');
  appendFileSync(file, '{"series":"x","val');
  await begin();
  expect(ids('Press1')).toBe(before);
  expect(await latest('/p1/n')).toEqual({ integerValue: 5 });
  await put(entry('/p1/n', { integerValue: 6 }, SECOND + 1));
  expect(readFileSync(file, 'utf8').trim().split('\n').map(line => JSON.parse(line).value.value.integerValue)).toEqual([5, 6]);
});

test('properties of a template that are not modelled are named, and an alias names one property', async () => {
  const computed: JsonObject = { LogicalId: 'a', Name: 'a', DataType: 'DOUBLE', Type: { TypeName: 'Transform', Transform: { Expression: 'b * 2', Variables: [] } } };
  await run({ Deep: { Type: 'AWS::IoTSiteWise::AssetModel', Properties: { AssetModelName: 'deep', AssetModelCompositeModels: [], AssetModelProperties: [computed] } } });
  expect(account.withoutEffect.get('Deep')).toEqual(['AssetModelCompositeModels', 'AssetModelProperties.Type.Transform']);
  const twice: JsonObject = { AssetName: 'x', AssetModelId: ids('Press'), AssetProperties: [{ LogicalId: 't', Alias: '/p1/t' }] };
  await expect(run({ Twice: { Type: 'AWS::IoTSiteWise::Asset', Properties: twice } })).rejects.toThrow('the alias "/p1/t" is that of the asset press 1 already');
});
