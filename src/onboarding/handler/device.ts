/** One device of the registry, as far as onboarding is concerned. The first attributes are those that the provisioning hook reads and writes as well. */
export interface Device {
  readonly serialNumber: string;
  readonly status: string;
  readonly thingName?: string;
  readonly parameters: Readonly<Record<string, string>>;
  /** The certificate that the device got last. */
  readonly certificateId?: string;
  readonly provisionedAt?: string;
  /** SHA-256 of the public key that a certificate is being made for: written before AWS IoT is asked, so that the certificate can be found again. */
  readonly pendingKey?: string;
  readonly pendingSince?: number;
  /** The certificate that is being made ready. */
  readonly pendingCertificateId?: string;
  /** Certificates that go when the device has connected with the newer one. */
  readonly retiring: readonly string[];
  /** Who works on the device, and until when (milliseconds) nobody else may. */
  readonly leaseOwner?: string;
  readonly leaseUntil?: number;
}

/** What a write changes: a value is set, `null` takes it away, absent leaves it. */
export interface DeviceChange {
  readonly status?: string;
  readonly thingName?: string;
  readonly certificateId?: string | null;
  readonly pendingKey?: string | null;
  readonly pendingSince?: number | null;
  readonly pendingCertificateId?: string | null;
  readonly retiring?: readonly string[];
  readonly revokedAt?: string;
  readonly provisionedAt?: string | null;
  /** Ends the lease in the same write. */
  readonly release?: boolean;
}

export interface DeviceRegister {
  readonly read: (serialNumber: string) => Promise<Device | undefined>;
  /** The device once it is leased, `busy` while another call has it, `absent` where there is none and none may be made. */
  readonly lease: (serialNumber: string, owner: string, now: number, until: number, mayCreate: boolean) => Promise<Device | 'busy' | 'absent'>;
  /** Changes a device that `owner` has leased and whose status and certificate are as in `seen`; false where they are not. */
  readonly change: (seen: Device, owner: string, now: number, change: DeviceChange) => Promise<boolean>;
  readonly release: (serialNumber: string, owner: string) => Promise<void>;
  /** Takes certificates off the list of those that retire, whoever works on the device. */
  readonly retired: (serialNumber: string, certificateIds: readonly string[]) => Promise<void>;
  /** Lists a serial number that is new as REGISTERED; false where it is listed already. */
  readonly register: (serialNumber: string) => Promise<boolean>;
  readonly page: (limit: number, after?: string) => Promise<{ readonly devices: Device[]; readonly last?: string }>;
}

export type CertificateStatus = 'ACTIVE' | 'INACTIVE';
export interface Certificate {
  readonly certificateId: string;
  readonly certificateArn: string;
  readonly certificatePem: string;
  readonly status: string;
}

export interface Thing {
  readonly thingId: string;
  readonly attributes: Readonly<Record<string, string>>;
}

/** The calls to AWS IoT, one request each unless it pages. Taking away what is gone already is no error, nor is making what is there. */
export interface IotCalls {
  /** Makes an inactive certificate. Never sent twice: a request whose answer got lost may have made one. */
  readonly createCertificate: (csr: string) => Promise<Omit<Certificate, 'status'>>;
  readonly findCertificate: (certificateId: string) => Promise<Certificate | undefined>;
  /** Ids of inactive certificates that were made at `since` or later, the newest first. `mustGoOn` is called before each page, and may throw. */
  readonly inactiveCertificates: (since: number, mustGoOn: () => void) => Promise<string[]>;
  readonly setStatus: (certificateId: string, status: CertificateStatus) => Promise<void>;
  readonly attachPolicy: (certificateArn: string) => Promise<void>;
  readonly detachPolicies: (certificateArn: string) => Promise<void>;
  /** False while something is attached still: AWS IoT detaches in its own time. */
  readonly deleteCertificate: (certificateId: string) => Promise<boolean>;
  /** The id of the thing, which is made where there is none. */
  readonly ensureThing: (thingName: string, attributes: Readonly<Record<string, string>> | undefined) => Promise<string>;
  readonly findThing: (thingName: string) => Promise<Thing | undefined>;
  readonly deleteThing: (thingName: string) => Promise<void>;
  /** ARNs of what is attached to a thing; none where there is no thing. */
  readonly principalsOf: (thingName: string) => Promise<string[]>;
  readonly attachThing: (thingName: string, certificateArn: string) => Promise<void>;
  readonly detachThing: (thingName: string, principal: string) => Promise<void>;
  /** Ends the connection of a client at once. What it cannot do is left to AWS IoT, which does it within minutes. */
  readonly disconnect: (clientId: string) => Promise<void>;
}

/** Which serial number a certificate belongs to whose first connection retires older ones. */
export interface Rotations {
  readonly watch: (certificateId: string, serialNumber: string) => Promise<void>;
  readonly serialNumberOf: (certificateId: string) => Promise<string | undefined>;
  readonly forget: (certificateId: string) => Promise<void>;
}
