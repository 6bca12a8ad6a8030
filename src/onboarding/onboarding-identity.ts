import { RemovalPolicy, SecretValue, Stack, Token, TokenComparison } from 'aws-cdk-lib';
import * as cognito from 'aws-cdk-lib/aws-cognito';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { READ, WRITE } from './handler/routes';
import { acknowledge, acknowledgeStandards } from '../private/acknowledge';
import { Problem, textProblems } from '../private/validation';

const [RESOURCE_SERVER, READ_SCOPE] = READ.split('/');
const [, WRITE_SCOPE] = WRITE.split('/');
/** Of the domain, that all accounts of a Region share. @see https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-assign-domain-prefix.html */
const PREFIX = 'devices';
const ISSUER = { max: 2_048, pattern: /^https:\/\/[^\s?#]+[^\s?#/]$/, characters: 'an address that begins with https:// and has no slash at its end' };
const AUDIENCE = { max: 2_048 };

/** How an identity keeps its parts. */
interface IdentityKeeping {
  readonly encryptionKey?: kms.IKey;
  readonly removalPolicy: RemovalPolicy;
}

interface IdentityParts {
  readonly issuer: string;
  readonly audience: string[];
  readonly tokenAddress?: string;
  readonly clientId?: string;
  readonly clientSecret?: secretsmanager.ISecret;
}

type Bind = (scope: Construct, keeping: IdentityKeeping) => IdentityParts;

/** Who issues the tokens that an OnboardingApi takes. They need the scope `devices/read` or `devices/write`. */
export class OnboardingIdentity {
  /**
   * A user pool without users. Its one client gets tokens for its secret, which is in Secrets Manager.
   *
   * AWS documents no user pools in the Regions of China: pass an issuer there.
   */
  public static cognito(): OnboardingIdentity {
    return new OnboardingIdentity((scope, keeping) => {
      const pool = new cognito.UserPool(scope, 'UserPool', {
        selfSignUpEnabled: false,
        signInCaseSensitive: false,
        passwordPolicy: { minLength: 16, requireLowercase: true, requireUppercase: true, requireDigits: true, requireSymbols: true },
        removalPolicy: keeping.removalPolicy,
      });
      acknowledge(pool, ['AwsSolutions-COG2', 'AwsSolutions-COG3', 'AwsSolutions-COG8'],
        'The pool has no users and nobody can sign up: programs get tokens for the secret of a client, which factors and threat protection do not concern.');
      return clientOf(scope, pool, undefined, keeping);
    }, () => []);
  }

  /**
   * A user pool of yours, in the Region of the stack. It gets the resource server `devices` and a client; one pool takes one OnboardingApi, therefore.
   *
   * @param userPool the pool
   * @param domain a domain of the pool, where tokens are fetched: with a prefix of Cognito, or of your own; without one, the pool gets one
   */
  public static userPool(userPool: cognito.IUserPool, domain?: cognito.IUserPoolDomain): OnboardingIdentity {
    return new OnboardingIdentity((scope, keeping) => clientOf(scope, userPool, domain, keeping), scope => regionProblems(scope, userPool));
  }

  /**
   * Any issuer of JSON web tokens that publishes its keys (OpenID Connect discovery), signed with RSA.
   *
   * @param issuer the claim `iss`, such as `https://login.example.com/plant`
   * @param audience accepted values of `aud` or `client_id`: at least one
   */
  public static issuer(issuer: string, audience: string[]): OnboardingIdentity {
    return new OnboardingIdentity(() => ({ issuer, audience }), () => [
      ...textProblems('issuer', issuer, ISSUER),
      ...Array.isArray(audience) && audience.length > 0 ? audience.flatMap((value, at) => textProblems(`audience[${at}]`, value, AUDIENCE))
        : [{ prop: 'audience', got: audience, allowed: 'a list with at least one audience', fix: 'pass what the tokens have as aud or client_id' }],
    ]);
  }

  /** @internal */
  public readonly _bind: Bind;
  /** @internal */
  public readonly _problems: (scope: Construct) => Problem[];

  private constructor(bind: Bind, problems: (scope: Construct) => Problem[]) {
    this._bind = bind;
    this._problems = problems;
  }
}

/** @see https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-define-resource-servers.html */
function clientOf(
  scope: Construct, userPool: cognito.IUserPool, givenDomain: cognito.IUserPoolDomain | undefined, keeping: IdentityKeeping,
): IdentityParts {
  const read = new cognito.ResourceServerScope({ scopeName: READ_SCOPE, scopeDescription: 'Look devices up and list them' });
  const write = new cognito.ResourceServerScope({ scopeName: WRITE_SCOPE, scopeDescription: 'Onboard devices and take them out' });
  const server = new cognito.UserPoolResourceServer(scope, 'ResourceServer', { userPool, identifier: RESOURCE_SERVER, scopes: [read, write] });
  const client = new cognito.UserPoolClient(scope, 'Client', {
    userPool,
    generateSecret: true,
    enableTokenRevocation: true,
    // No user signs in here, so no way for users to do so is open.
    authFlows: {},
    oAuth: {
      flows: { clientCredentials: true },
      scopes: [cognito.OAuthScope.resourceServer(server, read), cognito.OAuthScope.resourceServer(server, write)],
    },
  });
  const domain = givenDomain ?? new cognito.UserPoolDomain(scope, 'Domain', { userPool, cognitoDomain: { domainPrefix: domainPrefix(scope) } });
  const tokenAddress = `${baseAddressOf(scope, domain)}/oauth2/token`;
  return {
    issuer: issuerOf(scope, userPool),
    audience: [client.userPoolClientId],
    tokenAddress,
    clientId: client.userPoolClientId,
    clientSecret: createSecret(scope, client, tokenAddress, keeping),
  };
}

/** The client and the domain are made where the stack is, so the pool has to be there. */
function regionProblems(scope: Construct, userPool: cognito.IUserPool): Problem[] {
  const { region } = Stack.of(scope);
  if (Token.compareStrings(userPool.env.region, region) !== TokenComparison.DIFFERENT) return [];
  return [{
    prop: 'userPool',
    got: userPool.env.region,
    allowed: `a pool in ${region}, the Region of the stack`,
    fix: 'pass OnboardingIdentity.issuer with the address of this pool, and the id of a client that you made there',
  }];
}

function issuerOf(scope: Construct, userPool: cognito.IUserPool): string {
  return `https://cognito-idp.${userPool.env.region}.${Stack.of(scope).urlSuffix}/${userPool.userPoolId}`;
}

/**
 * Where Cognito hosts a domain. In AWS GovCloud (US) that is under `auth-fips`. In the Regions of China, AWS documents no user pools.
 *
 * @see https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-assign-domain-prefix.html
 * @see https://docs.aws.amazon.com/govcloud-us/latest/UserGuide/govcloud-cog.html
 * @see https://docs.amazonaws.cn/en_us/aws/latest/userguide/cognito.html
 */
function baseAddressOf(scope: Construct, domain: cognito.IUserPoolDomain): string {
  const { region } = Stack.of(scope);
  const isGovCloud = !Token.isUnresolved(region) && region.startsWith('us-gov-');
  if (domain instanceof cognito.UserPoolDomain) return domain.baseUrl({ fips: isGovCloud });
  const { domainName } = domain;
  // Of a domain that was imported only the name is known; a prefix has no dot.
  const isPrefix = !Token.isUnresolved(domainName) && !domainName.includes('.');
  return `https://${isPrefix ? `${domainName}.${isGovCloud ? 'auth-fips' : 'auth'}.${region}.amazoncognito.com` : domainName}`;
}

/** Cognito hands the secret to CloudFormation, which puts it here: the template has a reference, and nothing else has more. */
function createSecret(
  scope: Construct, client: cognito.UserPoolClient, tokenAddress: string, { encryptionKey, removalPolicy }: IdentityKeeping,
): secretsmanager.ISecret {
  const l1 = client.node.defaultChild as cognito.CfnUserPoolClient;
  const secret = new secretsmanager.Secret(scope, 'ClientSecret', {
    description: `Client id and secret for tokens of ${scope.node.path}`,
    encryptionKey,
    removalPolicy,
    secretObjectValue: {
      clientId: SecretValue.unsafePlainText(client.userPoolClientId),
      clientSecret: SecretValue.resourceAttribute(l1.attrClientSecret),
      tokenAddress: SecretValue.unsafePlainText(tokenAddress),
    },
  });
  secret.addToResourcePolicy(new iam.PolicyStatement({
    sid: 'OnlyOverTls',
    effect: iam.Effect.DENY,
    principals: [new iam.AnyPrincipal()],
    actions: ['secretsmanager:*'],
    resources: ['*'], // in a policy of a secret: this secret
    conditions: { Bool: { 'aws:SecureTransport': 'false' } },
  }));
  const onPurpose = 'Cognito makes the secret of a client once; another one means another client, which its programs have to be told of first.';
  acknowledge(secret, ['AwsSolutions-SMG4'], onPurpose);
  acknowledgeStandards(secret, ['SecretsManagerRotationEnabled'], onPurpose);
  if (!encryptionKey) {
    acknowledgeStandards(secret, ['SecretsManagerUsingKMSKey'],
      'Secrets Manager encrypts every secret with the key aws/secretsmanager; the option encryptionKey puts a customer key in its place.');
  }
  return secret;
}

/** Unique in the Region by the account, and in the account by the path. */
function domainPrefix(scope: Construct): string {
  return `${PREFIX}-${Stack.of(scope).account}-${scope.node.addr.slice(-12)}`;
}
