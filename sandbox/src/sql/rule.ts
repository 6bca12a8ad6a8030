import { compileExpression, compileSelection, isStarAlone, Surroundings } from './compile';
import { toBoolean } from './conversion';
import { SqlError } from './error';
import { withExternalCalls } from './external-call';
import { ExternalFunction, ExternalFunctions } from './functions/external';
import { writeJson } from './json';
import { Message } from './message';
import { parseStatement } from './parser';
import { Evaluate, Evaluation, ExternalAnswers, Scope } from './scope';
import { CompiledTemplate, compileTemplateWith, TemplateOptions } from './template';
import { compileTopicFilter, problemOfTopicFilter } from './topic-filter';
import { Value } from './value';

export interface RuleOptions {
  /** The name of the rule: what Basic Ingest publishes to it by. Without it, no such message reaches the rule. */
  readonly name?: string;
  /** External functions that the caller brings to `evaluateWith`. Any other one is an error. */
  readonly external?: readonly ExternalFunction[];
}

/** What a rule makes of a message. */
export type Outcome =
  | { readonly match: false; readonly reason: 'topic' | 'where' }
  | {
    readonly match: true;
    /** What goes to the actions: JSON, or the bytes of a payload that is none. */
    readonly payload: Buffer;
    /** The same as a value, for actions that look into it. Undefined for bytes, and where nothing was selected. */
    readonly value: Value;
  };

/** A rule's statement, ready for messages. */
export interface CompiledRule {
  /** Missing where only Basic Ingest invokes the rule. */
  readonly topicFilter?: string;
  /** External functions that the statement calls, in its order. */
  readonly externalCalls: readonly ExternalFunction[];
  /** Whether the message reaches the rule at all, by its topic. */
  accepts(message: Message): boolean;
  /** Never throws. External functions give Undefined. */
  evaluate(message: Message): Outcome;
  /** The same with external functions; rejects where one of them does. */
  evaluateWith(functions: ExternalFunctions, message: Message): Promise<Outcome>;
  /** A substitution template of one of the rule's actions: it may use the variables that the rule sets. */
  template(text: string, options?: TemplateOptions): CompiledTemplate;
}

/**
 * Reads the SQL of a rule (2016-03-23) once; everything that can be wrong with it is an error now.
 *
 * @throws SqlError with line and column.
 */
export function compileRule(sql: string, options: RuleOptions = {}): CompiledRule {
  const { variables, select, topicFilter, where } = parseStatement(sql);
  const problem = topicFilter && problemOfTopicFilter(topicFilter.text);
  if (problem) throw new SqlError(problem, sql, topicFilter.at);

  const names = new Map<string, number>();
  const surroundings: Surroundings = { source: sql, variables: names, external: new Set(options.external), sites: [] };
  const values: Evaluate[] = [];
  for (const { name, value } of variables) {
    values.push(compileExpression(value, surroundings));
    names.set(name, names.size);
  }
  const condition = where && compileExpression(where, surroundings);
  const selection = compileSelection(select, surroundings);
  const starAlone = isStarAlone(select);
  const matches = topicFilter && compileTopicFilter(topicFilter.text);

  function accepts(message: Message): boolean {
    if (message.basicIngestRule !== undefined) return message.basicIngestRule === options.name;
    return matches !== undefined && matches(message.topicLevels);
  }

  function evaluate(message: Message, external?: ExternalAnswers): Outcome {
    if (!accepts(message)) return { match: false, reason: 'topic' };
    const scope = new Scope(new Evaluation(message, values, external));
    if (condition && toBoolean(condition(scope)) !== true) return { match: false, reason: 'where' };
    const value = selection(scope);
    if (value === undefined && starAlone) return { match: true, payload: asBuffer(message.payload), value };
    return { match: true, payload: value === undefined ? Buffer.alloc(0) : Buffer.from(writeJson(value)), value };
  }

  return {
    topicFilter: topicFilter?.text,
    externalCalls: surroundings.sites.map(({ name }) => name as ExternalFunction),
    accepts,
    evaluate: message => evaluate(message),
    evaluateWith: (functions, message) => withExternalCalls(functions, external => evaluate(message, external)),
    template: (text, templateOptions) => compileTemplateWith(text, names, values, templateOptions),
  };
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
