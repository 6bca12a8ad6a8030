import { createHash, randomUUID } from 'crypto';
import { XMLParser } from 'fast-xml-parser';
import { CHECKSUMS } from './checksum';
import { decodeChunked } from './chunked-body';
import { S3Error } from './object-path';
import { xmlOf } from './xml';
import { AwsError, Operations } from '../account';
import { HttpAnswer, HttpHandler, HttpRequest, serviceErrorOf, wrongTypeOf } from '../http';
import { isObject } from '../json';

interface Members { [member: string]: unknown }

/** How an operation is told by method and query; the first that fits is meant. */
interface Route {
  readonly operation: string;
  readonly method: string;
  readonly on: 'service' | 'bucket' | 'object';
  /** Query parameters that must be there; `list-type=2` with their value. */
  readonly query?: readonly string[];
  /** A header that must be there. */
  readonly header?: string;
  readonly status?: number;
  /** Element that the XML of the answer is in. */
  readonly root?: string;
}

const ROUTES: readonly Route[] = [
  { operation: 'ListBuckets', method: 'GET', on: 'service', root: 'ListAllMyBucketsResult' },
  { operation: 'GetBucketLocation', method: 'GET', on: 'bucket', query: ['location'] },
  { operation: 'ListObjectsV2', method: 'GET', on: 'bucket', query: ['list-type=2'], root: 'ListBucketResult' },
  { operation: 'DeleteObjects', method: 'POST', on: 'bucket', query: ['delete'], root: 'DeleteResult' },
  { operation: 'ListObjects', method: 'GET', on: 'bucket', root: 'ListBucketResult' },
  { operation: 'HeadBucket', method: 'HEAD', on: 'bucket' },
  { operation: 'CreateBucket', method: 'PUT', on: 'bucket' },
  { operation: 'UploadPart', method: 'PUT', on: 'object', query: ['partNumber', 'uploadId'] },
  { operation: 'CopyObject', method: 'PUT', on: 'object', header: 'x-amz-copy-source' },
  { operation: 'PutObject', method: 'PUT', on: 'object' },
  { operation: 'ListParts', method: 'GET', on: 'object', query: ['uploadId'], root: 'ListPartsResult' },
  { operation: 'GetObject', method: 'GET', on: 'object' },
  { operation: 'HeadObject', method: 'HEAD', on: 'object' },
  { operation: 'AbortMultipartUpload', method: 'DELETE', on: 'object', query: ['uploadId'], status: 204 },
  { operation: 'DeleteObject', method: 'DELETE', on: 'object', status: 204 },
  { operation: 'CreateMultipartUpload', method: 'POST', on: 'object', query: ['uploads'], root: 'InitiateMultipartUploadResult' },
  { operation: 'CompleteMultipartUpload', method: 'POST', on: 'object', query: ['uploadId'], root: 'CompleteMultipartUploadResult' },
];
/** A request with one of these is about something that is not modelled: answering it as if it were not there would mislead. */
const NOT_MODELLED = ['acl', 'tagging', 'versioning', 'versions', 'lifecycle', 'policy', 'cors', 'encryption', 'notification', 'object-lock', 'retention', 'legal-hold', 'torrent',
  'restore', 'select', 'replication', 'logging', 'website', 'inventory', 'analytics', 'metrics', 'accelerate', 'requestPayment', 'publicAccessBlock', 'ownershipControls', 'attributes'];
const QUERY: Members = {
  'prefix': 'Prefix', 'delimiter': 'Delimiter', 'start-after': 'StartAfter', 'continuation-token': 'ContinuationToken', 'marker': 'Marker', 'uploadId': 'UploadId',
};
const HEADERS: Members = {
  'content-type': 'ContentType',
  'content-disposition': 'ContentDisposition',
  'content-language': 'ContentLanguage',
  'cache-control': 'CacheControl',
  'range': 'Range',
  'if-match': 'IfMatch',
  'if-none-match': 'IfNoneMatch',
  'x-amz-copy-source': 'CopySource',
  'x-amz-metadata-directive': 'MetadataDirective',
  'x-amz-server-side-encryption': 'ServerSideEncryption',
  'x-amz-server-side-encryption-aws-kms-key-id': 'SSEKMSKeyId',
};
const ANSWER_HEADERS: { readonly [member: string]: string } = {
  ETag: 'etag',
  AcceptRanges: 'accept-ranges',
  ContentType: 'content-type',
  ContentEncoding: 'content-encoding',
  ContentDisposition: 'content-disposition',
  ContentLanguage: 'content-language',
  CacheControl: 'cache-control',
  ContentLength: 'content-length',
  ContentRange: 'content-range',
  Location: 'location',
};
const METADATA = 'x-amz-meta-';
const PARSER = new XMLParser({ ignoreAttributes: true, parseTagValue: false, trimValues: false, isArray: name => name === 'Object' || name === 'Part' });

