import { randomUUID } from 'crypto';
import { LakeQuery, QueryAnswer } from './lake-query';
import { Account, AwsError, Caller, Operations } from '../account';
import { isObject, Json } from '../json';

/** Answers of so many executions are kept, in memory, of the newest. */
const KEPT = 100;
/** @see https://docs.aws.amazon.com/athena/latest/APIReference/API_GetQueryResults.html */
const MAXIMUM_PAGE = 1_000;
const PRIMARY = 'primary';

export interface NamedQuery {
  readonly id: string;
  readonly workGroup: string;
  readonly name: string;
  readonly database: string;
  readonly sql: string;
  readonly description?: string;
}

export interface AthenaDirectory {
  readonly lake: LakeQuery;
  readonly namedQueries: readonly NamedQuery[];
  readonly workGroups: ReadonlySet<string>;
}

interface Execution {
  readonly id: string;
  readonly token?: string;
  readonly sql: string;
  readonly workGroup: string;
  readonly database?: string;
  readonly submitted: number;
  state: 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'CANCELLED';
  readonly cancel: AbortController;
  reason?: string;
  completed?: number;
  answer?: QueryAnswer;
}
interface Start {
  readonly QueryString?: string;
  readonly WorkGroup?: string;
  readonly QueryExecutionContext?: { readonly Database?: string };
  readonly ClientRequestToken?: string;
}

