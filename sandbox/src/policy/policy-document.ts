/** A policy as it is written: every list may also be one value alone. */
export interface PolicyDocument {
  readonly Version?: string;
  readonly Id?: string;
  readonly Statement: Statement | Statement[];
}

export interface Statement {
  readonly Sid?: string;
  readonly Effect: string;
  readonly Action?: string | string[];
  readonly NotAction?: string | string[];
  readonly Resource?: string | string[];
  readonly NotResource?: string | string[];
  readonly Condition?: ConditionBlock;
}

export type ConditionValue = string | number | boolean;
/** Operator to key to the values, of which one must match. */
export type ConditionBlock = Record<string, Record<string, ConditionValue | ConditionValue[]>>;

/** The version of the language that has policy variables. A document without a version is of the one before. */
const VERSION_WITH_VARIABLES = '2012-10-17';
const ELEMENTS = ['Sid', 'Effect', 'Action', 'NotAction', 'Resource', 'NotResource', 'Condition'];

export function statementsIn(document: PolicyDocument): Statement[] {
  return asList(document.Statement);
}

export function hasVariables(document: PolicyDocument): boolean {
  return document.Version === VERSION_WITH_VARIABLES;
}

export function asList<T>(value: T | T[] | undefined): T[] {
  return value === undefined ? [] : Array.isArray(value) ? value : [value];
}

/**
 * Reads a policy as AWS would take it, or says why it would not.
 *
 * @param language - what such policies are called, for errors
 * @throws MalformedPolicyError
 */
export function parsePolicy(policy: string | PolicyDocument, language: string): PolicyDocument {
  const parsed = documentOf(policy);
  if (parsed.Version !== undefined && !['2012-10-17', '2008-10-17'].includes(parsed.Version)) {
    throw new MalformedPolicyError(`Version ${JSON.stringify(parsed.Version)} is unknown`);
  }
  statementsIn(parsed).forEach((statement, at) => checkStatement(statement, `statement ${at}`, language));
  return parsed;
}

/** An object with statements, from itself or its text. Nothing else is looked at. */
export function documentOf(policy: unknown): PolicyDocument {
  const document = typeof policy === 'string' ? parseJson(policy) : policy;
  if (typeof document !== 'object' || document === null || !('Statement' in document)) throw new MalformedPolicyError('a policy needs a Statement');
  return document as PolicyDocument;
}

export class MalformedPolicyError extends Error {
  readonly name = 'MalformedPolicyError';
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new MalformedPolicyError(`the policy is not JSON: ${(error as Error).message}`);
  }
}

function checkStatement(statement: Statement, name: string, language: string): void {
  if (typeof statement !== 'object' || statement === null) throw new MalformedPolicyError(`${name} is not an object`);
  if (statement.Effect !== 'Allow' && statement.Effect !== 'Deny') throw new MalformedPolicyError(`${name}: Effect is neither Allow nor Deny`);
  const unknown = Object.keys(statement).filter(element => !ELEMENTS.includes(element));
  if (unknown.length > 0) throw new MalformedPolicyError(`${name}: ${unknown.join(', ')} is not an element of ${language}`);
  checkPair(statement.Action, statement.NotAction, `${name}: Action`);
  checkPair(statement.Resource, statement.NotResource, `${name}: Resource`);
}

function checkPair(element: unknown, negated: unknown, name: string): void {
  if ((element === undefined) === (negated === undefined)) throw new MalformedPolicyError(`${name} or its Not form must be there, and only one of them`);
  const texts = asList(element ?? negated);
  if (!texts.every(text => typeof text === 'string')) throw new MalformedPolicyError(`${name} holds something other than text`);
}
