import { createHash } from 'crypto';
import * as path from 'path';
import { TokenError, UserPool, UserPoolClient } from './user-pool';
import { Account, AwsError, Operations, Service } from '../account';
import { CreatedResource, ResourceRequest, ResourceType } from '../assembly/resource-type';
import { unsupportedProperties } from '../assembly/unsupported-properties';
import { HttpAnswer, HttpHandler, HttpRequest, jsonProtocol } from '../http';
import { TemplateProperties } from '../iam/template-properties';
import { isObject } from '../json';

/** Everything of user pools that is served here is below this path. */
export const COGNITO_PATH = '/-/cognito/';

const KNOWN_OF_POOL = {
  UserPoolName: true, UserPoolTier: true, DeletionProtection: true, AdminCreateUserConfig: true, AccountRecoverySetting: true, UserPoolTags: true,
} as const;
const KNOWN_OF_CLIENT = {
  UserPoolId: true,
  ClientName: true,
  GenerateSecret: true,
  AllowedOAuthFlows: true,
  AllowedOAuthScopes: true,
  AllowedOAuthFlowsUserPoolClient: true,
  AccessTokenValidity: true,
  TokenValidityUnits: true,
  SupportedIdentityProviders: true,
  EnableTokenRevocation: true,
  PreventUserExistenceErrors: true,
  ExplicitAuthFlows: true,
} as const;
const SECONDS = { seconds: 1, minutes: 60, hours: 3600, days: 86_400 } as const;

/** User pools for machines: the client credentials flow. Users, sign-in and every other flow are absent. */
export class CognitoService implements Service {
  readonly types: ReadonlyMap<string, ResourceType>;
  readonly endpoints: ReadonlyMap<string, HttpHandler>;
  private readonly pools = new Map<string, UserPool>();
  private readonly domains = new Map<string, UserPool>();

  constructor(private readonly account: Account) {
    account.addService('cognito-idp', this.operations);
    this.endpoints = new Map([['cognito-idp', jsonProtocol(this.operations, 'cognito-idp')]]);
    this.types = new Map<string, ResourceType>([
      ['AWS::Cognito::UserPool', { create: request => this.createPool(request) }],
      ['AWS::Cognito::UserPoolDomain', { create: request => this.createDomain(request) }],
      ['AWS::Cognito::UserPoolResourceServer', { create: request => this.createResourceServer(request) }],
      ['AWS::Cognito::UserPoolClient', { create: request => this.createClient(request) }],
    ]);
  }

  /** The pool that signs tokens of this issuer, with or without a slash at its end. */
  poolOfIssuer(issuer: string): UserPool | undefined {
    return [...this.pools.values()].find(pool => pool.issuer === issuer.replace(/\/$/, ''));
  }

  /** Answers `…/<domain>/oauth2/token` and `…/<pool>/.well-known/…`. */
  async handle(request: HttpRequest): Promise<HttpAnswer> {
    const [name, ...rest] = request.path.slice(COGNITO_PATH.length).split('/');
    const place = rest.join('/');
    if (place === 'oauth2/token') return request.method === 'POST' ? this.token(this.domains.get(name), request) : json(405, { error: 'invalid_request' });
    const pool = this.pools.get(name);
    if (pool && place === '.well-known/jwks.json') return json(200, await pool.jwks());
    if (pool && place === '.well-known/openid-configuration') {
      return json(200, { issuer: pool.issuer, jwks_uri: `${this.account.endpointUrl}${COGNITO_PATH}${pool.id}/.well-known/jwks.json`, id_token_signing_alg_values_supported: ['RS256'] });
    }
    return json(404, { message: 'Not Found' });
  }

  private async token(pool: UserPool | undefined, { headers, body }: HttpRequest): Promise<HttpAnswer> {
    try {
      if (!pool) throw new TokenError('invalid_client');
      const form = new URLSearchParams(body.toString('utf8'));
      if (form.get('grant_type') !== 'client_credentials') throw new TokenError('unsupported_grant_type');
      const basic = /^Basic (.+)$/i.exec(headers.authorization ?? '')?.[1];
      const [id, secret] = basic === undefined ? [form.get('client_id') ?? '', form.get('client_secret') ?? '']
        : splitOnce(Buffer.from(basic, 'base64').toString('utf8')).map(decodeURIComponent);
      return json(200, await pool.clientCredentials(id, secret, form.get('scope') ?? undefined), { 'cache-control': 'no-store' });
    } catch (error) {
      if (error instanceof TokenError) return json(error.statusCode, { error: error.error });
      if (error instanceof URIError) return json(400, { error: 'invalid_client' });
      throw error;
    }
  }