/** Starts queries and tells what came of them. Answers are kept here, not in the bucket for results, and end with the process. */
export function athenaOperations(account: Account, directory: AthenaDirectory): Operations {
  const executions = new Map<string, Execution>();
  const allow = (caller: Caller, action: string, workGroup: string) => caller.authorize(`athena:${action}`, account.arn('athena', `workgroup/${workGroup}`));
  const executionOf = (caller: Caller, action: string, { QueryExecutionId: id }: { QueryExecutionId?: string }): Execution => {
    const found = executions.get(String(id));
    if (!found) throw invalid(`QueryExecution ${id} was not found`);
    allow(caller, action, found.workGroup);
    return found;
  };
  const run = async (execution: Execution, caller: Caller) => {
    const { sql, database, workGroup } = execution;
    try {
      execution.answer = await directory.lake.query(sql, { database, workGroup, caller, signal: execution.cancel.signal });
      execution.state = 'SUCCEEDED';
    } catch (error) {
      execution.state = execution.cancel.signal.aborted ? 'CANCELLED' : 'FAILED';
      execution.reason = (error as Error).message;
    }
    execution.completed = account.clock.now();
  };
  return {
    StartQueryExecution: (input: Start, caller) => {
      const { QueryString: sql, WorkGroup: workGroup = PRIMARY, QueryExecutionContext: context, ClientRequestToken: token } = input;
      if (typeof sql !== 'string' || sql.trim() === '') throw invalid('QueryString must have a length of at least 1');
      if (workGroup !== PRIMARY && !directory.workGroups.has(workGroup)) throw invalid(`WorkGroup ${workGroup} is not found.`);
      allow(caller, 'StartQueryExecution', workGroup);
      const earlier = token === undefined ? undefined : [...executions.values()].find(execution => execution.token === token);
      if (earlier) return { QueryExecutionId: earlier.id };
      const execution: Execution = { id: randomUUID(), token, sql, workGroup, database: context?.Database, submitted: account.clock.now(), state: 'RUNNING', cancel: new AbortController() };
      executions.set(execution.id, execution);
      for (const old of [...executions.keys()].slice(0, -KEPT)) executions.delete(old);
      void run(execution, caller);
      return { QueryExecutionId: execution.id };
    },
    StopQueryExecution: (input: { QueryExecutionId?: string }, caller) => {
      executionOf(caller, 'StopQueryExecution', input).cancel.abort();
      return {};
    },
    GetQueryExecution: (input: { QueryExecutionId?: string }, caller) => {
      const { id, sql, database, workGroup, state, reason, submitted, completed, answer } = executionOf(caller, 'GetQueryExecution', input);
      return {
        QueryExecution: {
          QueryExecutionId: id,
          Query: sql,
          StatementType: 'DML',
          WorkGroup: workGroup,
          QueryExecutionContext: { Catalog: 'awsdatacatalog', ...database !== undefined && { Database: database } },
          Status: {
            State: state,
            SubmissionDateTime: submitted / 1000,
            ...completed !== undefined && { CompletionDateTime: completed / 1000 },
            ...reason !== undefined && { StateChangeReason: reason },
          },
          Statistics: {
            TotalExecutionTimeInMillis: (completed ?? account.clock.now()) - submitted,
            DataScannedInBytes: (answer?.tables ?? []).reduce((sum, { bytes }) => sum + bytes, 0),
          },
        },
      };
    },
    GetQueryResults: (input: { QueryExecutionId?: string; MaxResults?: number; NextToken?: string }, caller) => {
      const { answer, state } = executionOf(caller, 'GetQueryResults', input);
      if (!answer) throw invalid(`Query has not yet finished. Current state: ${state}`);
      const names = answer.columns.map(({ name }) => name);
      // As in Athena, the first row of the first page holds the names.
      const rows = [names, ...answer.rows];
      const from = pageStart(input.NextToken, rows.length);
      const until = from + Math.min(Math.max(1, input.MaxResults ?? MAXIMUM_PAGE), MAXIMUM_PAGE);
      return {
        ResultSet: {
          Rows: rows.slice(from, until).map(row => ({
            Data: row.map((value, at) => value === null ? {} : { VarCharValue: cellOf(value, answer.columns[at].type) }),
          })),
          ResultSetMetadata: {
            ColumnInfo: answer.columns.map(({ name, type }) => ({ CatalogName: 'hive', Name: name, Label: name, Type: type.replace(/\(.*/, '') })),
          },
        },
        UpdateCount: 0,
        ...until < rows.length && { NextToken: String(until) },
      };
    },
    ListNamedQueries: ({ WorkGroup: workGroup = PRIMARY }: { WorkGroup?: string }, caller) => {
      allow(caller, 'ListNamedQueries', workGroup);
      return { NamedQueryIds: directory.namedQueries.filter(query => query.workGroup === workGroup).map(({ id }) => id) };
    },
    GetNamedQuery: ({ NamedQueryId: id }: { NamedQueryId?: string }, caller) => {
      const found = directory.namedQueries.find(query => query.id === id);
      if (!found) throw invalid(`Named query ${id} is not found.`);
      allow(caller, 'GetNamedQuery', found.workGroup);
      const { name, description, database, sql, workGroup } = found;
      return {
        NamedQuery: { NamedQueryId: found.id, Name: name, Description: description, Database: database, QueryString: sql, WorkGroup: workGroup },
      };
    },
  };
}

/** Whole numbers of a double have a decimal place in Athena. */
function cellOf(value: Json, type: string): string {
  return (type === 'double' || type === 'float') && Number.isInteger(value) ? `${String(value)}.0` : textOf(value);
}

/** Maps as `{a=1, b=2}` and lists as `[1, 2]`, as Athena writes them. DuckDB gives a map as a list of its entries. */
function textOf(value: Json): string {
  if (Array.isArray(value)) {
    const isMap = value.length > 0 && value.every(entry => isObject(entry) && Object.keys(entry).join() === 'key,value');
    if (!isMap) return `[${value.map(textOf).join(', ')}]`;
    return `{${value.filter(isObject).map(({ key, value: inside }) => `${textOf(key)}=${textOf(inside)}`).join(', ')}}`;
  }
  if (isObject(value)) return `{${Object.entries(value).map(([name, inside]) => `${name}=${textOf(inside)}`).join(', ')}}`;
  return String(value);
}

function pageStart(token: string | undefined, rows: number): number {
  if (token === undefined) return 0;
  const start = Number(token);
  if (!Number.isInteger(start) || start < 1 || start >= rows) throw invalid('NextToken is malformed');
  return start;
}

function invalid(message: string): AwsError {
  return new AwsError('InvalidRequestException', message, 400);
}
