import { RemovalDeps, removeCertificate } from './certificates';
import { Certificate, Device, DeviceChange, DeviceRegister, IotCalls, Rotations, Thing } from './device';
import { isAnswered, refuse } from './refusal';
import { keyOfCertificate, keyOfRequest, NewKey } from './signing-request';
import { isOneOf, mustBeFree, ownCertificates } from './thing-owner';

/** @see https://docs.aws.amazon.com/iot/latest/apireference/API_CreateThing.html */
const THING_NAME = /^[a-zA-Z0-9:_-]{1,128}$/;
/** Longer than the function may run: whoever finds a lease that ran out knows that its owner is gone. */
export const LEASE_MS = 60_000;
/** How long a call waits for another one on the same device; the gateway waits 30 seconds for all of it. */
const PATIENCE_MS = 15_000;
const LOOK_AGAIN_MS = 250;
/** AWS IoT's clock and ours. */
const CLOCK_SKEW_MS = 5 * 60_000;
/** Rotations that nobody connected after; each leaves a certificate that still works. */
const MAX_RETIRING = 10;

/** What the rest of a call needs once the search for a certificate is over: the slowest removal, and some calls of AWS IoT. */
const REST_MS = 10_000;

export interface Deps extends RemovalDeps {
  readonly register: DeviceRegister;
  readonly iot: IotCalls;
  readonly rotations: Rotations;
  readonly thingNameOf: (device: Device) => string | undefined;
  readonly newKey: () => NewKey;
  readonly newOwner: () => string;
  readonly now: () => number;
  /** Milliseconds until this call is cut off. Absent where nobody does so. */
  readonly timeLeft?: () => number;
}

export interface OnboardRequest {
  readonly serialNumber: string;
  readonly csr?: string;
  readonly attributes?: Readonly<Record<string, string>>;
  readonly rotate: boolean;
}

export interface Onboarded {
  readonly device: Device;
  readonly deviceName: string;
  readonly thingId?: string;
  /** Whether a device was taken out and its thing is there still, since something of somebody else is attached to it. */
  readonly thingKept?: boolean;
  readonly certificate?: Omit<Certificate, 'status'>;
  readonly key?: NewKey;
  readonly keyAlreadyIssued: boolean;
  /** For the log. */
  readonly reason: string;
}

/**
 * Brings a device to the state PROVISIONED, from wherever an earlier call has left it.
 *
 * One call at a time works on a device: it holds a lease in the registry. What it is about to make is in the registry before it is made, and a
 * certificate can do nothing before it is there by its id. So the next call finds what a call left that was cut short, and goes on or takes it away.
 */
export async function onboard(request: OnboardRequest, deps: Deps): Promise<Onboarded> {
  const { serialNumber, rotate } = request;
  const answerFor = async (device: Device | undefined) => {
    // Before anything is written: a name that cannot be must leave nothing behind.
    thingNameOf(device ?? unlisted(serialNumber), deps);
    const there = device && !rotate && isSettled(device) ? await existing(device, deps) : undefined;
    return there && hasAttributes(there.thing, request) ? there : undefined;
  };
  const lookUp = async () => answerFor(await deps.register.read(serialNumber));

  const listed = await deps.register.read(serialNumber);
  const there = await answerFor(listed);
  if (there) return there;
  const isFree = listed === undefined && await isFreeForNew(serialNumber, deps);
  return withLease(serialNumber, { mayCreate: true, meanwhile: lookUp }, deps, (device, owner) => issue(device, owner, request, isFree, deps));
}

/** What there is of a device, without changing anything. */
export async function view(serialNumber: string, deps: Deps): Promise<Onboarded> {
  const device = await deps.register.read(serialNumber);
  if (!device) throw refuse('DeviceNotFound', 'no device has this serial number: onboard it first');
  return await existing(device, deps)
    ?? { device, deviceName: nameIfAny(device, deps), thingId: (await thingOf(device, deps))?.thingId, keyAlreadyIssued: false, reason: 'NO_CERTIFICATE' };
}

/**
 * Takes a device out, from wherever an earlier call has left it. The registry says REVOKED before anything is taken away, so that neither
 * the hook nor another call lets the device in again meanwhile, and afterwards still.
 */
