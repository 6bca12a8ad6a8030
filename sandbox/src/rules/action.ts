import { Account, Caller } from '../account';
import { JsonObject } from '../json';
import { CompiledTemplate, Message, Value } from '../sql';
import { ActionProperties } from './action-properties';

/** What a rule made of a message, as its actions see it. */
export interface RuleResult {
  readonly ruleName: string;
  /** The message as it came: substitution templates see this one. */
  readonly message: Message;
  readonly payload: Buffer;
  /** The payload as a value; undefined where it is no JSON. */
  readonly value: Value;
  /** Texts of the templates that ask other services, which were asked before the action. */
  readonly texts?: ReadonlyMap<CompiledTemplate, string>;
}

/** The call that an action makes for one message, before it is made. */
export interface ActionCall {
  readonly service: string;
  readonly operation: string;
  readonly input: object;
  /** What is written to, as the error action names it. */
  readonly resource: string;
  /** Why an answer that is no error means that not everything was taken. */
  refusal?(answer: never): string | undefined;
  /** Where more than the call is needed. */
  send?(account: Account, caller: Caller): Promise<unknown>;
}

/** One action of a rule, its properties read. */
export interface RuleAction {
  /** `S3Action`, as AWS IoT names it in messages of error actions. */
  readonly failedAction: string;
  /** What is written to, as the template has it. */
  readonly resource: string;
  /** Missing where AWS IoT comes by itself, and a policy of the resource lets it in. */
  readonly roleArn?: string;
  /** @throws ActionFailure where the action can do nothing with the result */
  call(result: RuleResult): ActionCall;
}

export type MakeAction = (properties: ActionProperties) => RuleAction;

/** An action that cannot be run with this message. It is not tried again. */
export class ActionFailure extends Error {
  public override readonly name = 'ActionFailure';
}

/** @throws ActionFailure where the result is no JSON object */
export function objectOf({ value }: RuleResult, action: string): ReadonlyMap<string, Value> {
  if (value instanceof Map) return value;
  throw new ActionFailure(`the ${action} action needs a JSON object as the result of the rule's SQL`);
}

/** What an action would send, for people: bytes as the text that they are. */
export function readable(value: unknown): JsonObject {
  return JSON.parse(JSON.stringify(value, (_key, item: unknown) => {
    const { type, data } = (item ?? {}) as { type?: unknown; data?: unknown };
    return type === 'Buffer' && Array.isArray(data) ? Buffer.from(data as number[]).toString('utf8') : item;
  })) as JsonObject;
}
