import { AskedFor, AuthorizationRequest, Context } from './authorization-request';
import { awsManagedPolicy } from './aws-managed-policies';
import { Decision } from './decision';
import { evaluate } from './evaluate';
import { NamedPolicy, Policies } from './policies';
import { principalOf, RolePrincipal } from './principal';
import { policyCarrierOf, serviceOf } from './resource-arn';
import { documentOf, PolicyDocument, Statement } from '../policy/policy-document';

/** A role as the template has it. */
export interface Role {
  readonly arn: string;
  /** Who may assume it. */
  readonly trust: unknown;
  readonly inlinePolicies: readonly NamedPolicy[];
  readonly managedPolicyArns: readonly string[];
  readonly permissionsBoundary?: string;
  readonly tags: Readonly<Record<string, string>>;
}

interface CompiledRole {
  readonly identity: Policies;
  readonly boundary?: Policies;
  readonly unmodelled: readonly string[];
}

/** What a key has without a policy of its own. @see https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html */
const delegatingTo = (account: string): PolicyDocument => ({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { AWS: account }, Action: 'kms:*', Resource: '*' } as Statement],
});

/** What a topic has without a policy of its own. @see https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-use-cases.html */
const defaultOfTopic = (arn: string, account: string): PolicyDocument => ({
  Version: '2008-10-17',
  Statement: [{
    Effect: 'Allow',
    Principal: { AWS: '*' },
    Action: ['Publish', 'Subscribe', 'GetTopicAttributes', 'SetTopicAttributes', 'AddPermission', 'RemovePermission', 'DeleteTopic', 'ListSubscriptionsByTopic']
      .map(action => `sns:${action}`),
    Resource: arn,
    Condition: { StringEquals: { 'aws:SourceOwner': account } },
  } as Statement],
});

/** Calls that are made again and again, such as those of rules for each message. */
const MOST_REMEMBERED = 10_000;
const CLOCK = /aws:(currenttime|epochtime)/i;

/** All roles and policies of what is deployed; answers whether a call may be made. */
export class IamDirectory {
  private readonly roles = new Map<string, Role>();
  private readonly attached = new Map<string, NamedPolicy[]>();
  private readonly managed = new Map<string, NamedPolicy>();
  private readonly ofResources = new Map<string, { readonly name: string; readonly statements: unknown[]; readonly version?: string }>();
  private readonly notes: string[] = [];
  private readonly compiledRoles = new Map<string, CompiledRole>();
  private readonly compiledResources = new Map<string, Policies>();
  /** Decisions since the last change of a policy. */
  private readonly remembered = new Map<string, Decision>();
  /** Whether no policy asks for the time, so that a decision stays. */
  private isTimeless = true;

  /** @throws MalformedPolicyError for a policy that IAM would not take */
  addRole(role: Role): void {
    Policies.ofTrust({ name: 'the trust policy', document: role.trust });
    Policies.ofIdentity(role.inlinePolicies);
    this.roles.set(keyOf(principalOf(role.arn) as RolePrincipal), role);
    this.compiledRoles.clear();
    this.compiledResources.delete(role.arn);
    this.changedBy(role);
  }

  /** Adds a policy to a role by its name; the role need not be there yet, nor be of a template. */
  attach(account: string, roleName: string, policy: NamedPolicy): void {
    Policies.ofIdentity([policy]);
    const key = keyOf({ account, name: roleName });
    this.attached.set(key, [...this.attached.get(key) ?? [], policy]);
    this.compiledRoles.clear();
    this.changedBy(policy);
  }

  addManagedPolicy(arn: string, policy: NamedPolicy): void {
    Policies.ofIdentity([policy]);
    this.managed.set(arn, policy);
    this.compiledRoles.clear();
    this.changedBy(policy);
  }

  /** Takes the place of the policy that the resource has. */
  setResourcePolicy(arn: string, { name, document }: NamedPolicy): void {
    Policies.ofResource({ name, document });
    const { Statement: statements, Version: version } = documentOf(document);
    this.ofResources.set(arn, { name, statements: [statements].flat(), version });
    this.compiledResources.delete(arn);
    this.changedBy(document);
  }

  /** Adds a statement to the policy of a resource, as `lambda:AddPermission` does. */
  addPermission(arn: string, name: string, statement: unknown): void {
    Policies.ofResource({ name, document: { Statement: [statement] } });
    const known = this.ofResources.get(arn);
    this.ofResources.set(arn, { name: known?.name ?? name, statements: [...known?.statements ?? [], statement], version: '2012-10-17' });
    this.compiledResources.delete(arn);
    this.changedBy(statement);
  }

  /** Whether the caller may do it. */
  authorize(request: AuthorizationRequest): Decision {
    const { principal, action, resource, context } = request;
    const key = JSON.stringify([principal, action, resource, context]);
    const known = this.remembered.get(key);
    if (known) return known;
    const decision = this.decide(request);
    if (this.isTimeless) {
      if (this.remembered.size >= MOST_REMEMBERED) this.remembered.clear();
      this.remembered.set(key, decision);
    }
    return decision;
  }

  private changedBy(policies: unknown): void {
    this.remembered.clear();
    if (CLOCK.test(JSON.stringify(policies))) this.isTimeless = false;
  }

