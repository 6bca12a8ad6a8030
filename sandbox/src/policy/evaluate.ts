import { Authorizer } from './authorizer';
import { Connection, Environment } from './connection';
import { Decision } from './decision';
import { PolicyDocument } from './policy-document';
import { PolicySet } from './policy-set';
import { Request } from './request';

/** What the AWS pages use in their examples. */
export const EXAMPLE_ENVIRONMENT: Environment = { partition: 'aws', region: 'us-east-1', account: '123456789012' };

/** Decides one action alone. For many actions of a connection make an Authorizer. */
export function evaluate(
  policies: (string | PolicyDocument)[], connection: Connection, request: Request, environment: Environment = EXAMPLE_ENVIRONMENT,
): Decision {
  return new Authorizer(PolicySet.compile(policies), connection, environment).decide(request);
}
