import { randomUUID } from 'crypto';
import { readable } from './action';
import { Rule } from './rule';
import { ruleDefinitionOf } from './rule-definition';
import { TopicIndex } from './topic-index';
import { Account, Service } from '../account';
import { CreatedResource, ResourceRequest, ResourceType } from '../assembly/resource-type';
import { TemplateError } from '../assembly/template-error';
import { TakenMessage } from '../broker/mqtt-broker';
import { HttpHandler } from '../http';
import { JsonObject } from '../json';
import { Message, Outcome } from '../sql';

/** A rule and what it has done since the start, for whoever watches. */
export interface RuleOverview {
  readonly name: string;
  readonly sql: string;
  readonly isDisabled: boolean;
  /** Names of actions in the template. */
  readonly actions: readonly string[];
  readonly errorAction?: string;
  readonly matches: number;
  readonly actionsRun: number;
  readonly actionsFailed: number;
}

/** What a rule would make of a message. */
export interface RuleTrial {
  readonly rule: string;
  readonly match: boolean;
  /** Why it does not match. */
  readonly reason?: string;
  /** What its actions would get. */
  readonly output?: string;
  /** The call of each action with its templates filled in, or why there would be none. */
  readonly actions: readonly { readonly type: string; readonly call?: string; readonly input?: JsonObject; readonly problem?: string }[];
}

/**
 * The rules engine of AWS IoT: `AWS::IoT::TopicRule`.
 *
 * @see https://docs.aws.amazon.com/iot/latest/developerguide/iot-rules.html
 */
export class RulesService implements Service {
  readonly types: ReadonlyMap<string, ResourceType>;
  readonly endpoints: ReadonlyMap<string, HttpHandler> = new Map();
  private readonly rules = new Map<string, Rule>();
  private readonly index = new TopicIndex<Rule>();

  constructor(private readonly account: Account) {
    this.types = new Map([['AWS::IoT::TopicRule', { create: request => this.create(request) }]]);
  }

  /**
   * Resolves when all actions of all rules that match have taken the message, and error actions where some failed. A broker that acknowledges
   * then loses nothing when this process is killed; AWS acknowledges earlier, when the rules engine has the message.
   */
  async take({ topic, ruleName, payload, clientId, certificateId, sourceIp }: TakenMessage): Promise<void> {
    const listening = ruleName === undefined ? this.index.find(topic) : this.named(ruleName);
    if (listening.length === 0) return;
    const message = this.messageOf(ruleName === undefined ? topic : `$aws/rules/${ruleName}/${topic}`, payload, { clientId, certificateId, sourceIp });
    if (listening.length === 1) return listening[0].process(message);
    const evaluated = new Map<string, Outcome>();
    await Promise.all(listening.map(rule => rule.process(message, evaluated)));
  }

  rulesOverview(): RuleOverview[] {
    return [...this.rules.values()].map(({ definition: { name, sql, isDisabled, actions, errorAction }, counts }) => ({
      name, sql, isDisabled, actions: actions.map(({ type }) => type), errorAction: errorAction?.type, ...counts,
    }));
  }

  /** What each rule would make of a message. No action runs, and no other service is asked. */
  tryRule(topic: string, payload: Buffer): RuleTrial[] {
    const message = this.messageOf(topic, payload, { clientId: 'sandbox', certificateId: '', sourceIp: '127.0.0.1' });
    return [...this.rules.values()].map(rule => trialOf(rule, message));
  }

  private create(request: ResourceRequest): CreatedResource {
    const definition = ruleDefinitionOf(request);
    this.account.hasNoEffect(request, definition.withoutEffect);
    if (this.rules.has(definition.name)) throw new TemplateError(`Resources/${request.logicalId}/Properties/RuleName`, `must be another one: there is a rule ${definition.name} already`);
    const rule = new Rule(this.account, definition);
    this.rules.set(definition.name, rule);
    const { topicFilter } = definition.compiled;
    if (topicFilter !== undefined && !definition.isDisabled) this.index.add(topicFilter, rule);
    return { ref: definition.name, attributes: { Arn: rule.arn } };
  }

  private named(ruleName: string): Rule[] {
    const rule = this.rules.get(ruleName);
    if (!rule) this.account.metrics.put('AWS/IoT', 'RuleNotFound', { RuleName: ruleName });
    return rule && !rule.definition.isDisabled ? [rule] : [];
  }

  private messageOf(publishedTo: string, payload: Buffer, { clientId, certificateId, sourceIp }: Pick<TakenMessage, 'clientId' | 'certificateId' | 'sourceIp'>): Message {
    return new Message(publishedTo, payload, {
      timestamp: this.account.clock.now(),
      accountId: this.account.environment.account,
      traceId: randomUUID(),
      // Empty where the message is no device's, such as that of a service.
      clientId: clientId || undefined,
      principal: certificateId || undefined,
      sourceIp: sourceIp || undefined,
    });
  }
}

function trialOf({ definition }: Rule, message: Message): RuleTrial {
  const { name: rule, compiled } = definition;
  const none = (reason: string): RuleTrial => ({ rule, match: false, reason, actions: [] });
  if (definition.isDisabled) return none('the rule is disabled');
  if (!compiled.accepts(message)) return none(`the topic does not match ${compiled.topicFilter ?? 'the rule, which has Basic Ingest alone'}`);
  if (definition.needsJson && message.json === undefined) return none('the payload is no JSON object or array');
  if (compiled.externalCalls.length > 0) return none(`the statement asks other services (${compiled.externalCalls.join(', ')}), which is not done for a trial`);
  const outcome = compiled.evaluate(message);
  if (!outcome.match) return none('WHERE is not true');
  const actions = definition.actions.map(action => {
    try {
      const { service, operation, input } = action.call({ ruleName: rule, message, payload: outcome.payload, value: outcome.value });
      return { type: action.type, call: `${service}:${operation}`, input: readable(input) };
    } catch (error) {
      return { type: action.type, problem: error instanceof Error ? error.message : String(error) };
    }
  });
  return { rule, match: true, output: outcome.payload.toString('utf8'), actions };
}