/** REST with XML, as clients of S3 speak it, the bucket in the path. */
export function s3Protocol(operations: Operations, region: string): HttpHandler {
  return async request => {
    const requestId = randomUUID();
    try {
      const [bucket, key] = placeOf(request);
      const route = routeOf(request, bucket, key);
      const input = inputOf(request, route, bucket, key);
      const output = (await operations[route.operation](input, request.caller) ?? {}) as Members;
      return answerOf(route, output, request, region);
    } catch (error) {
      return errorOf(error, request, requestId);
    }
  };
}

function placeOf({ path }: HttpRequest): [string, string] {
  const slash = path.indexOf('/', 1);
  try {
    return [decodeURIComponent(slash < 0 ? path.slice(1) : path.slice(1, slash)), slash < 0 ? '' : decodeURIComponent(path.slice(slash + 1))];
  } catch {
    throw new AwsError('InvalidURI', 'Couldn\'t parse the specified URI.');
  }
}

function routeOf({ method, query, headers }: HttpRequest, bucket: string, key: string): Route {
  const on = bucket === '' ? 'service' : key === '' ? 'bucket' : 'object';
  const unknown = NOT_MODELLED.find(name => query.has(name));
  const found = unknown === undefined && ROUTES.find(route => route.method === method && route.on === on
    && (route.header === undefined || headers[route.header] !== undefined)
    && (route.query ?? []).every(needed => {
      const [name, value] = needed.split('=');
      return query.has(name) && (value === undefined || query.get(name) === value);
    }));
  if (!found) throw new AwsError('NotImplemented', `s3 does not model ${method} on ${on === 'object' ? 'an object' : `a ${on}`}${unknown === undefined ? '' : ` with ?${unknown}`}`, 501);
  return found;
}

function inputOf(request: HttpRequest, { operation }: Route, bucket: string, key: string): Members {
  const { headers, query } = request;
  const input: Members = { Bucket: bucket, Key: key };
  for (const [name, member] of Object.entries(QUERY)) if (query.has(name)) input[String(member)] = query.get(name);
  for (const [name, member] of Object.entries(HEADERS)) if (headers[name] !== undefined) input[String(member)] = headers[name];
  if (query.has('max-keys')) input.MaxKeys = Number(query.get('max-keys'));
  if (query.has('partNumber')) input.PartNumber = Number(query.get('partNumber'));
  for (const [header, member] of [['if-modified-since', 'IfModifiedSince'], ['if-unmodified-since', 'IfUnmodifiedSince']]) {
    const date = new Date(headers[header] ?? '');
    if (!Number.isNaN(date.getTime())) input[member] = date;
  }
  const encoding = (headers['content-encoding'] ?? '').split(',').map(part => part.trim()).filter(part => part !== '' && part !== 'aws-chunked').join(',');
  if (encoding !== '') input.ContentEncoding = encoding;
  const metadata = Object.entries(headers).filter(([name]) => name.startsWith(METADATA));
  input.Metadata = Object.fromEntries(metadata.map(([name, value]) => [name.slice(METADATA.length), value]));
  if (operation === 'DeleteObjects') input.Delete = deletionIn(bodyOf(request));
  if (operation === 'CompleteMultipartUpload') input.MultipartUpload = { Parts: partsIn(bodyOf(request)) };
  if (operation === 'PutObject' || operation === 'UploadPart') input.Body = bodyOf(request);
  return input;
}

/** The body as the client meant it. @throws AwsError where it is not what the client says it is */
export function bodyOf({ headers, body: sent }: HttpRequest): Buffer {
  const declared = headers['x-amz-content-sha256'] ?? '';
  const chunked = declared.startsWith('STREAMING-') || /(^|,)\s*aws-chunked\s*(,|$)/.test(headers['content-encoding'] ?? '');
  const { body, trailers } = chunked ? decodeChunked(sent) : { body: sent, trailers: {} };
  const length = headers['x-amz-decoded-content-length'];
  if (chunked && length !== undefined && Number(length) !== body.length) throw new AwsError('IncompleteBody', `You announced ${length} bytes and sent ${body.length}.`);
  if (/^[0-9a-f]{64}$/.test(declared) && createHash('sha256').update(body).digest('hex') !== declared) {
    throw new AwsError('XAmzContentSHA256Mismatch', 'The provided \'x-amz-content-sha256\' header does not match what was computed.');
  }
  const md5 = headers['content-md5'];
  if (md5 !== undefined && createHash('md5').update(body).digest('base64') !== md5) {
    throw new AwsError(Buffer.from(md5, 'base64').length === 16 ? 'BadDigest' : 'InvalidDigest', 'The Content-MD5 you specified did not match what we received.');
  }
  for (const [name, compute] of Object.entries(CHECKSUMS)) {
    const told = headers[name] ?? (trailers as { readonly [name: string]: string })[name];
    // Of an object in parts it is a checksum of checksums.
    if (told === undefined || told.includes('-')) continue;
    if (compute(body).toString('base64') !== told) throw new AwsError('BadDigest', `The ${name.slice('x-amz-checksum-'.length).toUpperCase()} you specified did not match the calculated checksum.`);
  }
  return body;
}

