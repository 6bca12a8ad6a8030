import { mkdtempSync, rmSync } from 'fs';
import { tmpdir } from 'os';
import * as path from 'path';
import { Account } from '../../src/account';
import { deploy } from '../../src/assembly/deployment';
import { templateOf } from '../../src/assembly/template';
import { columnTypeOf, GlueService } from '../../src/glue';
import { JsonObject } from '../../src/json';
import { SYSTEM_CLOCK } from '../../src/time/clock';

const folder = mkdtempSync(path.join(tmpdir(), 'glue-'));
afterAll(() => rmSync(folder, { recursive: true }));
const ROLE = 'arn:aws:iam::111122223333:role/reader';
const glueArn = (resource: string) => `arn:aws:glue:eu-west-1:111122223333:${resource}`;

const TABLE = {
  Name: 'Telemetry',
  TableType: 'EXTERNAL_TABLE',
  PartitionKeys: [{ Name: 'dt', Type: 'string' }],
  Parameters: { 'projection.enabled': true },
  StorageDescriptor: { Location: 's3://lake/telemetry/', Columns: [{ Name: 'Thing', Type: 'string' }, { Name: 'm', Type: 'map<string,double>' }] },
};
async function deployed(resources: JsonObject, allowed: string[] = []) {
  const account = new Account({ environment: { account: '111122223333', region: 'eu-west-1', partition: 'aws' }, stateFolder: folder, clock: SYSTEM_CLOCK });
  const glue = new GlueService(account);
  await deploy([{ id: 'S', stackName: 'S', template: templateOf({ Resources: resources }, 'S.json'), assets: [], dependsOn: [] }],
    { types: glue.types, account: '111122223333', region: 'eu-west-1' });
  account.iam.addRole({
    arn: ROLE,
    trust: { Statement: [{ Effect: 'Allow', Principal: { Service: 'firehose.amazonaws.com' }, Action: 'sts:AssumeRole' }] },
    inlinePolicies: allowed.length === 0 ? [] : [{ name: 'p', document: { Statement: [{ Effect: 'Allow', Action: 'glue:*', Resource: allowed.map(glueArn) }] } }],
    managedPolicyArns: [],
    tags: {},
  });
  return { account, glue, reader: account.assume(ROLE, 'firehose.amazonaws.com') };
}
const RESOURCES: JsonObject = {
  Lake: { Type: 'AWS::Glue::Database', Properties: { CatalogId: '111122223333', DatabaseInput: { Name: 'Lake' } } },
  Telemetry: { Type: 'AWS::Glue::Table', Properties: { CatalogId: '111122223333', DatabaseName: { Ref: 'Lake' }, TableInput: TABLE as unknown as JsonObject } },
};

test('a table of the template is in the catalog under small letters, with its columns', async () => {
  const { glue } = await deployed(RESOURCES);
  expect(glue.columnsOf('lake', 'TELEMETRY')).toEqual([{ name: 'thing', type: 'string' }, { name: 'm', type: 'map<string,double>' }]);
  expect(glue.table('lake', 'telemetry')).toMatchObject({ location: 's3://lake/telemetry/', parameters: { 'projection.enabled': 'true' }, partitionKeys: [{ name: 'dt' }] });
  expect(glue.tables()).toHaveLength(1);
  expect(glue.columnsOf('lake', 'none')).toBeUndefined();
});

test.each([
  ['catalog', ['database/lake', 'table/lake/telemetry']],
  ['database', ['catalog', 'table/lake/telemetry']],
  ['table', ['catalog', 'database/lake']],
])('a table is denied to who may not read the %s', async (_missing, allowed) => {
  const { account, reader } = await deployed(RESOURCES, allowed);
  const input = { DatabaseName: 'lake', TableName: 'telemetry' };
  await expect(account.call('glue', 'GetTableVersions', input, reader)).rejects.toMatchObject({ name: 'AccessDeniedException' });
});

test('who may read all three gets the table; one that is not there is not found', async () => {
  const { account, reader } = await deployed(RESOURCES, ['catalog', 'database/lake', 'table/lake/*']);
  expect(await account.call('glue', 'GetTable', { DatabaseName: 'lake', Name: 'telemetry' }, reader))
    .toMatchObject({ Table: { Name: 'telemetry', DatabaseName: 'lake', StorageDescriptor: { Location: 's3://lake/telemetry/' } } });
  expect(await account.call('glue', 'GetTables', { DatabaseName: 'lake' }, reader)).toMatchObject({ TableList: [{ Name: 'telemetry' }] });
  expect(await account.call('glue', 'GetPartitions', { DatabaseName: 'lake', TableName: 'telemetry' }, reader)).toEqual({ Partitions: [] });
  await expect(account.call('glue', 'GetTable', { DatabaseName: 'lake', Name: 'none' }, reader)).rejects.toMatchObject({ name: 'EntityNotFoundException' });
});

test('crawlers, jobs and permissions of Lake Formation are named as being without effect', async () => {
  const { account } = await deployed({
    Crawler: { Type: 'AWS::Glue::Crawler', Properties: { Role: 'r', Targets: {} } },
    Grant: { Type: 'AWS::LakeFormation::PrincipalPermissions', Properties: { Principal: {} } },
  });
  expect([...account.withoutEffect]).toEqual([['Crawler', ['Role', 'Targets']], ['Grant', ['Principal']]]);
});

test.each<[string, object, string]>([
  ['a type that Athena does not know', { StorageDescriptor: { Columns: [{ Name: 'a', Type: 'number' }] } }, 'the column a must have a type that Athena knows, got "number"'],
  ['a column without a name', { PartitionKeys: [{ Type: 'int' }] }, 'a column must have a Name'],
])('%s is refused with its place', async (_name, more, message) => {
  const table = { Type: 'AWS::Glue::Table', Properties: { DatabaseName: { Ref: 'Lake' }, TableInput: { Name: 't', ...more } as unknown as JsonObject } };
  await expect(deployed({ Lake: RESOURCES.Lake, T: table })).rejects.toThrow(message);
});

test.each<[string, unknown]>([
  ['map<string,double>', { kind: 'map', key: { kind: 'primitive', name: 'string' }, value: { kind: 'primitive', name: 'double' } }],
  ['STRUCT<a: int, b-c:array<varchar(3)>>', {
    kind: 'struct',
    fields: [{ name: 'a', type: { kind: 'primitive', name: 'int' } }, { name: 'b-c', type: { kind: 'array', element: { kind: 'primitive', name: 'string' } } }],
  }],
  ['decimal(38, 10)', { kind: 'decimal', precision: 38, scale: 10 }], ['decimal', { kind: 'decimal', precision: 10, scale: 0 }],
  ['decimal(39,0)', undefined], ['decimal(3,4)', undefined], ['map<string>', undefined], ['array<int', undefined], ['int>', undefined], ['integers', undefined],
  ['map<array<int>,int>', undefined], ['', undefined],
])('the type %s is read', (text, expected) => expect(columnTypeOf(text)).toEqual(expected));
