import { admitTo, Authorizer, Certificate, Connection, Decision, PolicySet, Request } from '../policy';
import { Principal, Registry } from '../registry/registry';

export interface Connecting {
  readonly certificateId: string;
  readonly clientId: string;
  /** What its policies may ask of the certificate beside its id. */
  readonly certificate?: Certificate;
  readonly sourceIp?: string;
}

/** Topics of one connection whose permission is remembered. */
const MOST_REMEMBERED = 256;
const CLOCK = /aws:(currenttime|epochtime)/i;

/**
 * What one connection may do, now: a change of its policies, their attachments, its thing or its certificate counts for the next action.
 * AWS says that this takes minutes.
 */
export class Permissions {
  /** Undefined where the registry does not know the certificate. */
  static of(registry: Registry, connecting: Connecting, now: () => number): Permissions | undefined {
    const principal = registry.principal(connecting.certificateId, connecting.clientId);
    return principal && new Permissions(registry, connecting, now, principal);
  }

  private revision: number;
  private authorizer: Authorizer;
  private isTimeless: boolean;
  private readonly remembered = new Set<string>();

  private constructor(
    private readonly registry: Registry, private readonly connecting: Connecting, private readonly now: () => number,
    private principal: Principal | undefined,
  ) {
    this.revision = registry.revision;
    this.authorizer = this.authorizerOf(principal!);
    this.isTimeless = isTimeless(principal!.policies);
  }

  get thingName(): string | undefined {
    return this.principal?.thing?.thingName;
  }

  get isExclusive(): boolean {
    return this.principal?.exclusive === true;
  }

  decide(request: Request): Decision {
    this.refresh();
    const problem = this.problem(request);
    return problem ?? admitTo(this.authorizer, request);
  }

  /** The same for a topic, which a device uses again and again: that it may is remembered where the clock has no say in it. */
  allowsTopic(action: 'iot:Publish' | 'iot:Receive', topic: string, retain: boolean): Decision | undefined {
    this.refresh();
    const key = `${action[4]}${retain ? 1 : 0}${topic}`;
    if (this.remembered.has(key) && this.problem({ action, topic }) === undefined) return undefined;
    const decision = this.decide({ action, topic, retain });
    if (decision.decision === 'deny') return decision;
    if (this.isTimeless) {
      if (this.remembered.size >= MOST_REMEMBERED) this.remembered.clear();
      this.remembered.add(key);
    }
    return undefined;
  }

  private refresh(): void {
    if (this.revision === this.registry.revision) return;
    this.revision = this.registry.revision;
    const before = this.principal;
    const principal = this.registry.principal(this.connecting.certificateId, this.connecting.clientId);
    this.principal = principal;
    if (!principal) return;
    if (before?.policies === principal.policies && before.thing === principal.thing && before.exclusive === principal.exclusive) return;
    this.remembered.clear();
    this.authorizer = this.authorizerOf(principal);
    this.isTimeless = isTimeless(principal.policies);
  }

  private problem(request: Request): Decision | undefined {
    const { certificateId } = this.connecting;
    const deny = (reason: string): Decision =>
      ({ decision: 'deny', cause: 'implicit-deny', reason: `${request.action} is denied: certificate ${certificateId} ${reason}` });
    if (!this.principal) return deny('is not registered');
    const { status, claim } = this.principal.certificate;
    if (status !== 'ACTIVE') return deny(`is ${status}`);
    if (claim && claim.expires <= this.now()) return deny('is a provisioning claim that has expired');
    return undefined;
  }

  private authorizerOf({ thing, exclusive, policies }: Principal): Authorizer {
    const { clientId, certificateId, certificate, sourceIp } = this.connecting;
    const connection: Connection = {
      clientId,
      thingName: thing?.thingName ?? null,
      thingAttached: thing !== undefined,
      exclusive,
      thingTypeName: thing?.thingTypeName,
      attributes: thing?.attributes,
      certificate: certificate ?? { id: certificateId },
      sourceIp,
    };
    return new Authorizer(policies, connection, this.registry.environment);
  }
}

const timeless = new WeakMap<PolicySet, boolean>();

function isTimeless(policies: PolicySet): boolean {
  let known = timeless.get(policies);
  if (known === undefined) {
    known = policies.statements.every(({ resources, conditions }) => ![...resources, ...conditions.flatMap(({ key, expected }) => [key, ...expected])]
      .some(text => CLOCK.test(text)));
    timeless.set(policies, known);
  }
  return known;
}
