import { ActionFailure, RuleResult } from './action';
import { withAttempts } from './attempts';
import { externalFunctions } from './external-functions';
import { DefinedAction, RuleDefinition } from './rule-definition';
import { Account, Caller } from '../account';
import { Dimensions } from '../cloudwatch/metric-store';
import { serviceErrorOf } from '../http';
import { CompiledTemplate, ExternalFunctions, Message, Outcome, parseJson } from '../sql';

/** What AWS IoT writes into a message of an error action. */
export interface Failure { readonly failedAction: string; readonly failedResource: string; readonly errorMessage: string }

const METRICS = 'AWS/IoT';
const NO_DIMENSIONS = {};
/** Results that differ from rule to rule although the statement is the same. */
const OWN_RESULT = /newuuid|rand/i;

/** One topic rule at work. */
export class Rule {
  readonly arn: string;
  /** Rules with the same statement share its result for a message. */
  readonly mayShare: boolean;
  readonly counts = { matches: 0, actionsRun: 0, actionsFailed: 0 };
  private readonly callers = new Map<string, Caller>();
  private readonly itself: Caller;
  private readonly external: ExternalFunctions;
  private readonly dimensions: Dimensions;
  private readonly dimensionsOfActions = new Map<string, Dimensions>();

  constructor(private readonly account: Account, readonly definition: RuleDefinition) {
    this.arn = account.arn('iot', `rule/${definition.name}`);
    this.dimensions = { RuleName: definition.name };
    this.mayShare = definition.compiled.externalCalls.length === 0 && !OWN_RESULT.test(definition.sql);
    this.itself = account.service('iot.amazonaws.com', { 'aws:SourceArn': this.arn });
    this.external = externalFunctions(account, this.arn, roleArn => this.assumed(roleArn));
  }

  /** Resolves when each action, and the error action where one failed, has taken the message or failed. Never rejects. */
  async process(message: Message, evaluated?: Map<string, Outcome>): Promise<void> {
    const { definition, account } = this;
    account.metrics.put(METRICS, 'TopicMatch', this.dimensions);
    if (definition.needsJson && message.json === undefined) {
      account.metrics.put(METRICS, 'ParseError', this.dimensions);
      this.record(message, { failedAction: 'SQL', failedResource: definition.name, errorMessage: 'the payload is no JSON object or array, which the statement needs; no error action runs for that' }, 'none');
      return;
    }
    let outcome: Outcome;
    try {
      outcome = this.evaluate(message, evaluated) ?? await definition.compiled.evaluateWith(this.external, message);
    } catch (error) {
      this.record(message, { failedAction: 'SQL', failedResource: definition.name, errorMessage: `${textOf(error)}; no error action runs for a function of the statement` }, 'none');
      return;
    }
    if (!outcome.match) return;
    this.counts.matches++;
    account.activity.count('ruleMatches');
    account.metrics.put(METRICS, 'RulesExecuted', NO_DIMENSIONS);
    const result: RuleResult = { ruleName: definition.name, message, payload: outcome.payload, value: outcome.value };
    const failures = (await Promise.all(definition.actions.map(action => this.run(action, result)))).filter(failure => failure !== undefined);
    if (failures.length > 0) await this.runErrorAction(message, failures);
  }

  /** What the statement makes of a message; undefined where it asks other services, which only `process` does. */
  evaluate(message: Message, evaluated?: Map<string, Outcome>): Outcome | undefined {
    const { compiled, sql } = this.definition;
    if (compiled.externalCalls.length > 0) return undefined;
    if (!evaluated || !this.mayShare) return compiled.evaluate(message);
    let outcome = evaluated.get(sql);
    if (!outcome) evaluated.set(sql, outcome = compiled.evaluate(message));
    return outcome;
  }

