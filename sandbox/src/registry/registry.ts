import { randomUUID } from 'crypto';
import { IssuedCertificate } from '../certificates/certificate-authority';
import { Environment, PolicyDocument, PolicySet } from '../policy';
import { notFound, RegistryError } from './registry-error';

export type CertificateStatus = 'ACTIVE' | 'INACTIVE' | 'REVOKED' | 'PENDING_ACTIVATION';
export type ThingPrincipalType = 'NON_EXCLUSIVE_THING' | 'EXCLUSIVE_THING';

export interface Certificate extends IssuedCertificate {
  readonly arn: string;
  readonly createdAt: number;
  status: CertificateStatus;
}

export interface Thing {
  readonly thingName: string;
  readonly arn: string;
  readonly thingId: string;
  thingTypeName?: string;
  billingGroupName?: string;
  attributes: { [name: string]: string };
  version: number;
}

export interface ThingGroup { readonly name: string; readonly arn: string; readonly parent?: string }

/** What a certificate may connect as: its thing, and the documents of all policies that count for the two. */
export interface Principal {
  readonly certificate: Certificate;
  readonly thing?: Thing;
  readonly exclusive: boolean;
  readonly policies: PolicySet;
}

/** https://docs.aws.amazon.com/general/latest/gr/iot-core.html#limits_iot */
const LIMITS = { policiesPerCertificate: 10, groupsPerThing: 10 };

/** Things, certificates and policies of one account and Region, and what is attached to what. */
export class Registry {
  private readonly things = new Map<string, Thing>();
  private readonly certificates = new Map<string, Certificate>();
  private readonly policies = new Map<string, PolicyDocument>();
  private readonly groups = new Map<string, ThingGroup>();
  private readonly types = new Set<string>();
  private readonly billingGroups = new Set<string>();
  /** Names of policies by the ARN that they are attached to. */
  private readonly attachedPolicies = new Map<string, Set<string>>();
  private readonly principalsOfThing = new Map<string, Map<string, ThingPrincipalType>>();
  private readonly groupsOfThing = new Map<string, Set<string>>();
  private readonly compiled = new Map<string, PolicySet>();

  constructor(readonly environment: Environment) {}

  public arn(resource: string): string {
    const { partition, region, account } = this.environment;
    return `arn:${partition}:iot:${region}:${account}:${resource}`;
  }

  // Certificates

  public addCertificate({ certificateId, certificatePem }: IssuedCertificate, status: CertificateStatus): Certificate {
    const certificate = { certificateId, certificatePem, status, arn: this.arn(`cert/${certificateId}`), createdAt: Date.now() };
    this.certificates.set(certificateId, certificate);
    return certificate;
  }

  public certificate(certificateId: string): Certificate {
    const certificate = this.certificates.get(certificateId);
    if (!certificate) throw notFound('Certificate', certificateId);
    return certificate;
  }

  public findCertificate(certificateId: string): Certificate | undefined {
    return this.certificates.get(certificateId);
  }

  public updateCertificate(certificateId: string, status: CertificateStatus): void {
    this.certificate(certificateId).status = status;
  }

  public deleteCertificate(certificateId: string, force = false): void {
    const { status, arn } = this.certificate(certificateId);
    if (status === 'ACTIVE') throw new RegistryError('CertificateStateException', 'The certificate must be deactivated before deletion.');
    if (this.thingsOf(arn).length > 0) throw new RegistryError('DeleteConflictException', 'Things must be detached before deletion.');
    if (this.policiesOf(arn).length > 0 && !force) throw new RegistryError('DeleteConflictException', 'Policies must be detached before deletion.');
    this.attachedPolicies.delete(arn);
    this.certificates.delete(certificateId);
  }

  // Policies

  public createPolicy(policyName: string, document: PolicyDocument): void {
    if (this.policies.has(policyName)) throw new RegistryError('ResourceAlreadyExistsException', `Policy ${policyName} already exists.`);
    PolicySet.compile([document]);
    this.policies.set(policyName, document);
  }

