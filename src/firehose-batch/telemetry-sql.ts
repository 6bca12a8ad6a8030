import { Token } from 'aws-cdk-lib';
import { topicFilterProblems } from '../mqtt/topic';
import { Problem, numberProblems } from '../private/validation';
import { sqlWordIn } from '../rules/sql-words';

export const DEFAULT_TOPIC_FILTER = 'data/#';
/** A topic has at most 7 slashes. */
const TOPIC_LEVELS = { min: 1, max: 8, unit: 'topic levels' };
/** Names that the SQL can take as they are; others would need get(). */
const FIELD_NAME = /^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*$/;
/** What ends or changes a text in single quotes inside the statement. */
const UNQUOTABLE = /['\\\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** What the statement is made from. */
export interface TelemetrySqlOptions {
  readonly topicFilter?: string;
  readonly thingNameTopicLevel?: number;
  readonly batchField?: string;
}

/** Columns that the statement adds to every message, with their types in the lake. */
export const ADDED_COLUMNS = { iot_topic: 'string', iot_timestamp: 'bigint', iot_client_id: 'string', iot_trace_id: 'string', iot_thing_name: 'string' } as const;

/**
 * The statement of the rule: the message, and what only AWS IoT knows about it.
 *
 * The added names start with `iot_`, so that they do not hide what a device sends.
 */
export function telemetrySql(options: TelemetrySqlOptions): string {
  const topicFilter = options.topicFilter ?? DEFAULT_TOPIC_FILTER;
  const added: { [name in keyof typeof ADDED_COLUMNS]: string } = {
    iot_topic: 'topic()',
    iot_timestamp: 'timestamp()',
    iot_client_id: 'clientid()',
    iot_trace_id: 'traceid()',
    iot_thing_name: thingNameSql(topicFilter, options.thingNameTopicLevel),
  };
  const columns = Object.entries(added);
  if (options.batchField === undefined) {
    return `SELECT *, ${columns.map(([name, value]) => `${value} AS ${name}`).join(', ')} FROM '${topicFilter}'`;
  }
  const object = columns.map(([name, value]) => `'${name}': ${value}`).join(', ');
  return `SELECT VALUE transform('enrichArray', {${object}}, ${options.batchField}) FROM '${topicFilter}'`;
}

/** Whether a statement can have an array as its result, which `batchMode` needs. A token may. */
export function selectsValue(sql: string): boolean {
  return Token.isUnresolved(sql) || /^\s*(SET\b[\s\S]*?)?SELECT\s+VALUE\b/i.test(sql);
}

export function telemetrySqlProblems({ topicFilter, thingNameTopicLevel, batchField }: TelemetrySqlOptions): Problem[] {
  return [
    ...topicFilterProblems('topicFilter', topicFilter),
    ...quoteProblems(topicFilter),
    ...numberProblems('thingNameTopicLevel', thingNameTopicLevel, TOPIC_LEVELS),
    ...fieldProblems(batchField),
  ];
}

/**
 * Topics name the thing where the filter leaves a level open: `data/#` and `data/+/x` in the second. The policy of the
 * thing guards that level, and it is also there for messages over HTTP, where clientid() is `n/a`.
 */
function thingNameSql(topicFilter: string, level?: number): string {
  if (level !== undefined) return `topic(${Token.asString(level)})`;
  const open = Token.isUnresolved(topicFilter) ? 1 : topicFilter.split('/').findIndex(part => part === '+' || part === '#');
  return open < 0 ? 'clientid()' : `topic(${open + 1})`;
}

function quoteProblems(topicFilter?: string): Problem[] {
  if (topicFilter === undefined || Token.isUnresolved(topicFilter)) return [];
  const found = [...new Set(topicFilter.match(UNQUOTABLE))];
  if (found.length === 0) return [];
  return [{
    prop: 'topicFilter',
    got: topicFilter,
    allowed: 'a topic filter without single quotes, backslashes, line breaks and other control characters, which end or change it in the SQL',
    fix: `choose topics without ${JSON.stringify(found.join(''))}`,
  }];
}

function fieldProblems(batchField?: string): Problem[] {
  if (batchField === undefined || Token.isUnresolved(batchField)) return [];
  const word = sqlWordIn(batchField);
  if (FIELD_NAME.test(batchField) && word === undefined) return [];
  if (word !== undefined) {
    return [{
      prop: 'batchField', got: batchField, allowed: `a field without ${word}, a word of AWS IoT SQL`, fix: 'rename the field, or write the statement yourself with sql and batchMode',
    }];
  }
  return [{
    prop: 'batchField',
    got: batchField,
    allowed: 'a name, or names joined by dots, of letters, digits and underscores that does not start with a digit',
    fix: 'rename the field, or write the statement yourself with sql and batchMode',
  }];
}
