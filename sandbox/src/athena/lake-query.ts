import { createRequire } from 'module';
import * as path from 'path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { MACROS, MISSING, translated } from './dialect';
import { AthenaError } from './projected-column';
import { filesOf } from './table-files';
import { quoted, sourceOf, text } from './table-source';
import { Account, Caller } from '../account';
import { GlueTable } from '../glue';
import { isObject, Json, JsonObject } from '../json';
import { ListedObject } from '../s3/bucket-store';
import { pathOfKey } from '../s3/object-path';

export interface LakeQueryOptions {
  /** Of `BucketStore`. */
  readonly store: { readonly folder: string; list(bucket: string, prefix?: string): Promise<ListedObject[]>; objectsFolder(bucket: string): string };
  /** Of `GlueService`. */
  table(databaseName: string, name: string): GlueTable | undefined;
  tables(): readonly GlueTable[];
  /** Bytes that a query of a workgroup may read at most. */
  bytesAtMost?(workGroup: string): number | undefined;
}

export interface QueryRequest { readonly database?: string; readonly workGroup?: string; readonly caller?: Caller; readonly signal?: AbortSignal }
export interface ReadTable { readonly name: string; readonly location: string; readonly files: number; readonly bytes: number }
export interface QueryAnswer {
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  readonly rows: readonly Json[][];
  /** What was read. Partitions that the query filters out count, too, unless their column is injected. */
  readonly tables: readonly ReadTable[];
  readonly notes: readonly string[];
  readonly milliseconds: number;
}

/** The others wait: each takes a thread that files are written by, too. */
const AT_ONCE = 2;
const SECONDS = 120;
const STOPS = 'the sandbox stops';
const CANCELLED = 'the query was cancelled';
const MEMORY = '1GB';
const THREADS = '2';
const CATALOG = 'awsdatacatalog';
const DEPTH = 20;

/** Asks the tables of Glue in Athena's SQL, on DuckDB: only files that Athena would read, no network, and no other file. */
export class LakeQuery {
  private running = 0;
  private readonly waiting: (() => void)[] = [];
  private readonly cancels = new Set<(reason: string) => void>();
  private stopped = false;

  constructor(private readonly account: Account, private readonly options: LakeQueryOptions) {}

  /** Some run, others wait for them. @throws AthenaError for what Athena, or DuckDB, refuses, and for a query that is ended before its time */
  async query(sql: string, request: QueryRequest = {}): Promise<QueryAnswer> {
    if (this.running < AT_ONCE) this.running++;
    else await new Promise<void>(resolve => this.waiting.push(resolve));
    try {
      return await this.ask(sql, request);
    } finally {
      const next = this.waiting.shift();
      if (next) next();
      else this.running--;
    }
  }

  /** Ends all queries, and takes no more. */
  stop(): void {
    this.stopped = true;
    for (const cancel of this.cancels) cancel(STOPS);
  }

  private async ask(sql: string, request: QueryRequest): Promise<QueryAnswer> {
    const began = performance.now();
    // Loading it takes a third of a second, which only who asks has to wait.
    const { DuckDBInstance } = createRequire(__filename)('@duckdb/node-api') as typeof import('@duckdb/node-api');
    const instance = await DuckDBInstance.create(':memory:', { memory_limit: MEMORY, threads: THREADS, autoinstall_known_extensions: 'false', autoload_known_extensions: 'false' });
    const connection = await instance.connect();
    let ended: string | undefined;
    let again: NodeJS.Timeout | undefined;
    const cancel = (reason: string) => {
      ended ??= reason;
      connection.interrupt();
      // It takes several statements, and an interrupt is of one.
      again ??= setInterval(() => connection.interrupt(), 50);
    };
    this.cancels.add(cancel);
    const late = setTimeout(() => cancel(`the query ran for ${SECONDS} seconds, which is as long as it may here`), SECONDS * 1_000);
    request.signal?.addEventListener('abort', () => cancel(CANCELLED));
    // While it was made ready, or waited.
    if (this.stopped) cancel(STOPS);
    if (request.signal?.aborted) cancel(CANCELLED);
    try {
      if (ended !== undefined) throw new AthenaError(ended);
      const run = new QueryRun(this.account, this.options, request, connection);
      return { ...await run.answer(sql), milliseconds: Math.round(performance.now() - began) };
    } catch (error) {
      if (ended !== undefined) throw new AthenaError(ended);
      if (error instanceof AthenaError || !/^(?:Parser|Binder|Catalog|Conversion|Invalid Input|IO|Permission|Out of Memory|Not implemented) Error/i.test((error as Error).message)) throw error;
      throw new AthenaError(`${(error as Error).message}\n${MISSING}`);
    } finally {
      clearTimeout(late);
      clearInterval(again);
      this.cancels.delete(cancel);
      connection.closeSync();
      instance.closeSync();
    }
  }
}

