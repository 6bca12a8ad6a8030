import { randomUUID } from 'crypto';
import { RecordFailure } from './error-record';
import { LambdaTransform } from './stream-definition';
import { isObject, JsonObject } from '../json';
import { Clock } from '../time/clock';

/** A record on its way. */
export interface AcceptedRecord {
  readonly recordId: string;
  readonly arrival: number;
  readonly data: Buffer;
}

/** Invokes a function of the template, as its service would. What it throws is told by its name, as the SDK's errors are. */
export type InvokeFunction = (functionArn: string, event: unknown) => Promise<InvokeAnswer>;
export interface InvokeAnswer { readonly payload: string; readonly failure?: { readonly errorType: string; readonly errorMessage: string } }

export type TransformOutcome =
  | { readonly result: 'Ok'; readonly data: Buffer; readonly partitionKeys: { readonly [key: string]: unknown } }
  | { readonly result: 'Dropped' }
  | { readonly result: 'ProcessingFailed'; readonly failure: RecordFailure };

export interface TransformSurroundings {
  readonly invoke: InvokeFunction;
  readonly clock: Clock;
  readonly stream: { readonly arn: string; readonly region: string };
  /** Waits before another attempt. */
  wait(milliseconds: number): Promise<void>;
}

interface Problem { readonly code: string; readonly message: string }

/** Of a synchronous invocation. https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const REQUEST_BYTES = 6 * 1024 * 1024;
const RESPONSE_BYTES = REQUEST_BYTES;
const ENVELOPE_BYTES = 1024;
/** Names, quotes and numbers around the data of one record in the request. */
const RECORD_ENVELOPE_BYTES = 180;
/** https://docs.aws.amazon.com/firehose/latest/dev/data-transformation.html */
const TIMEOUT_MILLISECONDS = 5 * 60 * 1000;
/** How long Firehose waits before it tries again is not documented. */
const FIRST_WAIT_MILLISECONDS = 100;
/** Letters of base64 for URLs, which Node.js takes as well. */
const OF_URLS = /[-_]/;

// Codes and texts as error outputs and logs of AWS show them.
const FUNCTION_ERROR = { code: 'Lambda.FunctionError', message: 'The Lambda function was successfully invoked but it returned an error result.' };
const INVALID_ANSWER = {
  code: 'Lambda.FunctionError',
  message: 'Check your function and make sure the output is in required format. '
    + 'In addition to that, make sure the processed records contain valid result status of Dropped, Ok, or ProcessingFailed',
};
const NOT_JSON = {
  code: 'Lambda.JsonProcessingException',
  message: 'There was an error parsing returned records from the Lambda function. '
    + 'Ensure that the returned records follow the status model required by Firehose.',
};
const MISSING = {
  code: 'Lambda.MissingRecordId',
  message: 'One or more record Ids were not returned. Ensure that the Lambda function returns all received record Ids.',
};
const DUPLICATE = {
  code: 'Lambda.DuplicatedRecordId',
  message: 'Multiple records were returned with the same record ID. Ensure that the Lambda function returns unique record IDs for each record.',
};
const STATUS = { code: 'Lambda.ProcessingFailedStatus', message: 'ProcessingFailed status set for record' };
const CODES_OF_ERRORS: { readonly [name: string]: string } = {
  TooManyRequestsException: 'Lambda.InvokeLimitExceeded',
  ResourceNotFoundException: 'Lambda.ResourceNotFound',
  AccessDeniedException: 'Lambda.InvokeAccessDenied',
  AssumeRoleAccessDenied: 'Lambda.AssumeRoleAccessDenied',
};

/** Cuts what was gathered into requests that Lambda takes. */
export function requestsOf<R extends { readonly data: Buffer }>(records: readonly R[]): R[][] {
  const requests: R[][] = [];
  let room = 0;
  for (const record of records) {
    const bytes = Math.ceil(record.data.length / 3) * 4 + RECORD_ENVELOPE_BYTES;
    if (requests.length === 0 || bytes > room) {
      requests.push([]);
      room = REQUEST_BYTES - ENVELOPE_BYTES;
    }
    requests.at(-1)!.push(record);
    room -= bytes;
  }
  return requests;
}

