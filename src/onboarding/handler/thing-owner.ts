import { Device, IotCalls } from './device';
import { refuse } from './refusal';

/**
 * Refuses a thing that is somebody else's: something is attached to it, and none of that is this device's. A thing without a principal is taken,
 * since plants make things before their devices; so is one that has a certificate of this device beside others.
 */
export async function mustBeFree(device: Device, thingName: string, iot: Pick<IotCalls, 'principalsOf'>): Promise<void> {
  const principals = await iot.principalsOf(thingName);
  if (principals.length === 0 || principals.some(principal => isOneOf(ownCertificates(device), principal))) return;
  throw refuse('ThingInUse', `the thing ${thingName} has certificates that are not of this device: detach them, or give the device another ThingName in the registry`);
}

/** Ids of the certificates that the registry knows as those of a device. */
export function ownCertificates({ certificateId, pendingCertificateId, retiring }: Device): string[] {
  return [certificateId, pendingCertificateId, ...retiring].filter(id => id !== undefined);
}

export function isOneOf(certificateIds: string[], principal: string): boolean {
  return certificateIds.some(id => principal.endsWith(`:cert/${id}`));
}
