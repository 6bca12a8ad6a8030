import { Catalog } from './catalog';
import { glueOperations } from './glue-operations';
import { GlueColumn, GlueTable } from './glue-table';
import { glueTypes } from './glue-types';
import { Account, Service } from '../account';
import { ResourceType } from '../assembly/resource-type';
import { HttpHandler } from '../http/http-request';
import { jsonProtocol } from '../http/json-protocol';

/** The catalog of Glue: databases, tables and views of the template. Crawlers, jobs and Lake Formation have names, and no effect. */
export class GlueService implements Service {
  readonly types: ReadonlyMap<string, ResourceType>;
  readonly endpoints: ReadonlyMap<string, HttpHandler>;
  private readonly catalog = new Catalog();

  constructor(account: Account) {
    const operations = glueOperations(account, this.catalog);
    account.addService('glue', operations);
    this.types = glueTypes(account, this.catalog);
    this.endpoints = new Map([['glue', jsonProtocol(operations, 'glue')]]);
  }

  /** Columns of a table, those of its partitions aside. */
  columnsOf(databaseName: string, name: string): readonly GlueColumn[] | undefined {
    return this.table(databaseName, name)?.columns;
  }

  table(databaseName: string, name: string): GlueTable | undefined {
    return this.catalog.table(databaseName, name);
  }

  /** @param databaseName - undefined: of all databases */
  tables(databaseName?: string): readonly GlueTable[] {
    return this.catalog.tables(databaseName);
  }
}
