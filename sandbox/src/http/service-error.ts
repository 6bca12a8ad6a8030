import { AwsError } from '../account';
import { JsonObject } from '../json';

/** An error as protocols write it. */
export interface ServiceError { readonly code: string; readonly message: string; readonly statusCode: number; readonly details: JsonObject }

const NOT_FOUND = /NotFound|NoSuch|DoesNotExist/;
const CONFLICT = /AlreadyExists|Conflict/;
/** Errors of the parts carry AWS's code as their name; anything else is a fault of the sandbox. */
const CODE = /(Exception|Error|Contents|Value|Invalid|Exist|Bucket|Key|Argument|Failed)$/;
const FAULTS = new Set(['Error', 'TypeError', 'RangeError', 'ReferenceError', 'SyntaxError', 'AssertionError', 'URIError', 'EvalError', 'AggregateError']);

/** What a client is told of an error; undefined where the error is a fault of the sandbox itself. */
export function serviceErrorOf(error: unknown): ServiceError | undefined {
  if (error instanceof AwsError) return { code: error.name, message: error.message, statusCode: error.statusCode, details: error.details };
  if (!(error instanceof Error) || FAULTS.has(error.name) || !CODE.test(error.name)) return undefined;
  const statusCode = error.name === 'ServiceUnavailableException' ? 503 : NOT_FOUND.test(error.name) ? 404 : CONFLICT.test(error.name) ? 409 : 400;
  return { code: error.name, message: error.message, statusCode, details: {} };
}
