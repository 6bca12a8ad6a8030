import { createHash, randomBytes, X509Certificate } from 'crypto';
import { ProvisioningRefusal, refusalOf } from './provisioning-refusal';
import { HookEvent, ProvisioningTemplate } from './provisioning-template';
import { RegisteredAuthorities } from './registered-authorities';
import { register } from './registration';
import { CertificateAuthority, certificateIdOf, KeyPair, SigningRequestError } from '../certificates/certificate-authority';
import { certificateFacts } from '../certificates/subject';
import { Json, JsonObject } from '../json';
import { KeptMap } from '../registry/kept-map';
import { Certificate, Registry } from '../registry/registry';
import { notFound } from '../registry/registry-error';

export { ProvisioningRefusal } from './provisioning-refusal';
export type { HookEvent, ProvisioningTemplate } from './provisioning-template';

/** How long a device may wait before it registers with its new certificate. */
const TOKEN_MS = 3_600_000;
/** https://docs.aws.amazon.com/iot/latest/developerguide/pre-provisioning-hook.html */
const HOOK_MS = 5_000;
/** https://docs.aws.amazon.com/iot/latest/developerguide/provision-wo-cert.html#trusted-user */
const CLAIM_MS = 300_000;

interface Parameters { readonly [name: string]: string }

/** Who asks: the claim certificate and the connection that it is used on. */
export interface Asker { readonly certificateId: string; readonly clientId: string }

/** What was decided about a device, for whoever watches. */
export interface ProvisioningDecision {
  readonly time: number;
  readonly templateName: string;
  readonly clientId: string;
  readonly certificateId?: string;
  readonly thingName?: string;
  readonly decision: 'registered' | 'refused';
  readonly reason?: string;
}

/** A certificate that waits for its device to register; kept by the hash of the token alone. */
export interface OwnershipToken { readonly certificateId: string; readonly expires: number }

export interface FleetProvisioningOptions {
  readonly registry: Registry;
  readonly authority: CertificateAuthority;
  readonly now?: () => number;
  readonly onDecision?: (decision: ProvisioningDecision) => void;
  /** Where tokens outlive the process. */
  readonly tokens?: KeptMap<OwnershipToken>;
  /** Whose devices may come just in time. */
  readonly authorities?: RegisteredAuthorities;
}

/**
 * The three calls by which a device with a claim certificate gets one of its own, the claims of trusted users, and devices that come just in time.
 *
 * @see https://docs.aws.amazon.com/iot/latest/developerguide/fleet-provision-api.html
 */
export class FleetProvisioning {
  readonly authorities: RegisteredAuthorities;
  private readonly templates = new Map<string, ProvisioningTemplate>();
  private readonly tokens: KeptMap<OwnershipToken>;
  private readonly now: () => number;

  constructor(private readonly options: FleetProvisioningOptions) {
    this.now = options.now ?? Date.now;
    this.tokens = options.tokens ?? new KeptMap('ownershipToken');
    this.authorities = options.authorities ?? new RegisteredAuthorities(new KeptMap('authority'));
  }

  public addTemplate(template: ProvisioningTemplate): void {
    this.templates.set(template.templateName, template);
  }

  public template(templateName: string): ProvisioningTemplate {
    const template = this.templates.get(templateName);
    if (!template) throw notFound('Provisioning template', templateName);
    return template;
  }

  public allTemplates(): ProvisioningTemplate[] {
    return [...this.templates.values()];
  }

  public async createKeysAndCertificate(): Promise<JsonObject> {
    const { certificateId, certificatePem, keyPair } = await this.options.authority.createKeysAndCertificate();
    this.options.registry.addCertificate({ certificateId, certificatePem }, 'PENDING_ACTIVATION');
    return { certificateId, certificatePem, privateKey: keyPair.PrivateKey, certificateOwnershipToken: this.tokenFor(certificateId) };
  }