export async function offboard(serialNumber: string, deps: Deps): Promise<Onboarded> {
  return withLease(serialNumber, { mayCreate: false }, deps, async (device, owner) => {
    await mustChange(device, owner, { status: 'REVOKED' }, deps);
    const revoked = { ...device, status: 'REVOKED' };
    const ids = new Set([...ownCertificates(device), ...await unrecorded(device, deps)]);
    const deviceName = device.thingName ?? (ids.size > 0 ? thingNameOf(device, deps) : '');
    // A device that nobody began to provision has no thing: one of that name, also of a name that the registry fixes, is somebody else's.
    const isBegun = ids.size > 0 || device.pendingKey !== undefined;
    const thingId = isBegun ? await takeAway([...ids], deviceName, deps) : undefined;
    const thingKept = thingId === undefined ? undefined : true;
    await mustChange(revoked, owner, {
      ...NOTHING_PENDING, certificateId: null, retiring: [], revokedAt: new Date(deps.now()).toISOString(), release: true,
    }, deps);
    const reason = thingKept ? 'REVOKED_THING_KEPT' : 'REVOKED';
    return { device: { ...revoked, certificateId: undefined }, deviceName, thingId, thingKept, keyAlreadyIssued: false, reason };
  });
}

/** Deletes certificates, and their thing unless something else is attached to it: then its id is answered. */
async function takeAway(ids: string[], thingName: string, deps: Deps): Promise<string | undefined> {
  await cutOff(ids, thingName, deps);
  for (const id of ids) await removeCertificate(id, thingName, deps);
  if ((await deps.iot.principalsOf(thingName)).some(principal => !isOneOf(ids, principal))) return (await deps.iot.findThing(thingName))?.thingId;
  await deps.iot.deleteThing(thingName);
  return undefined;
}

/** A device that connected with a new certificate needs its older ones no more. Safe to repeat, and beside any other call. */
export async function retire(certificateId: string, deps: Pick<Deps, 'register' | 'rotations' | 'thingNameOf' | 'iot' | 'wait'>): Promise<string[]> {
  const serialNumber = await deps.rotations.serialNumberOf(certificateId);
  if (serialNumber === undefined) return [];
  const device = await deps.register.read(serialNumber);
  // A certificate that is not the newest retires nothing: the newest has not connected yet.
  if (device?.certificateId !== certificateId) return [];
  const old = device.retiring.filter(id => id !== certificateId);
  const thingName = deps.thingNameOf(device)!;
  for (const id of old) await removeCertificate(id, thingName, deps);
  await deps.register.retired(serialNumber, old);
  await deps.rotations.forget(certificateId);
  return old;
}

/** Refuses as `mustBeFree` does, before the registry knows the device. False where another call has listed it meanwhile. */
async function isFreeForNew(serialNumber: string, deps: Deps): Promise<boolean> {
  const device = unlisted(serialNumber);
  try {
    await mustBeFree(device, thingNameOf(device, deps), deps.iot);
    return true;
  } catch (error) {
    // What is attached may be of that call: it wrote to the registry first.
    if (await deps.register.read(serialNumber)) return false;
    throw error;
  }
}

function unlisted(serialNumber: string): Device {
  return { serialNumber, status: '', parameters: {}, retiring: [] };
}

/** Whether a certificate that works was made for the key of this request, by a call whose answer got lost. */
function isFor({ certificatePem, status }: Certificate, { csr }: OnboardRequest): boolean {
  return csr !== undefined && status === 'ACTIVE' && keyOfCertificate(certificatePem) === keyOfRequest(csr);
}

/** An empty text stands for no attribute, as AWS IoT has it. */
function hasAttributes(thing: Thing | undefined, { attributes = {} }: OnboardRequest): boolean {
  return thing !== undefined && Object.entries(attributes).every(([name, value]) => (thing.attributes[name] ?? '') === value);
}

const NOTHING_PENDING = { pendingKey: null, pendingSince: null, pendingCertificateId: null } as const;

