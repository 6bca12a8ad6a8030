import { createHash } from 'crypto';
import { mkdirSync } from 'fs';
import * as path from 'path';
import { withArnsOf } from './arns';
import { Engine, EngineName, StartedEngine, startEngine } from './engine';
import { Api, EngineClient } from './engine-client';
import { itemOperations } from './item-operations';
import { streamOperations } from './stream-operations';
import { TableDirectory } from './table-directory';
import { makeTable } from './table-maker';
import { tableOperations } from './table-operations';
import { TableDefinition, tableDefinitionOf } from './table-properties';
import { TimeToLive } from './time-to-live';
import { Account, AwsError, Operations, Service } from '../account';
import { CreatedResource, ResourceRequest, ResourceType } from '../assembly/resource-type';
import { HttpHandler, jsonProtocol } from '../http';
import { TemplateProperties } from '../iam/template-properties';
import { isObject, JsonObject } from '../json';

export interface DynamoDbOptions {
  /**
   * What keeps the items: the real DynamoDB Local, which needs a JDK of version 17, or dynalite.
   *
   * @default auto - DynamoDB Local where it can run
   */
  readonly engine?: EngineName | 'auto';
}

/** A table for whoever watches. */
export interface TableSummary { readonly name: string; readonly arn: string; readonly itemCount: number }

interface Running { readonly engine: Engine; readonly client: EngineClient }

const STREAMS_TARGET = /^DynamoDBStreams_/;

/**
 * Tables of DynamoDB: an engine keeps the items, and this decides who may reach them and writes names as those of the account.
 *
 * The engine starts with the first table, while the rest is deployed; calls wait for it.
 */
export class DynamoDbService implements Service {
  readonly types: ReadonlyMap<string, ResourceType>;
  readonly endpoints: ReadonlyMap<string, HttpHandler>;
  /** Which engine runs and why, for the start to print. */
  description = 'no engine: there is no table yet';
  private readonly directory: TableDirectory;
  private readonly timeToLive: TimeToLive;
  private readonly making = new Map<string, Promise<JsonObject>>();
  private running: Promise<Running> | undefined;
  private stopped = false;

  constructor(private readonly account: Account, private readonly options: DynamoDbOptions = {}) {
    this.directory = new TableDirectory(account);
    this.timeToLive = new TimeToLive({
      folder: account.folder('dynamodb'),
      clock: account.clock,
      engine: () => this.running?.then(({ client }) => client),
      find: name => this.find(name),
      onProblem: message => account.activity.record('problem', { message }),
    });
    this.types = new Map(['AWS::DynamoDB::Table', 'AWS::DynamoDB::GlobalTable'].map(type => [type, { create: request => this.create(request) }]));
    const tables = this.tableOperations();
    const streams = this.streamOperations();
    account.addService('dynamodb', tables);
    account.addService('dynamodbstreams', streams);
    const [onTables, onStreams] = [jsonProtocol(tables, 'dynamodb'), jsonProtocol(streams, 'dynamodbstreams')];
    this.endpoints = new Map([['dynamodb', request => (STREAMS_TARGET.test(request.headers['x-amz-target'] ?? '') ? onStreams : onTables)(request)]]);
  }

  /** Waits for the engine and all tables. @throws TemplateError for a table that the engine does not take */
  async start(): Promise<void> {
    await Promise.all(this.making.values());
    this.timeToLive.start();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await this.timeToLive.stop();
    const running = await this.running?.catch(() => undefined);
    running?.client.close();
    await running?.engine.stop();
  }

  /** Tables of the template. */
  async tables(): Promise<TableSummary[]> {
    return Promise.all(this.directory.names.map(async name => ({ name, arn: this.directory.arnOf(name), itemCount: await this.itemCount(name) })));
  }

  /** Some items of a table, in the JSON of DynamoDB. */
  async scan(tableName: string, limit: number): Promise<JsonObject[]> {
    const { Items } = await this.call('DynamoDB_20120810', 'Scan', { TableName: tableName, Limit: limit });
    return Items as JsonObject[];
  }

  /** DynamoDB Local always knows it, dynalite has to count. */
  private async itemCount(TableName: string): Promise<number> {
    const { engine } = await this.engine();
    if (engine.name === 'local') {
      const { Table } = await this.call('DynamoDB_20120810', 'DescribeTable', { TableName });
      return isObject(Table) ? Number(Table.ItemCount) : 0;
    }
    let count = 0;
    let from: JsonObject = {};
    for (;;) {
      const { Count, LastEvaluatedKey } = await this.call('DynamoDB_20120810', 'Scan', { TableName, Select: 'COUNT', ...from });
      count += Number(Count);
      if (!isObject(LastEvaluatedKey)) return count;
      from = { ExclusiveStartKey: LastEvaluatedKey };
    }
  }

  private async create(request: ResourceRequest): Promise<CreatedResource> {
    const definition = tableDefinitionOf(request);
    const { name, keySchema, expiryAttribute, encryptionKey, resourcePolicy, streamViewType } = definition;
    this.account.hasNoEffect(request, definition.withoutEffect);
    const { arn } = this.directory.add(name, keySchema, this.keyArnOf(encryptionKey, request));
    if (resourcePolicy !== undefined) {
      new TemplateProperties(request).taking('ResourcePolicy', () => this.account.iam.setResourcePolicy(arn, { name: request.path, document: resourcePolicy }));
    }
    this.timeToLive.set(name, expiryAttribute);
    const made = this.make(definition, request);
    this.making.set(name, made);
    // Told by start(), and by each call.
    made.catch(() => undefined);
    const attributes = { Arn: arn, TableId: tableIdOf(arn) };
    return { ref: name, attributes: streamViewType === undefined ? attributes : { ...attributes, StreamArn: streamArnOf(await made, arn) } };
  }