  private createPool(request: ResourceRequest): CreatedResource {
    const { partition, region } = request.stack;
    const id = `${region}_${idOf(request.generatedName(128), 9)}`;
    const issuer = `https://cognito-idp.${region}.${partition === 'aws-cn' ? 'amazonaws.com.cn' : 'amazonaws.com'}/${id}`;
    this.account.hasNoEffect(request, unsupportedProperties(request.properties, KNOWN_OF_POOL));
    this.pools.set(id, new UserPool(id, issuer, path.join(this.account.folder('cognito'), id), this.account.clock));
    this.account.addAddress(issuer, `${this.account.endpointUrl}${COGNITO_PATH}${id}`);
    return { ref: id, attributes: { UserPoolId: id, Arn: this.account.arn('cognito-idp', `userpool/${id}`), ProviderName: issuer.slice('https://'.length), ProviderURL: issuer } };
  }

  private createDomain(request: ResourceRequest): CreatedResource {
    const properties = new TemplateProperties(request);
    const domain = properties.text('Domain');
    this.domains.set(domain, this.poolOf(properties));
    const { region } = request.stack;
    const host = domain.includes('.') ? domain : `${domain}.auth.${region}.amazoncognito.com`;
    this.account.addAddress(`https://${host}`, `${this.account.endpointUrl}${COGNITO_PATH}${domain}`);
    return { ref: domain, attributes: { CloudFrontDistribution: `${idOf(domain, 13).toLowerCase()}.cloudfront.net` } };
  }

  private createResourceServer(request: ResourceRequest): CreatedResource {
    const properties = new TemplateProperties(request);
    const identifier = properties.text('Identifier');
    const pool = this.poolOf(properties);
    for (const scope of properties.list('Scopes')) if (isObject(scope)) pool.scopes.add(`${identifier}/${String(scope.ScopeName)}`);
    return { ref: identifier, attributes: {} };
  }

  private createClient(request: ResourceRequest): CreatedResource {
    const properties = new TemplateProperties(request);
    this.account.hasNoEffect(request, unsupportedProperties(request.properties, KNOWN_OF_CLIENT));
    const pool = this.poolOf(properties);
    const units = request.properties.TokenValidityUnits;
    const unit = isObject(units) ? String(units.AccessToken ?? 'hours') : 'hours';
    const seed = request.generatedName(128);
    const client: UserPoolClient = {
      clientId: idOf(seed, 26).toLowerCase(),
      clientSecret: request.properties.GenerateSecret === true ? idOf(`${seed}/secret/${pool.id}/${this.account.secretSalt}`, 51).toLowerCase() : undefined,
      name: properties.optionalText('ClientName') ?? request.generatedName(128),
      flows: properties.texts('AllowedOAuthFlows'),
      scopes: properties.texts('AllowedOAuthScopes'),
      accessTokenSeconds: Number(properties.optionalText('AccessTokenValidity') ?? 1) * (SECONDS[unit as keyof typeof SECONDS] ?? 3600),
    };
    pool.clients.set(client.clientId, client);
    const attributes: { [name: string]: string } = { ClientId: client.clientId, Name: client.name };
    if (client.clientSecret !== undefined) attributes.ClientSecret = client.clientSecret;
    return { ref: client.clientId, attributes };
  }

  private poolOf(properties: TemplateProperties): UserPool {
    const id = properties.text('UserPoolId');
    return this.pools.get(id) ?? properties.fail('UserPoolId', `there is no user pool ${id} in the template`);
  }

  private get operations(): Operations {
    const pool = (id: unknown): UserPool => {
      const found = this.pools.get(String(id));
      if (!found) throw new AwsError('ResourceNotFoundException', `User pool ${String(id)} does not exist.`, 400);
      return found;
    };
    const arnOf = (id: string) => this.account.arn('cognito-idp', `userpool/${id}`);
    return {
      DescribeUserPool: ({ UserPoolId }: { UserPoolId: string }, caller) => {
        caller.authorize('cognito-idp:DescribeUserPool', arnOf(UserPoolId));
        return { UserPool: { Id: pool(UserPoolId).id, Arn: arnOf(UserPoolId) } };
      },
      DescribeUserPoolClient: ({ UserPoolId, ClientId }: { UserPoolId: string; ClientId: string }, caller) => {
        caller.authorize('cognito-idp:DescribeUserPoolClient', arnOf(UserPoolId));
        const client = pool(UserPoolId).clients.get(ClientId);
        if (!client) throw new AwsError('ResourceNotFoundException', `User pool client ${ClientId} does not exist.`, 400);
        return {
          UserPoolClient: {
            UserPoolId,
            ClientId,
            ClientName: client.name,
            ClientSecret: client.clientSecret,
            AllowedOAuthFlows: client.flows,
            AllowedOAuthScopes: client.scopes,
          },
        };
      },
    };
  }
}

function idOf(text: string, length: number): string {
  let id = '';
  for (let round = 0; id.length < length; round++) {
    id += createHash('sha256').update(`${round}/${text}`).digest('base64').replace(/[^A-Za-z0-9]/g, '');
  }
  return id.slice(0, length);
}

function splitOnce(text: string): string[] {
  const colon = text.indexOf(':');
  return colon < 0 ? [text, ''] : [text.slice(0, colon), text.slice(colon + 1)];
}

function json(status: number, body: object, headers: { [name: string]: string } = {}): HttpAnswer {
  return { status, headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) };
}
