import { Caller } from '../account';

/** A request that a client sent to the endpoint. */
export interface HttpRequest {
  readonly method: string;
  /** Still encoded: `/things/pump%201`. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** Names in small letters. */
  readonly headers: { readonly [name: string]: string | undefined };
  readonly body: Buffer;
  readonly caller: Caller;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers?: { readonly [name: string]: string };
  readonly body?: string | Buffer;
  /** What may be a fault of the sandbox although the client is told of its own; it is recorded. */
  readonly fault?: unknown;
}

export type HttpHandler = (request: HttpRequest) => Promise<HttpAnswer> | HttpAnswer;
