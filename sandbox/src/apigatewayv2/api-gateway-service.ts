import { randomUUID } from 'crypto';
import { apiTypes } from './api-types';
import { Cors, HttpApi, Integration, JwtAuthorizer, RouteMatch, Stage, TokenBucket } from './http-api';
import { Account, AwsError, Service } from '../account';
import { ResourceType } from '../assembly/resource-type';
import { UserPool } from '../cognito/user-pool';
import { HttpAnswer, HttpHandler, HttpRequest } from '../http';

/** APIs are served at `/-/execute-api/<api id>/<stage>/…`; of the stage `$default` without its name, as in AWS. */
export const EXECUTE_API_PATH = '/-/execute-api/';
/** https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html */
const MAXIMUM_BODY_BYTES = 10 * 1024 * 1024;

export interface ApiGatewayOptions {
  /** Who signs tokens of an issuer. */
  poolOfIssuer(issuer: string): UserPool | undefined;
}

type Claims = { readonly [claim: string]: unknown };

/** HTTP APIs with JWT authorizers and Lambda functions behind them. */
export class ApiGatewayService implements Service {
  readonly types: ReadonlyMap<string, ResourceType>;
  readonly endpoints: ReadonlyMap<string, HttpHandler> = new Map();
  private readonly apis = new Map<string, HttpApi>();
  private readonly buckets = new Map<string, TokenBucket>();

  constructor(private readonly account: Account, private readonly options: ApiGatewayOptions) {
    this.types = apiTypes({
      addApi: (api, { stack: { region, partition } }) => {
        this.apis.set(api.id, api);
        const endpoint = `https://${api.id}.execute-api.${region}.${partition === 'aws-cn' ? 'amazonaws.com.cn' : 'amazonaws.com'}`;
        account.addAddress(endpoint, `${account.endpointUrl}${EXECUTE_API_PATH}${api.id}`);
        return { endpoint };
      },
      api: id => this.apis.get(id),
      hasNoEffect: (request, properties) => account.hasNoEffect(request, properties),
    });
  }

  async handle(request: HttpRequest): Promise<HttpAnswer> {
    const [id, ...segments] = request.path.slice(EXECUTE_API_PATH.length).split('/');
    const api = this.apis.get(id);
    const named = api?.stages.get(segments[0]);
    const stage = named ?? api?.stages.get('$default');
    if (!api || !stage) return message(404, 'Not Found');
    const path = `/${(named ? segments.slice(1) : segments).join('/')}`;
    const begun = this.account.clock.now();
    const requestId = randomUUID();
    const preflight = api.cors && request.method === 'OPTIONS' && request.headers['access-control-request-method'] !== undefined;
    const match = preflight ? undefined : api.match(request.method, path);
    const answered = preflight ? { status: 204 } : await this.answer(api, stage, match, request, path, requestId);
    const answer = withCors(answered, api.cors, request);
    this.log(stage, { request, path: namedPath(stage, path), requestId, routeKey: match?.route.key ?? '-', answer, begun, api });
    return answer;
  }

  private async answer(
    api: HttpApi, stage: Stage, match: RouteMatch | undefined, request: HttpRequest, path: string, requestId: string,
  ): Promise<HttpAnswer> {
    if (!match) return message(404, 'Not Found');
    if (request.body.length > MAXIMUM_BODY_BYTES) return message(413, 'Request Entity Too Large');
    const { route } = match;
    if (!this.lets(api, stage, route.key)) return message(429, 'Too Many Requests');
    let claims: Claims | undefined;
    if (route.authorizerId !== undefined) {
      claims = await this.claims(api.authorizers.get(route.authorizerId), request.headers.authorization);
      if (!claims) return { ...message(401, 'Unauthorized'), headers: { 'content-type': 'application/json', 'www-authenticate': 'Bearer' } };
      const held = String(claims.scope ?? claims.scp ?? '').split(' ');
      if (route.scopes.length > 0 && !route.scopes.some(scope => held.includes(scope))) return message(403, 'Forbidden');
    }
    const integration = api.integrations.get(route.integrationId);
    if (!integration) return message(500, 'Internal Server Error');
    return this.invoke(integration, `${api.id}/${stage.name}/${route.key.replace(' ', '').replace(/\{[^}]*\}/g, '*')}`,
      eventOf({ api, stage, match, request, path, requestId, claims, account: this.account }));
  }

