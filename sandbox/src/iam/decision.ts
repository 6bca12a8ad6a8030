import { AskedFor } from './authorization-request';
import { Fit } from './policies';
import { CompiledStatement } from '../policy/policy-set';

/** Where a statement stands. */
export type Source = 'identity' | 'boundary' | 'resource' | 'trust';

export interface StatementReference {
  readonly source: Source;
  /** Name of its policy. */
  readonly policy: string;
  /** Index in its policy. */
  readonly statement: number;
  readonly sid?: string;
  readonly effect: 'Allow' | 'Deny';
}

export interface Decision {
  readonly decision: 'allow' | 'deny';
  /** `allowed`; `explicit-deny`: a Deny applies; `implicit-deny`: no Allow does. */
  readonly cause: 'allowed' | 'explicit-deny' | 'implicit-deny';
  readonly principal: string;
  /** What was asked for; with `resource`, what is missing when it is denied. */
  readonly action: string;
  readonly resource: string;
  /** One sentence for a person. */
  readonly reason: string;
  /** The statement that decided, or for an implicit deny the Allow that came nearest. */
  readonly statement?: StatementReference;
}

export function referenceTo({ policy, statement, sid, effect }: CompiledStatement, source: Source): StatementReference {
  return { source, policy: String(policy), statement, ...sid !== undefined && { sid }, effect };
}

/** `statement 2 (OnlyOverTls) of Policy` */
export function nameOf({ policy, statement, sid }: CompiledStatement): string {
  return `statement ${statement}${sid === undefined ? '' : ` (${sid})`} of ${policy}`;
}

export function subjectOf({ principal }: AskedFor): string {
  return principal.kind === 'role' ? `role ${principal.name}` : principal.name;
}

/** The Allow that came nearest: one whose condition fails, then one that has the action, then one that has the resource. */
export function nearestOf(fits: readonly Fit[], resource: string): Fit | undefined {
  const closeness = (fit: Fit) => fit.action && fit.resource ? Infinity
    : fit.action ? 1_000 + Math.max(0, ...fit.statement.resources.map(text => commonPrefix(text, resource)))
      : fit.resource ? 1 : 0;
  const best = fits.reduce<Fit | undefined>((found, next) => !found || closeness(next) > closeness(found) ? next : found, undefined);
  return best && closeness(best) > 0 ? best : undefined;
}

/** What the statements allow instead, to follow `…: its statements`. */
export function insteadOf(nearest: Fit | undefined, { action, resource }: AskedFor): string {
  if (nearest === undefined) return `name neither ${action} nor ${resource}`;
  const { statement } = nearest;
  if (nearest.action && nearest.resource && nearest.condition) {
    const { operator, key, expected, actual } = nearest.condition;
    const found = actual === undefined ? 'is not in the request' : `is ${JSON.stringify(actual)}`;
    return `allow it only if ${operator} ${key} ${JSON.stringify(expected)}, and it ${found} (${nameOf(statement)})`;
  }
  if (nearest.action) return `allow ${action} ${statement.isNotResource ? 'except ' : ''}on ${statement.resources.join(', ')} (${nameOf(statement)})`;
  return `allow ${statement.isNotAction ? 'everything but ' : ''}${statement.actions.join(', ')} on ${resource} (${nameOf(statement)})`;
}

function commonPrefix(left: string, right: string): number {
  let length = 0;
  while (length < left.length && left[length] === right[length]) length++;
  return length;
}