/** Sends the records through the function: one outcome a record, in their order. Never throws. */
export async function transformRecords(
  records: readonly AcceptedRecord[], transform: LambdaTransform, surroundings: TransformSurroundings,
): Promise<TransformOutcome[]> {
  const event = {
    invocationId: randomUUID(),
    deliveryStreamArn: surroundings.stream.arn,
    region: surroundings.stream.region,
    records: records.map(({ recordId, arrival, data }) => ({ recordId, approximateArrivalTimestamp: arrival, data: data.toString('base64') })),
  };
  for (let attempts = 1; ; attempts++) {
    const answer = await attempt(transform.functionArn, event, surroundings);
    const failed = ({ code, message }: Problem): TransformOutcome => ({
      result: 'ProcessingFailed', failure: { type: 'processing-failed', code, message, attempts, lambdaArn: transform.functionArn },
    });
    // An answer is final, however malformed; only an invocation that failed is tried again.
    if (typeof answer === 'string') return outcomesOf(answer, records, failed);
    if (attempts > transform.retries) return records.map(() => failed(answer));
    await surroundings.wait(FIRST_WAIT_MILLISECONDS * 2 ** Math.min(attempts - 1, 10));
  }
}

async function attempt(functionArn: string, event: unknown, { invoke, clock }: TransformSurroundings): Promise<string | Problem> {
  let cancel = () => {};
  const timeout = new Promise<Problem>(resolve => {
    cancel = clock.after(TIMEOUT_MILLISECONDS, () => resolve({ code: 'Lambda.FunctionTimedOut', message: 'The Lambda function did not answer within 5 minutes.' }));
  });
  const answer = Promise.resolve().then(() => invoke(functionArn, event)).then<string | Problem, Problem>(
    ({ payload, failure }) => failure || Buffer.byteLength(payload) > RESPONSE_BYTES ? FUNCTION_ERROR : payload,
    (error: Error) => ({ code: CODES_OF_ERRORS[error.name] ?? FUNCTION_ERROR.code, message: error.message }),
  );
  return Promise.race([answer, timeout]).finally(cancel);
}

/** As captured on AWS: an answer with an invalid or a repeated record fails them all, one that leaves records out fails those. */
function outcomesOf(payload: string, records: readonly AcceptedRecord[], failed: (problem: Problem) => TransformOutcome): TransformOutcome[] {
  const all = (problem: Problem) => records.map(() => failed(problem));
  let answer: unknown;
  try {
    answer = JSON.parse(payload);
  } catch {
    return all(NOT_JSON);
  }
  if (!isObject(answer)) return all(NOT_JSON);
  if (!Array.isArray(answer.records)) return all(INVALID_ANSWER);

  const outcomes = new Map<string, TransformOutcome>();
  for (const returned of answer.records as unknown[]) {
    if (!isObject(returned) || typeof returned.recordId !== 'string') return all(INVALID_ANSWER);
    if (outcomes.has(returned.recordId)) return all(DUPLICATE);
    const outcome = outcomeOf(returned, failed);
    if (!outcome) return all(INVALID_ANSWER);
    outcomes.set(returned.recordId, outcome);
  }
  return records.map(({ recordId }) => outcomes.get(recordId) ?? failed(MISSING));
}

function outcomeOf({ result, data, metadata }: JsonObject, failed: (problem: Problem) => TransformOutcome): TransformOutcome | undefined {
  if (result === 'Dropped') return { result };
  if (result === 'ProcessingFailed') return failed(STATUS);
  const bytes = result === 'Ok' && typeof data === 'string' ? bytesOfBase64(data) : undefined;
  if (!bytes) return undefined;
  const partitionKeys = isObject(metadata) && isObject(metadata.partitionKeys) ? metadata.partitionKeys : {};
  return { result: 'Ok', data: bytes, partitionKeys };
}

/** Undefined where it is no base64: Node.js leaves out what is none, so that there are fewer bytes then. */
function bytesOfBase64(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64');
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  const isWhole = text.length % 4 === 0 && bytes.length === text.length / 4 * 3 - padding;
  return isWhole && !OF_URLS.test(text) ? bytes : undefined;
}
