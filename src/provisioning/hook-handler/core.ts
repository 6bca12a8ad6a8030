import { HookSettings, NamePart, THING_NAME_PARAMETER } from './env';

/** @see https://docs.aws.amazon.com/iot/latest/apireference/API_CreateThing.html */
const THING_NAME = /^[a-zA-Z0-9:_-]{1,128}$/;
/** @see https://docs.aws.amazon.com/iot/latest/apireference/API_AttributePayload.html */
const ATTRIBUTE_VALUE = /^[a-zA-Z0-9_.,@/:#=[\]-]{0,800}$/;
/** The longest key that a registry of things can need; DynamoDB itself takes 2,048 bytes. */
const MAX_SERIAL_NUMBER_LENGTH = 128;

/** What AWS IoT sends before it registers a device. @see https://docs.aws.amazon.com/iot/latest/developerguide/pre-provisioning-hook.html */
export interface HookEvent {
  readonly claimCertificateId?: string;
  readonly certificateId: string;
  readonly certificatePem?: string;
  readonly templateArn?: string;
  readonly clientId?: string;
  readonly parameters?: Readonly<Record<string, unknown>>;
}

export interface HookAnswer {
  readonly allowProvisioning: boolean;
  readonly parameterOverrides?: Record<string, string>;
}

/** One device of the registry. */
export interface RegistryItem {
  readonly status: string;
  readonly thingName?: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly certificateId?: string;
  readonly provisionedAt?: string;
}

/** What the one conditional write changes, and what must still hold for it. */
export interface Claim {
  readonly serialNumber: string;
  readonly expected: RegistryItem;
  readonly certificateId: string;
  readonly claimCertificateId?: string;
  readonly thingName?: string;
  readonly now: string;
  /** A first claim starts the re-provision window; a later one leaves it where it is. */
  readonly first: boolean;
}

export interface Allowance {
  readonly decision: 'ALLOW';
  readonly reason: string;
  readonly thingName?: string;
  readonly overrides: Record<string, string>;
  /** How many values of the registry the template has no parameter for. */
  readonly leftOut: number;
  readonly claim?: Claim;
}

export type Verdict =
  | Allowance
  | { readonly decision: 'DENY'; readonly reason: string };

/** An item that an operator has to mend. It is thrown: a denial would look as if the device were to blame. */
export class RegistryItemInvalid extends Error {
  override readonly name = 'RegistryItemInvalid';
}

/** The serial number in a request, or undefined where there is none to look up. */
export function serialNumberOf(event: HookEvent, settings: HookSettings): string | undefined {
  const value = own(event.parameters ?? {}, settings.serialNumberParameter);
  return typeof value === 'string' && value.length > 0 && value.length <= MAX_SERIAL_NUMBER_LENGTH ? value : undefined;
}

/** Decides from what the registry holds, and writes nothing. */
export function decide(event: HookEvent, serialNumber: string, item: RegistryItem | undefined, settings: HookSettings, now: Date): Verdict {
  if (typeof event.certificateId !== 'string' || event.certificateId === '') return deny('NO_CERTIFICATE');
  if (item === undefined) return deny('NOT_REGISTERED');
  const standing = standingOf(item, event.certificateId, settings, now);
  if (standing.decision === 'DENY') return standing;

  const sent = Object.entries(event.parameters ?? {});
  if (sent.some(([, value]) => typeof value !== 'string')) return deny('INVALID_PARAMETER');
  const fixed: Record<string, string> = Object.fromEntries([...Object.entries(item.parameters), [settings.serialNumberParameter, serialNumber]]);
  // Last wins: what the registry says replaces what the device says.
  const parameters: Record<string, string> = Object.fromEntries([...sent as [string, string][], ...Object.entries(fixed)]);
  const thingName = item.thingName ?? own(item.parameters, THING_NAME_PARAMETER) as string | undefined ?? nameFrom(settings.thingNameParts, fixed);
  if (thingName !== undefined) fixed[THING_NAME_PARAMETER] = parameters[THING_NAME_PARAMETER] = thingName;

  if (settings.fixedParameters.some(name => own(fixed, name) === undefined)) return deny('PARAMETER_NOT_IN_REGISTRY');
  if (settings.thingNameParts && thingName === undefined) return deny('PARAMETER_NOT_IN_REGISTRY');
  if (thingName !== undefined && !THING_NAME.test(thingName)) return deny('INVALID_THING_NAME');
  for (const name of settings.attributeParameters) {
    const value = own(parameters, name);
    if (value === undefined || ATTRIBUTE_VALUE.test(value as string)) continue;
    if (own(item.parameters, name) !== undefined) throw new RegistryItemInvalid(`parameter ${name} has characters that a thing attribute cannot have`);
    return deny('INVALID_PARAMETER');
  }
  const values = Object.entries(fixed).filter(([name]) => name !== settings.serialNumberParameter);
  // AWS does not say what it does with an override that the template does not declare.
  const declared = values.filter(([name]) => settings.declaredParameters.includes(name));
  return {
    decision: 'ALLOW',
    reason: standing.reason,
    thingName,
    overrides: Object.fromEntries(declared),
    leftOut: values.length - declared.length,
    claim: standing.reason === 'SAME_CERTIFICATE' ? undefined : {
      serialNumber,
      expected: item,
      certificateId: event.certificateId,
      claimCertificateId: event.claimCertificateId,
      thingName,
      now: now.toISOString(),
      first: standing.reason === 'FIRST_CLAIM',
    },
  };
}

type Standing = { readonly decision: 'ALLOW'; readonly reason: string } | { readonly decision: 'DENY'; readonly reason: string };

/** What the status of the device alone says. */
function standingOf(item: RegistryItem, certificateId: string, settings: HookSettings, now: Date): Standing {
  switch (item.status) {
    case 'REGISTERED': return { decision: 'ALLOW', reason: 'FIRST_CLAIM' };
    case 'REVOKED': return deny('REVOKED');
    case 'PROVISIONED':
      // The answer to a device may get lost; it asks again with the certificate that it was given.
      if (item.certificateId === certificateId) return { decision: 'ALLOW', reason: 'SAME_CERTIFICATE' };
      return withinWindow(item, settings, now) ? { decision: 'ALLOW', reason: 'WITHIN_REPROVISION_WINDOW' } : deny('ALREADY_PROVISIONED');
    default: throw new RegistryItemInvalid(`Status is ${JSON.stringify(item.status)}, not REGISTERED, PROVISIONED or REVOKED`);
  }
}

function withinWindow(item: RegistryItem, settings: HookSettings, now: Date): boolean {
  if (settings.reprovisionWindowSeconds === 0 || item.provisionedAt === undefined) return false;
  const since = Date.parse(item.provisionedAt);
  if (Number.isNaN(since)) throw new RegistryItemInvalid('ProvisionedAt is not a date');
  return now.getTime() - since < settings.reprovisionWindowSeconds * 1_000;
}

function nameFrom(parts: NamePart[] | undefined, parameters: Record<string, string>): string | undefined {
  if (parts === undefined) return undefined;
  const values = parts.map(part => typeof part === 'string' ? part : own(parameters, part.Ref));
  return values.includes(undefined) ? undefined : values.join('');
}

/** Parameters are named by the device: `constructor` must not find what every object inherits. */
function own(values: Readonly<Record<string, unknown>>, name: string): unknown {
  return Object.prototype.hasOwnProperty.call(values, name) ? values[name] : undefined;
}

function deny(reason: string): { readonly decision: 'DENY'; readonly reason: string } {
  return { decision: 'DENY', reason };
}
