import { asList, MalformedPolicyError } from '../policy/policy-document';

/** Who makes a call. */
export type Principal = RolePrincipal | ServicePrincipal;

export interface RolePrincipal {
  readonly kind: 'role';
  readonly account: string;
  /** Without its path. */
  readonly name: string;
  /** As it was given; of a session, the ARN of the role without a path. */
  readonly roleArn: string;
  /** ARN of the session, where the caller named one. */
  readonly sessionArn?: string;
}

export interface ServicePrincipal {
  readonly kind: 'service';
  /** `iot.amazonaws.com` */
  readonly name: string;
}

const ROLE = /^arn:[^:]+:iam::(\d{12}):role\/(?:.*\/)?([^/]+)$/;
const SESSION = /^arn:([^:]+):sts::(\d{12}):assumed-role\/([^/]+)\/[^/]+$/;
const SERVICE = /^[a-z0-9.-]+\.amazonaws\.com(\.cn)?$/;
const ACCOUNT = /^(?:arn:[^:]+:iam::)?(\d{12})(?::root)?$/;

/**
 * Reads who calls: ARN of a role or of a session of one, or name of a service.
 *
 * @throws Error for users, which nothing in a template of functions and rules is
 */
export function principalOf(text: string): Principal {
  const role = ROLE.exec(text);
  if (role) return { kind: 'role', account: role[1], name: role[2], roleArn: text };
  const session = SESSION.exec(text);
  if (session) {
    const [, partition, account, name] = session;
    return { kind: 'role', account, name, roleArn: `arn:${partition}:iam::${account}:role/${name}`, sessionArn: text };
  }
  if (SERVICE.test(text)) return { kind: 'service', name: text };
  throw new Error(`a caller must be the ARN of a role or of its session, or a service such as lambda.amazonaws.com, got: ${text}`);
}

/**
 * How closely a policy names a principal. `account` leaves the decision to the identity policies of the account; `role` grants, within
 * the role's permissions boundary; `direct` grants to the session, the service or everyone.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
 */
export type Closeness = 'account' | 'role' | 'direct';
const ORDER: readonly (Closeness | undefined)[] = [undefined, 'account', 'role', 'direct'];

export function closer(left: Closeness | undefined, right: Closeness | undefined): Closeness | undefined {
  return ORDER.indexOf(left) >= ORDER.indexOf(right) ? left : right;
}

export type PrincipalText = '*' | { readonly [kind: string]: string | string[] };
const KINDS = ['AWS', 'Service', 'Federated', 'CanonicalUser'];

/** The Principal of a statement, or its NotPrincipal. */
export class PrincipalElement {
  /** @throws MalformedPolicyError for what AWS would not take */
  static of(text: unknown, negated: boolean, place: string): PrincipalElement {
    if (text === '*') return new PrincipalElement(['*'], [], negated);
    if (typeof text !== 'object' || text === null || Array.isArray(text)) throw new MalformedPolicyError(`${place} must be "*" or an object`);
    const unknown = Object.keys(text).find(kind => !KINDS.includes(kind));
    if (unknown !== undefined) throw new MalformedPolicyError(`${place}: ${unknown} is not a kind of principal`);
    const { AWS, Service } = text as { AWS?: string | string[]; Service?: string | string[] };
    const partly = [...asList(AWS), ...asList(Service)].find(value => value !== '*' && /[*?]/.test(value));
    if (partly !== undefined) throw new MalformedPolicyError(`${place}: a wildcard cannot match a part of a principal, got ${partly}`);
    return new PrincipalElement(asList(AWS), asList(Service), negated);
  }

  private constructor(private readonly aws: readonly string[], private readonly services: readonly string[], private readonly negated: boolean) {}

  /** @param bounded - whether a permissions boundary is set on the role: a NotPrincipal then never leaves it out */
  closenessTo(principal: Principal, bounded: boolean): Closeness | undefined {
    if (!this.negated) return this.named(principal);
    return this.isLeftOut(principal) && !bounded ? undefined : 'direct';
  }

  private named(principal: Principal): Closeness | undefined {
    if (this.aws.includes('*')) return 'direct';
    if (principal.kind === 'service') return this.services.includes(principal.name) ? 'direct' : undefined;
    if (principal.sessionArn !== undefined && this.aws.includes(principal.sessionArn)) return 'direct';
    if (this.namesRole(principal)) return 'role';
    return this.namesAccount(principal) ? 'account' : undefined;
  }

  /**
   * A role is left out of a NotPrincipal only when its account is listed beside it, and AWS may ask for the session as well.
   *
   * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html
   */
  private isLeftOut(principal: Principal): boolean {
    if (principal.kind === 'service') return this.services.includes(principal.name);
    return this.namesAccount(principal) && this.namesRole(principal)
      && (principal.sessionArn === undefined || this.aws.includes(principal.sessionArn));
  }

  /** A session tells its role without the path, so that only name and account are compared then. */
  private namesRole({ roleArn, sessionArn, account, name }: RolePrincipal): boolean {
    if (sessionArn === undefined) return this.aws.includes(roleArn);
    return this.aws.some(value => {
      const role = ROLE.exec(value);
      return role !== null && role[1] === account && role[2] === name;
    });
  }

  private namesAccount({ account }: RolePrincipal): boolean {
    return this.aws.some(value => ACCOUNT.exec(value)?.[1] === account);
  }
}
