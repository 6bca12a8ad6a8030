import { RuleAction } from './action';
import { ActionProperties, CompileTemplate } from './action-properties';
import { ACTIONS, UNMODELLED_ACTIONS, unmodelled } from './actions';
import { AVAILABLE } from './external-functions';
import { needsJson } from './needs-json';
import { ResourceRequest } from '../assembly/resource-type';
import { TemplateError } from '../assembly/template-error';
import { unsupportedProperties } from '../assembly/unsupported-properties';
import { isObject, Json, JsonObject } from '../json';
import { CompiledRule, CompiledTemplate, compileRule, SqlError } from '../sql';

const SQL_VERSION = '2016-03-23';
/** https://docs.aws.amazon.com/iot/latest/apireference/API_CreateTopicRule.html */
const RULE_NAME = /^[a-zA-Z0-9_]{1,128}$/;
const MAXIMUM_ACTIONS = 10;

/** An action with its name in the template. */
export interface DefinedAction extends RuleAction {
  readonly type: string;
  /** Templates that ask other services before the action runs. */
  readonly asking: readonly CompiledTemplate[];
}

/** A topic rule as its template defines it. */
export interface RuleDefinition {
  readonly name: string;
  readonly sql: string;
  readonly isDisabled: boolean;
  readonly compiled: CompiledRule;
  /** A payload that is no JSON is a parse error. */
  readonly needsJson: boolean;
  readonly actions: readonly DefinedAction[];
  readonly errorAction?: DefinedAction;
  /** Paths of properties without effect, and of actions that are not modelled. */
  readonly withoutEffect: readonly string[];
}

/** @throws TemplateError with the place in the template and, within SQL, line and column */
export function ruleDefinitionOf(request: ResourceRequest): RuleDefinition {
  const place = `Resources/${request.logicalId}/Properties`;
  const payload = request.properties.TopicRulePayload;
  if (!isObject(payload)) throw new TemplateError(`${place}/TopicRulePayload`, `needs an object, got ${JSON.stringify(payload ?? null)}`);
  const fail = (name: string, problem: string): never => {
    throw new TemplateError(`${place}/${name}`, problem);
  };
  const name = String(request.properties.RuleName ?? request.generatedName(128).replace(/[^a-zA-Z0-9_]/g, '_'));
  if (!RULE_NAME.test(name)) fail('RuleName', `must be 1 to 128 letters, digits and underscores, got ${JSON.stringify(name)}`);
  const version = payload.AwsIotSqlVersion;
  if (version !== SQL_VERSION) fail('TopicRulePayload/AwsIotSqlVersion', `must be ${SQL_VERSION}, the only one that is modelled, got ${JSON.stringify(version ?? '2015-10-08')}${version === undefined ? ', which holds where nothing is set' : ''}`);
  const { Sql: sql } = payload;
  if (typeof sql !== 'string') return fail('TopicRulePayload/Sql', `needs a text, got ${JSON.stringify(sql ?? null)}`);
  const compiled = compiledFrom(`${place}/TopicRulePayload/Sql`, () => compileRule(sql, { name, external: AVAILABLE }));

  const actionList = payload.Actions ?? [];
  if (!Array.isArray(actionList) || actionList.length > MAXIMUM_ACTIONS) return fail('TopicRulePayload/Actions', `needs a list of at most ${MAXIMUM_ACTIONS} actions`);
  const withoutEffect = unsupportedProperties(request.properties, {
    RuleName: true,
    Tags: true,
    TopicRulePayload: { Sql: true, AwsIotSqlVersion: true, RuleDisabled: true, Description: true, Actions: true, ErrorAction: true },
  });
  const take = (json: Json, where: string, compile: CompileTemplate): DefinedAction => {
    const { action, unread } = definedAction(json, `${place}/TopicRulePayload/${where}`, compile);
    withoutEffect.push(...unread.map(path => path.slice(place.length + 1)));
    return action;
  };
  return {
    name,
    sql,
    isDisabled: String(payload.RuleDisabled) === 'true',
    compiled,
    needsJson: needsJson(sql),
    actions: actionList.map((action, at) => take(action, `Actions/${at}`, (text, options) => compiled.template(text, { external: AVAILABLE, ...options }))),
    // Functions that ask a service are not allowed here. https://docs.aws.amazon.com/iot/latest/developerguide/rule-error-handling.html
    errorAction: payload.ErrorAction === undefined ? undefined : take(payload.ErrorAction, 'ErrorAction', (text, options) => compiled.template(text, options)),
    withoutEffect,
  };
}

function definedAction(json: Json, location: string, compile: CompileTemplate): { action: DefinedAction; unread: string[] } {
  const [type, ...others] = isObject(json) ? Object.keys(json).filter(key => json[key] !== null) : [];
  if (type === undefined || others.length > 0) throw new TemplateError(location, 'needs exactly one action');
  if (UNMODELLED_ACTIONS.has(type)) return { action: { ...unmodelled(type), type, asking: [] }, unread: [`${location}/${type}`] };
  const make = ACTIONS.get(type);
  if (!make) throw new TemplateError(`${location}/${type}`, `is no action of AWS IoT; there are ${[...ACTIONS.keys(), ...UNMODELLED_ACTIONS].sort().join(', ')}`);
  const inner = (json as JsonObject)[type];
  if (!isObject(inner)) throw new TemplateError(`${location}/${type}`, `needs an object, got ${JSON.stringify(inner)}`);
  const properties = new ActionProperties(inner, `${location}/${type}`, compile);
  const action = make(properties);
  return { action: { ...action, type, asking: properties.allAsking }, unread: properties.unread };
}

function compiledFrom<T>(location: string, compile: () => T): T {
  try {
    return compile();
  } catch (error) {
    if (error instanceof SqlError) throw new TemplateError(location, error.message);
    throw error;
  }
}