function deletionIn(body: Buffer): { Objects: { Key: string }[]; Quiet: boolean } {
  const { Delete } = parsed(body);
  if (!isObject(Delete) || !Array.isArray(Delete.Object)) throw malformed();
  return { Objects: Delete.Object.map(object => ({ Key: isObject(object) ? String(object.Key) : '' })), Quiet: Delete.Quiet === 'true' };
}

function partsIn(body: Buffer): { PartNumber: number; ETag: string }[] {
  const { CompleteMultipartUpload: upload } = parsed(body);
  if (!isObject(upload)) throw malformed();
  const parts = (Array.isArray(upload.Part) ? upload.Part : []).filter(isObject);
  return parts.map(({ PartNumber, ETag }) => ({ PartNumber: Number(PartNumber), ETag: String(ETag) }));
}

function parsed(body: Buffer): Members {
  try {
    return PARSER.parse(body.toString('utf8')) as Members;
  } catch {
    throw malformed();
  }
}

function malformed(): AwsError {
  return new AwsError('MalformedXML', 'The XML you provided was not well-formed or did not validate against our published schema');
}

function answerOf(route: Route, output: Members, { query, method }: HttpRequest, region: string): HttpAnswer {
  const { operation, root, status = 200 } = route;
  if (operation === 'GetBucketLocation') return xml(200, 'LocationConstraint', region === 'us-east-1' ? '' : region);
  if (operation === 'CopyObject') return xml(200, 'CopyObjectResult', output.CopyObjectResult);
  if (operation === 'ListBuckets') return xml(200, root!, { Owner: { ID: 'operator' }, Buckets: { Bucket: output.Buckets } });
  if (root !== undefined) return xml(200, root, elementsOf(output, query.get('encoding-type') === 'url'));
  const headers: { [name: string]: string } = {};
  for (const [member, header] of Object.entries(ANSWER_HEADERS)) if (output[member] !== undefined) headers[header] = String(output[member]);
  if (output.LastModified instanceof Date) headers['last-modified'] = output.LastModified.toUTCString();
  for (const [name, value] of Object.entries((output.Metadata ?? {}) as { [name: string]: string })) headers[METADATA + name] = value;
  if (operation === 'HeadBucket') headers['x-amz-bucket-region'] = region;
  // A length is told of a body, and by HEAD of the one that GET would have.
  if (output.Body === undefined && method !== 'HEAD') delete headers['content-length'];
  return { status: output.ContentRange === undefined ? status : 206, headers, body: output.Body as Buffer | undefined };
}

/** Lists are named in XML by what they hold. */
const SINGULAR: { readonly [member: string]: string } = { Errors: 'Error', Parts: 'Part' };
const ENCODED = new Set(['Key', 'Prefix', 'Delimiter', 'StartAfter', 'Marker', 'NextMarker']);

/** @param encoded - whether keys are told in the encoding of URLs, which the client asks for because XML cannot hold every key */
function elementsOf(output: Members, encoded: boolean): unknown {
  const encode = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(encode);
    if (typeof value !== 'object' || value === null || value instanceof Date) return value;
    return Object.fromEntries(Object.entries(value as Members).map(([name, inner]) =>
      [SINGULAR[name] ?? name, ENCODED.has(name) && typeof inner === 'string' ? encodeURIComponent(inner).replaceAll('%2F', '/') : encode(inner)]));
  };
  if (encoded) return { ...encode(output) as object, EncodingType: 'url' };
  return Object.fromEntries(Object.entries(output).map(([name, inner]) => [SINGULAR[name] ?? name, inner]));
}

function xml(status: number, root: string, content: unknown): HttpAnswer {
  return { status, headers: { 'content-type': 'application/xml' }, body: xmlOf(root, content, 'http://s3.amazonaws.com/doc/2006-03-01/') };
}

/** @throws what is a fault of the sandbox itself */
function errorOf(error: unknown, { method, path }: HttpRequest, requestId: string): HttpAnswer {
  const known = error instanceof S3Error ? { code: error.name, message: error.message, statusCode: error.name.startsWith('NoSuch') ? 404 : 400 } : serviceErrorOf(error);
  const told = known ?? wrongTypeOf(error);
  if (!told) throw error;
  const code = told.code.replace(/^AccessDeniedException$/, 'AccessDenied').replace(/^SerializationException$/, 'InvalidArgument');
  const fault = known ? undefined : error;
  if (method === 'HEAD' || told.statusCode === 304) return { status: told.statusCode, fault };
  return { status: told.statusCode, fault, headers: { 'content-type': 'application/xml' }, body: xmlOf('Error', { Code: code, Message: told.message, Resource: path, RequestId: requestId }) };
}
