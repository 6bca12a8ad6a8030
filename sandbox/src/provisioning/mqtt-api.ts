import { decodeFirstSync, encode } from 'cbor';
import { Asker, FleetProvisioning, ProvisioningRefusal } from './fleet-provisioning';
import { isObject, JsonObject } from '../json';

const TOPIC = /^\$aws\/(?:certificates\/(create|create-from-csr)|provisioning-templates\/([^/]+)\/provision)\/(json|cbor)$/;

/** A request by MQTT: where it came and from whom. */
export interface ApiMessage { readonly topic: string; readonly payload: Buffer; readonly clientId: string; readonly certificateId: string }

/**
 * Answers the requests of fleet provisioning on `<topic>/accepted` or `<topic>/rejected`.
 *
 * @returns whether the topic is one of these requests
 */
export function answerProvisioning(provisioning: FleetProvisioning, message: ApiMessage, answer: (topic: string, payload: Buffer) => void): boolean {
  const [, creation, templateName, format] = TOPIC.exec(message.topic) ?? [];
  if (format === undefined) return false;
  const write = (value: JsonObject) => format === 'cbor' ? encode(value) : Buffer.from(JSON.stringify(value));
  const asker: Asker = { clientId: message.clientId, certificateId: message.certificateId };
  const run = async (): Promise<JsonObject> => {
    if (creation === 'create') return provisioning.createKeysAndCertificate();
    const request = read(message.payload, format);
    return creation === 'create-from-csr' ? provisioning.createCertificateFromCsr(request) : provisioning.registerThing(templateName, request, asker);
  };
  run().then(
    result => answer(`${message.topic}/accepted`, write(result)),
    (error: Error) => {
      const { statusCode, errorCode } = error instanceof ProvisioningRefusal ? error : { statusCode: 500, errorCode: 'InternalServerError' };
      answer(`${message.topic}/rejected`, write({ statusCode, errorCode, errorMessage: error.message }));
    },
  );
  return true;
}

function read(payload: Buffer, format: string): JsonObject {
  let value: unknown;
  try {
    value = format === 'cbor' ? decodeFirstSync(payload) : JSON.parse(payload.toString('utf8'));
  } catch (error) {
    throw new ProvisioningRefusal(400, 'InvalidPayload', `the payload is not ${format.toUpperCase()}: ${(error as Error).message}`);
  }
  if (!isObject(value as never)) throw new ProvisioningRefusal(400, 'InvalidPayload', 'the payload must be an object');
  return value as JsonObject;
}