  private lets(api: HttpApi, stage: Stage, routeKey: string): boolean {
    const throttle = stage.routeThrottles.get(routeKey) ?? stage.throttle;
    if (!throttle) return true;
    const key = stage.routeThrottles.has(routeKey) ? `${api.id}/${stage.name}/${routeKey}` : `${api.id}/${stage.name}`;
    let bucket = this.buckets.get(key);
    if (!bucket) this.buckets.set(key, bucket = new TokenBucket(throttle, () => this.account.clock.now()));
    return bucket.take();
  }

  /** @see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html */
  private async claims(authorizer: JwtAuthorizer | undefined, authorization = ''): Promise<Claims | undefined> {
    const token = authorization.replace(/^Bearer\s+/i, '');
    const claims = authorizer && await this.options.poolOfIssuer(authorizer.issuer)?.verify(token);
    if (!claims) return undefined;
    const audience = claims.aud === undefined ? [claims.client_id] : [claims.aud].flat();
    return audience.some(one => authorizer.audience.includes(String(one))) ? claims : undefined;
  }

  private async invoke({ functionArn, timeoutMilliseconds }: Integration, source: string, event: object): Promise<HttpAnswer> {
    const caller = this.account.service('apigateway.amazonaws.com', { 'aws:SourceArn': this.account.arn('execute-api', source) });
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<'timeout'>(resolve => { timer = setTimeout(() => resolve('timeout'), timeoutMilliseconds); });
    try {
      const call = this.account.call('lambda', 'Invoke', { FunctionName: functionArn, Payload: Buffer.from(JSON.stringify(event)) }, caller) as Promise<{ FunctionError?: string; Payload: Buffer }>;
      const outcome = await Promise.race([call, timeout]);
      if (outcome === 'timeout') return message(503, 'Service Unavailable');
      if (outcome.FunctionError !== undefined) return message(500, 'Internal Server Error');
      return answerOf(JSON.parse(Buffer.from(outcome.Payload).toString('utf8')));
    } catch (error) {
      if (error instanceof AwsError || (error as Error).name === 'TooManyRequestsException') return message((error as Error).name === 'TooManyRequestsException' ? 503 : 500, 'Internal Server Error');
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  private log(stage: Stage, about: Logged): void {
    if (!stage.accessLog) return;
    const values = contextOf(stage, about, this.account);
    this.account.logs.write(stage.accessLog.group, stage.name, stage.accessLog.format.replace(/\$context\.([\w.]+)/g, (_all, name: string) => values[name] ?? '-'));
  }
}

interface Logged {
  readonly api: HttpApi;
  readonly request: HttpRequest;
  readonly path: string;
  readonly requestId: string;
  readonly routeKey: string;
  readonly answer: HttpAnswer;
  readonly begun: number;
}

function contextOf(stage: Stage, { api, request, path, requestId, routeKey, answer, begun }: Logged, account: Account): { [name: string]: string } {
  const time = new Date(begun).toISOString();
  return {
    'requestId': requestId,
    'extendedRequestId': requestId,
    'identity.sourceIp': '127.0.0.1',
    'identity.userAgent': request.headers['user-agent'] ?? '-',
    'requestTime': time,
    'requestTimeEpoch': String(begun),
    'httpMethod': request.method,
    'path': path,
    'protocol': 'HTTP/1.1',
    'routeKey': routeKey,
    'stage': stage.name,
    'apiId': api.id,
    'accountId': account.environment.account,
    'status': String(answer.status),
    'responseLength': String(Buffer.byteLength(answer.body ?? '')),
    'responseLatency': String(account.clock.now() - begun),
    'integrationLatency': String(account.clock.now() - begun),
  };
}

/** Event of payload format 2.0. https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html */
function eventOf({ api, stage, match, request, path, requestId, claims, account }: {
  api: HttpApi; stage: Stage; match: RouteMatch; request: HttpRequest; path: string; requestId: string; claims?: Claims; account: Account;
}): object {
  const { route, pathParameters } = match;
  const { cookie, ...headers } = request.headers;
  const query: { [name: string]: string } = {};
  for (const [name, value] of request.query) query[name] = Object.hasOwn(query, name) ? `${query[name]},${value}` : value;
  const isText = /^(text\/|application\/(json|xml|javascript|x-www-form-urlencoded))/.test(headers['content-type'] ?? 'application/json');
  const now = account.clock.now();
  return {
    version: '2.0',
    routeKey: route.key,
    rawPath: namedPath(stage, path),
    rawQueryString: request.query.toString(),
    ...cookie !== undefined && { cookies: cookie.split('; ') },
    headers,
    ...Object.keys(query).length > 0 && { queryStringParameters: query },
    ...Object.keys(pathParameters).length > 0 && { pathParameters },
    requestContext: {
      accountId: account.environment.account,
      apiId: api.id,
      ...claims && { authorizer: { jwt: { claims: texts(claims), scopes: route.scopes.length > 0 ? route.scopes : null } } },
      domainName: `${api.id}.execute-api.${account.environment.region}.amazonaws.com`,
      domainPrefix: api.id,
      http: { method: request.method, path: namedPath(stage, path), protocol: 'HTTP/1.1', sourceIp: '127.0.0.1', userAgent: headers['user-agent'] ?? '' },
      requestId,
      routeKey: route.key,
      stage: stage.name,
      time: new Date(now).toUTCString(),
      timeEpoch: now,
    },
    ...request.body.length > 0 && { body: isText ? request.body.toString('utf8') : request.body.toString('base64') },
    isBase64Encoded: request.body.length > 0 && !isText,
  };
}

/** Claims reach a function as text. */
function texts(claims: Claims): { [claim: string]: string } {
  return Object.fromEntries(Object.entries(claims).map(([name, value]) => [name, Array.isArray(value) ? `[${value.join(' ')}]` : String(value)]));
}

function namedPath({ name }: Stage, path: string): string {
  return name === '$default' ? path : `/${name}${path}`;
}

/** What a function returned: an answer where it has a status, otherwise the body. */
function answerOf(returned: unknown): HttpAnswer {
  const { statusCode, headers = {}, body, isBase64Encoded, cookies } = (typeof returned === 'object' && returned !== null ? returned : {}) as {
    statusCode?: number; headers?: { [name: string]: unknown }; body?: unknown; isBase64Encoded?: boolean; cookies?: string[];
  };
  if (statusCode === undefined) return { status: 200, headers: { 'content-type': 'application/json' }, body: typeof returned === 'string' ? returned : JSON.stringify(returned) };
  if (!Number.isInteger(statusCode) || statusCode < 100 || statusCode > 599) return message(500, 'Internal Server Error');
  const text = body === undefined || body === null ? '' : typeof body === 'string' ? body : JSON.stringify(body);
  const written = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)]));
  return {
    status: statusCode,
    headers: { 'content-type': 'text/plain;charset=UTF-8', ...written, ...cookies && { 'set-cookie': cookies.join(', ') } },
    body: isBase64Encoded === true ? Buffer.from(text, 'base64') : text,
  };
}

function withCors(answer: HttpAnswer, cors: Cors | undefined, { headers: { origin } }: HttpRequest): HttpAnswer {
  if (!cors || origin === undefined || !cors.origins.some(one => one === '*' || one === origin)) return answer;
  const headers: { [name: string]: string } = { ...answer.headers, 'access-control-allow-origin': cors.origins.includes('*') ? '*' : origin };
  if (cors.methods.length > 0) headers['access-control-allow-methods'] = cors.methods.join(',');
  if (cors.headers.length > 0) headers['access-control-allow-headers'] = cors.headers.join(',');
  if (cors.exposed.length > 0) headers['access-control-expose-headers'] = cors.exposed.join(',');
  if (cors.credentials) headers['access-control-allow-credentials'] = 'true';
  if (cors.maxAge !== undefined) headers['access-control-max-age'] = String(cors.maxAge);
  return { ...answer, headers };
}

function message(status: number, text: string): HttpAnswer {
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify({ message: text }) };
}
