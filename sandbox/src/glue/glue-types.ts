import { Catalog } from './catalog';
import { columnTypeOf } from './column-type';
import { GlueColumn } from './glue-table';
import { Account } from '../account';
import { CreatedResource, ResourceRequest, ResourceType } from '../assembly/resource-type';
import { TemplateError } from '../assembly/template-error';
import { isObject, Json, JsonObject } from '../json';

const MAXIMUM_NAME = 255;
/** What runs jobs and watches tables, and who may read what: nothing of it changes what a query finds here. */
const WITHOUT_EFFECT = [
  ...['Crawler', 'Job', 'Trigger', 'Workflow', 'TableOptimizer', 'SecurityConfiguration', 'DataCatalogEncryptionSettings'].map(name => `AWS::Glue::${name}`),
  ...['DataLakeSettings', 'Permissions', 'PrincipalPermissions', 'Resource', 'Tag', 'TagAssociation', 'DataCellsFilter'].map(name => `AWS::LakeFormation::${name}`),
];

/** What a template may hold of Glue and Lake Formation. */
export function glueTypes(account: Account, catalog: Catalog): Map<string, ResourceType> {
  return new Map<string, ResourceType>([
    ['AWS::Glue::Database', { create: request => createDatabase(request, account, catalog) }],
    ['AWS::Glue::Table', { create: request => createTable(request, account, catalog) }],
    ['AWS::Glue::Partition', { create: request => createPartition(request, catalog) }],
    ...WITHOUT_EFFECT.map((type): [string, ResourceType] => [type, { create: request => named(request, account) }]),
  ]);
}

function createDatabase(request: ResourceRequest, account: Account, catalog: Catalog): CreatedResource {
  const input = objectIn(request, 'DatabaseInput');
  const name = (text(input.Name) ?? request.generatedName(MAXIMUM_NAME)).toLowerCase();
  catalog.addDatabase({ name, input, createTime: account.clock.now() });
  return { ref: name, attributes: {} };
}

function createTable(request: ResourceRequest, account: Account, catalog: Catalog): CreatedResource {
  const databaseName = (text(request.properties.DatabaseName) ?? refuse(request, 'DatabaseName', 'must be there')).toLowerCase();
  if (!catalog.database(databaseName)) refuse(request, 'DatabaseName', `there is no database ${databaseName}`);
  if (request.properties.OpenTableFormatInput !== undefined) refuse(request, 'OpenTableFormatInput', 'tables of Iceberg are not modelled');
  const input = objectIn(request, 'TableInput');
  const name = (text(input.Name) ?? request.generatedName(MAXIMUM_NAME)).toLowerCase();
  const storage = isObject(input.StorageDescriptor) ? input.StorageDescriptor : {};
  const serde = isObject(storage.SerdeInfo) ? storage.SerdeInfo : {};
  catalog.addTable({
    databaseName,
    name,
    tableType: text(input.TableType) ?? 'EXTERNAL_TABLE',
    columns: columnsIn(request, storage.Columns, 'StorageDescriptor/Columns'),
    partitionKeys: columnsIn(request, input.PartitionKeys, 'PartitionKeys'),
    parameters: textsIn(input.Parameters),
    location: text(storage.Location),
    inputFormat: text(storage.InputFormat),
    serde: { library: text(serde.SerializationLibrary), parameters: textsIn(serde.Parameters) },
    viewOriginalText: text(input.ViewOriginalText),
    partitions: [],
    input,
    createTime: account.clock.now(),
  });
  return { ref: name, attributes: {} };
}

function createPartition(request: ResourceRequest, catalog: Catalog): CreatedResource {
  const { DatabaseName: database, TableName: name } = request.properties;
  const table = catalog.table(String(database), String(name)) ?? refuse(request, 'TableName', `there is no table ${String(database)}.${String(name)}`);
  const input = objectIn(request, 'PartitionInput');
  const values = Array.isArray(input.Values) ? input.Values.map(String) : [];
  if (values.length !== table.partitionKeys.length) refuse(request, 'PartitionInput/Values', `must be ${table.partitionKeys.length} values, got ${values.length}`);
  const storage = isObject(input.StorageDescriptor) ? input.StorageDescriptor : {};
  const inside = table.partitionKeys.map((key, at) => `${key.name}=${values[at]}/`).join('');
  table.partitions.push({ values, location: text(storage.Location) ?? `${(table.location ?? '').replace(/\/?$/, '/')}${inside}` });
  return { ref: values.join('|'), attributes: {} };
}

/** What has a name to be referred to by, and does nothing here. */
function named(request: ResourceRequest, account: Account): CreatedResource {
  account.hasNoEffect(request, Object.keys(request.properties));
  const name = text(request.properties.Name) ?? text(request.properties.TagKey) ?? request.generatedName(MAXIMUM_NAME);
  return { ref: name, attributes: { Arn: account.arn(request.type.split('::')[1].toLowerCase(), `${request.type.split('::')[2].toLowerCase()}/${name}`), Id: name } };
}

function columnsIn(request: ResourceRequest, value: Json | undefined, at: string): GlueColumn[] {
  const columns = Array.isArray(value) ? value.filter(isObject) : [];
  return columns.map(({ Name: name, Type: type }) => {
    if (text(name) === undefined) refuse(request, `TableInput/${at}`, 'a column must have a Name');
    // Glue itself takes any text; readers of the table do not.
    if (!columnTypeOf(text(type) ?? '')) refuse(request, `TableInput/${at}`, `the column ${String(name)} must have a type that Athena knows, got ${JSON.stringify(type)}`);
    return { name: String(name).toLowerCase(), type: String(type) };
  });
}

function objectIn(request: ResourceRequest, property: string): JsonObject {
  const found = request.properties[property];
  return isObject(found) ? found : refuse(request, property, `must be an object, got ${JSON.stringify(found)}`);
}

function text(value: Json | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function textsIn(value: Json | undefined): { [name: string]: string } {
  return isObject(value) ? Object.fromEntries(Object.entries(value).map(([name, inside]) => [name, String(inside)])) : {};
}

function refuse(request: ResourceRequest, at: string, problem: string): never {
  throw new TemplateError(`Resources/${request.logicalId}/Properties/${at}`, problem);
}