  public async createCertificateFromCsr(request: JsonObject): Promise<JsonObject> {
    const { certificateSigningRequest } = request;
    if (typeof certificateSigningRequest !== 'string') throw new ProvisioningRefusal(400, 'InvalidPayload', 'certificateSigningRequest must be a text');
    try {
      const issued = await this.options.authority.signRequest(certificateSigningRequest);
      this.options.registry.addCertificate(issued, 'PENDING_ACTIVATION');
      return { ...issued, certificateOwnershipToken: this.tokenFor(issued.certificateId) };
    } catch (error) {
      if (error instanceof SigningRequestError) throw new ProvisioningRefusal(400, 'InvalidCertificateSigningRequest', error.message);
      throw error;
    }
  }

  /** A claim that a trusted user hands to one device: it can register with this template, for five minutes. */
  public async createClaim(templateName: string): Promise<{ certificateId: string; certificatePem: string; keyPair: KeyPair; expiration: number }> {
    this.template(templateName);
    const { certificateId, certificatePem, keyPair } = await this.options.authority.createKeysAndCertificate();
    const expiration = this.now() + CLAIM_MS;
    this.options.registry.addCertificate({ certificateId, certificatePem }, 'ACTIVE', { claim: { templateName, expires: expiration } });
    return { certificateId, certificatePem, keyPair, expiration };
  }

  /** Runs the hook and the template. The answer says what the device is called and how it is configured. */
  public async registerThing(templateName: string, request: JsonObject, asker: Asker): Promise<JsonObject> {
    const decide = (decision: Pick<ProvisioningDecision, 'decision' | 'certificateId' | 'thingName' | 'reason'>) =>
      this.options.onDecision?.({ time: this.now(), templateName, clientId: asker.clientId, ...decision });
    let certificateId: string | undefined;
    try {
      const template = this.templates.get(templateName);
      if (!template || template.type === 'JITP') throw new ProvisioningRefusal(404, 'ResourceNotFoundException', `the template ${templateName} does not exist`);
      if (!template.enabled) throw new ProvisioningRefusal(403, 'AccessDenied', `Access Denied: the template ${templateName} is not enabled`);
      const certificate = this.certificateOf(request.certificateOwnershipToken);
      certificateId = certificate.certificateId;
      const parameters = await this.askHook(template, certificate, parametersOf(request.parameters), asker);
      const builtin = { 'AWS::IoT::Certificate::Id': certificateId };
      const result = register(this.options.registry, { template: template.body, flow: 'fleet', parameters, builtin }, certificate, template.assumeRole?.());
      this.tokens.delete(hashOf(request.certificateOwnershipToken as string));
      decide({ decision: 'registered', certificateId, thingName: result.thing?.ThingName });
      return { deviceConfiguration: { ...result.deviceConfiguration }, ...result.thing && { thingName: result.thing.ThingName } };
    } catch (error) {
      const refusal = refusalOf(error);
      decide({ decision: 'refused', certificateId, reason: `${refusal.errorCode}: ${refusal.message}` });
      throw refusal;
    }
  }

  /**
   * Registers a device whose certificate nobody knows and a registered authority signed. It connects again then: AWS ends the first connection.
   *
   * @returns what came of it; undefined where no authority signed it
   */
  public async registerJustInTime(der: Buffer, clientId: string): Promise<string | undefined> {
    const certificate = new X509Certificate(der);
    const authority = this.authorities.issuerOf(certificate);
    if (!authority) return undefined;
    const certificateId = certificateIdOf(der);
    const refused = (reason: string) => {
      this.options.onDecision?.({ time: this.now(), templateName: authority.templateName ?? '', clientId, certificateId, decision: 'refused', reason });
      return reason;
    };
    if (authority.status !== 'ACTIVE') return refused(`the CA certificate ${authority.certificateId} is ${authority.status}`);
    if (!authority.autoRegistration) return refused(`the CA certificate ${authority.certificateId} does not register its certificates by itself`);
    const { registry } = this.options;
    const issued = { certificateId, certificatePem: certificate.toString() };
    const added = registry.addCertificate(issued, 'PENDING_ACTIVATION', { caCertificateId: authority.certificateId });
    if (authority.templateName === undefined) return `certificate ${certificateId} is registered as PENDING_ACTIVATION: its authority has no template`;
    try {
      const template = this.template(authority.templateName);
      if (!template.enabled) throw new ProvisioningRefusal(403, 'AccessDenied', `Access Denied: the template ${template.templateName} is not enabled`);
      const builtin = { 'AWS::IoT::Certificate::Id': certificateId, ...subjectParameters(certificate) };
      const result = register(registry, { template: template.body, flow: 'jitp', parameters: {}, builtin }, added, template.assumeRole?.());
      const thingName = result.thing?.ThingName;
      this.options.onDecision?.({ time: this.now(), templateName: template.templateName, clientId, certificateId, thingName, decision: 'registered' });
      return `certificate ${certificateId} is registered just now: connect again`;
    } catch (error) {
      // Away with it, so that the next attempt begins anew.
      registry.updateCertificate(certificateId, 'INACTIVE');
      registry.deleteCertificate(certificateId, true);
      const { errorCode, message } = refusalOf(error);
      return refused(`${errorCode}: ${message}`);
    }
  }

