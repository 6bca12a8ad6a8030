import { ArnFormat, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as iot from 'aws-cdk-lib/aws-iot';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { ClaimCertificate } from './claim-certificate';
import { Problem, textProblems, throwOnProblems } from '../private/validation';

const FORMATS = ['json', 'cbor'];
const DEFAULT_CLIENT_ID_PREFIX = 'claim-';
/** A client id has up to 128 characters, and devices need room for their own part. `*` and `?` would be wildcards in the policy. */
const CLIENT_ID_PREFIX = { max: 64, pattern: /^[0-9A-Za-z:_.-]+$/, characters: 'letters, digits, colons, underscores, dots and dashes' };

/** Properties of a ProvisioningClaim. */
export interface ProvisioningClaimProps {
  /** The template that devices register through. */
  readonly templateName: string;

  /** The certificate that devices share until they have their own. */
  readonly certificate: ClaimCertificate;

  /**
   * Start of the MQTT client ids that the claim may connect with; devices add something of their own, such as the serial number.
   *
   * A claim that may use any client id can push real devices off, since AWS IoT keeps one connection for each id.
   *
   * @default 'claim-'
   */
  readonly clientIdPrefix?: string;

  /**
   * Whether devices may let AWS IoT make their private key and send it to them, besides sending a signing request.
   *
   * @default false
   */
  readonly keysFromAws?: boolean;

  /**
   * Key that encrypts the secret of a generated claim, and the log of the function that makes it.
   *
   * @default - keys of Secrets Manager and CloudWatch Logs, at no charge
   */
  readonly encryptionKey?: kms.IKey;

  /**
   * What happens to the certificate and its secret when the claim is removed. A kept certificate has no policy any more, so that
   * nobody can use it until it is passed to another claim.
   *
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy;
}

/** A claim certificate with a policy that lets devices do one thing: ask for a certificate of their own. */
export class ProvisioningClaim extends Construct {
  /** Start of the client ids that the claim may connect with. */
  public readonly clientIdPrefix: string;
  /** The certificate. */
  public readonly certificateArn: string;
  /** Certificate and private key as JSON (`certificateId`, `certificateArn`, `certificatePem`, `privateKey`); only for a generated claim. */
  public readonly secret?: secretsmanager.ISecret;
  /** Name of the policy of the claim. */
  public readonly policyName: string;
  private readonly encryptionKey?: kms.IKey;

  constructor(scope: Construct, id: string, props: ProvisioningClaimProps) {
    super(scope, id);
    throwOnProblems(this, [...props.certificate._problems, ...missingProblems(props.certificate), ...textProblems('clientIdPrefix', props.clientIdPrefix, CLIENT_ID_PREFIX)]);

    this.clientIdPrefix = props.clientIdPrefix ?? DEFAULT_CLIENT_ID_PREFIX;
    const { certificateArn, secret } = props.certificate._bind!(this, {
      encryptionKey: props.encryptionKey,
      removalPolicy: props.removalPolicy ?? RemovalPolicy.RETAIN,
    });
    this.certificateArn = certificateArn;
    this.secret = secret;
    this.encryptionKey = props.encryptionKey;
    this.policyName = this.createPolicy(props.templateName, props.keysFromAws ?? false).ref;
    this.attach();
  }

  /**
   * Lets a role of the same account read certificate and private key, also a role of another stack: the grant stands in the role's own
   * policy alone, where `secret.grantRead` would write the role into the key policy and make the two stacks wait for each other.
   *
   * @param grantee - who reads it, such as a production line that burns it into devices
   * @throws for a claim that was not generated, since its key is not here
   */
  public grantReadSecret(grantee: iam.IGrantable): iam.Grant {
    const { secret, encryptionKey } = this;
    if (!secret) {
      throw new Error(`${this.node.path}: the claim has no secret: its certificate was not generated here, so its private key is where you made it`);
    }
    if (encryptionKey) {
      grantee.grantPrincipal.addToPrincipalPolicy(new iam.PolicyStatement({
        actions: ['kms:Decrypt'],
        resources: [encryptionKey.keyArn],
        conditions: { StringEquals: { 'kms:ViaService': `secretsmanager.${Stack.of(this).region}.amazonaws.com` } },
      }));
    }
    return iam.Grant.addToPrincipal({
      grantee, actions: ['secretsmanager:GetSecretValue', 'secretsmanager:DescribeSecret'], resourceArns: [secret.secretArn],
    });
  }

  private createPolicy(templateName: string, keysFromAws: boolean): iot.CfnPolicy {
    const arn = (resource: string, resourceName: string) =>
      Stack.of(this).formatArn({ service: 'iot', resource, resourceName, arnFormat: ArnFormat.SLASH_RESOURCE_NAME });
    const requests = [
      '$aws/certificates/create-from-csr',
      ...(keysFromAws ? ['$aws/certificates/create'] : []),
      `$aws/provisioning-templates/${templateName}/provision`,
    ];
    return new iot.CfnPolicy(this, 'Policy', {
      policyDocument: {
        Version: '2012-10-17',
        Statement: [
          { Effect: 'Allow', Action: 'iot:Connect', Resource: arn('client', `${this.clientIdPrefix}*`) },
          { Effect: 'Allow', Action: 'iot:Publish', Resource: requests.flatMap(topic => FORMATS.map(format => arn('topic', `${topic}/${format}`))) },
          { Effect: 'Allow', Action: 'iot:Receive', Resource: requests.map(topic => arn('topic', `${topic}/*`)) },
          { Effect: 'Allow', Action: 'iot:Subscribe', Resource: requests.map(topic => arn('topicfilter', `${topic}/*`)) },
        ],
      },
    });
  }

  private attach(): void {
    new iot.CfnPolicyPrincipalAttachment(this, 'Attachment', { policyName: this.policyName, principal: this.certificateArn });
  }
}

function missingProblems(certificate: ClaimCertificate): Problem[] {
  if (certificate._bind) return [];
  return [{ prop: 'certificate', got: 'ClaimCertificate.none()', allowed: 'a certificate', fix: 'pass ClaimCertificate.generated(), or add no claim' }];
}
