import { AskedFor } from './authorization-request';
import { Decision, insteadOf, nameOf, nearestOf, referenceTo, Source, subjectOf } from './decision';
import { Policies } from './policies';

/** All policies that a request is held against. */
export interface ApplicablePolicies {
  /** Of the role that calls; a service has none. */
  readonly identity?: Policies;
  readonly boundary?: Policies;
  /** Of what is called, or who may assume the role. */
  readonly resource?: Policies;
  /** What the last one is called in reasons: `the policy of the key`. */
  readonly resourceName: string;
  /** For keys and roles: nothing is allowed but what this policy says, or leaves to the identity policies. */
  readonly resourceMustAllow: boolean;
  readonly isTrust?: boolean;
  /** What hangs on the caller and is not modelled, for denials that it might have kept from. */
  readonly unmodelled: readonly string[];
}

/**
 * A Deny in any policy wins. Then a resource's policy that names the session or service allows; then identity policies, within the
 * permissions boundary, or a resource's policy that names the role. Between accounts both have to.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html
 */
export function evaluate(asked: AskedFor, policies: ApplicablePolicies, principal: string): Decision {
  const { identity, boundary, resource, resourceMustAllow, isTrust = false } = policies;
  const { action, principal: caller } = asked;
  const about = { principal, action, resource: asked.resource };
  const ofResource: Source = isTrust ? 'trust' : 'resource';
  const layers: [Policies | undefined, Source][] = [[identity, 'identity'], [boundary, 'boundary'], [resource, ofResource]];

  for (const [layer, source] of layers) {
    const deny = layer?.denying(asked, boundary !== undefined);
    if (!deny) continue;
    const reason = `${subjectOf(asked)} may not ${action} on ${asked.resource}: ${nameOf(deny)} denies it`;
    return { ...about, decision: 'deny', cause: 'explicit-deny', reason, statement: referenceTo(deny, source) };
  }

  const byResource = resource?.allowing(asked);
  const byIdentity = identity?.allowing(asked);
  const allowed = (by: NonNullable<typeof byResource>, source: Source): Decision => ({
    ...about,
    decision: 'allow',
    cause: 'allowed',
    reason: `${subjectOf(asked)} may ${action} on ${asked.resource}: ${nameOf(by.statement)} allows it`,
    statement: referenceTo(by.statement, source),
  });
  const denied = (why: string, near?: { readonly statement: Parameters<typeof referenceTo>[0] }, source: Source = 'identity'): Decision => ({
    ...about,
    decision: 'deny',
    cause: 'implicit-deny',
    reason: [`${subjectOf(asked)} may not ${action} on ${asked.resource}: ${why}`, ...source === 'identity' ? policies.unmodelled : []].join('; '),
    ...near && { statement: referenceTo(near.statement, source) },
  });
  const nearResource = () => nearestOf(resource?.fits(asked) ?? [], asked.resource);
  const statementsOfResource = () => resource === undefined || resource.fits(asked).length === 0 ? `${policies.resourceName} does not name it`
    : `the statements of ${policies.resourceName} for it ${insteadOf(nearResource(), asked)}`;

  if (caller.kind === 'service') {
    if (byResource) return allowed(byResource, ofResource);
    if (!resource || resource.isEmpty) return denied('only a policy of the resource lets a service in, and there is none');
    return denied(statementsOfResource(), nearResource(), ofResource);
  }

  const sameAccount = asked.resourceAccount === undefined || asked.resourceAccount === caller.account;
  if (byResource?.closeness === 'direct' && sameAccount) return allowed(byResource, ofResource);
  const named = byResource?.closeness === 'role' || byResource?.closeness === 'direct';
  const missesIdentity = () => {
    const near = nearestOf(identity?.fits(asked) ?? [], asked.resource);
    return denied(!identity || identity.isEmpty ? 'no policy with a statement is attached to it' : `its statements ${insteadOf(near, asked)}`, near);
  };

  const isGranted = sameAccount
    ? named || (byIdentity !== undefined && (!resourceMustAllow || byResource !== undefined))
    : byResource !== undefined && byIdentity !== undefined;
  if (!isGranted) {
    const resourceIsMissing = byResource === undefined && (resourceMustAllow || !sameAccount);
    if (!resourceIsMissing) return missesIdentity();
    const elsewhere = !resource && !sameAccount ? `account ${asked.resourceAccount} has to let it in, and no policy of the resource is known here` : statementsOfResource();
    return denied(elsewhere, nearResource(), ofResource);
  }
  if (boundary && !boundary.allowing(asked)) {
    const near = nearestOf(boundary.fits(asked), asked.resource);
    return denied(`its permissions boundary has to allow it as well, whose statements ${insteadOf(near, asked)}`, near, 'boundary');
  }
  return named && !byIdentity ? allowed(byResource!, ofResource) : allowed(byIdentity ?? byResource!, byIdentity ? 'identity' : ofResource);
}
