import { Connection, Environment } from './connection';
import { decide, Decision } from './decision';
import { hasVariables, parsePolicy, PolicyDocument, statementsIn } from './policy-document';
import { Request, resourceOf } from './request';
import { RequestContext } from './request-context';
import { matchStatement } from './statement-match';

/** What the AWS pages use in their examples. */
export const EXAMPLE_ENVIRONMENT: Environment = { partition: 'aws', region: 'us-east-1', account: '123456789012' };

/**
 * Decides one action as AWS IoT does: all policies of the principal together, for this action and nothing else.
 *
 * What the broker asks for one packet may be more than one action: see `broker.ts`.
 *
 * @see https://docs.aws.amazon.com/iot/latest/developerguide/iot-policies.html
 */
export function evaluate(
  policies: (string | PolicyDocument)[], connection: Connection, request: Request, environment: Environment = EXAMPLE_ENVIRONMENT,
): Decision {
  const context = new RequestContext(connection, request, environment);
  const resource = resourceOf(request, connection, environment);
  const statements = policies.map(parsePolicy).flatMap((document, policy) => statementsIn(document).map((statement, at) => ({
    policy,
    statement: at,
    effect: statement.Effect,
    match: matchStatement(statement, request.action, resource, context, hasVariables(document)),
  })));
  return decide(statements, request.action, resource);
}
