import { randomUUID } from 'crypto';
import { Attachments } from './attachments';
import { KeptMap } from './kept-map';
import { PolicyTable } from './policy-table';
import { RecordFile } from './record-file';
import { invalid, notFound, RegistryError } from './registry-error';
import { ThingClasses } from './thing-classes';
import { IssuedCertificate } from '../certificates/certificate-authority';
import { Environment, PolicySet } from '../policy';

export type CertificateStatus = 'ACTIVE' | 'INACTIVE' | 'REVOKED' | 'PENDING_ACTIVATION';
export type ThingPrincipalType = 'NON_EXCLUSIVE_THING' | 'EXCLUSIVE_THING';

/** A claim of a trusted user: good for one template, and not for long. */
export interface TemporaryClaim { readonly templateName: string; readonly expires: number }

export interface Certificate extends IssuedCertificate {
  readonly arn: string;
  readonly createdAt: number;
  readonly modifiedAt: number;
  readonly status: CertificateStatus;
  /** Only the certificate of an authority that is registered for just-in-time provisioning brings one. */
  readonly caCertificateId?: string;
  readonly claim?: TemporaryClaim;
}

export interface Thing {
  readonly thingName: string;
  readonly arn: string;
  readonly thingId: string;
  readonly thingTypeName?: string;
  readonly billingGroupName?: string;
  readonly attributes: { readonly [name: string]: string };
  readonly version: number;
}

export type ThingSettings = Partial<Pick<Thing, 'thingTypeName' | 'billingGroupName' | 'attributes'>>;

/** What a certificate may connect as: its thing, and the documents of all policies that count for the two. */
export interface Principal {
  readonly certificate: Certificate;
  readonly thing?: Thing;
  readonly exclusive: boolean;
  readonly policies: PolicySet;
}

export interface RegistryOptions {
  /** Where everything is kept; in memory alone where absent. */
  readonly file?: RecordFile;
  readonly now?: () => number;
}

/** https://docs.aws.amazon.com/general/latest/gr/iot-core.html#limits_iot */
const LIMITS = { policiesPerTarget: 10, groupsPerThing: 10 };

/** Things, certificates and policies of one account and Region, and what is attached to what. No private key is ever in here. */
export class Registry {
  readonly policies: PolicyTable;
  readonly classes: ThingClasses;
  private readonly things: KeptMap<Thing>;
  private readonly certificates: KeptMap<Certificate>;
  private readonly policiesOfTargets: Attachments;
  private readonly principalsOfThings: Attachments<ThingPrincipalType>;
  private readonly groupsOfThings: Attachments;
  private readonly claimPolicies = new Map<string, PolicySet>();
  private readonly deactivations = new Set<(certificateId: string) => void>();
  private readonly now: () => number;
  private changes = 0;

  constructor(readonly environment: Environment, { file, now = Date.now }: RegistryOptions = {}) {
    this.now = now;
    const changed = () => { this.changes++; };
    const arn = (resource: string) => this.arn(resource);
    this.policies = new PolicyTable(new KeptMap('policy', file, changed), arn, now);
    this.classes = new ThingClasses(arn, now, file, changed);
    this.things = new KeptMap('thing', file, changed);
    this.certificates = new KeptMap('certificate', file, changed);
    this.policiesOfTargets = new Attachments('policyAttachment', file, changed);
    this.principalsOfThings = new Attachments('thingPrincipal', file, changed);
    this.groupsOfThings = new Attachments('groupOfThing', file, changed);
  }

  /** Rises with every change that can matter to a connection: whoever remembers something asks whether it still holds. */
  public get revision(): number {
    return this.changes;
  }

  public arn(resource: string): string {
    const { partition, region, account } = this.environment;
    return `arn:${partition}:iot:${region}:${account}:${resource}`;
  }

  /** Calls back when a certificate stops being ACTIVE or is deleted. Returns how to stop that. */
  public onDeactivation(listener: (certificateId: string) => void): () => void {
    this.deactivations.add(listener);
    return () => this.deactivations.delete(listener);
  }

  // Certificates

  public addCertificate(
    { certificateId, certificatePem }: IssuedCertificate, status: CertificateStatus, more: Pick<Certificate, 'caCertificateId' | 'claim'> = {},
  ): Certificate {
    const createdAt = this.now();
    return this.certificates.set(certificateId, {
      certificateId, certificatePem, status, arn: this.arn(`cert/${certificateId}`), createdAt, modifiedAt: createdAt, ...more,
    });
  }

  public certificate(certificateId: string): Certificate {
    const certificate = this.certificates.get(certificateId);
    if (!certificate) throw notFound('Certificate', certificateId);
    return certificate;
  }

  public findCertificate(certificateId: string): Certificate | undefined {
    return this.certificates.get(certificateId);
  }