  private tokenFor(certificateId: string): string {
    this.dropExpired();
    const token = randomBytes(48).toString('base64url');
    this.tokens.set(hashOf(token), { certificateId, expires: this.now() + TOKEN_MS });
    return token;
  }

  /** A certificate whose device did not register in time is deleted, as on AWS. Tokens stand in the order of their end. */
  private dropExpired(): void {
    const { registry } = this.options;
    for (const key of this.tokens.keys()) {
      const { certificateId, expires } = this.tokens.get(key)!;
      if (expires >= this.now()) return;
      this.tokens.delete(key);
      if (registry.findCertificate(certificateId)?.status === 'PENDING_ACTIVATION') registry.deleteCertificate(certificateId, true);
    }
  }

  private certificateOf(token: Json | undefined): Certificate {
    const known = typeof token === 'string' ? this.tokens.get(hashOf(token)) : undefined;
    if (!known || known.expires < this.now()) {
      throw new ProvisioningRefusal(400, 'InvalidCertificateOwnershipToken', known ? 'the ownership token has expired' : 'the ownership token is not known');
    }
    return this.options.registry.certificate(known.certificateId);
  }

  private async askHook(template: ProvisioningTemplate, certificate: Certificate, parameters: Parameters, asker: Asker): Promise<Parameters> {
    const { hook, arn } = template;
    const { certificateId, certificatePem } = certificate;
    if (!hook) return parameters;
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => reject(new Error(`the hook did not answer within ${HOOK_MS / 1000} seconds`)), HOOK_MS);
    });
    const { certificateId: claimCertificateId, clientId } = asker;
    const event: HookEvent = { claimCertificateId, certificateId, certificatePem, templateArn: arn, clientId, parameters };
    const answer = await Promise.race([hook(event), timeout]).catch(error => {
      throw new ProvisioningRefusal(403, 'AccessDenied', `Access Denied: ${(error as Error).message}`);
    }).finally(() => clearTimeout(timer));
    const { allowProvisioning, parameterOverrides = {} } = (typeof answer === 'object' && answer !== null ? answer : {}) as JsonObject;
    if (allowProvisioning !== true) throw new ProvisioningRefusal(403, 'AccessDenied', 'Access Denied: the hook does not allow it');
    return { ...parameters, ...parametersOf(parameterOverrides) };
  }
}

function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

function subjectParameters(certificate: X509Certificate): Parameters {
  const { subject = {} } = certificateFacts(certificate.toLegacyObject(), '');
  // What policy variables call State is StateName here. https://docs.aws.amazon.com/iot/latest/developerguide/jit-provisioning.html
  return Object.fromEntries(Object.entries(subject).map(([name, [value]]) => [`AWS::IoT::Certificate::${name === 'State' ? 'StateName' : name}`, value]));
}

function parametersOf(value: Json | undefined): Parameters {
  if (value === undefined || value === null) return {};
  const isTexts = typeof value === 'object' && !Array.isArray(value) && Object.values(value).every(item => typeof item === 'string');
  if (!isTexts) throw new ProvisioningRefusal(400, 'InvalidParameters', 'parameters must be an object of texts');
  return { ...value as Parameters };
}
