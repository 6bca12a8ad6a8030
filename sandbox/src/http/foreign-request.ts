import { HttpRequest } from './http-request';

const LOOPBACK = String.raw`(127\.\d+\.\d+\.\d+|localhost|\[::1\])(:\d+)?$`;
const PLAIN = new RegExp(`^${LOOPBACK}`);
/** With what SDKs put before it: the name of a bucket, or `api.`. */
const OF_SERVICE = new RegExp(String.raw`^([a-z0-9._-]+\.)?${LOOPBACK}`, 'i');

/** Why the name that a browser called may be one of the web which points here; undefined where it is none. Only clients of AWS put something before it. */
export function foreignHost({ headers }: HttpRequest, isOfService: boolean): string | undefined {
  if ((isOfService ? OF_SERVICE : PLAIN).test(headers.host ?? '')) return undefined;
  return `the sandbox is reached by a loopback name, not by ${headers.host ?? 'none'}`;
}

/** Why a request may come from a page of somebody else; undefined where it does not. */
export function foreignPage({ headers }: HttpRequest): string | undefined {
  if (headers.origin === undefined || headers.origin === `http://${headers.host}`) return undefined;
  return `pages of ${headers.origin} may not call the sandbox`;
}