class QueryRun {
  private readonly read = new Map<string, ReadTable>();
  private readonly notes: string[] = [];

  constructor(
    private readonly account: Account, private readonly options: LakeQueryOptions, private readonly request: QueryRequest,
    private readonly duckdb: DuckDBConnection,
  ) {}

  async answer(sql: string): Promise<Omit<QueryAnswer, 'milliseconds'>> {
    await this.prepare();
    const statement = translated(sql);
    const database = this.request.database ?? this.onlyDatabase();
    await this.resolve(statement, database, 0);
    this.checkBytes();
    await this.duckdb.run('SET lock_configuration = true');
    const result = await this.duckdb.runAndReadAll(statement);
    const names = result.columnNames();
    const types = result.columnTypes();
    return {
      columns: names.map((name, at) => ({ name, type: String(types[at]).toLowerCase() })),
      rows: result.getRowsJson() as Json[][],
      tables: [...this.read.values()],
      notes: this.notes,
    };
  }

  private async prepare(): Promise<void> {
    for (const macro of MACROS) await this.duckdb.run(`CREATE OR REPLACE MACRO ${macro}`);
    await this.duckdb.run(`ATTACH ':memory:' AS ${CATALOG}`);
    for (const database of new Set(this.options.tables().map(({ databaseName }) => databaseName))) {
      await this.duckdb.run(`CREATE SCHEMA IF NOT EXISTS ${CATALOG}.${quoted(database)}`);
    }
    for (const setting of ['TimeZone = \'UTC\'', 'integer_division = true', `allowed_directories = [${text(`${this.options.store.folder}/`)}]`, 'enable_external_access = false']) {
      await this.duckdb.run(`SET ${setting}`);
    }
  }

  /** Makes views of the tables that a statement names, and of those that these name. What is asked of a view is asked of its tables. */
  private async resolve(statement: string, database: string | undefined, depth: number, asked: NamesIn['given'] = new Map()): Promise<void> {
    if (depth > DEPTH) throw new AthenaError('views are nested too deeply');
    const [serialized] = await this.ask(`SELECT json_serialize_sql(${text(statement)})`);
    const tree = JSON.parse(serialized) as JsonObject;
    if (Array.isArray(tree.statements) && tree.statements.length > 1) throw new AthenaError(`Only one sql statement is allowed. Got: ${statement}`);
    if (tree.error === true) throw new AthenaError(`SYNTAX_ERROR: ${String(tree.error_message)}\n${MISSING}`);
    const names = namesIn(tree, { tables: [], own: new Set(), given: new Map([...asked].map(([column, values]) => [column, new Set(values)])) });
    for (const { schema, name } of names.tables) {
      const databaseName = (schema || database || '').toLowerCase();
      const table = this.options.table(databaseName, name);
      if (!table && schema === '' && names.own.has(name.toLowerCase())) continue;
      if (!table) throw new AthenaError(`TABLE_NOT_FOUND: Table '${CATALOG}.${databaseName}.${name}' does not exist. There are: ${this.known()}`);
      const full = `${table.databaseName}.${table.name}`;
      if (!this.read.has(full)) await this.create(table, names.given, depth);
    }
    if (database !== undefined) await this.duckdb.run(`SET search_path = '${CATALOG}.${quoted(database.toLowerCase()).replaceAll('\'', '')},memory.main'`);
  }

  private async create(table: GlueTable, given: NamesIn['given'], depth: number): Promise<void> {
    const full = `${table.databaseName}.${table.name}`;
    this.authorize(table);
    const view = `${CATALOG}.${quoted(table.databaseName)}.${quoted(table.name)}`;
    if (table.tableType === 'VIRTUAL_VIEW') {
      const { sql, schema, columns } = viewOf(table);
      await this.resolve(translated(sql), schema, depth + 1, given);
      await this.duckdb.run(`CREATE OR REPLACE VIEW ${view}${columns} AS ${translated(sql)}`);
      return;
    }
    const { store } = this.options;
    const { files, note } = await filesOf(table, given, (bucket, prefix) => store.list(bucket, prefix), this.account.clock.now());
    if (note !== undefined) this.notes.push(note);
    this.read.set(full, { name: full, location: table.location ?? '', files: files.length, bytes: files.reduce((sum, { bytes }) => sum + bytes, 0) });
    const paths = files.map(({ bucket, key, values }) => ({ path: path.join(store.objectsFolder(bucket), ...pathOfKey(key)), values }));
    await this.duckdb.run(`CREATE OR REPLACE VIEW ${view} AS ${await sourceOf(table, paths, sql => this.ask(sql))}`);
  }

