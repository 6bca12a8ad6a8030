import { compileCondition, CompiledCondition } from './condition';
import { Pattern } from './pattern';
import { asList, hasVariables, parsePolicy, PolicyDocument, Statement, statementsIn } from './policy-document';

/** A statement, read once. */
export interface CompiledStatement {
  /** Name of its policy, or its index where it has none. */
  readonly policy: string | number;
  /** Index in its policy. */
  readonly statement: number;
  readonly sid?: string;
  readonly effect: 'Allow' | 'Deny';
  /** Of Action, or of NotAction where `isNotAction`. */
  readonly actions: readonly string[];
  readonly isNotAction: boolean;
  readonly resources: readonly string[];
  readonly isNotResource: boolean;
  readonly conditions: readonly CompiledCondition[];
  /** Whether the version of its policy has variables. */
  readonly variables: boolean;
  /** Whether what it says of resources can be settled for a connection, once for all its requests. */
  readonly isSettled: boolean;
  hasAction(action: string): boolean;
}

/** Keys that differ between requests of one connection. */
const OF_THE_REQUEST = /\$\{\s*(aws:CurrentTime|aws:EpochTime|iot:ConnectAttributes|iot:LastWillTopic)/i;
/** AWS IoT has fewer actions, and so has what a function calls; a client cannot make up more of them. */
const MOST_REMEMBERED = 100;

/** The policies of a principal, read once for all its connections. */
export class PolicySet {
  /**
   * @param names of the policies, for reasons; their index where absent
   * @param language - what such policies are called, for errors
   * @throws MalformedPolicyError for what AWS would not take
   */
  static compile(policies: readonly (string | PolicyDocument)[], names: readonly string[] = [], language = 'AWS IoT policies'): PolicySet {
    return new PolicySet(policies.map(policy => parsePolicy(policy, language)).flatMap((document, at) =>
      statementsIn(document).map((statement, index) => compileStatement(statement, names[at] ?? at, index, hasVariables(document)))));
  }

  private readonly byAction = new Map<string, readonly CompiledStatement[]>();

  private constructor(readonly statements: readonly CompiledStatement[]) {}

  /** The statements that name an action; names of actions are not case-sensitive. */
  statementsFor(action: string): readonly CompiledStatement[] {
    let found = this.byAction.get(action);
    if (!found) {
      found = this.statements.filter(statement => statement.hasAction(action.toLowerCase()));
      if (this.byAction.size < MOST_REMEMBERED) this.byAction.set(action, found);
    }
    return found;
  }
}

function compileStatement(statement: Statement, policy: string | number, index: number, variables: boolean): CompiledStatement {
  const actions = asList(statement.Action ?? statement.NotAction);
  const patterns = actions.map(action => Pattern.of(action.toLowerCase(), undefined));
  const isNotAction = statement.NotAction !== undefined;
  const resources = asList(statement.Resource ?? statement.NotResource);
  return {
    policy,
    statement: index,
    ...statement.Sid !== undefined && { sid: statement.Sid },
    effect: statement.Effect as CompiledStatement['effect'],
    actions,
    isNotAction,
    resources,
    isNotResource: statement.NotResource !== undefined,
    conditions: compileCondition(statement.Condition ?? {}),
    variables,
    isSettled: !variables || !resources.some(resource => OF_THE_REQUEST.test(resource)),
    hasAction: action => patterns.some(pattern => pattern.matches(action)) !== isNotAction,
  };
}
