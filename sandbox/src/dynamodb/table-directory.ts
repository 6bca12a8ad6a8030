import { EngineClient } from './engine-client';
import { Account } from '../account';
import { isObject, JsonObject } from '../json';

/** What must be known of a table to decide about a call. */
export interface KnownTable {
  readonly name: string;
  readonly arn: string;
  readonly keys: readonly string[];
  /** ARN of the customer's key that encrypts it. */
  readonly encryptionKey?: string;
}

/** Names, ARNs and keys of tables: as the template and its account have them, not as the engine calls them. */
export class TableDirectory {
  private readonly known = new Map<string, KnownTable>();

  constructor(private readonly account: Account) {}

  get names(): string[] {
    return [...this.known.keys()];
  }

  arnOf(name: string): string {
    return this.account.arn('dynamodb', `table/${name}`);
  }

  /** An operation takes the ARN of a table wherever it takes its name. */
  nameOf(nameOrArn: string): string {
    return nameOrArn.startsWith('arn:') ? nameOrArn.split(':').slice(5).join(':').split('/')[1] ?? nameOrArn : nameOrArn;
  }

  add(name: string, keySchema: readonly JsonObject[], encryptionKey?: string): KnownTable {
    const keys = [...keySchema].sort((a, b) => String(a.KeyType).localeCompare(String(b.KeyType))).map(({ AttributeName }) => String(AttributeName));
    const table = { name, arn: this.arnOf(name), keys, ...encryptionKey !== undefined && { encryptionKey } };
    this.known.set(name, table);
    return table;
  }

  forget(name: string): void {
    this.known.delete(name);
  }

  /** One of the template, one that a client made in an earlier run, or one that the engine does not have either. */
  async find(name: string, engine: () => Promise<EngineClient>): Promise<KnownTable> {
    const known = this.known.get(name);
    if (known) return known;
    try {
      const { Table } = await (await engine()).call('DynamoDB_20120810', 'DescribeTable', { TableName: name });
      if (isObject(Table)) return this.add(name, Table.KeySchema as JsonObject[]);
    } catch { /* the call itself tells why */ }
    return { name, arn: this.arnOf(name), keys: [] };
  }
}
