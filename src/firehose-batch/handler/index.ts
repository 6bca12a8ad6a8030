import type { FirehoseTransformationEvent, FirehoseTransformationEventRecord, FirehoseTransformationResult, FirehoseTransformationResultRecord } from 'aws-lambda';
import { Flattener } from './core';
import { readLakeRowPlan, readPartitionKeys } from './env';
import { LakeRowWriter } from './lake-row';

/**
 * Lambda's limit for the answer of a synchronous invocation, less a little for its frame.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
 */
const MAX_RESPONSE_BYTES = 6_291_456 - 1_024;

type Sent = FirehoseTransformationEventRecord;
type Answer = FirehoseTransformationResultRecord;

let flattener: Flattener | undefined;

/**
 * Answers every record once and in the order of the request.
 *
 * A record that cannot be cleaned is an expected value, `ProcessingFailed` with the bytes that came. Anything else that
 * goes wrong throws, and Firehose calls again.
 */
export const handler = async (event: FirehoseTransformationEvent): Promise<FirehoseTransformationResult> => {
  flattener ??= flattenerOf(process.env);
  return transform(event, flattener);
};

/** Built of the environment that the construct sets. */
export function flattenerOf(env: { readonly [name: string]: string | undefined }): Flattener {
  const plan = readLakeRowPlan(env);
  return new Flattener(readPartitionKeys(env), plan && new LakeRowWriter(plan));
}

export function transform(event: FirehoseTransformationEvent, rows: Flattener): FirehoseTransformationResult {
  const reasons: { [reason: string]: number } = {};
  const refuse = ({ recordId, data }: Sent, reason: string): Answer => {
    reasons[reason] = (reasons[reason] ?? 0) + 1;
    return { recordId, result: 'ProcessingFailed', data };
  };
  const answers = event.records.map((sent): Answer => {
    const { recordId, data, approximateArrivalTimestamp } = sent;
    const outcome = rows.clean(latin1From(data), approximateArrivalTimestamp);
    if ('reason' in outcome) return refuse(sent, outcome.reason);
    // An array without elements holds nothing that could be delivered or lost.
    if (outcome.rows === 0) return { recordId, result: 'Dropped', data };
    const answer: Answer = { recordId, result: 'Ok', data: btoa(outcome.output) };
    return outcome.partition ? { ...answer, metadata: { partitionKeys: outcome.partition } } : answer;
  });
  const records = fit(answers, event.records, sent => refuse(sent, 'no room in the response'));
  logRefused(event, reasons);
  return { records };
}

/** Lambda puts a prefix before what console.log writes, and the metric filter reads whole lines as JSON. */
function logRefused({ deliveryStreamArn, records }: FirehoseTransformationEvent, reasons: { [reason: string]: number }): void {
  const refused = Object.values(reasons).reduce((sum, count) => sum + count, 0);
  if (refused === 0) return;
  const stream = deliveryStreamArn.slice(deliveryStreamArn.lastIndexOf('/') + 1);
  process.stdout.write(`${JSON.stringify({ stream, records: records.length, refused, reasons })}\n`);
}

/** `atob` is twice as fast as a Buffer, but throws at what is not base64; Firehose sends none of that. */
function latin1From(base64: string): string {
  try {
    return atob(base64);
  } catch {
    return Buffer.from(base64, 'base64').toString('latin1');
  }
}

/**
 * Makes the answer small enough: rows that do not fit are refused, and their originals go to the error prefix.
 *
 * Originals fit whenever the request did. A larger request cannot come from Firehose; then the answer leaves out the
 * data of refused records, of which Firehose keeps the original.
 */
function fit(answers: Answer[], sent: readonly Sent[], refuse: (record: Sent) => Answer): Answer[] {
  let size = answers.reduce((sum, answer) => sum + sizeOf(answer), 0);
  if (size <= MAX_RESPONSE_BYTES) return answers;
  const fitting = [...answers];
  for (let index = answers.length - 1; index >= 0 && size > MAX_RESPONSE_BYTES; index -= 1) {
    const saved = sizeOf(answers[index]) - sizeOf(sent[index]);
    if (answers[index].result !== 'Ok' || saved <= 0) continue;
    fitting[index] = refuse(sent[index]);
    size -= saved;
  }
  for (let index = answers.length - 1; index >= 0 && size > MAX_RESPONSE_BYTES; index -= 1) {
    const { result, data } = fitting[index];
    const refused = result === 'ProcessingFailed' ? fitting[index] : refuse(sent[index]);
    fitting[index] = { ...refused, data: '' };
    size -= data!.length;
  }
  return fitting;
}

/** Bytes of an answer in the response, an upper bound: ids are plain characters, partition values may need escapes. */
function sizeOf({ recordId, data, metadata }: Pick<Answer, 'recordId' | 'data' | 'metadata'>): number {
  return 64 + recordId.length + data!.length + (metadata ? 32 + 3 * JSON.stringify(metadata).length : 0);
}
