import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { IoTClient } from '@aws-sdk/client-iot';
import { IoTDataPlaneClient } from '@aws-sdk/client-iot-data-plane';
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { retire } from '../handler/core';
import { readNameSettings } from '../handler/env';
import { iotCalls } from '../handler/iot';
import { deviceRegister } from '../handler/register';
import { rotations } from '../handler/rotations';
import { thingNames } from '../handler/thing-name';

const CERTIFICATE_ID = /^[0-9a-f]{64}$/;

export interface RotationDeps {
  /** Deletes what the certificate that connected has replaced, and answers the ids. */
  readonly retire: (certificateId: string) => Promise<string[]>;
  readonly log: (line: Record<string, unknown>) => void;
}

/**
 * Retires older certificates of devices that connected with a new one. Most connections are of no rotation, and cost one read.
 *
 * Events may come twice and in any order. An event that fails comes again, and at last waits in the dead-letter queue.
 */
export const makeHandler = ({ retire: retireFor, log }: RotationDeps) => async (batch: SQSEvent): Promise<SQSBatchResponse> => {
  const batchItemFailures: SQSBatchResponse['batchItemFailures'] = [];
  const seen = new Set<string>();
  for (const { messageId, body } of batch.Records) {
    const certificateId = certificateIn(body);
    // Clients that come with a token or a signature have no certificate.
    if (certificateId === undefined || seen.has(certificateId)) continue;
    try {
      const retired = await retireFor(certificateId);
      if (retired.length > 0) log({ decision: 'RETIRED', certificateId, retired });
      seen.add(certificateId);
    } catch (error) {
      log({ decision: 'FAILED', certificateId, reason: (error as Error).name });
      batchItemFailures.push({ itemIdentifier: messageId });
    }
  }
  return { batchItemFailures };
};

function certificateIn(body: string): string | undefined {
  try {
    const { principalIdentifier } = JSON.parse(body) as { principalIdentifier?: unknown };
    return typeof principalIdentifier === 'string' && CERTIFICATE_ID.test(principalIdentifier) ? principalIdentifier : undefined;
  } catch {
    // AWS IoT alone writes these events, so what is no JSON is none.
    return undefined;
  }
}

function realDeps(env: NodeJS.ProcessEnv): RotationDeps {
  const settings = readNameSettings(env);
  const dynamodb = new DynamoDBClient({});
  const log = (line: Record<string, unknown>) => console.log(JSON.stringify(line));
  const iot = new IoTClient({});
  const deps = {
    register: deviceRegister(dynamodb, settings.registryTableName),
    rotations: rotations(dynamodb, settings.rotationTableName),
    iot: iotCalls({ iot, once: iot, data: new IoTDataPlaneClient({}), log }, ''),
    thingNameOf: thingNames(settings),
    wait: (ms: number) => new Promise<void>(resolve => setTimeout(resolve, ms)),
  };
  return { retire: certificateId => retire(certificateId, deps), log };
}

let run: ReturnType<typeof makeHandler> | undefined;
/** Built at the first event, so that importing this file does nothing. */
export const handler = async (event: SQSEvent): Promise<SQSBatchResponse> => (run ??= makeHandler(realDeps(process.env)))(event);