  private authorize({ databaseName, name, location }: GlueTable): void {
    const { caller } = this.request;
    for (const resource of ['catalog', `database/${databaseName}`, `table/${databaseName}/${name}`]) caller?.authorize('glue:GetTable', this.account.arn('glue', resource));
    if (location !== undefined) caller?.authorize('s3:GetObject', `arn:${this.account.environment.partition}:s3:::${location.replace(/^s3:\/\//, '')}*`);
  }

  private checkBytes(): void {
    const { workGroup = 'primary' } = this.request;
    const most = this.options.bytesAtMost?.(workGroup) ?? Infinity;
    const bytes = [...this.read.values()].reduce((sum, table) => sum + table.bytes, 0);
    if (bytes > most) throw new AthenaError(`Bytes scanned limit was exceeded: the query would read ${bytes} bytes, and a query of the workgroup ${workGroup} may read ${most}`);
  }

  private onlyDatabase(): string | undefined {
    const names = new Set(this.options.tables().map(({ databaseName }) => databaseName));
    return names.size === 1 ? [...names][0] : undefined;
  }

  private known(): string {
    return this.options.tables().map(({ databaseName, name }) => `${databaseName}.${name}`).join(', ') || 'none';
  }

  private async ask(sql: string): Promise<string[]> {
    return (await this.duckdb.runAndReadAll(sql)).getRowsJson().map(([value]) => String(value));
  }
}

/** Views of Athena are JSON in base64 in a comment. */
function viewOf({ databaseName, name, viewOriginalText = '' }: GlueTable): { sql: string; schema: string; columns: string } {
  const [, base64] = /^\/\* Presto View: (\S+) \*\/$/.exec(viewOriginalText.trim()) ?? [];
  let view: Json = null;
  try {
    view = JSON.parse(Buffer.from(base64 ?? '', 'base64').toString()) as Json;
  } catch { /* told below */ }
  if (!isObject(view) || typeof view.originalSql !== 'string') throw new AthenaError(`INVALID_VIEW: ${databaseName}.${name} must have the text "/* Presto View: <base64 of JSON> */"`);
  const columns = Array.isArray(view.columns) ? view.columns.filter(isObject).map(column => quoted(String(column.name))) : [];
  return { sql: view.originalSql, schema: typeof view.schema === 'string' ? view.schema : databaseName, columns: columns.length > 0 ? `(${columns.join(', ')})` : '' };
}

interface NamesIn {
  readonly tables: { readonly schema: string; readonly name: string }[];
  /** Of the statement's own WITH. */
  readonly own: Set<string>;
  /** Values that columns are compared with. */
  readonly given: Map<string, Set<string>>;
}

function namesIn(tree: Json, found: NamesIn = { tables: [], own: new Set(), given: new Map() }): NamesIn {
  if (Array.isArray(tree)) for (const inside of tree) namesIn(inside, found);
  if (!isObject(tree)) return found;
  if (tree.type === 'BASE_TABLE') found.tables.push({ schema: String(tree.schema_name ?? ''), name: String(tree.table_name) });
  const { cte_map: own } = tree;
  if (isObject(own) && Array.isArray(own.map)) for (const entry of own.map) if (isObject(entry)) found.own.add(String(entry.key).toLowerCase());
  if (tree.type === 'COMPARE_EQUAL') give(found, [tree.left, tree.right]);
  if (tree.type === 'COMPARE_IN' && Array.isArray(tree.children)) for (const value of tree.children.slice(1)) give(found, [tree.children[0], value]);
  for (const inside of Object.values(tree)) namesIn(inside, found);
  return found;
}

function give({ given }: NamesIn, sides: readonly Json[]): void {
  const column = sides.find(side => isObject(side) && side.class === 'COLUMN_REF') as JsonObject | undefined;
  const constant = sides.find(side => isObject(side) && side.class === 'CONSTANT') as JsonObject | undefined;
  if (!column || !constant || !Array.isArray(column.column_names) || !isObject(constant.value)) return;
  const name = String(column.column_names.at(-1)).toLowerCase();
  given.set(name, (given.get(name) ?? new Set()).add(String(constant.value.value)));
}
