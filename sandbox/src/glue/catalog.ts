import { GlueDatabase, GlueTable } from './glue-table';
import { AwsError } from '../account';

/** The databases and tables of one account. Names are compared without regard to capitals, as Glue does. */
export class Catalog {
  private readonly databases = new Map<string, GlueDatabase>();
  private readonly tablesOf = new Map<string, Map<string, GlueTable>>();

  addDatabase(database: GlueDatabase): void {
    this.databases.set(database.name, database);
  }

  addTable(table: GlueTable): void {
    let tables = this.tablesOf.get(table.databaseName);
    if (!tables) this.tablesOf.set(table.databaseName, tables = new Map());
    tables.set(table.name, table);
  }

  database(name: string): GlueDatabase | undefined {
    return this.databases.get(name.toLowerCase());
  }

  allDatabases(): readonly GlueDatabase[] {
    return [...this.databases.values()];
  }

  table(databaseName: string, name: string): GlueTable | undefined {
    return this.tablesOf.get(databaseName.toLowerCase())?.get(name.toLowerCase());
  }

  /** @param databaseName - undefined: of all databases */
  tables(databaseName?: string): readonly GlueTable[] {
    const maps = databaseName === undefined ? [...this.tablesOf.values()] : [this.tablesOf.get(databaseName.toLowerCase())];
    return maps.flatMap(tables => [...tables?.values() ?? []]);
  }

  /** @throws AwsError EntityNotFoundException */
  existingDatabase(name: string): GlueDatabase {
    return this.database(name) ?? notFound(`Database ${name} not found.`);
  }

  /** @throws AwsError EntityNotFoundException */
  existingTable(databaseName: string, name: string): GlueTable {
    this.existingDatabase(databaseName);
    return this.table(databaseName, name) ?? notFound(`Table ${name} not found.`);
  }
}

function notFound(message: string): never {
  throw new AwsError('EntityNotFoundException', message);
}
