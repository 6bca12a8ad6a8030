import { AwsError } from '../account';
import { JsonObject } from '../json';

/** An error as protocols write it. */
export interface ServiceError { readonly code: string; readonly message: string; readonly statusCode: number; readonly details: JsonObject }

const NOT_FOUND = /NotFound|NoSuch|DoesNotExist/;
const CONFLICT = /AlreadyExists|Conflict/;
/** Errors of the parts carry AWS's code as their name; anything else is a fault of the sandbox. */
const CODE = /(Exception|Error|Contents|Value|Invalid|Exist|Bucket|Key|Argument|Failed)$/;
const FAULTS = new Set(['Error', 'TypeError', 'RangeError', 'ReferenceError', 'SyntaxError', 'AssertionError', 'URIError', 'EvalError', 'AggregateError']);

/** What operations throw when a member of their input has another type than they take it for. */
const TRIPPED = new Set(['TypeError', 'RangeError', 'SyntaxError', 'URIError']);

/**
 * What a client is told where an operation tripped over its input, such as a number where a text belongs; undefined where it did not.
 *
 * AWS checks types before an operation runs, and so do clients of AWS: who comes here wrote the request by hand. A fault of the sandbox can
 * look the same, so that whoever answers records the error too.
 */
export function wrongTypeOf(error: unknown): ServiceError | undefined {
  const { name = '', message = '' } = (error ?? {}) as Partial<Error>;
  if (!TRIPPED.has(name)) return undefined;
  return { code: 'SerializationException', message: `a member of the input has a type that the operation does not take: ${message}`, statusCode: 400, details: {} };
}

/** What a client is told of an error; undefined where the error is a fault of the sandbox itself. */
export function serviceErrorOf(error: unknown): ServiceError | undefined {
  if (error instanceof AwsError) return { code: error.name, message: error.message, statusCode: error.statusCode, details: error.details };
  if (!(error instanceof Error) || FAULTS.has(error.name) || !CODE.test(error.name)) return undefined;
  const statusCode = error.name === 'ServiceUnavailableException' ? 503 : NOT_FOUND.test(error.name) ? 404 : CONFLICT.test(error.name) ? 409 : 400;
  return { code: error.name, message: error.message, statusCode, details: {} };
}
