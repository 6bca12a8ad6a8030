import { FailedCondition } from './condition';
import { CompiledStatement } from './policy-set';

export interface Decision {
  readonly decision: 'allow' | 'deny';
  /** `allowed`; `explicit-deny`: a Deny applies; `implicit-deny`: no Allow does. */
  readonly cause: 'allowed' | 'explicit-deny' | 'implicit-deny';
  /** One sentence for a person. */
  readonly reason: string;
  /** The statement that decided, or for an implicit deny the Allow that came nearest. */
  readonly nearest?: CompiledStatement;
  /** For an implicit deny, what of the nearest Allow did not fit. */
  readonly mismatch?: Mismatch;
}

/** How far an Allow that names the action fits a request. */
export interface Mismatch {
  /** Whether its resources do. */
  readonly covers: boolean;
  /** Its resources as they read for this request. */
  readonly resources: readonly string[];
  /** Variables of its resources that have no value in this request. */
  readonly missingVariables: readonly string[];
  readonly condition: FailedCondition | undefined;
}

export function deniedBy(statement: CompiledStatement, action: string, resource: string): Decision {
  return { decision: 'deny', cause: 'explicit-deny', reason: `${nameOf(statement)} denies ${action} on ${resource}`, nearest: statement };
}

export function allowedBy(statement: CompiledStatement, action: string, resource: string): Decision {
  return { decision: 'allow', cause: 'allowed', reason: `${nameOf(statement)} allows ${action} on ${resource}`, nearest: statement };
}

export function notAllowed(
  candidates: readonly (Mismatch & { readonly statement: CompiledStatement })[], statements: number, action: string, resource: string,
): Decision {
  const deny = (reason: string): Decision => ({ decision: 'deny', cause: 'implicit-deny', reason });
  if (statements === 0) return deny(`no policy with a statement is attached, so ${action} on ${resource} is denied`);
  if (candidates.length === 0) return deny(`no statement allows ${action}`);
  const closeness = ({ covers, resources }: Mismatch) => covers ? Infinity : Math.max(0, ...resources.map(text => commonPrefix(text, resource)));
  const { statement, ...mismatch } = candidates.reduce((best, next) => closeness(next) > closeness(best) ? next : best);
  return { ...deny(`${nameOf(statement)} allows ${whyNot(mismatch, action, resource)}`), nearest: statement, mismatch };
}

function whyNot({ covers, resources, missingVariables, condition }: Mismatch, action: string, resource: string): string {
  if (!covers && missingVariables.length > 0) return `${action}, but ${missingVariables.map(name => `\${${name}}`).join(', ')} has no value here`;
  if (!covers) return `${action} on ${resources.join(', ')}, which does not match ${resource}`;
  const { operator, key, expected, actual } = condition!;
  const found = actual === undefined ? 'is not in the request' : `is ${JSON.stringify(actual)}`;
  return `${action} on ${resource}, but only if ${operator} ${key} ${JSON.stringify(expected)}, and it ${found}`;
}

function nameOf({ policy, statement }: CompiledStatement): string {
  return `statement ${statement} of policy ${policy}`;
}

function commonPrefix(left: string, right: string): number {
  let length = 0;
  while (length < left.length && left[length] === right[length]) length++;
  return length;
}
