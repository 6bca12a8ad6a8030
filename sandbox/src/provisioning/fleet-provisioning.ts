import { randomBytes } from 'crypto';
import { CertificateAuthority, SigningRequestError } from '../certificates/certificate-authority';
import { evaluateTemplate, Json, JsonObject, ProvisioningError, ProvisioningResult } from '../provisioning-template';
import { Certificate, Registry } from '../registry/registry';
import { RegistryError } from '../registry/registry-error';

/** How long a device may wait before it registers with its new certificate. */
const TOKEN_MS = 3_600_000;
/** https://docs.aws.amazon.com/iot/latest/developerguide/pre-provisioning-hook.html */
const HOOK_MS = 5_000;

interface Parameters { readonly [name: string]: string }

/** What a hook is told. */
export interface HookEvent {
  readonly claimCertificateId: string;
  readonly certificateId: string;
  readonly certificatePem: string;
  readonly templateArn: string;
  readonly clientId: string;
  readonly parameters: { readonly [name: string]: string };
}

/** A provisioning template of the registry. */
export interface ProvisioningTemplate {
  readonly templateName: string;
  readonly arn: string;
  readonly enabled: boolean;
  readonly body: JsonObject;
  /** Runs the pre-provisioning hook; rejects where the function fails. */
  readonly hook?: (event: HookEvent) => Promise<unknown>;
}

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

/** What the API of fleet provisioning answers with instead of a result. */
export class ProvisioningRefusal extends Error {
  constructor(readonly statusCode: number, readonly errorCode: string, message: string) {
    super(message);
  }
}

export interface FleetProvisioningOptions {
  readonly registry: Registry;
  readonly authority: CertificateAuthority;
  readonly now?: () => number;
  readonly onDecision?: (decision: ProvisioningDecision) => void;
}

/**
 * The three calls by which a device with a claim certificate gets one of its own.
 *
 * @see https://docs.aws.amazon.com/iot/latest/developerguide/fleet-provision-api.html
 */
export class FleetProvisioning {
  private readonly templates = new Map<string, ProvisioningTemplate>();
  private readonly tokens = new Map<string, { readonly certificateId: string; readonly expires: number }>();
  private readonly now: () => number;

  constructor(private readonly options: FleetProvisioningOptions) {
    this.now = options.now ?? Date.now;
  }

  public addTemplate(template: ProvisioningTemplate): void {
    this.templates.set(template.templateName, template);
  }

  /** CreateKeysAndCertificate: key and certificate, which is good for nothing until the device has registered with the token. */
  public async createKeysAndCertificate(): Promise<JsonObject> {
    const { certificateId, certificatePem, keyPair } = await this.options.authority.createKeysAndCertificate();
    this.options.registry.addCertificate({ certificateId, certificatePem }, 'PENDING_ACTIVATION');
    return { certificateId, certificatePem, privateKey: keyPair.PrivateKey, certificateOwnershipToken: this.tokenFor(certificateId) };
  }

  /** CreateCertificateFromCsr: the private key stays in the device. */
  public async createCertificateFromCsr({ certificateSigningRequest }: JsonObject): Promise<JsonObject> {
    if (typeof certificateSigningRequest !== 'string') {
      throw new ProvisioningRefusal(400, 'InvalidPayload', 'certificateSigningRequest must be a PEM text');
    }
    const issued = await this.options.authority.signRequest(certificateSigningRequest).catch(error => {
      throw error instanceof SigningRequestError ? new ProvisioningRefusal(400, 'InvalidCertificateSigningRequest', error.message) : error;
    });
    this.options.registry.addCertificate(issued, 'PENDING_ACTIVATION');
    const { certificateId, certificatePem } = issued;
    return { certificateId, certificatePem, certificateOwnershipToken: this.tokenFor(certificateId) };
  }

  /** RegisterThing: asks the hook, evaluates the template, and makes what it says. */
  public async registerThing(templateName: string, request: JsonObject, asker: Asker): Promise<JsonObject> {
    const template = this.templates.get(templateName);
    const decide = (decision: Omit<ProvisioningDecision, 'time' | 'templateName' | 'clientId'>) =>
      this.options.onDecision?.({ time: this.now(), templateName, clientId: asker.clientId, ...decision });
    let certificateId: string | undefined;
    try {
      if (!template) throw new ProvisioningRefusal(404, 'ResourceNotFound', `there is no provisioning template ${templateName}`);
      if (!template.enabled) throw new ProvisioningRefusal(400, 'InvalidRequest', `the provisioning template ${templateName} is not enabled`);
      const certificate = this.certificateOf(request.certificateOwnershipToken);
      certificateId = certificate.certificateId;
      const given = parametersOf(request.parameters);
      const parameters = await this.askHook(template, certificate, given, asker);
      const result = this.register(template, certificate, parameters);
      this.tokens.delete(request.certificateOwnershipToken as string);
      decide({ decision: 'registered', certificateId, thingName: result.thing?.ThingName });
      return { deviceConfiguration: { ...result.deviceConfiguration }, ...result.thing && { thingName: result.thing.ThingName } };
    } catch (error) {
      const refusal = refusalOf(error);
      decide({ decision: 'refused', certificateId, reason: `${refusal.errorCode}: ${refusal.message}` });
      throw refusal;
    }
  }