  private async make(definition: TableDefinition, request: ResourceRequest): Promise<JsonObject> {
    const { client, engine } = await this.engine();
    const hasStream = engine.name === 'local';
    if (definition.streamViewType !== undefined && !hasStream) this.account.hasNoEffect(request, ['StreamSpecification (dynalite has no streams; DynamoDB Local, which needs a JDK, has)']);
    const description = await makeTable(client, hasStream ? definition : { ...definition, streamViewType: undefined }, request.logicalId);
    return withArnsOf(description, engine.arnPrefix, this.account.arn('dynamodb', '')) as JsonObject;
  }

  /** ARN of a customer's key by what a template may say. Keys of DynamoDB itself may be used by all. */
  private keyArnOf(key: string | undefined, request: ResourceRequest): string | undefined {
    if (key === undefined || key.endsWith('alias/aws/dynamodb')) return undefined;
    if (key.includes('alias/')) {
      this.account.hasNoEffect(request, [`SSESpecification.KMSMasterKeyId (an alias, ${key}: name the key)`]);
      return undefined;
    }
    return key.startsWith('arn:') ? key : this.account.arn('kms', `key/${key}`);
  }

  private engine(): Promise<Running> {
    this.running ??= this.startEngine();
    return this.running;
  }

  private async startEngine(): Promise<Running> {
    if (this.stopped) throw new AwsError('InternalServerError', 'the sandbox stops', 500);
    let started: StartedEngine;
    try {
      started = await startEngine(this.options.engine ?? 'auto', name => {
        const folder = path.join(this.account.folder('dynamodb'), name);
        mkdirSync(folder, { recursive: true, mode: 0o700 });
        return folder;
      });
    } catch (error) {
      this.running = undefined;
      throw error;
    }
    const { engine, description } = started;
    this.description = description;
    const client = new EngineClient(engine);
    void engine.ended.then(() => {
      client.close();
      if (this.stopped) return;
      this.running = undefined;
      this.account.activity.record('problem', { message: `${description} ended by itself; the next call starts it again` });
    });
    return { engine, client };
  }

  private find(name: string) {
    return this.directory.find(name, async () => (await this.engine()).client);
  }

  /** Waits for the table where the template is making it. */
  private async call(api: Api, operation: string, input: JsonObject): Promise<JsonObject> {
    const { TableName } = input;
    if (typeof TableName === 'string') await this.making.get(TableName);
    const { client, engine } = await this.engine();
    try {
      return await client.call(api, operation, input);
    } catch (error) {
      if (engine.name === 'dynalite' && (error as Error).name === 'UnknownOperationException') {
        throw new AwsError('UnknownOperationException', `dynalite does not model ${operation}; DynamoDB Local does, which needs a JDK of version 17 or later`);
      }
      throw error;
    }
  }

  private tableOperations(): Operations {
    const access = {
      account: this.account,
      find: (name: string) => this.find(name),
      nameOf: (nameOrArn: string) => this.directory.nameOf(nameOrArn),
    };
    const call = (operation: string, input: JsonObject) => this.call('DynamoDB_20120810', operation, input);
    // Only what describes tables has ARNs; items may hold any text.
    const describe = async (operation: string, input: JsonObject) => {
      const output = await call(operation, input);
      const { engine } = await this.engine();
      return withArnsOf(output, engine.arnPrefix, this.account.arn('dynamodb', '')) as JsonObject;
    };
    return { ...itemOperations({ ...access, call }), ...tableOperations({ ...access, call: describe }, this.directory, this.timeToLive) };
  }

  private streamOperations(): Operations {
    const hasStreams = async () => (await this.engine()).engine.name === 'local';
    const ours = this.account.arn('dynamodb', '');
    return streamOperations({
      region: this.account.environment.region,
      hasStreams,
      tableArnOf: table => this.directory.arnOf(table),
      nameOf: arn => this.directory.nameOf(arn),
      didExpire: (table, keys) => this.timeToLive.didDelete(table, keys),
      call: async (operation, input) => {
        const { engine, client } = await this.engine();
        if (!await hasStreams()) throw new AwsError('ResourceNotFoundException', 'dynalite has no streams; DynamoDB Local has, which needs a JDK of version 17 or later');
        const output = await client.call('DynamoDBStreams_20120810', operation, withArnsOf(input, ours, engine.arnPrefix) as JsonObject);
        return operation === 'GetRecords' ? output : withArnsOf(output, engine.arnPrefix, ours) as JsonObject;
      },
    });
  }
}

/** The same for each run, as all names are. */
function tableIdOf(arn: string): string {
  const digest = createHash('sha256').update(arn).digest('hex');
  return [digest.slice(0, 8), digest.slice(8, 12), digest.slice(12, 16), digest.slice(16, 20), digest.slice(20, 32)].join('-');
}

/** Made up where the engine has none, so that what refers to it resolves. */
function streamArnOf({ LatestStreamArn }: JsonObject, tableArn: string): string {
  return typeof LatestStreamArn === 'string' ? LatestStreamArn : `${tableArn}/stream/1970-01-01T00:00:00.000`;
}
