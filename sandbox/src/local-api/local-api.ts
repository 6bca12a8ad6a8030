import { HttpAnswer, HttpRequest } from '../http';
import { foreignHost, foreignPage } from '../http/foreign-request';

/** Everything that the page and the command line ask is below this path. */
export const LOCAL_API_PATH = '/-/api/';

/** Something that was asked for wrongly; the page and the command line show the message. */
export class LocalApiError extends Error {
  constructor(message: string, readonly status = 400) {
    super(message);
  }
}

/** Answers one call; what it returns is sent as JSON. */
export type LocalCall = (input: { readonly [name: string]: unknown }) => unknown;

/**
 * What the page and the command line of this sandbox ask it, as JSON over HTTP: `GET` with query parameters, `POST` with a JSON object.
 *
 * Only requests to a loopback name, and from pages of that name, are answered, so that no page of the web reaches it through a browser.
 */
export class LocalApi {
  private readonly calls = new Map<string, LocalCall>();

  /** @param call - `GET devices`, `POST query` */
  add(call: string, answer: LocalCall): void {
    this.calls.set(call, answer);
  }

  /** The same without the way through HTTP. @throws LocalApiError */
  async ask(call: string, input: { readonly [name: string]: unknown } = {}): Promise<unknown> {
    const answer = this.calls.get(call);
    if (!answer) throw new LocalApiError(`there is no ${call}`, 404);
    return answer(input);
  }

  async handle(request: HttpRequest): Promise<HttpAnswer> {
    const refused = foreignOrigin(request);
    if (refused) return json(403, { message: refused });
    const name = request.path.slice(LOCAL_API_PATH.length);
    const call = this.calls.get(`${request.method} ${name}`);
    if (!call) return json(404, { message: `there is no ${request.method} ${name}; there are ${[...this.calls.keys()].join(', ')}` });
    try {
      return json(200, await call(request.method === 'GET' ? Object.fromEntries(request.query) : inputOf(request)) ?? {});
    } catch (error) {
      if (error instanceof LocalApiError) return json(error.status, { message: error.message });
      throw error;
    }
  }
}

/** Why a request may come from a page of somebody else; undefined where it does not. */
export function foreignOrigin(request: HttpRequest): string | undefined {
  const { headers, method } = request;
  const foreign = foreignHost(request, false) ?? foreignPage(request);
  if (foreign !== undefined) return foreign;
  // A form of another page can post other types without asking first.
  if (method !== 'GET' && !/^application\/json\b/.test(headers['content-type'] ?? '')) return 'the body must be application/json';
  return undefined;
}

function inputOf({ body }: HttpRequest): { readonly [name: string]: unknown } {
  try {
    const input: unknown = body.length === 0 ? {} : JSON.parse(body.toString('utf8'));
    if (typeof input === 'object' && input !== null && !Array.isArray(input)) return input as { [name: string]: unknown };
  } catch { /* told below */ }
  throw new LocalApiError('the body must be a JSON object');
}

function json(status: number, body: unknown): HttpAnswer {
  return {
    status,
    headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
    body: JSON.stringify(body, (_key, value: unknown) => typeof value === 'bigint' ? Number.isSafeInteger(Number(value)) ? Number(value) : String(value) : value),
  };
}