async function issue(device: Device, owner: string, request: OnboardRequest, isFree: boolean, deps: Deps): Promise<Onboarded> {
  if (device.status === 'REVOKED') throw refuse('DeviceRevoked', 'the device was revoked: set its Status in the registry to REGISTERED to let it in again');
  const deviceName = thingNameOf(device, deps);
  if (isSettled(device)) {
    const there = await existing(device, deps);
    if (there && (!request.rotate || isFor(there.certificate, request))) {
      // Another call was faster; or the thing lacks attributes, or was deleted by hand, and its certificate needs it.
      const thingId = hasAttributes(there.thing, request) ? there.thingId : await connect(there.certificate, deviceName, request, deps);
      await deps.register.release(device.serialNumber, owner);
      return { ...there, thingId };
    }
  }
  if (!isFree || ownCertificates(device).length > 0 || device.pendingKey !== undefined) await mustBeFree(device, deviceName, deps.iot);
  // A certificate that somebody deleted by hand needs not retire.
  const old = device.certificateId !== undefined && await deps.iot.findCertificate(device.certificateId) ? [device.certificateId] : [];
  const retiring = [...new Set([...device.retiring, ...old])];
  if (retiring.length > MAX_RETIRING) {
    // The newest may be of fleet provisioning, which has nobody wait for it.
    if (device.certificateId !== undefined) await deps.rotations.watch(device.certificateId, device.serialNumber);
    throw refuse('TooManyRotations', `the device has more than ${MAX_RETIRING} certificates that wait to be retired: let it connect with its newest one`);
  }

  const left = await leftBehind(device, request, deviceName, deps);
  const key = request.csr === undefined ? deps.newKey() : undefined;
  const certificate = left ?? await create(device, owner, request.csr ?? key!.csr, deviceName, deps);
  const since = device.status === 'REGISTERED' ? undefined : device.provisionedAt;
  const started: Device = { ...device, status: 'PROVISIONED', thingName: deviceName, provisionedAt: since };
  await mustChange(left ? device : started, owner, { status: 'PROVISIONED', thingName: deviceName, pendingCertificateId: certificate.certificateId }, deps);

  const thingId = await connect(certificate, deviceName, request, deps);
  await deps.iot.setStatus(certificate.certificateId, 'ACTIVE');
  if (retiring.length > 0) await deps.rotations.watch(certificate.certificateId, device.serialNumber);
  const { certificateId } = certificate;
  const provisionedAt = started.provisionedAt ?? new Date(deps.now()).toISOString();
  await mustChange(started, owner, { ...NOTHING_PENDING, certificateId, retiring, provisionedAt, release: true }, deps);
  const reason = retiring.length > 0 ? 'ROTATED' : left ? 'RESUMED' : 'ONBOARDED';
  const done = { ...started, certificateId, ...SETTLED };
  return { device: done, deviceName, thingId, certificate, key: left ? undefined : key, keyAlreadyIssued: false, reason };
}

const SETTLED = { pendingKey: undefined, pendingCertificateId: undefined } as const;

/** The registry knows the key before AWS IoT makes a certificate for it. */
async function create(device: Device, owner: string, csr: string, thingName: string, deps: Deps): Promise<Omit<Certificate, 'status'>> {
  await mustChange(device, owner, {
    status: 'PROVISIONED',
    thingName,
    pendingKey: keyOfRequest(csr),
    pendingSince: deps.now(),
    pendingCertificateId: null,
    // The hook lets a device come again for a time after this.
    ...device.status === 'REGISTERED' ? { provisionedAt: null } : {},
  }, deps);
  try {
    return await deps.iot.createCertificate(csr);
  } catch (error) {
    if (isAnswered(error)) throw error;
    throw refuse('OutcomeUnknown', 'AWS IoT gave no answer, and may still make the certificate: repeat the call', LEASE_MS / 1_000);
  }
}

/** All that a certificate needs besides being active. Each step may be repeated. */
async function connect(certificate: Omit<Certificate, 'status'>, thingName: string, { attributes }: OnboardRequest, { iot }: Deps): Promise<string> {
  const thingId = await iot.ensureThing(thingName, attributes);
  await iot.attachPolicy(certificate.certificateArn);
  await iot.attachThing(thingName, certificate.certificateArn);
  return thingId;
}

/**
 * What a call left that was cut short. A certificate for the key of this request is gone on with. One whose key was made here is of no
 * use, since the key is nowhere any more: it is deleted.
 */
async function leftBehind(device: Device, { csr }: OnboardRequest, thingName: string, deps: Deps): Promise<Certificate | undefined> {
  if (device.pendingKey === undefined) return undefined;
  const isWanted = csr !== undefined && keyOfRequest(csr) === device.pendingKey;
  let wanted: Certificate | undefined;
  for (const id of device.pendingCertificateId ? [device.pendingCertificateId] : await unrecorded(device, deps)) {
    const found = isWanted && !wanted ? await deps.iot.findCertificate(id) : undefined;
    if (found) wanted = found;
    else await removeCertificate(id, thingName, deps);
  }
  return wanted;
}

/**
 * Certificates that were made for the pending key, where nobody came to note their id. AWS IoT cannot be asked by key, so the inactive
 * ones since then are looked at; there are few, since a certificate is inactive for a moment only.
 */