  public policy(policyName: string): PolicyDocument {
    const document = this.policies.get(policyName);
    if (!document) throw notFound('Policy', policyName);
    return document;
  }

  public deletePolicy(policyName: string): void {
    this.policy(policyName);
    if ([...this.attachedPolicies.values()].some(names => names.has(policyName))) {
      throw new RegistryError('DeleteConflictException', `The policy cannot be deleted as the policy is attached to one or more principals (name=${policyName})`);
    }
    this.policies.delete(policyName);
  }

  /** @param target - ARN of a certificate or of a thing group */
  public attachPolicy(policyName: string, target: string): void {
    this.policy(policyName);
    this.checkTarget(target);
    const names = entry(this.attachedPolicies, target, () => new Set<string>());
    if (!names.has(policyName) && names.size >= LIMITS.policiesPerCertificate) {
      throw new RegistryError('LimitExceededException', `The maximum number of policies per target is ${LIMITS.policiesPerCertificate}.`);
    }
    names.add(policyName);
    this.compiled.clear();
  }

  public detachPolicy(policyName: string, target: string): void {
    this.attachedPolicies.get(target)?.delete(policyName);
    this.compiled.clear();
  }

  public policiesOf(target: string): string[] {
    return [...this.attachedPolicies.get(target) ?? []];
  }

  // Things

  public createThing(thingName: string, properties: Partial<Pick<Thing, 'thingTypeName' | 'billingGroupName' | 'attributes'>> = {}): Thing {
    const { thingTypeName, billingGroupName, attributes = {} } = properties;
    if (thingTypeName !== undefined && !this.types.has(thingTypeName)) throw notFound('Thing type', thingTypeName);
    if (billingGroupName !== undefined && !this.billingGroups.has(billingGroupName)) throw notFound('Billing group', billingGroupName);
    const existing = this.things.get(thingName);
    if (existing) {
      const same = existing.thingTypeName === thingTypeName && JSON.stringify(existing.attributes) === JSON.stringify(attributes);
      if (same) return existing;
      throw new RegistryError('ResourceAlreadyExistsException', `Thing ${thingName} already exists in account with different attributes`);
    }
    const thing: Thing = { thingName, arn: this.arn(`thing/${thingName}`), thingId: randomUUID(), thingTypeName, billingGroupName, attributes, version: 1 };
    this.things.set(thingName, thing);
    return thing;
  }

  public thing(thingName: string): Thing {
    const thing = this.things.get(thingName);
    if (!thing) throw notFound('Thing', thingName);
    return thing;
  }

  public findThing(thingName: string): Thing | undefined {
    return this.things.get(thingName);
  }

  public allThings(): Thing[] {
    return [...this.things.values()];
  }

  public updateThing(thingName: string, changes: Partial<Pick<Thing, 'thingTypeName' | 'billingGroupName' | 'attributes'>>): void {
    const thing = this.thing(thingName);
    Object.assign(thing, changes, { version: thing.version + 1 });
  }

  public deleteThing(thingName: string): void {
    this.thing(thingName);
    if (this.principalsOf(thingName).length > 0) {
      throw new RegistryError('InvalidRequestException', `Cannot delete. Thing ${thingName} is still attached to one or more principals`);
    }
    this.things.delete(thingName);
    this.groupsOfThing.delete(thingName);
  }

  public attachThingPrincipal(thingName: string, principal: string, type: ThingPrincipalType = 'NON_EXCLUSIVE_THING'): void {
    this.thing(thingName);
    this.checkTarget(principal);
    const others = this.thingsOf(principal).filter(other => other !== thingName);
    const isExclusive = (other: string) => this.principalsOfThing.get(other)?.get(principal) === 'EXCLUSIVE_THING';
    if (others.some(isExclusive) || (type === 'EXCLUSIVE_THING' && others.length > 0)) {
      throw new RegistryError('InvalidRequestException', `The principal is already attached to ${others.join(', ')}; an exclusive attachment allows one thing.`);
    }
    entry(this.principalsOfThing, thingName, () => new Map<string, ThingPrincipalType>()).set(principal, type);
  }

