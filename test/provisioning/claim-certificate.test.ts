import { App, CfnParameter, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import messages from './fixtures/provisioning-messages.json';
import { ClaimCertificate } from '../../src/provisioning/claim-certificate';
import { FleetProvisioning } from '../../src/provisioning/fleet-provisioning';
import { FleetProvisioningProps } from '../../src/provisioning/fleet-provisioning-options';
import { ProvisioningTemplateBody } from '../../src/provisioning/provisioning-template-body';

const CSR = '-----BEGIN CERTIFICATE REQUEST-----\nMIH0\n-----END CERTIFICATE REQUEST-----\n';
const CERTIFICATE_ARN = `arn:aws:iot:eu-west-1:123456789012:cert/${'a'.repeat(64)}`;
const BODY = ProvisioningTemplateBody.fromJson(JSON.stringify({
  Parameters: { SerialNumber: { Type: 'String' } },
  Resources: { certificate: { Type: 'AWS::IoT::Certificate', Properties: { CertificateId: { Ref: 'AWS::IoT::Certificate::Id' } } } },
}));

function make(certificate: ClaimCertificate, props: FleetProvisioningProps = {}) {
  const stack = new Stack(new App(), 'Stack', { env: { region: 'eu-west-1', account: '123456789012' } });
  const provisioning = new FleetProvisioning(stack, 'Provisioning', { templateBody: BODY, templateName: 'Fleet', claimCertificate: certificate, ...props });
  return { stack, provisioning, claim: provisioning.claim!, template: Template.fromStack(stack) };
}

interface Statement { readonly Effect: string; readonly Action: string; readonly resources: string[] }

function policyOf(template: Template): Statement[] {
  const [{ Properties }] = Object.values(template.findResources('AWS::IoT::Policy'));
  const text = (resource: string | { 'Fn::Join': [string, unknown[]] }) => typeof resource === 'string' ? resource
    : resource['Fn::Join'][1].map(part => typeof part === 'string' ? part : 'aws').join('');
  return Properties.PolicyDocument.Statement.map(({ Effect, Action, Resource }: Record<string, never>) =>
    ({ Effect, Action, resources: [Resource].flat().map(text) }));
}

const arn = (rest: string) => `arn:aws:iot:eu-west-1:123456789012:${rest}`;

describe('the claim policy', () => {
  test('lets a device ask for a certificate by signing request and register through this template, and nothing else', () => {
    expect(policyOf(make(ClaimCertificate.generated()).template)).toEqual([
      { Effect: 'Allow', Action: 'iot:Connect', resources: [arn('client/claim-*')] },
      {
        Effect: 'Allow',
        Action: 'iot:Publish',
        resources: [
          arn('topic/$aws/certificates/create-from-csr/json'), arn('topic/$aws/certificates/create-from-csr/cbor'),
          arn('topic/$aws/provisioning-templates/Fleet/provision/json'), arn('topic/$aws/provisioning-templates/Fleet/provision/cbor'),
        ],
      },
      { Effect: 'Allow', Action: 'iot:Receive', resources: [arn('topic/$aws/certificates/create-from-csr/*'), arn('topic/$aws/provisioning-templates/Fleet/provision/*')] },
      { Effect: 'Allow', Action: 'iot:Subscribe', resources: [arn('topicfilter/$aws/certificates/create-from-csr/*'), arn('topicfilter/$aws/provisioning-templates/Fleet/provision/*')] },
    ]);
  });

  test.each([false, true])("allows exactly the messages of AWS's page that the claim is for (keys from AWS: %p)", (claimKeysFromAws) => {
    const statements = policyOf(make(ClaimCertificate.generated(), { claimKeysFromAws }).template);
    const matches = (pattern: string, resource: string) => new RegExp(`^${pattern.replace(/[.$+^()[\]{}|\\]/g, '\\$&').replace(/\*/g, '.*')}$`).test(resource);
    const allows = (action: string, resource: string) => statements
      .some(({ Action, resources }) => Action === action && resources.some(pattern => matches(pattern, arn(resource))));
    for (const { topic, direction, api } of messages) {
      for (const format of ['json', 'cbor']) {
        const name = topic.replace('{payload-format}', format).replace('{templateName}', 'Fleet');
        const expected = api !== 'CreateKeysAndCertificate' || claimKeysFromAws;
        if (direction === 'device publishes') {
          expect([name, allows('iot:Publish', `topic/${name}`)]).toEqual([name, expected]);
        } else {
          expect([name, allows('iot:Subscribe', `topicfilter/${name}`), allows('iot:Receive', `topic/${name}`), allows('iot:Publish', `topic/${name}`)])
            .toEqual([name, expected, expected, false]);
        }
      }
    }
    expect(allows('iot:Publish', 'topic/$aws/provisioning-templates/Other/provision/json')).toBe(false);
    expect(allows('iot:Connect', 'client/pump-1')).toBe(false);
    expect(allows('iot:Subscribe', 'topicfilter/#')).toBe(false);
  });

  test('stays below 2,048 characters for the longest names', () => {
    const { template } = make(ClaimCertificate.generated(), { claimKeysFromAws: true, templateName: 'x'.repeat(36), claimClientIdPrefix: 'y'.repeat(64) });
    expect(JSON.stringify(policyOf(template)).length).toBeLessThan(2_048);
  });

  test('has the prefix of client ids that it is given', () => {
    const { template, claim } = make(ClaimCertificate.generated(), { claimClientIdPrefix: 'factory-1:' });
    expect(policyOf(template)[0].resources).toEqual([arn('client/factory-1:*')]);
    expect(claim.clientIdPrefix).toBe('factory-1:');
  });

  test.each(['*', 'a?', 'a b', '', 'x'.repeat(65)])('refuses the prefix %p', (claimClientIdPrefix) => {
    expect(() => make(ClaimCertificate.generated(), { claimClientIdPrefix })).toThrow("'clientIdPrefix' must be 1 to 64 characters of letters, digits, colons, underscores, dots and dashes");
  });
});

describe('a generated claim', () => {
  test('keeps its key in a secret that is read over TLS only; nothing else holds it', () => {
    const { stack, claim, template } = make(ClaimCertificate.generated());
    expect(claim.secret).toBeDefined();
    template.hasResourceProperties('AWS::SecretsManager::ResourcePolicy', {
      ResourcePolicy: { Statement: [{ Effect: 'Deny', Action: 'secretsmanager:*', Principal: { AWS: '*' }, Condition: { Bool: { 'aws:SecureTransport': 'false' } } }] },
    });
    template.hasResourceProperties('AWS::IoT::PolicyPrincipalAttachment', { Principal: stack.resolve(claim.certificateArn), PolicyName: stack.resolve(claim.policyName) });
    expect(template.toJSON().Outputs).toBeUndefined();
  });

  test('is made by a function that may make certificates and write this secret, but not read it', () => {
    const stack = make(ClaimCertificate.generated());
    const policy = Object.values(stack.template.findResources('AWS::IAM::Policy')).find(({ Properties }) => Properties.PolicyName.startsWith('ProvisioningClaimGenerator'))!;
    const [, ...statements] = policy.Properties.PolicyDocument.Statement;
    expect(statements).toEqual([
      { Effect: 'Allow', Action: ['iot:CreateKeysAndCertificate', 'iot:ListAttachedPolicies'], Resource: '*' },
      {
        Effect: 'Allow',
        Action: ['iot:DescribeCertificate', 'iot:UpdateCertificate', 'iot:DetachPolicy', 'iot:DeleteCertificate'],
        Resource: { 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':iot:eu-west-1:123456789012:cert/*']] },
      },
      {
        Effect: 'Allow',
        Action: ['secretsmanager:DescribeSecret', 'secretsmanager:PutSecretValue', 'secretsmanager:UpdateSecretVersionStage'],
        Resource: stack.stack.resolve(stack.claim.secret!.secretArn),
      },
    ]);
  });

  test('waits for the permissions of its function, and keeps them until it is deleted', () => {
    const [resource] = Object.values(make(ClaimCertificate.generated()).template.findResources('Custom::IoTClaimCertificate'));
    expect(resource.DependsOn.some((id: string) => id.startsWith('ProvisioningClaimGeneratorRoleDefaultPolicy'))).toBe(true);
    expect(resource.Properties).toMatchObject({ Rotation: '1' });
  });

  test('outlives the stack, but not its rotation: the old certificate is deleted once the new one is there', () => {
    const [resource] = Object.values(make(ClaimCertificate.generated()).template.findResources('Custom::IoTClaimCertificate'));
    expect([resource.DeletionPolicy, resource.UpdateReplacePolicy ?? 'Delete']).toEqual(['Retain', 'Delete']);
  });

  test('is made anew with another rotation', () => {
    make(ClaimCertificate.generated({ rotation: '2026-02' })).template.hasResourceProperties('Custom::IoTClaimCertificate', { Rotation: '2026-02' });
    expect(() => make(ClaimCertificate.generated({ rotation: 'a b' }))).toThrow("'rotation' must be 1 to 64 characters of letters, digits, underscores, dots and dashes, got \"a b\"");
    expect(() => make(ClaimCertificate.generated({ rotation: 'x'.repeat(64) }))).not.toThrow();
    expect(() => make(ClaimCertificate.generated({ rotation: 'x'.repeat(65) }))).toThrow('shorten it by 1 characters');
  });

  test('may use a customer key', () => {
    const stack = new Stack(new App(), 'Stack');
    const encryptionKey = new kms.Key(stack, 'Key');
    new FleetProvisioning(stack, 'Provisioning', { templateBody: BODY, claimCertificate: ClaimCertificate.generated(), encryptionKey });
    const policy = Object.values(Template.fromStack(stack).findResources('AWS::IAM::Policy')).find(({ Properties }) => Properties.PolicyName.startsWith('ProvisioningClaimGenerator'))!;
    expect(policy.Properties.PolicyDocument.Statement).toContainEqual({ Effect: 'Allow', Action: ['kms:Decrypt', 'kms:GenerateDataKey'], Resource: stack.resolve(encryptionKey.keyArn) });
  });
});

