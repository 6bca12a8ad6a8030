import { HttpAnswer, HttpHandler, HttpRequest } from './http-request';
import { serviceErrorOf, wrongTypeOf } from './service-error';
import { AwsError, Operations } from '../account';

/** AWS JSON 1.0 and 1.1: the operation stands in `X-Amz-Target`, input and output are JSON. */
export function jsonProtocol(operations: Operations, serviceName: string): HttpHandler {
  return async request => {
    const contentType = request.headers['content-type'] ?? 'application/x-amz-json-1.1';
    try {
      const operation = (request.headers['x-amz-target'] ?? '').split('.').at(-1)!;
      if (!Object.hasOwn(operations, operation)) throw new AwsError('UnknownOperationException', `${serviceName} does not model ${operation || 'a call without X-Amz-Target'}`);
      const output = await operations[operation](inputOf(request), request.caller);
      return { status: 200, headers: { 'content-type': contentType }, body: JSON.stringify(output ?? {}, blobsAsBase64) };
    } catch (error) {
      return jsonError(error, contentType);
    }
  };
}

export function inputOf({ body }: HttpRequest): object {
  if (body.length === 0) return {};
  try {
    const input: unknown = JSON.parse(body.toString('utf8'));
    if (typeof input === 'object' && input !== null && !Array.isArray(input)) return input;
  } catch { /* told below */ }
  throw new AwsError('SerializationException', 'the body of the request is no JSON object');
}

/** @throws what is a fault of the sandbox itself */
export function jsonError(error: unknown, contentType = 'application/json'): HttpAnswer {
  const known = serviceErrorOf(error);
  const told = known ?? wrongTypeOf(error);
  if (!told) throw error;
  const { code, message, statusCode, details } = told;
  return {
    ...!known && { fault: error },
    status: statusCode,
    headers: { 'content-type': contentType, 'x-amzn-errortype': code },
    body: JSON.stringify({ __type: code, message, ...details }),
  };
}

/** Called after Buffer.toJSON, whose shape is recognized. */
export function blobsAsBase64(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const { type, data } = value as { type?: unknown; data?: unknown };
  return type === 'Buffer' && Array.isArray(data) ? Buffer.from(data as number[]).toString('base64') : value;
}