  public allCertificates(): Certificate[] {
    return this.certificates.values();
  }

  public updateCertificate(certificateId: string, status: CertificateStatus): void {
    const certificate = this.certificate(certificateId);
    if (certificate.status === status) return;
    this.certificates.set(certificateId, { ...certificate, status, modifiedAt: this.now() });
    if (status !== 'ACTIVE') this.tellDeactivated(certificateId);
  }

  public deleteCertificate(certificateId: string, force = false): void {
    const { status, arn } = this.certificate(certificateId);
    if (status === 'ACTIVE') throw new RegistryError('CertificateStateException', 'The certificate must be deactivated before deletion.');
    if (this.thingsOf(arn).length > 0) throw new RegistryError('DeleteConflictException', 'Things must be detached before deletion.');
    if (this.policiesOf(arn).length > 0 && !force) throw new RegistryError('DeleteConflictException', 'Policies must be detached before deletion.');
    this.policiesOfTargets.removeHolder(arn);
    this.certificates.delete(certificateId);
    this.tellDeactivated(certificateId);
  }

  // Policies

  public deletePolicy(policyName: string): void {
    this.policies.get(policyName);
    if (this.targetsOf(policyName).length > 0) {
      throw new RegistryError('DeleteConflictException', `The policy cannot be deleted as the policy is attached to one or more principals (name=${policyName})`);
    }
    this.policies.delete(policyName);
  }

  /** @param target - ARN of a certificate or of a thing group */
  public attachPolicy(policyName: string, target: string): void {
    this.policies.get(policyName);
    this.checkTarget(target);
    const names = this.policiesOf(target);
    if (!names.includes(policyName) && names.length >= LIMITS.policiesPerTarget) {
      throw new RegistryError('LimitExceededException', `The maximum number of policies per target is ${LIMITS.policiesPerTarget}.`);
    }
    this.policiesOfTargets.add(target, policyName, true);
  }

  public detachPolicy(policyName: string, target: string): void {
    this.policiesOfTargets.remove(target, policyName);
  }

  public policiesOf(target: string): string[] {
    return this.policiesOfTargets.itemsOf(target);
  }

  public targetsOf(policyName: string): string[] {
    return this.policiesOfTargets.holdersOf(policyName);
  }

  // Things

  public createThing(thingName: string, settings: ThingSettings = {}): Thing {
    const { thingTypeName, billingGroupName, attributes = {} } = settings;
    this.checkSettings(settings);
    const existing = this.things.get(thingName);
    if (existing) {
      const sameClasses = existing.thingTypeName === thingTypeName && existing.billingGroupName === billingGroupName;
      if (sameClasses && sameAttributes(existing.attributes, attributes)) return existing;
      throw new RegistryError('ResourceAlreadyExistsException', `Thing ${thingName} already exists in account with different attributes`);
    }
    return this.things.set(thingName, {
      thingName,
      arn: this.arn(`thing/${thingName}`),
      thingId: randomUUID(),
      ...thingTypeName !== undefined && { thingTypeName },
      ...billingGroupName !== undefined && { billingGroupName },
      attributes,
      version: 1,
    });
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
    return this.things.values();
  }

  /** A setting that is there and undefined is taken away. */
  public updateThing(thingName: string, changes: ThingSettings, expectedVersion?: number): void {
    const thing = this.thing(thingName);
    checkVersion(thing, expectedVersion);
    const { thingTypeName, billingGroupName } = { ...thing, ...changes };
    this.checkSettings({
      ...thingTypeName !== thing.thingTypeName && { thingTypeName }, ...billingGroupName !== thing.billingGroupName && { billingGroupName },
    });
    this.things.set(thingName, { ...thing, ...changes, version: thing.version + 1 });
  }

  public deleteThing(thingName: string, expectedVersion?: number): void {
    checkVersion(this.thing(thingName), expectedVersion);
    if (this.principalsOf(thingName).length > 0) throw invalid(`Cannot delete. Thing ${thingName} is still attached to one or more principals`);
    this.groupsOfThings.removeHolder(thingName);
    this.things.delete(thingName);
  }

  public attachThingPrincipal(thingName: string, principal: string, type: ThingPrincipalType = 'NON_EXCLUSIVE_THING'): void {
    this.thing(thingName);
    this.checkTarget(principal);
    const others = this.thingsOf(principal).filter(other => other !== thingName);
    if (others.some(other => this.attachmentType(other, principal) === 'EXCLUSIVE_THING') || (type === 'EXCLUSIVE_THING' && others.length > 0)) {
      throw invalid(`The principal is already attached to ${others.join(', ')}; an exclusive attachment allows one thing.`);
    }
    this.principalsOfThings.add(thingName, principal, type);
  }

  public detachThingPrincipal(thingName: string, principal: string): void {
    this.principalsOfThings.remove(thingName, principal);
  }

