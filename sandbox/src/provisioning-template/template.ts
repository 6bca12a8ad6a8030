import { isObject, Json, JsonObject } from '../json';

/** Which way a device comes in: by claim or trusted user, just in time, by a bulk task, or by RegisterThing. */
export type Flow = 'fleet' | 'jitp' | 'bulk' | 'api';

/** Filled in by AWS IoT for every device. */
export const CERTIFICATE_ID = 'AWS::IoT::Certificate::Id';

/** What a device that comes just in time has from the subject of its certificate. */
export const CERTIFICATE_SUBJECT = ['Country', 'Organization', 'OrganizationalUnit', 'DistinguishedNameQualifier', 'StateName', 'CommonName', 'SerialNumber']
  .map(field => `AWS::IoT::Certificate::${field}`);

/** Why a device cannot be registered. */
export class ProvisioningError extends Error {
  constructor(readonly code: 'InvalidRequest' | 'ResourceConflictsException', message: string) {
    super(message);
    this.name = code;
  }
}

export function objectIn(value: Json | undefined, what: string): JsonObject {
  return isObject(value) ? value : refuse(`${what} is no object`);
}

export function own(object: JsonObject, name: string): Json | undefined {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

export function refuse(message: string): never {
  throw new ProvisioningError('InvalidRequest', message);
}
