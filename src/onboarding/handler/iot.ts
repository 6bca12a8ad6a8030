import {
  AttachPolicyCommand, AttachThingPrincipalCommand, CertificateStateException, CreateCertificateFromCsrCommand, CreateProvisioningClaimCommand,
  CreateThingCommand,
  DeleteCertificateCommand, DeleteConflictException, DeleteThingCommand, DescribeCertificateCommand, DescribeThingCommand, DetachPolicyCommand,
  DetachThingPrincipalCommand, IoTClient, ListAttachedPoliciesCommand, ListCertificatesCommand, ListThingPrincipalsCommand,
  ResourceAlreadyExistsException, ResourceNotFoundException, UpdateCertificateCommand, UpdateThingCommand,
} from '@aws-sdk/client-iot';
import { DeleteConnectionCommand, IoTDataPlaneClient } from '@aws-sdk/client-iot-data-plane';
import { IotCalls } from './device';

const LARGEST_PAGE = 250;

export interface IotClients {
  readonly iot: IoTClient;
  /** Sends each request once: a second one would make a second certificate. */
  readonly once: IoTClient;
  readonly data: IoTDataPlaneClient;
  readonly log: (line: Record<string, unknown>) => void;
}

/** AWS IoT as onboarding needs it. */
export function iotCalls({ iot, once, data, log }: IotClients, policyName: string): IotCalls {
  const findThing = async (thingName: string) => {
    const found = await unlessGone(() => iot.send(new DescribeThingCommand({ thingName })));
    return found && { thingId: found.thingId!, attributes: found.attributes ?? {} };
  };
  return {
    createCertificate: async certificateSigningRequest => {
      const made = await once.send(new CreateCertificateFromCsrCommand({ certificateSigningRequest, setAsActive: false }));
      return { certificateId: made.certificateId!, certificateArn: made.certificateArn!, certificatePem: made.certificatePem! };
    },
    findCertificate: async certificateId => {
      const found = (await unlessGone(() => iot.send(new DescribeCertificateCommand({ certificateId }))))?.certificateDescription;
      return found && { certificateId, certificateArn: found.certificateArn!, certificatePem: found.certificatePem!, status: found.status! };
    },
    inactiveCertificates: async (since, mustGoOn) => {
      const ids: string[] = [];
      for (let marker: string | undefined; ;) {
        mustGoOn();
        const page = new ListCertificatesCommand({ ascendingOrder: false, pageSize: LARGEST_PAGE, marker });
        const { certificates = [], nextMarker } = await iot.send(page);
        const young = certificates.filter(({ creationDate }) => creationDate!.getTime() >= since);
        ids.push(...young.filter(({ status }) => status === 'INACTIVE').map(({ certificateId }) => certificateId!));
        if (nextMarker === undefined || young.length < certificates.length) return ids;
        marker = nextMarker;
      }
    },
    setStatus: async (certificateId, newStatus) => {
      await iot.send(new UpdateCertificateCommand({ certificateId, newStatus }));
    },
    attachPolicy: async target => {
      await iot.send(new AttachPolicyCommand({ policyName, target }));
    },
    detachPolicies: async target => {
      // The first page again and again: every policy that is detached shortens the list.
      for (;;) {
        const { policies = [] } = await iot.send(new ListAttachedPoliciesCommand({ target }));
        if (policies.length === 0) return;
        for (const policy of policies) await unlessGone(() => iot.send(new DetachPolicyCommand({ policyName: policy.policyName, target })));
      }
    },
    deleteCertificate: async certificateId => {
      try {
        await unlessGone(() => iot.send(new DeleteCertificateCommand({ certificateId })));
        return true;
      } catch (error) {
        if (error instanceof DeleteConflictException || error instanceof CertificateStateException) return false;
        throw error;
      }
    },
    ensureThing: async (thingName, attributes) => {
      try {
        return (await iot.send(new CreateThingCommand({ thingName, attributePayload: attributes && { attributes } }))).thingId!;
      } catch (error) {
        if (!(error instanceof ResourceAlreadyExistsException)) throw error;
        if (attributes) await iot.send(new UpdateThingCommand({ thingName, attributePayload: { attributes, merge: true } }));
        const found = await findThing(thingName);
        if (!found) throw error;
        return found.thingId;
      }
    },
    findThing,
    deleteThing: async thingName => {
      await unlessGone(() => iot.send(new DeleteThingCommand({ thingName })));
    },
    principalsOf: async thingName => {
      const all: string[] = [];
      for (let nextToken: string | undefined; ;) {
        const page = await unlessGone(() => iot.send(new ListThingPrincipalsCommand({ thingName, nextToken })));
        all.push(...page?.principals ?? []);
        nextToken = page?.nextToken;
        if (nextToken === undefined) return all;
      }
    },
    attachThing: async (thingName, principal) => {
      await iot.send(new AttachThingPrincipalCommand({ thingName, principal, thingPrincipalType: 'EXCLUSIVE_THING' }));
    },
    detachThing: async (thingName, principal) => {
      await unlessGone(() => iot.send(new DetachThingPrincipalCommand({ thingName, principal })));
    },
    disconnect: async clientId => {
      try {
        await data.send(new DeleteConnectionCommand({ clientId }));
      } catch (error) {
        // It is not connected, or the call is not there in this Region: its certificate is inactive, and AWS IoT ends the connection within minutes.
        if ((error as Error).name !== 'ResourceNotFoundException') log({ decision: 'LEFT_TO_AWS', reason: (error as Error).name, clientId });
      }
    },
  };
}

export interface ClaimParts {
  readonly certificateId: string;
  readonly certificatePem: string;
  readonly privateKey: string;
  readonly publicKey: string;
  readonly expiration: Date;
}

/** A claim that lives five minutes. */
export async function createClaim(iot: IoTClient, templateName: string): Promise<ClaimParts> {
  const { certificateId, certificatePem, keyPair, expiration } = await iot.send(new CreateProvisioningClaimCommand({ templateName }));
  return {
    certificateId: certificateId!,
    certificatePem: certificatePem!,
    privateKey: keyPair!.PrivateKey!,
    publicKey: keyPair!.PublicKey!,
    expiration: expiration!,
  };
}

async function unlessGone<T>(call: () => Promise<T>): Promise<T | undefined> {
  try {
    return await call();
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return undefined;
    throw error;
  }
}