async function unrecorded(device: Device, { iot, timeLeft = () => Infinity }: Deps): Promise<string[]> {
  if (device.pendingKey === undefined || device.pendingCertificateId !== undefined) return [];
  const own = ownCertificates(device);
  const found: string[] = [];
  const mustGoOn = () => {
    if (timeLeft() < REST_MS) throw refuse('SearchUnfinished', 'an earlier call may have left a certificate, and too many inactive ones are there to find it in time: delete those that nobody needs, and repeat the call');
  };
  for (const id of await iot.inactiveCertificates(device.pendingSince! - CLOCK_SKEW_MS, mustGoOn)) {
    if (own.includes(id)) continue;
    mustGoOn();
    const certificate = await iot.findCertificate(id);
    if (certificate && keyOfCertificate(certificate.certificatePem) === device.pendingKey) found.push(id);
  }
  return found;
}

async function cutOff(ids: string[], clientId: string, { iot }: Deps): Promise<void> {
  for (const id of ids) {
    const found = await iot.findCertificate(id);
    if (found?.status === 'ACTIVE') await iot.setStatus(id, 'INACTIVE');
  }
  await iot.disconnect(clientId);
}

/** A device that has its certificate; its thing may be gone. */
interface Existing extends Onboarded {
  readonly certificate: Certificate;
  readonly thing?: Thing;
}

async function existing(device: Device, deps: Deps): Promise<Existing | undefined> {
  if (device.certificateId === undefined) return undefined;
  const certificate = await deps.iot.findCertificate(device.certificateId);
  if (!certificate) return undefined;
  const thing = await thingOf(device, deps);
  return { device, deviceName: nameIfAny(device, deps), thing, thingId: thing?.thingId, certificate, keyAlreadyIssued: true, reason: 'ALREADY_ISSUED' };
}

async function thingOf(device: Device, deps: Deps): Promise<Thing | undefined> {
  return device.status === 'REGISTERED' || nameIfAny(device, deps) === '' ? undefined : deps.iot.findThing(nameIfAny(device, deps));
}

/** Whether nobody is at work on the device, and it has a certificate. An operator who registers a device again wants a new one for it. */
function isSettled({ status, certificateId, pendingKey }: Device): boolean {
  return status === 'PROVISIONED' && certificateId !== undefined && pendingKey === undefined;
}

function thingNameOf(device: Device, deps: Deps): string {
  const name = deps.thingNameOf(device);
  if (name === undefined) throw refuse('ParameterNotInRegistry', 'the name of the thing is made of a parameter that the registry does not hold: add it to Parameters of the device');
  if (!THING_NAME.test(name)) throw refuse('InvalidThingName', 'the name of the thing would not have 1 to 128 letters, digits and :_-');
  return name;
}

function nameIfAny(device: Device, deps: Deps): string {
  return deps.thingNameOf(device) ?? '';
}

async function mustChange(seen: Device, owner: string, change: DeviceChange, { register, now }: Deps): Promise<void> {
  if (await register.change(seen, owner, now(), change)) return;
  throw refuse('DeviceBusy', 'the device was changed meanwhile, by an operator or by fleet provisioning: repeat the call');
}

interface Entry<T> {
  readonly mayCreate: boolean;
  /** Whether another call has done the work while this one waits. */
  readonly meanwhile?: () => Promise<T | undefined>;
}

async function withLease<T>(serialNumber: string, entry: Entry<T>, deps: Deps, work: (device: Device, owner: string) => Promise<T>): Promise<T> {
  const { register, now, wait } = deps;
  const owner = deps.newOwner();
  for (const deadline = now() + PATIENCE_MS; ;) {
    const device = await register.lease(serialNumber, owner, now(), now() + LEASE_MS, entry.mayCreate);
    if (device === 'absent') throw refuse('DeviceNotFound', 'no device has this serial number');
    if (device !== 'busy') return workOn(device, owner, deps, work);
    if (now() >= deadline) throw refuse('DeviceBusy', 'another call is at work on the device, or was cut short: repeat this one', LEASE_MS / 4_000);
    await wait(LOOK_AGAIN_MS);
    const done = await entry.meanwhile?.();
    if (done) return done;
  }
}

async function workOn<T>(device: Device, owner: string, { register }: Deps, work: (device: Device, owner: string) => Promise<T>): Promise<T> {
  try {
    return await work(device, owner);
  } catch (error) {
    // What may still be under way at AWS must not meet the next call: then the lease runs out by itself.
    if (isAnswered(error)) await register.release(device.serialNumber, owner);
    throw error;
  }
}
