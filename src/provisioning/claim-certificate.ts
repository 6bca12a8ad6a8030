import { CfnResource, CustomResource, Duration, RemovalPolicy, Stack, Token } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as iot from 'aws-cdk-lib/aws-iot';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { CLAIM_ENV } from './claim-handler/env';
import { acknowledge, acknowledgeStandards, acknowledgeWildcards } from '../private/acknowledge';
import { HandlerFunction } from '../private/handler-function';
import { notText, Problem, textProblems } from '../private/validation';

/** @see https://docs.aws.amazon.com/iot/latest/apireference/API_CreateCertificateFromCsr.html */
const MAX_CSR_LENGTH = 4_096;
const CSR = /^\s*-----BEGIN (NEW )?CERTIFICATE REQUEST-----[\s\S]+-----END (NEW )?CERTIFICATE REQUEST-----\s*$/;
const CERTIFICATE_ARN = /^arn:[^:]+:iot:[^:]+:\d{12}:cert\/[0-9a-f]{64}$/;
const ROTATION = { max: 64, pattern: /^[0-9A-Za-z_.-]+$/, characters: 'letters, digits, underscores, dots and dashes' };
const DEFAULT_ROTATION = '1';

/** Options of a claim certificate that AWS IoT makes. */
export interface GeneratedClaimOptions {
  /**
   * Another value than before makes a new certificate and key in the same secret, and deletes the old certificate.
   *
   * Devices that still hold the old one cannot provision any more. To let both work for a time, add a second claim
   * instead and take the first away later. 1 to 64 letters, digits, underscores, dots and dashes.
   *
   * @default '1'
   */
  readonly rotation?: string;
}

/** How a claim keeps its parts. */
interface ClaimKeeping {
  readonly encryptionKey?: kms.IKey;
  readonly removalPolicy: RemovalPolicy;
}

interface ClaimParts {
  readonly certificateArn: string;
  readonly secret?: secretsmanager.ISecret;
}

type Bind = (claim: Construct, keeping: ClaimKeeping) => ClaimParts;

/**
 * The certificate that devices of a fleet share until each has its own: they may ask for a certificate with it, and
 * nothing else.
 *
 * @see https://docs.aws.amazon.com/iot/latest/developerguide/provision-wo-cert.html
 * @example
 * import { ClaimCertificate, FleetProvisioning } from 'cdk-iot-landing-zone';
 *
 * declare const provisioning: FleetProvisioning;
 *
 * // A second claim while the first one is replaced on the devices.
 * const claim = provisioning.addClaim('Claim2027', ClaimCertificate.generated());
 */
export class ClaimCertificate {
  /**
   * A certificate for a signing request of yours. The private key never is in AWS.
   *
   * @param csrPem the request in PEM, at most 4,096 characters: RSA of 2,048 bits or more, or P-256, P-384, P-521
   */
  public static fromCsr(csrPem: string): ClaimCertificate {
    return new ClaimCertificate((claim, { removalPolicy }) => {
      const certificate = new iot.CfnCertificate(claim, 'Certificate', { status: 'ACTIVE', certificateSigningRequest: csrPem });
      certificate.applyRemovalPolicy(removalPolicy);
      return { certificateArn: certificate.attrArn };
    }, csrProblems(csrPem));
  }

  /**
   * A certificate that is registered in this account and Region already. It gets the claim policy attached.
   *
   * @param certificateArn `arn:aws:iot:<region>:<account>:cert/<64 hexadecimal digits>`
   */
  public static fromCertificateArn(certificateArn: string): ClaimCertificate {
    return new ClaimCertificate(() => ({ certificateArn }), arnProblems(certificateArn));
  }

  /**
   * A certificate and key that AWS IoT makes when the stack is deployed. The key goes straight to Secrets Manager: it is
   * in no template, output, attribute or log.
   *
   * @param options when to make a new one
   */
  public static generated(options: GeneratedClaimOptions = {}): ClaimCertificate {
    const rotation = options.rotation ?? DEFAULT_ROTATION;
    return new ClaimCertificate((claim, keeping) => generate(claim, rotation, keeping), textProblems('rotation', rotation, ROTATION));
  }

  /**
   * No certificate that devices share: each gets a claim of five minutes from a trusted user (`grantCreateClaim`), or claims are
   * added with `addClaim`. For a LandingZone, which makes a claim unless told otherwise.
   */
  public static none(): ClaimCertificate {
    return new ClaimCertificate(undefined, []);
  }

  /** @internal */
  public readonly _problems: Problem[];
  /** @internal */
  public readonly _bind?: Bind;

  private constructor(bind: Bind | undefined, problems: Problem[]) {
    this._bind = bind;
    this._problems = problems;
  }
}