  public principalsOf(thingName: string): string[] {
    return this.principalsOfThings.itemsOf(thingName);
  }

  public thingsOf(principal: string): string[] {
    return this.principalsOfThings.holdersOf(principal);
  }

  public attachmentType(thingName: string, principal: string): ThingPrincipalType | undefined {
    return this.principalsOfThings.how(thingName, principal);
  }

  public addThingToGroup(thingName: string, groupName: string): void {
    this.thing(thingName);
    this.classes.group(groupName);
    const names = this.groupsOf(thingName);
    if (!names.includes(groupName) && names.length >= LIMITS.groupsPerThing) {
      throw new RegistryError('LimitExceededException', `A thing can be in at most ${LIMITS.groupsPerThing} groups.`);
    }
    this.groupsOfThings.add(thingName, groupName, true);
  }

  public removeThingFromGroup(thingName: string, groupName: string): void {
    this.groupsOfThings.remove(thingName, groupName);
  }

  public groupsOf(thingName: string): string[] {
    return this.groupsOfThings.itemsOf(thingName);
  }

  public thingsIn(groupName: string): string[] {
    return this.groupsOfThings.holdersOf(groupName);
  }

  public deleteGroup(groupName: string): void {
    const group = this.classes.group(groupName);
    this.classes.deleteGroup(groupName);
    this.groupsOfThings.removeItem(groupName);
    this.policiesOfTargets.removeHolder(group.arn);
  }

  public deleteThingType(name: string): void {
    const of = this.allThings().find(({ thingTypeName }) => thingTypeName === name);
    if (of) throw invalid(`Thing type ${name} cannot be deleted: ${of.thingName} is of it`);
    this.classes.deleteType(name);
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
    if (certificate.claim) return { certificate, exclusive: false, policies: this.claimPolicy(certificate.claim.templateName) };
    const { arn } = certificate;
    const attached = this.thingsOf(arn);
    const exclusive = attached.find(name => this.attachmentType(name, arn) === 'EXCLUSIVE_THING');
    const thingName = exclusive ?? attached.find(name => name === clientId);
    const groups = thingName === undefined ? [] : this.groupsOf(thingName).flatMap(name => this.classes.withAncestors(name));
    const targets = [arn, ...groups.map(group => group.arn)];
    return {
      certificate,
      thing: thingName === undefined ? undefined : this.things.get(thingName),
      exclusive: exclusive !== undefined,
      policies: this.policies.compile(targets.flatMap(target => this.policiesOf(target))),
    };
  }

  /** What the claim of a trusted user may do: ask for a certificate, and register with its template. */
  private claimPolicy(templateName: string): PolicySet {
    const known = this.claimPolicies.get(templateName);
    if (known) return known;
    const on = (kind: string) => ['$aws/certificates/*', `$aws/provisioning-templates/${templateName}/provision/*`].map(topic => this.arn(`${kind}/${topic}`));
    const policies = PolicySet.compile([{
      Version: '2012-10-17',
      Statement: [
        { Effect: 'Allow', Action: 'iot:Connect', Resource: '*' },
        { Effect: 'Allow', Action: ['iot:Publish', 'iot:Receive'], Resource: on('topic') },
        { Effect: 'Allow', Action: 'iot:Subscribe', Resource: on('topicfilter') },
      ],
    }], [`of the provisioning claim for ${templateName}`]);
    this.claimPolicies.set(templateName, policies);
    return policies;
  }

  private tellDeactivated(certificateId: string): void {
    for (const listener of this.deactivations) listener(certificateId);
  }

  private checkSettings({ thingTypeName, billingGroupName }: ThingSettings): void {
    if (thingTypeName !== undefined && this.classes.type(thingTypeName).deprecatedAt !== undefined) throw invalid(`Thing type ${thingTypeName} is deprecated`);
    if (billingGroupName !== undefined) this.classes.billingGroup(billingGroupName);
  }

  private checkTarget(target: string): void {
    const [, kind, name] = /:(cert|thinggroup)\/(.+)$/.exec(target) ?? [];
    if (kind === 'cert' ? !this.certificates.has(name) : !this.classes.hasGroup(name)) throw notFound('Target', target);
  }
}

function checkVersion({ thingName, version }: Thing, expected: number | undefined): void {
  if (expected !== undefined && expected !== version) {
    throw new RegistryError('VersionConflictException', `The version ${expected} of thing ${thingName} is not the current one, which is ${version}`);
  }
}

function sameAttributes(left: Thing['attributes'], right: Thing['attributes']): boolean {
  const sorted = (attributes: Thing['attributes']) => JSON.stringify(Object.entries(attributes).sort(([a], [b]) => a < b ? -1 : 1));
  return sorted(left) === sorted(right);
}