  private decide(request: AuthorizationRequest): Decision {
    const caller = principalOf(request.principal);
    const role = caller.kind === 'role' ? this.roles.get(keyOf(caller)) : undefined;
    const asked = new AskedFor(request, role);
    const carrier = policyCarrierOf(request.resource);
    const service = serviceOf(request.resource);
    return evaluate(asked, {
      ...caller.kind === 'role' ? this.policiesOf(caller, role) : { unmodelled: [] },
      resource: this.policyOf(carrier, service, asked),
      resourceName: `the policy of ${carrier}`,
      resourceMustAllow: service === 'kms',
    }, request.principal);
  }

  /**
   * Whether a service or another role may assume a role.
   *
   * @param context - what the assuming service says of itself: `aws:SourceAccount`, `aws:SourceArn`
   */
  canAssume(roleArn: string, principal: string, context: Context = {}): Decision {
    const caller = principalOf(principal);
    const own = caller.kind === 'role' ? this.roles.get(keyOf(caller)) : undefined;
    const asked = new AskedFor({ principal, action: 'sts:AssumeRole', resource: roleArn, context }, own);
    const assumed = this.roles.get(keyOf(principalOf(roleArn) as RolePrincipal));
    if (!assumed) {
      const reason = `${principal} may not sts:AssumeRole on ${roleArn}: there is no such role`;
      return { principal, action: asked.action, resource: roleArn, decision: 'deny', cause: 'implicit-deny', reason };
    }
    return evaluate(asked, {
      ...caller.kind === 'role' ? this.policiesOf(caller, own) : { unmodelled: [] },
      resource: this.compiled(assumed.arn, () => Policies.ofTrust({ name: `the trust policy of ${assumed.arn}`, document: assumed.trust })),
      resourceName: 'its trust policy',
      resourceMustAllow: true,
      isTrust: true,
    }, principal);
  }

  private policiesOf(caller: RolePrincipal, role: Role | undefined): CompiledRole {
    const key = keyOf(caller);
    let compiled = this.compiledRoles.get(key);
    // Only roles that the template has or gives policies are remembered: callers cannot make up more of them.
    if (!compiled) {
      compiled = this.compileRole(role, this.attached.get(key) ?? []);
      if (role || this.attached.has(key)) this.compiledRoles.set(key, compiled);
    }
    return compiled;
  }

  private compileRole(role: Role | undefined, attached: readonly NamedPolicy[]): CompiledRole {
    const arns = role?.managedPolicyArns ?? [];
    const managed = arns.map(arn => this.managedPolicy(arn));
    const unknown = arns.filter((_arn, at) => managed[at] === undefined).map(arn => `${arn} is attached to it and not modelled`);
    const boundary = role?.permissionsBoundary === undefined ? undefined : this.managedPolicy(role.permissionsBoundary);
    return {
      identity: Policies.ofIdentity([...role?.inlinePolicies ?? [], ...attached, ...managed.filter(policy => policy !== undefined)]),
      ...boundary && { boundary: Policies.ofIdentity([boundary]) },
      unmodelled: role ? unknown : ['the role is not of a template, so that only policies which a template attaches are known'],
    };
  }

  private managedPolicy(arn: string): NamedPolicy | undefined {
    const ofAws = awsManagedPolicy(arn);
    return ofAws ? { name: arn.slice(arn.lastIndexOf('/') + 1), document: ofAws } : this.managed.get(arn);
  }

  /** Says of something in a template that AWS would look at it and this does not. */
  note(sentence: string): void {
    this.notes.push(sentence);
  }

  /** What AWS would look at and this does not, one sentence each; for the start. */
  get unmodelled(): readonly string[] {
    return [...this.notes, ...[...this.roles.values()].flatMap(({ arn, managedPolicyArns, permissionsBoundary }) => [
      ...managedPolicyArns.filter(policy => !this.managedPolicy(policy)).map(policy => `${arn}: the managed policy ${policy} is not modelled; what it allows is denied`),
      ...permissionsBoundary === undefined || this.managedPolicy(permissionsBoundary) ? []
        : [`${arn}: the permissions boundary ${permissionsBoundary} is not modelled; what it forbids is allowed`],
    ])];
  }

  private policyOf(carrier: string, service: string, asked: AskedFor): Policies | undefined {
    // A secret may be named without the six characters that end its ARN.
    const arn = this.ofResources.has(carrier) ? carrier : service === 'secretsmanager' ? carrier.replace(/-[A-Za-z0-9]{6}$/, '') : carrier;
    const known = this.ofResources.get(arn);
    if (known) {
      const document = { Version: known.version, Statement: known.statements };
      return this.compiled(arn, () => Policies.ofResource({ name: known.name, document }));
    }
    const account = asked.resourceAccount;
    if (account === undefined) return undefined;
    const byDefault = service === 'kms' ? delegatingTo(account) : service === 'sns' ? defaultOfTopic(carrier, account) : undefined;
    return byDefault && Policies.ofResource({ name: 'the default policy', document: byDefault });
  }

  private compiled(arn: string, compile: () => Policies): Policies {
    let found = this.compiledResources.get(arn);
    if (!found) this.compiledResources.set(arn, found = compile());
    return found;
  }
}

function keyOf({ account, name }: { readonly account: string; readonly name: string }): string {
  return `${account}/${name}`;
}