function generate(claim: Construct, rotation: string, { encryptionKey, removalPolicy }: ClaimKeeping): ClaimParts {
  const secret = new secretsmanager.Secret(claim, 'Secret', {
    description: `Claim certificate and private key of ${claim.node.path}`,
    encryptionKey,
    removalPolicy,
  });
  const onPurpose = 'A new claim has to reach the devices first, so it is made on purpose, by the rotation prop, and not by a schedule.';
  acknowledge(secret, ['AwsSolutions-SMG4'], onPurpose);
  acknowledgeStandards(secret, ['SecretsManagerRotationEnabled'], onPurpose);
  if (!encryptionKey) {
    acknowledgeStandards(secret, ['SecretsManagerUsingKMSKey'],
      'Secrets Manager encrypts every secret with the key aws/secretsmanager; the option encryptionKey puts a customer key in its place.');
  }
  secret.addToResourcePolicy(new iam.PolicyStatement({
    sid: 'OnlyOverTls',
    effect: iam.Effect.DENY,
    principals: [new iam.AnyPrincipal()],
    actions: ['secretsmanager:*'],
    resources: ['*'], // in a policy of a secret: this secret
    conditions: { Bool: { 'aws:SecureTransport': 'false' } },
  }));
  const generator = createGenerator(claim, secret, encryptionKey);
  const resource = new CustomResource(claim, 'Certificate', {
    serviceToken: generator.function.functionArn,
    resourceType: 'Custom::IoTClaimCertificate',
    properties: { Rotation: rotation, SecretArn: secret.secretArn },
  });
  resource.node.addDependency(generator.role);
  // A rotation deletes the old certificate in any case; only the last one outlives the stack.
  (resource.node.defaultChild as CfnResource).applyRemovalPolicy(removalPolicy, { applyToUpdateReplacePolicy: false });
  return { certificateArn: resource.getAttString('CertificateArn'), secret };
}

function createGenerator(claim: Construct, secret: secretsmanager.Secret, encryptionKey?: kms.IKey): HandlerFunction {
  const generator = new HandlerFunction(claim, 'Generator', {
    asset: 'provisioning-claim',
    description: 'Makes a claim certificate and puts its key into a secret',
    timeout: Duration.minutes(1),
    onFailure: 'CloudFormation calls it during a deployment and fails the deployment when it does not succeed; no event waits for it later.',
    environment: { [CLAIM_ENV.secretArn]: secret.secretArn },
    encryptionKey,
  });
  const certificates = Stack.of(claim).formatArn({ service: 'iot', resource: 'cert', resourceName: '*' });
  const wild = [
    // These have no resource types in IAM: nothing but `*` matches them.
    new iam.PolicyStatement({ actions: ['iot:CreateKeysAndCertificate', 'iot:ListAttachedPolicies'], resources: ['*'] }),
    // The id of a certificate is known once it is made.
    new iam.PolicyStatement({
      actions: ['iot:DescribeCertificate', 'iot:UpdateCertificate', 'iot:DetachPolicy', 'iot:DeleteCertificate'], resources: [certificates],
    }),
  ];
  wild.forEach(statement => generator.role.addToPrincipalPolicy(statement));
  acknowledgeWildcards(generator, wild, 'A certificate has no id before it is made, and the actions with * have no resource types in IAM.');
  generator.role.addToPrincipalPolicy(new iam.PolicyStatement({
    // It may write the secret, and never needs to read it.
    actions: ['secretsmanager:DescribeSecret', 'secretsmanager:PutSecretValue', 'secretsmanager:UpdateSecretVersionStage'],
    resources: [secret.secretArn],
  }));
  encryptionKey?.grant(generator.role, 'kms:Decrypt', 'kms:GenerateDataKey');
  return generator;
}

function csrProblems(csr: string): Problem[] {
  if (Token.isUnresolved(csr)) return [];
  if (typeof csr !== 'string') return [notText('csrPem', csr)];
  // Neither problem shows the value: what was passed by mistake may be a key.
  if (/PRIVATE KEY/.test(csr)) return [{ prop: 'csrPem', got: 'a private key', allowed: 'a certificate signing request in PEM', fix: 'keep the key where it is, and pass what `openssl req -new` wrote' }];
  if (!CSR.test(csr)) return [{ prop: 'csrPem', got: `${csr.length} characters`, allowed: 'a certificate signing request in PEM', fix: 'pass what `openssl req -new` wrote, with its BEGIN and END lines' }];
  if (csr.length > MAX_CSR_LENGTH) {
    return [{ prop: 'csrPem', got: `${csr.length} characters`, allowed: `at most ${MAX_CSR_LENGTH} characters`, fix: 'leave text before and after the PEM out, or use a P-256 key' }];
  }
  return [];
}

function arnProblems(arn: string): Problem[] {
  if (Token.isUnresolved(arn) || CERTIFICATE_ARN.test(arn)) return [];
  return [{ prop: 'certificateArn', got: arn, allowed: 'arn:<partition>:iot:<region>:<account>:cert/<64 hexadecimal digits>', fix: 'take it from `aws iot list-certificates`' }];
}