  private tokenFor(certificateId: string): string {
    const token = randomBytes(48).toString('base64url');
    this.tokens.set(token, { certificateId, expires: this.now() + TOKEN_MS });
    return token;
  }

  private certificateOf(token: Json | undefined): Certificate {
    const known = typeof token === 'string' ? this.tokens.get(token) : undefined;
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
    const event = { claimCertificateId: asker.certificateId, certificateId, certificatePem, templateArn: arn, clientId: asker.clientId, parameters };
    const answer = await Promise.race([hook(event), timeout]).catch(error => {
      throw new ProvisioningRefusal(403, 'AccessDenied', `Access Denied: ${(error as Error).message}`);
    }).finally(() => clearTimeout(timer));
    const { allowProvisioning, parameterOverrides = {} } = (typeof answer === 'object' && answer !== null ? answer : {}) as JsonObject;
    if (allowProvisioning !== true) throw new ProvisioningRefusal(403, 'AccessDenied', 'Access Denied: the hook does not allow it');
    return { ...parameters, ...parametersOf(parameterOverrides) };
  }

  private register({ body }: ProvisioningTemplate, certificate: Certificate, parameters: Parameters): ProvisioningResult {
    const { registry } = this.options;
    const evaluate = (existing: object) =>
      evaluateTemplate({ template: body, flow: 'fleet', parameters, builtin: { 'AWS::IoT::Certificate::Id': certificate.certificateId }, existing });
    const first = evaluate({});
    const known = first.thing && registry.findThing(first.thing.ThingName);
    const result = known ? evaluate({
      thing: {
        ThingName: known.thingName,
        AttributePayload: known.attributes,
        ThingGroups: registry.groupsOf(known.thingName),
        ...known.thingTypeName === undefined ? {} : { ThingTypeName: known.thingTypeName },
        ...known.billingGroupName === undefined ? {} : { BillingGroup: known.billingGroupName },
      },
    }) : first;

    // What can fail comes first, so that a refusal leaves nothing behind but, at most, a thing that the next attempt finds.
    for (const { PolicyName } of result.policies) if (PolicyName !== undefined) registry.policy(PolicyName);
    if (result.thing) {
      const { ThingName, ThingTypeName: thingTypeName, BillingGroup: billingGroupName, AttributePayload = {}, ThingGroups = [] } = result.thing;
      if (known) registry.updateThing(ThingName, { thingTypeName, billingGroupName, attributes: { ...AttributePayload } });
      else registry.createThing(ThingName, { thingTypeName, billingGroupName, attributes: { ...AttributePayload } });
      ThingGroups.forEach(group => registry.addThingToGroup(ThingName, group));
      registry.attachThingPrincipal(ThingName, certificate.arn);
    }
    for (const { PolicyName } of result.policies) {
      if (PolicyName === undefined) throw new ProvisioningRefusal(400, 'InvalidRequest', 'a PolicyDocument in a template is not modelled: name a policy');
      registry.attachPolicy(PolicyName, certificate.arn);
    }
    const status = result.certificate?.Status?.toUpperCase();
    registry.updateCertificate(certificate.certificateId, status === 'INACTIVE' ? 'INACTIVE' : 'ACTIVE');
    return result;
  }
}

function parametersOf(value: Json | undefined): Parameters {
  if (value === undefined || value === null) return {};
  const isTexts = typeof value === 'object' && !Array.isArray(value) && Object.values(value).every(item => typeof item === 'string');
  if (!isTexts) throw new ProvisioningRefusal(400, 'InvalidParameters', 'parameters must be an object of texts');
  return { ...value as Parameters };
}

function refusalOf(error: unknown): ProvisioningRefusal {
  if (error instanceof ProvisioningRefusal) return error;
  if (error instanceof ProvisioningError) return new ProvisioningRefusal(error.code === 'InvalidRequest' ? 400 : 409, error.code, error.message);
  if (error instanceof RegistryError) return new ProvisioningRefusal(error.name === 'ResourceNotFoundException' ? 404 : 400, error.name, error.message);
  return new ProvisioningRefusal(500, 'InternalServerError', error instanceof Error ? error.message : String(error));
}