  /** The failure; undefined where the action has taken the message. */
  private async run(action: DefinedAction, result: RuleResult): Promise<Failure | undefined> {
    this.account.activity.count('actionsRun');
    this.counts.actionsRun++;
    const failure = await this.attempt(action, result);
    this.put(failure ? 'Failure' : 'Success', action);
    if (!failure) return undefined;
    this.account.activity.count('actionsFailed');
    this.counts.actionsFailed++;
    return failure;
  }

  /** One message for all that failed. https://docs.aws.amazon.com/iot/latest/developerguide/rule-error-handling.html */
  private async runErrorAction(message: Message, failures: readonly Failure[]): Promise<void> {
    const { errorAction, name: ruleName } = this.definition;
    if (!errorAction) return failures.forEach(failure => this.record(message, failure, 'none'));
    const text = JSON.stringify({
      ruleName,
      topic: message.topic,
      cloudwatchTraceId: message.context.traceId,
      clientId: message.context.clientId ?? 'N/A',
      base64OriginalPayload: Buffer.from(message.payload).toString('base64'),
      failures,
    });
    const parsed = parseJson(text);
    const failure = await this.attempt(errorAction, { ruleName, message, payload: Buffer.from(text), value: parsed.json ? parsed.value : undefined });
    this.put(failure ? 'ErrorActionFailure' : 'ErrorActionSuccess', errorAction);
    for (const failed of failure ? [...failures, failure] : failures) this.record(message, failed, failure ? 'failed' : 'done');
  }

  private async attempt(action: DefinedAction, given: RuleResult): Promise<Failure | undefined> {
    const { account } = this;
    let { resource } = action;
    try {
      const result = action.asking.length === 0 ? given : { ...given, texts: await this.textsOf(action, given.message) };
      const call = action.call(result);
      resource = call.resource;
      const caller = action.roleArn === undefined ? this.itself : this.assumed(action.roleArn);
      const { service, operation, input } = call;
      const send = async (): Promise<unknown> => call.send ? call.send(account, caller) : account.call(service, operation, input, caller);
      const answer = await withAttempts(account.clock, send);
      const refusal = call.refusal?.((answer ?? {}) as never);
      if (refusal !== undefined) throw new ActionFailure(refusal);
      return undefined;
    } catch (error) {
      if (!(error instanceof ActionFailure) && serviceErrorOf(error) === undefined) {
        const what = error instanceof Error ? error.stack ?? error.message : String(error);
        account.activity.record('problem', { message: `rule ${this.definition.name}, action ${action.type}: ${what}` });
      }
      const errorMessage = `${textOf(error)}. Message arrived on: ${given.message.topic}, Action: ${action.type}, Resource: ${resource}`;
      return { failedAction: action.failedAction, failedResource: resource, errorMessage };
    }
  }

  private async textsOf({ asking }: DefinedAction, message: Message): Promise<ReadonlyMap<CompiledTemplate, string>> {
    return new Map(await Promise.all(asking.map(async template => [template, await template.evaluateWith(this.external, message)] as const)));
  }

  /** A role is assumed once: what it may do is asked at each call anyway. */
  private assumed(roleArn: string): Caller {
    let caller = this.callers.get(roleArn);
    if (!caller) this.callers.set(roleArn, caller = this.account.assume(roleArn, 'iot.amazonaws.com', { 'aws:SourceArn': this.arn }));
    return caller;
  }

  private put(metric: string, { type }: DefinedAction): void {
    let dimensions = this.dimensionsOfActions.get(type);
    if (!dimensions) this.dimensionsOfActions.set(type, dimensions = { ...this.dimensions, ActionType: type });
    this.account.metrics.put(METRICS, metric, dimensions);
  }

  private record({ topic }: Message, { failedAction, failedResource, errorMessage }: Failure, errorAction: 'done' | 'failed' | 'none'): void {
    this.account.activity.record('ruleFailure', { rule: this.definition.name, topic, action: failedAction, resource: failedResource, message: errorMessage, errorAction });
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