describe('a claim by signing request', () => {
  test('needs no key, secret or function', () => {
    const { claim, template, stack } = make(ClaimCertificate.fromCsr(CSR));
    template.hasResource('AWS::IoT::Certificate', { DeletionPolicy: 'Retain', Properties: { CertificateSigningRequest: CSR, Status: 'ACTIVE' } });
    template.hasResourceProperties('AWS::IoT::PolicyPrincipalAttachment', { Principal: stack.resolve(claim.certificateArn) });
    template.resourceCountIs('AWS::SecretsManager::Secret', 0);
    template.resourceCountIs('AWS::Lambda::Function', 1); // the hook
    expect(claim.secret).toBeUndefined();
  });

  test('goes with the stack where that is asked for', () => {
    make(ClaimCertificate.fromCsr(CSR), { removalPolicy: RemovalPolicy.DESTROY }).template.hasResource('AWS::IoT::Certificate', { DeletionPolicy: 'Delete' });
  });

  const request = (length: number) => CSR.replace('MIH0', 'M'.repeat(length - CSR.length + 4));
  test('may have 4,096 characters', () => expect(() => make(ClaimCertificate.fromCsr(request(4_096)))).not.toThrow());
  test.each([
    [request(4_097), "'csrPem' must be at most 4096 characters, got \"4097 characters\""],
    ['csr', "'csrPem' must be a certificate signing request in PEM, got \"3 characters\": pass what `openssl req -new` wrote"],
  ])('fails for what is none (%#)', (csr, message) => expect(() => make(ClaimCertificate.fromCsr(csr))).toThrow(message));

  test('refuses a private key, and does not repeat it', () => {
    let message = '';
    try {
      make(ClaimCertificate.fromCsr('-----BEGIN PRIVATE KEY-----\nMY-KEY\n-----END PRIVATE KEY-----'));
    } catch (error) {
      message = (error as Error).message;
    }
    expect(message).toContain('got "a private key"');
    expect(message).not.toContain('MY-KEY');
  });

  test('may be a token', () => {
    const csr = new CfnParameter(new Stack(new App(), 'Other'), 'Csr').valueAsString;
    expect(() => ClaimCertificate.fromCsr(csr)).not.toThrow();
    expect(ClaimCertificate.fromCsr(csr)._problems).toEqual([]);
  });
});

