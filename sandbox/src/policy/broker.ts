import { Authorizer } from './authorizer';
import { Connection, Environment } from './connection';
import { Decision } from './decision';
import { EXAMPLE_ENVIRONMENT } from './evaluate';
import { PolicyDocument } from './policy-document';
import { PolicySet } from './policy-set';
import { Request } from './request';

/**
 * The actions that the broker asks for before it takes a packet: a last will is published in the client's name, and RETAIN is an
 * action of its own.
 *
 * @see https://docs.aws.amazon.com/iot/latest/developerguide/retained-message-policy-examples.html
 */
export function actionsOf(request: Request): Request[] {
  const { lastWill } = request;
  if (request.action === 'iot:Connect' && lastWill) {
    return [request, ...actionsOf({ action: 'iot:Publish', topic: lastWill.topic, retain: lastWill.retain })];
  }
  if (request.action === 'iot:Publish' && request.retain) return [request, { ...request, action: 'iot:RetainPublish' }];
  return [request];
}

/** What the broker as a whole does with a packet: the first denial, or the permission. */
export function admitTo(authorizer: Authorizer, request: Request): Decision {
  const decisions = actionsOf(request).map(action => authorizer.decide(action));
  return decisions.find(({ decision }) => decision === 'deny') ?? decisions[0];
}

/** The same for one packet alone. */
export function admit(
  policies: (string | PolicyDocument)[], connection: Connection, request: Request, environment: Environment = EXAMPLE_ENVIRONMENT,
): Decision {
  return admitTo(new Authorizer(PolicySet.compile(policies), connection, environment), request);
}
