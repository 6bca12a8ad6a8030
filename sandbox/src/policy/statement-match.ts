import { arnMatches } from './arn';
import { failedCondition, FailedCondition } from './condition';
import { Pattern } from './pattern';
import { asList, Statement } from './policy-document';
import { RequestContext } from './request-context';

/** How far a statement fits a request. It applies only when nothing is missing. */
export interface StatementMatch {
  readonly action: boolean;
  readonly resource: boolean;
  readonly condition: FailedCondition | undefined;
  /** Variables of its resources that have no value in this request. */
  readonly missingVariables: string[];
  /** Its resources as they read for this request. */
  readonly resources: string[];
}

export function applies(match: StatementMatch): boolean {
  return match.action && match.resource && match.condition === undefined;
}

/** @param variables whether the policy's version has policy variables */
export function matchStatement(statement: Statement, action: string, resource: string, context: RequestContext, variables: boolean): StatementMatch {
  const patterns = asList(statement.Resource ?? statement.NotResource).map(text => Pattern.of(text, variables ? context : undefined));
  return {
    action: actionMatches(statement, action),
    resource: patterns.some(pattern => arnMatches(pattern, resource)) === (statement.NotResource === undefined),
    condition: failedCondition(statement.Condition ?? {}, context, variables),
    missingVariables: [...new Set(patterns.flatMap(pattern => pattern.missingVariables))],
    resources: patterns.map(pattern => pattern.text),
  };
}

/** Names of actions are not case-sensitive. */
function actionMatches(statement: Statement, action: string): boolean {
  const named = asList(statement.Action ?? statement.NotAction)
    .some(pattern => Pattern.of(pattern.toLowerCase(), undefined).matches(action.toLowerCase()));
  return named === (statement.NotAction === undefined);
}
