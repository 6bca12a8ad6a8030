import { createHash } from 'crypto';
import { mkdirSync, readFileSync, writeFileSync, existsSync } from 'fs';
import * as path from 'path';
import type * as Jose from 'jose';
import { Clock } from '../time/clock';

/** A client that asks for tokens in its own name. */
export interface UserPoolClient {
  readonly clientId: string;
  readonly clientSecret?: string;
  readonly name: string;
  readonly flows: readonly string[];
  readonly scopes: readonly string[];
  readonly accessTokenSeconds: number;
}

/** The error of RFC 6749 that a token endpoint answers with. */
export class TokenError extends Error {
  constructor(readonly error: 'invalid_request' | 'invalid_client' | 'invalid_grant' | 'unauthorized_client' | 'unsupported_grant_type' | 'invalid_scope', readonly statusCode = 400) {
    super(error);
  }
}

const ALGORITHM = 'RS256';

/** Loaded by the first token: most templates have no user pool. */
function jose(): typeof Jose {
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  return require('jose') as typeof Jose;
}

/** A user pool, as far as machines use it: resource servers with scopes, clients, and access tokens signed with a key of its own. */
export class UserPool {
  readonly clients = new Map<string, UserPoolClient>();
  /** `devices/read` */
  readonly scopes = new Set<string>();
  private keys: Promise<{ readonly privateKey: CryptoKey; readonly publicKey: CryptoKey; readonly jwk: Jose.JWK }> | undefined;

  /** @param folder - holds the key, so that tokens outlive a restart */
  constructor(readonly id: string, readonly issuer: string, private readonly folder: string, private readonly clock: Pick<Clock, 'now'>) {}

  /**
   * An access token for the client itself.
   *
   * @see https://docs.aws.amazon.com/cognito/latest/developerguide/token-endpoint.html
   * @throws TokenError
   */
  async clientCredentials(clientId: string, clientSecret: string, scope: string | undefined): Promise<{ access_token: string; expires_in: number; token_type: 'Bearer' }> {
    const client = this.clients.get(clientId);
    if (!client || client.clientSecret === undefined || digestOf(client.clientSecret) !== digestOf(clientSecret)) throw new TokenError('invalid_client');
    if (!client.flows.includes('client_credentials')) throw new TokenError('unauthorized_client');
    const scopes = scope === undefined || scope.trim() === '' ? client.scopes : scope.trim().split(/\s+/);
    if (scopes.length === 0 || !scopes.every(one => client.scopes.includes(one) && this.scopes.has(one))) throw new TokenError('invalid_scope');
    const { SignJWT } = jose();
    const { privateKey, jwk } = await this.keyPair();
    const issued = Math.floor(this.clock.now() / 1000);
    const token = await new SignJWT({ token_use: 'access', scope: scopes.join(' '), auth_time: issued, version: 2, client_id: clientId })
      .setProtectedHeader({ alg: ALGORITHM, kid: jwk.kid })
      .setSubject(clientId).setIssuer(this.issuer).setIssuedAt(issued).setExpirationTime(issued + client.accessTokenSeconds)
      .setJti(createHash('sha256').update(`${clientId}${issued}${Math.random()}`).digest('hex').slice(0, 32))
      .sign(privateKey);
    return { access_token: token, expires_in: client.accessTokenSeconds, token_type: 'Bearer' };
  }

  /** Claims of a token that this pool signed; undefined for any other one, or one whose time is over. */
  async verify(token: string): Promise<{ readonly [claim: string]: unknown } | undefined> {
    const { publicKey } = await this.keyPair();
    const options = { issuer: this.issuer, algorithms: [ALGORITHM], currentDate: new Date(this.clock.now()) };
    return jose().jwtVerify(token, publicKey, options).then(({ payload }) => payload, () => undefined);
  }

  async jwks(): Promise<{ readonly keys: readonly Jose.JWK[] }> {
    return { keys: [(await this.keyPair()).jwk] };
  }

  private keyPair() {
    return this.keys ??= this.loadKeys();
  }

  private async loadKeys() {
    const { exportJWK, exportPKCS8, exportSPKI, generateKeyPair, importPKCS8, importSPKI } = jose();
    mkdirSync(this.folder, { recursive: true, mode: 0o700 });
    const [privateFile, publicFile] = ['key.pem', 'key.pub.pem'].map(name => path.join(this.folder, name));
    if (!existsSync(privateFile) || !existsSync(publicFile)) {
      const made = await generateKeyPair(ALGORITHM, { extractable: true });
      writeFileSync(publicFile, await exportSPKI(made.publicKey));
      writeFileSync(privateFile, await exportPKCS8(made.privateKey), { mode: 0o600 });
    }
    const publicKey = await importSPKI(readFileSync(publicFile, 'utf8'), ALGORITHM, { extractable: true });
    const privateKey = await importPKCS8(readFileSync(privateFile, 'utf8'), ALGORITHM);
    const kid = createHash('sha256').update(readFileSync(publicFile)).digest('base64url');
    return { privateKey, publicKey, jwk: { ...await exportJWK(publicKey), kid, alg: ALGORITHM, use: 'sig' } };
  }
}

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
