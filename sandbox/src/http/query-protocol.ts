import { randomUUID } from 'crypto';
import { XMLBuilder } from 'fast-xml-parser';
import { HttpHandler } from './http-request';
import { serviceErrorOf, wrongTypeOf } from './service-error';
import { AwsError, Operations } from '../account';

const XML = new XMLBuilder({ ignoreAttributes: false, attributeNamePrefix: '@', suppressEmptyNode: false });

/**
 * AWS Query: the input is a form (`Entries.member.1.Id=a`), the output XML. A list in the output is written as `<member>` elements,
 * an object that is a map as `{ entry: [{ key, value }] }` by the operation itself.
 *
 * @param namespace - `http://sns.amazonaws.com/doc/2010-03-31/`
 */
export function queryProtocol(operations: Operations, namespace: string, serviceName: string): HttpHandler {
  return async request => {
    const form = new URLSearchParams(request.body.length > 0 ? request.body.toString('utf8') : request.query);
    const action = form.get('Action') ?? '';
    const requestId = randomUUID();
    try {
      if (!Object.hasOwn(operations, action)) throw new AwsError('InvalidAction', `${serviceName} does not model ${action || 'a call without Action'}`);
      const output = await operations[action](inputOfForm(form), request.caller);
      const result = output === undefined ? {} : { [`${action}Result`]: asXml(output) };
      return xml(200, { [`${action}Response`]: { '@xmlns': namespace, ...result, 'ResponseMetadata': { RequestId: requestId } } });
    } catch (error) {
      const known = serviceErrorOf(error);
      const told = known ?? wrongTypeOf(error);
      if (!told) throw error;
      const code = told.code.replace(/^AccessDeniedException$/, 'AccessDenied').replace(/^SerializationException$/, 'MalformedInput');
      return {
        ...!known && { fault: error },
        ...xml(told.statusCode, { ErrorResponse: { '@xmlns': namespace, 'Error': { Type: 'Sender', Code: code, Message: told.message }, 'RequestId': requestId } }),
      };
    }
  };
}

function xml(status: number, document: object) {
  return { status, headers: { 'content-type': 'text/xml' }, body: XML.build(document) as string };
}

/** `Tags.member.1.Key=a` becomes `{ Tags: [{ Key: 'a' }] }`; maps (`Attributes.entry.1.key`) become objects. */
export function inputOfForm(form: URLSearchParams): { [member: string]: unknown } {
  const root = Object.create(null) as { [name: string]: unknown };
  for (const [path, value] of form) {
    if (path === 'Action' || path === 'Version') continue;
    let at = root;
    const names = path.split('.');
    names.slice(0, -1).forEach(name => {
      if (!Object.hasOwn(at, name) || typeof at[name] !== 'object') at[name] = Object.create(null) as object;
      at = at[name] as typeof root;
    });
    at[names.at(-1)!] = value;
  }
  return gathered(root) as { [member: string]: unknown };
}

function gathered(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value);
  const [[name, inner] = ['', undefined], ...others] = entries;
  if (others.length === 0 && (name === 'member' || name === 'entry') && typeof inner === 'object') {
    const items = Object.entries(inner as object).sort(([a], [b]) => Number(a) - Number(b)).map(([, item]) => gathered(item));
    if (name === 'member') return items;
    return Object.fromEntries(items.map(item => {
      const { key, value: of, Name, Value } = item as { key?: string; value?: unknown; Name?: string; Value?: unknown };
      return [key ?? Name ?? '', of ?? Value];
    }));
  }
  return Object.fromEntries(entries.map(([key, item]) => [key, gathered(item)]));
}

function asXml(value: unknown): unknown {
  if (Array.isArray(value)) return { member: value.map(asXml) };
  if (value instanceof Date) return value.toISOString();
  if (typeof value !== 'object' || value === null) return value ?? undefined;
  const entry = (value as { entry?: unknown }).entry;
  if (Array.isArray(entry)) return { entry: entry.map(asXml) };
  return Object.fromEntries(Object.entries(value).filter(([, item]) => item !== undefined).map(([key, item]) => [key, asXml(item)]));
}