  public detachThingPrincipal(thingName: string, principal: string): void {
    this.principalsOfThing.get(thingName)?.delete(principal);
  }

  public principalsOf(thingName: string): string[] {
    return [...this.principalsOfThing.get(thingName)?.keys() ?? []];
  }

  public thingsOf(principal: string): string[] {
    return [...this.principalsOfThing].filter(([, principals]) => principals.has(principal)).map(([thingName]) => thingName);
  }

  // Groups and types

  public createThingType(name: string): void {
    this.types.add(name);
  }

  public createBillingGroup(name: string): void {
    this.billingGroups.add(name);
  }

  public createThingGroup(name: string, parent?: string): ThingGroup {
    if (parent !== undefined && !this.groups.has(parent)) throw notFound('Thing group', parent);
    const group = { name, parent, arn: this.arn(`thinggroup/${name}`) };
    this.groups.set(name, group);
    return group;
  }

  public addThingToGroup(thingName: string, groupName: string): void {
    this.thing(thingName);
    if (!this.groups.has(groupName)) throw notFound('Thing group', groupName);
    const names = entry(this.groupsOfThing, thingName, () => new Set<string>());
    if (!names.has(groupName) && names.size >= LIMITS.groupsPerThing) {
      throw new RegistryError('LimitExceededException', `A thing can be in at most ${LIMITS.groupsPerThing} groups.`);
    }
    names.add(groupName);
    this.compiled.clear();
  }

  public groupsOf(thingName: string): string[] {
    return [...this.groupsOfThing.get(thingName) ?? []];
  }

  // Connections

  /**
   * Who a certificate is under a client id. A thing is known where it is attached exclusively, or is named like the client.
   *
   * @see https://docs.aws.amazon.com/iot/latest/developerguide/thing-policy-variables.html
   */
  public principal(certificateId: string, clientId: string): Principal | undefined {
    const certificate = this.certificates.get(certificateId);
    if (!certificate) return undefined;
    const attached = this.thingsOf(certificate.arn);
    const exclusive = attached.find(name => this.principalsOfThing.get(name)!.get(certificate.arn) === 'EXCLUSIVE_THING');
    const thingName = exclusive ?? attached.find(name => name === clientId);
    return {
      certificate,
      thing: thingName === undefined ? undefined : this.things.get(thingName),
      exclusive: exclusive !== undefined,
      policies: this.compiledFor([certificate.arn, ...thingName === undefined ? [] : this.groupArns(thingName)]),
    };
  }

  /** Compiled once for each set of policies, which for a fleet is one. */
  private compiledFor(targets: string[]): PolicySet {
    const names = [...new Set(targets.flatMap(target => this.policiesOf(target)))].sort();
    return entry(this.compiled, names.join('\n'), () => PolicySet.compile(names.map(name => this.policy(name))));
  }

  private groupArns(thingName: string): string[] {
    const withParents = (name: string): string[] => {
      const group = this.groups.get(name);
      return group ? [group.arn, ...group.parent === undefined ? [] : withParents(group.parent)] : [];
    };
    return this.groupsOf(thingName).flatMap(withParents);
  }

  private checkTarget(target: string): void {
    const [, kind, name] = /:(cert|thinggroup)\/(.+)$/.exec(target) ?? [];
    if (kind === 'cert' ? !this.certificates.has(name) : !this.groups.has(name)) throw notFound('Target', target);
  }
}

function entry<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  let value = map.get(key);
  if (value === undefined) map.set(key, value = make());
  return value;
}