describe('a claim that exists', () => {
  test('gets the policy attached, and is left alone otherwise', () => {
    const { template } = make(ClaimCertificate.fromCertificateArn(CERTIFICATE_ARN));
    template.hasResourceProperties('AWS::IoT::PolicyPrincipalAttachment', { Principal: CERTIFICATE_ARN });
    template.resourceCountIs('AWS::IoT::Certificate', 0);
  });

  test.each(['arn:aws:iot:eu-west-1:123456789012:cert/abc', 'a'.repeat(64), CERTIFICATE_ARN.replace(':iot:', ':acm:')])('fails for %p', (arnGiven) => {
    expect(() => make(ClaimCertificate.fromCertificateArn(arnGiven))).toThrow(`'certificateArn' must be arn:<partition>:iot:<region>:<account>:cert/<64 hexadecimal digits>, got "${arnGiven}": take it from`);
  });

  test('may be a token', () => {
    const token = new CfnParameter(new Stack(new App(), 'Other'), 'Arn').valueAsString;
    expect(ClaimCertificate.fromCertificateArn(token)._problems).toEqual([]);
  });
});

describe('reading the secret of a claim', () => {
  const env = { region: 'eu-west-1', account: '123456789012' };
  const lineStack = (withKey: boolean) => {
    const app = new App();
    const stack = new Stack(app, 'Zone', { env });
    const { claim } = new FleetProvisioning(stack, 'Provisioning', {
      templateBody: BODY, claimCertificate: ClaimCertificate.generated(), encryptionKey: withKey ? new kms.Key(stack, 'Key') : undefined,
    });
    const line = new Stack(app, 'Line', { env });
    claim!.grantReadSecret(new iam.Role(line, 'Role', { assumedBy: new iam.AccountRootPrincipal() }));
    return Template.fromStack(line);
  };
  const statements = (template: Template) => Object.values(template.findResources('AWS::IAM::Policy'))[0].Properties.PolicyDocument.Statement;

  test('is granted to a role of another stack, which does not make the two stacks wait for each other', () => {
    expect(statements(lineStack(false))).toEqual([
      { Effect: 'Allow', Action: ['secretsmanager:GetSecretValue', 'secretsmanager:DescribeSecret'], Resource: expect.objectContaining({ 'Fn::ImportValue': expect.anything() }) },
    ]);
  });

  test('with a customer key includes its use through Secrets Manager alone', () => {
    expect(statements(lineStack(true))[0]).toEqual({
      Effect: 'Allow',
      Action: 'kms:Decrypt',
      Resource: expect.objectContaining({ 'Fn::ImportValue': expect.anything() }),
      Condition: { StringEquals: { 'kms:ViaService': 'secretsmanager.eu-west-1.amazonaws.com' } },
    });
  });

  test('is refused for a claim that was not generated here', () => {
    const { stack, claim } = make(ClaimCertificate.fromCertificateArn(CERTIFICATE_ARN));
    expect(() => claim.grantReadSecret(new iam.Role(stack, 'Role', { assumedBy: new iam.AccountRootPrincipal() })))
      .toThrow('Stack/Provisioning/Claim: the claim has no secret: its certificate was not generated here');
  });
});

test('a template may have several claims, each with a policy of its own', () => {
  const stack = new Stack(new App(), 'Stack');
  const provisioning = new FleetProvisioning(stack, 'Provisioning', { templateBody: BODY });
  expect(provisioning.claim).toBeUndefined();
  const claims = ['North', 'South'].map(id => provisioning.addClaim(id, ClaimCertificate.generated()));
  expect(new Set(claims.map(({ policyName }) => policyName)).size).toBe(2);
  Template.fromStack(stack).resourceCountIs('AWS::IoT::PolicyPrincipalAttachment', 2);
});
