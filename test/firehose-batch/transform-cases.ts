import { FirehoseTransformationEvent } from 'aws-lambda';

/** A request as Firehose sends it. */
export function requestOf(payloads: readonly (string | Uint8Array)[]): FirehoseTransformationEvent {
  return {
    invocationId: 'test',
    deliveryStreamArn: 'arn:aws:firehose:us-east-1:111122223333:deliverystream/test',
    region: 'us-east-1',
    records: payloads.map((payload, index) => ({
      recordId: `4967${index}000`,
      approximateArrivalTimestamp: 1795248000000 + index,
      data: Buffer.from(payload).toString('base64'),
    })),
  };
}

export function bytesOf(data: string | undefined): string {
  return Buffer.from(data ?? '', 'base64').toString('utf8');
}
