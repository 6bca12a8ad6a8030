import { HttpAnswer, HttpHandler, HttpRequest } from './http-request';
import { blobsAsBase64, inputOf, jsonError } from './json-protocol';
import { AwsError, Operations } from '../account';

interface Members { [member: string]: unknown }

/** Where the members of an operation's input stand in the request. Everything else is in the JSON body. */
export interface Route {
  readonly operation: string;
  readonly method: string;
  /** `/things/{thingName}`; `{topic+}` takes the rest of the path, slashes included. */
  readonly path: string;
  /** Member of the input by the name of the query parameter. One that is repeated is a list. */
  readonly query?: { readonly [parameter: string]: string };
  /** Member of the input by the name of the header, in small letters. */
  readonly headers?: { readonly [header: string]: string };
  /** Member of the input that is the whole body, as bytes. */
  readonly payload?: string;
  /** Member of the output that is the whole body. Others that `outputHeaders` names stand there. */
  readonly outputPayload?: string;
  readonly outputHeaders?: { readonly [header: string]: string };
  /** Of the answer; 200 where it is not told. */
  readonly status?: number;
  /** Member of the output that is the status of the answer. */
  readonly outputStatus?: string;
}

/** REST JSON: the operation follows from method and path. Segments that are fixed win over those that are not. */
export function restJsonProtocol(operations: Operations, routes: readonly Route[], serviceName: string): HttpHandler {
  const compiled = routes.map(route => ({ route, pattern: patternOf(route.path), fixed: route.path.split('/').filter(part => !part.startsWith('{')).length }))
    .sort((a, b) => b.fixed - a.fixed);
  return async request => {
    try {
      for (const { route, pattern } of compiled) {
        const match = route.method === request.method ? pattern.exec(request.path) : null;
        if (!match || !Object.hasOwn(operations, route.operation)) continue;
        const output = await operations[route.operation](inputFor(route, match.groups ?? {}, request), request.caller);
        return answerOf(route, (output ?? {}) as Members);
      }
      throw new AwsError('UnknownOperationException', `${serviceName} does not model ${request.method} ${request.path}`, 404);
    } catch (error) {
      return jsonError(error);
    }
  };
}

function answerOf({ status: usual = 200, outputPayload, outputHeaders = {}, outputStatus = '' }: Route, output: Members): HttpAnswer {
  const status = Number(output[outputStatus] ?? usual);
  const headers: { [name: string]: string } = { 'content-type': 'application/json' };
  for (const [header, member] of Object.entries(outputHeaders)) if (output[member] !== undefined) headers[header] = String(output[member]);
  const body = outputPayload === undefined ? JSON.stringify(output, blobsAsBase64) : output[outputPayload] as string | Buffer | undefined;
  return { status, headers, body: body ?? '' };
}

function patternOf(path: string): RegExp {
  const parts = path.split('/').map(part => {
    const [, name, greedy] = /^\{(\w+)(\+?)\}$/.exec(part) ?? [];
    return name === undefined ? part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&') : greedy ? `(?<${name}>.+)` : `(?<${name}>[^/]+)`;
  });
  return new RegExp(`^${parts.join('/')}/?$`);
}

/** @throws AwsError where the path holds what is no text */
function decoded(label: string): string {
  try {
    return decodeURIComponent(label);
  } catch {
    throw new AwsError('InvalidRequestException', `the path holds ${label}, which is not UTF-8 that is percent-encoded`);
  }
}

function inputFor(route: Route, labels: { readonly [name: string]: string }, request: HttpRequest): object {
  const { query = {}, headers = {}, payload } = route;
  const input: Members = payload === undefined ? { ...inputOf(request) } : { [payload]: request.body };
  for (const [name, value] of Object.entries(labels)) input[name] = decoded(value);
  for (const [parameter, member] of Object.entries(query)) {
    const given = request.query.getAll(parameter);
    if (given.length > 0) input[member] = given.length > 1 ? given : given[0];
  }
  for (const [header, member] of Object.entries(headers)) if (request.headers[header] !== undefined) input[member] = request.headers[header];
  return input;
}
