import { Catalog } from './catalog';
import { GlueDatabase, GlueTable } from './glue-table';
import { Account, Caller, Operations } from '../account';

interface NamedTable { readonly CatalogId?: string; readonly DatabaseName: string; readonly Name?: string; readonly TableName?: string }

/**
 * What clients may ask of the catalog. A caller must be allowed on the catalog, the database and the table, all three, as in AWS.
 *
 * @see https://docs.aws.amazon.com/glue/latest/dg/glue-specifying-resource-arns.html
 */
export function glueOperations(account: Account, catalog: Catalog): Operations {
  const allow = (caller: Caller, action: string, ...resources: string[]) => {
    for (const resource of ['catalog', ...resources]) caller.authorize(`glue:${action}`, account.arn('glue', resource));
  };
  const tableFor = (caller: Caller, action: string, { DatabaseName: database, Name, TableName = Name }: NamedTable): GlueTable => {
    allow(caller, action, `database/${database}`, `table/${database}/${TableName}`);
    return catalog.existingTable(database, TableName ?? '');
  };
  const described = (table: GlueTable) => ({
    ...table.input,
    Name: table.name,
    DatabaseName: table.databaseName,
    CatalogId: account.environment.account,
    CreateTime: table.createTime / 1000,
    UpdateTime: table.createTime / 1000,
    IsRegisteredWithLakeFormation: false,
    VersionId: '0',
  });
  const describedDatabase = ({ name, input, createTime }: GlueDatabase) => ({
    ...input, Name: name, CatalogId: account.environment.account, CreateTime: createTime / 1000,
  });
  return {
    GetDatabase: ({ Name }: { Name: string }, caller) => {
      allow(caller, 'GetDatabase', `database/${Name}`);
      return { Database: describedDatabase(catalog.existingDatabase(Name)) };
    },
    GetDatabases: (_input: object, caller) => {
      allow(caller, 'GetDatabases', 'database/*');
      return { DatabaseList: catalog.allDatabases().map(describedDatabase) };
    },
    GetTable: (input: NamedTable, caller) => ({ Table: described(tableFor(caller, 'GetTable', input)) }),
    GetTables: ({ DatabaseName }: NamedTable, caller) => {
      allow(caller, 'GetTables', `database/${DatabaseName}`, `table/${DatabaseName}/*`);
      catalog.existingDatabase(DatabaseName);
      return { TableList: catalog.tables(DatabaseName).map(described) };
    },
    GetTableVersion: (input: NamedTable, caller) => ({ TableVersion: { Table: described(tableFor(caller, 'GetTableVersion', input)), VersionId: '0' } }),
    GetTableVersions: (input: NamedTable, caller) => ({ TableVersions: [{ Table: described(tableFor(caller, 'GetTableVersions', input)), VersionId: '0' }] }),
    GetPartitions: (input: NamedTable, caller) => {
      const { partitions, databaseName, name, input: { StorageDescriptor } } = tableFor(caller, 'GetPartitions', input);
      return {
        Partitions: partitions.map(({ values, location }) => ({
          Values: values, DatabaseName: databaseName, TableName: name, StorageDescriptor: { ...StorageDescriptor as object, Location: location },
        })),
      };
    },
  };
}
