import { readdirSync, readFileSync } from 'fs';
import * as path from 'path';
import { App, CfnParameter, Duration, RemovalPolicy, Stack, Token } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as apigatewayv2 from 'aws-cdk-lib/aws-apigatewayv2';
import * as acm from 'aws-cdk-lib/aws-certificatemanager';
import * as cognito from 'aws-cdk-lib/aws-cognito';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as logs from 'aws-cdk-lib/aws-logs';
import { FleetProvisioning, LandingZone, OnboardingApi, OnboardingApiProps, OnboardingIdentity, ThingPolicy } from '../../src';
import { pathsAndTypes } from '../template';

function make(props: Partial<OnboardingApiProps> | ((stack: Stack) => Partial<OnboardingApiProps>) = {}) {
  const stack = new Stack(new App(), 'Stack');
  const policy = ThingPolicy.fromPolicyName(stack, 'Policy', 'Fleet');
  const api = new OnboardingApi(stack, 'Onboarding', { policy, mqttEndpoint: 'abc-ats.example', ...typeof props === 'function' ? props(stack) : props });
  return { stack, api, template: () => Template.fromStack(stack) };
}

test('is these resources, and the logical id of each is made from its path', () => {
  expect(pathsAndTypes(make().stack)).toEqual([
    'Onboarding/AccessLog -> AWS::Logs::LogGroup',
    'Onboarding/Api -> AWS::ApiGatewayV2::Api',
    'Onboarding/Authorizer -> AWS::ApiGatewayV2::Authorizer',
    'Onboarding/Client -> AWS::Cognito::UserPoolClient',
    'Onboarding/ClientSecret -> AWS::SecretsManager::Secret',
    'Onboarding/ClientSecret/Policy -> AWS::SecretsManager::ResourcePolicy',
    'Onboarding/CreateClaim -> AWS::ApiGatewayV2::Route',
    'Onboarding/DeleteDevice -> AWS::ApiGatewayV2::Route',
    'Onboarding/Domain -> AWS::Cognito::UserPoolDomain',
    'Onboarding/ErrorAlarm -> AWS::CloudWatch::Alarm',
    'Onboarding/Errors/Alarm -> AWS::CloudWatch::Alarm',
    'Onboarding/Errors/Queue -> AWS::SQS::Queue',
    'Onboarding/Errors/Queue/Policy -> AWS::SQS::QueuePolicy',
    'Onboarding/Errors/Redrive/Function -> AWS::Lambda::Function',
    'Onboarding/Errors/Redrive/Logs -> AWS::Logs::LogGroup',
    'Onboarding/Errors/Redrive/Role -> AWS::IAM::Role',
    'Onboarding/Errors/Redrive/Role/DefaultPolicy -> AWS::IAM::Policy',
    'Onboarding/GetDevice -> AWS::ApiGatewayV2::Route',
    'Onboarding/Handler/Function -> AWS::Lambda::Function',
    'Onboarding/Handler/Logs -> AWS::Logs::LogGroup',
    'Onboarding/Handler/Role -> AWS::IAM::Role',
    'Onboarding/Handler/Role/DefaultPolicy -> AWS::IAM::Policy',
    'Onboarding/Integration -> AWS::ApiGatewayV2::Integration',
    'Onboarding/Invocation -> AWS::Lambda::Permission',
    'Onboarding/ListDevices -> AWS::ApiGatewayV2::Route',
    'Onboarding/OnboardDevice -> AWS::ApiGatewayV2::Route',
    'Onboarding/Registry/Table -> AWS::DynamoDB::Table',
    'Onboarding/ResourceServer -> AWS::Cognito::UserPoolResourceServer',
    'Onboarding/Rotation/Alarm -> AWS::CloudWatch::Alarm',
    'Onboarding/Rotation/DeadLetterQueue -> AWS::SQS::Queue',
    'Onboarding/Rotation/DeadLetterQueue/Policy -> AWS::SQS::QueuePolicy',
    'Onboarding/Rotation/Handler/Function -> AWS::Lambda::Function',
    'Onboarding/Rotation/Handler/Logs -> AWS::Logs::LogGroup',
    'Onboarding/Rotation/Handler/Role -> AWS::IAM::Role',
    'Onboarding/Rotation/Handler/Role/DefaultPolicy -> AWS::IAM::Policy',
    'Onboarding/Rotation/Mapping -> AWS::Lambda::EventSourceMapping',
    'Onboarding/Rotation/Queue -> AWS::SQS::Queue',
    'Onboarding/Rotation/Queue/Policy -> AWS::SQS::QueuePolicy',
    'Onboarding/Rotation/Rule/Role -> AWS::IAM::Role',
    'Onboarding/Rotation/Rule/Role/DefaultPolicy -> AWS::IAM::Policy',
    'Onboarding/Rotation/Rule/Rule -> AWS::IoT::TopicRule',
    'Onboarding/Rotation/Table -> AWS::DynamoDB::Table',
    'Onboarding/Stage -> AWS::ApiGatewayV2::Stage',
    'Onboarding/UserPool -> AWS::Cognito::UserPool',
  ]);
});

describe('who may call', () => {
  test.each([
    ['POST /onboard/{serialNumber}', 'devices/write'], ['GET /onboard/{serialNumber}', 'devices/read'], ['DELETE /onboard/{serialNumber}', 'devices/write'],
    ['POST /onboard/{serialNumber}/claim', 'devices/write'], ['GET /devices', 'devices/read'],
  ])('%s needs a token with %s', (RouteKey, scope) => {
    make().template().hasResourceProperties('AWS::ApiGatewayV2::Route', {
      RouteKey, AuthorizationType: 'JWT', AuthorizationScopes: [scope], AuthorizerId: { Ref: Match.stringLikeRegexp('Authorizer') }, Target: Match.anyValue(),
    });
    make().template().resourceCountIs('AWS::ApiGatewayV2::Route', 5);
  });

  test('tokens are of the client of a pool without users', () => {
    const { stack, template, api } = make();
    const pool = { Ref: Match.stringLikeRegexp('UserPool') };
    template().hasResourceProperties('AWS::ApiGatewayV2::Authorizer', {
      AuthorizerType: 'JWT',
      IdentitySource: ['$request.header.Authorization'],
      JwtConfiguration: {
        Audience: [stack.resolve(api.clientId)],
        Issuer: { 'Fn::Join': ['', ['https://cognito-idp.', { Ref: 'AWS::Region' }, '.', { Ref: 'AWS::URLSuffix' }, '/', pool]] },
      },
    });
    template().hasResourceProperties('AWS::Cognito::UserPoolClient', {
      GenerateSecret: true,
      AllowedOAuthFlows: ['client_credentials'],
      AllowedOAuthFlowsUserPoolClient: true,
      AllowedOAuthScopes: [{ 'Fn::Join': ['', [Match.anyValue(), '/read']] }, { 'Fn::Join': ['', [Match.anyValue(), '/write']] }],
    });
    template().hasResourceProperties('AWS::Cognito::UserPool', { AdminCreateUserConfig: { AllowAdminCreateUserOnly: true } });
    template().hasResourceProperties('AWS::Cognito::UserPoolResourceServer', { Identifier: 'devices', Scopes: [Match.objectLike({ ScopeName: 'read' }), Match.objectLike({ ScopeName: 'write' })] });
  });

  test('the domain of the pool has a prefix that Cognito takes and that nobody else has', () => {
    const domains = Object.values<any>(make().template().findResources('AWS::Cognito::UserPoolDomain')).map(({ Properties }) => Properties.Domain['Fn::Join'][1]);
    expect(domains).toEqual([['devices-', { Ref: 'AWS::AccountId' }, expect.stringMatching(/^-[a-z0-9]{12}$/)]]);
  });

  test('the secret of the client is a reference in the template, in one secret, and in no output, environment or log format', () => {
    const { template } = make();
    const references = Object.entries<any>(template().toJSON().Resources).filter(([, resource]) => JSON.stringify(resource).includes('"ClientSecret"]'));
    expect(references.map(([, { Type }]) => Type)).toEqual(['AWS::SecretsManager::Secret']);
    expect(template().toJSON().Outputs).toBeUndefined();
  });

  test('a program may be let read the secret', () => {
    const { stack, api, template } = make();
    api.grantReadSecret(new iam.Role(stack, 'Line', { assumedBy: new iam.AccountRootPrincipal() }));
    template().hasResourceProperties('AWS::IAM::Policy', {
      Roles: [{ Ref: Match.stringLikeRegexp('Line') }],
      PolicyDocument: { Statement: [{ Action: ['secretsmanager:GetSecretValue', 'secretsmanager:DescribeSecret'], Effect: 'Allow', Resource: stack.resolve(api.clientSecret!.secretArn) }] },
    });
  });

  test('a pool of the user gets a client and a domain, or none where it has one', () => {
    const { template, api } = make(stack => ({ identity: OnboardingIdentity.userPool(cognito.UserPool.fromUserPoolId(stack, 'Pool', 'eu-central-1_abc')) }));
    template().resourceCountIs('AWS::Cognito::UserPool', 0);
    template().resourceCountIs('AWS::Cognito::UserPoolDomain', 1);
    expect(api.clientId).toBeDefined();
    const own = make(stack => {
      const pool = cognito.UserPool.fromUserPoolId(stack, 'Pool', 'eu-central-1_abc');
      return { identity: OnboardingIdentity.userPool(pool, cognito.UserPoolDomain.fromDomainName(stack, 'Login', 'login.example.com')) };
    });
    own.template().resourceCountIs('AWS::Cognito::UserPoolDomain', 0);
    expect(own.api.tokenAddress).toBe('https://login.example.com/oauth2/token');
  });

  test.each<[string, string, (pool: cognito.UserPool, stack: Stack) => cognito.IUserPoolDomain, string]>([
    ['eu-central-1', 'a prefix', pool => pool.addDomain('D', { cognitoDomain: { domainPrefix: 'plant' } }), 'https://<prefix>.auth.eu-central-1.amazoncognito.com/oauth2/token'],
    ['us-gov-west-1', 'a prefix', pool => pool.addDomain('D', { cognitoDomain: { domainPrefix: 'plant' } }), 'https://<prefix>.auth-fips.us-gov-west-1.amazoncognito.com/oauth2/token'],
    ['eu-central-1', 'a prefix that was imported', (_, stack) => cognito.UserPoolDomain.fromDomainName(stack, 'D', 'plant'), 'https://plant.auth.eu-central-1.amazoncognito.com/oauth2/token'],
    ['eu-central-1', 'a domain of its own', (pool, stack) => pool.addDomain('D', {
      customDomain: { domainName: 'login.example.com', certificate: acm.Certificate.fromCertificateArn(stack, 'C', 'arn:aws:acm:us-east-1:111122223333:certificate/1') },
    }), 'https://<prefix>/oauth2/token'],
  ])('a pool in %s with %s gives its tokens there', (region, _name, domainOf, expected) => {
    const stack = new Stack(new App(), 'Stack', { env: { region } });
    const pool = new cognito.UserPool(stack, 'Pool');
    const identity = OnboardingIdentity.userPool(pool, domainOf(pool, stack));
    const api = new OnboardingApi(stack, 'Onboarding', { policy: ThingPolicy.fromPolicyName(stack, 'Policy', 'Fleet'), mqttEndpoint: 'abc-ats.example', identity });
    const address = stack.resolve(api.tokenAddress);
    expect(typeof address === 'string' ? address : address['Fn::Join'][1].map((part: any) => part.Ref ? '<prefix>' : part).join('')).toBe(expected);
  });

  test('a pool of another Region is refused, since client and domain would be made in this one', () => {
    const stack = new Stack(new App(), 'Stack', { env: { region: 'eu-central-1' } });
    const make2 = (region: string) => new OnboardingApi(stack, `In-${region}`, {
      policy: ThingPolicy.fromPolicyName(stack, `Policy-${region}`, 'Fleet'),
      mqttEndpoint: 'abc-ats.example',
      identity: OnboardingIdentity.userPool(cognito.UserPool.fromUserPoolArn(stack, `Pool-${region}`, `arn:aws:cognito-idp:${region}:111122223333:userpool/${region}_abc`)),
    });
    expect(() => make2('eu-west-1')).toThrow("Stack/In-eu-west-1: 'userPool' must be a pool in eu-central-1, the Region of the stack, got \"eu-west-1\": pass OnboardingIdentity.issuer");
    expect(() => make2('eu-central-1')).not.toThrow();
  });

  test('the issuer is in the Region that the ARN of a pool names, where that of the stack is not known', () => {
    make(stack => ({ identity: OnboardingIdentity.userPool(cognito.UserPool.fromUserPoolArn(stack, 'Pool', 'arn:aws:cognito-idp:eu-west-1:111122223333:userpool/eu-west-1_abc')) }))
      .template().hasResourceProperties('AWS::ApiGatewayV2::Authorizer', {
        JwtConfiguration: { Issuer: { 'Fn::Join': ['', ['https://cognito-idp.eu-west-1.', { Ref: 'AWS::URLSuffix' }, '/eu-west-1_abc']] } },
      });
  });

  test('any issuer will do, and then there is no pool, client or secret', () => {
    const { template, api } = make({ identity: OnboardingIdentity.issuer('https://login.example.com/plant', ['line']) });
    template().hasResourceProperties('AWS::ApiGatewayV2::Authorizer', { JwtConfiguration: { Issuer: 'https://login.example.com/plant', Audience: ['line'] } });
    for (const type of ['AWS::Cognito::UserPool', 'AWS::Cognito::UserPoolClient', 'AWS::SecretsManager::Secret']) template().resourceCountIs(type, 0);
    expect([api.tokenAddress, api.clientId, api.clientSecret]).toEqual([undefined, undefined, undefined]);
    expect(() => api.grantReadSecret(new iam.AccountRootPrincipal())).toThrow('Stack/Onboarding: the issuer of your own knows the secrets of its clients: there is none here');
  });
});

describe('the stage', () => {
  test('is called api, limits calls, and writes who called what', () => {
    const { stack, template, api } = make();
    template().hasResourceProperties('AWS::ApiGatewayV2::Stage', {
      StageName: 'api',
      AutoDeploy: true,
      DefaultRouteSettings: { ThrottlingRateLimit: 10, ThrottlingBurstLimit: 20, DetailedMetricsEnabled: true },
      AccessLogSettings: { DestinationArn: stack.resolve(api.accessLog.logGroupArn), Format: Match.serializedJson(Match.objectLike({ status: '$context.status' })) },
    });
    const [stage] = Object.values<any>(template().findResources('AWS::ApiGatewayV2::Stage'));
    expect(stage.Properties.AccessLogSettings.Format).not.toMatch(/header|querystring|Authorization/i);
    template().hasResourceProperties('AWS::Logs::LogGroup', { RetentionInDays: 365 });
    expect(JSON.stringify(stack.resolve(api.address))).toMatch(/execute-api.*\/api"\]\]\}$/);
  });

  test('takes other limits and another retention', () => {
    const { template } = make({ rateLimit: 50, burstLimit: 100, accessLogRetention: logs.RetentionDays.ONE_WEEK });
    template().hasResourceProperties('AWS::ApiGatewayV2::Stage', { DefaultRouteSettings: Match.objectLike({ ThrottlingRateLimit: 50, ThrottlingBurstLimit: 100 }) });
    template().hasResourceProperties('AWS::Logs::LogGroup', { RetentionInDays: 7 });
  });

  test('has no CORS unless an origin is named', () => {
    make().template().hasResourceProperties('AWS::ApiGatewayV2::Api', { CorsConfiguration: Match.absent(), ProtocolType: 'HTTP' });
    make({ corsAllowOrigins: ['https://line.example.com'] }).template().hasResourceProperties('AWS::ApiGatewayV2::Api', {
      CorsConfiguration: { AllowOrigins: ['https://line.example.com'], AllowMethods: ['GET', 'POST', 'DELETE'], AllowHeaders: ['authorization', 'content-type'] },
    });
  });

  test('may have a domain name of the user as well', () => {
    const { template } = make(stack => ({
      domainName: new apigatewayv2.DomainName(stack, 'Name', {
        domainName: 'devices.example.com', certificate: acm.Certificate.fromCertificateArn(stack, 'Certificate', 'arn:aws:acm:us-east-1:111122223333:certificate/1'),
      }),
    }));
    template().hasResourceProperties('AWS::ApiGatewayV2::ApiMapping', { ApiMappingKey: 'api' });
  });

  test('calls the function with payload format 2.0, and only this API may', () => {
    make().template().hasResourceProperties('AWS::ApiGatewayV2::Integration', { IntegrationType: 'AWS_PROXY', PayloadFormatVersion: '2.0' });
    make().template().hasResourceProperties('AWS::Lambda::Permission', {
      Principal: 'apigateway.amazonaws.com',
      // API Gateway says it in the ARN only.
      SourceAccount: Match.absent(),
      SourceArn: { 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':execute-api:', { Ref: 'AWS::Region' }, ':', { Ref: 'AWS::AccountId' }, ':', { Ref: Match.stringLikeRegexp('Api') }, '/api/*/*']] },
    });
  });
});

/** Actions on each resource that a role may do. */
function allowed(template: Template, role: string): [string, unknown][] {
  const [policy] = Object.values<any>(template.findResources('AWS::IAM::Policy', { Properties: { Roles: [{ Ref: Match.stringLikeRegexp(role) }] } }));
  const statements: { Action: string | string[]; Resource: unknown }[] = policy.Properties.PolicyDocument.Statement;
  return statements.flatMap(({ Action, Resource }) => [Action].flat().map((action): [string, unknown] => [action, Resource]));
}

describe('what the functions may do', () => {
  const arn = (rest: string) => ({ 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':iot:', { Ref: 'AWS::Region' }, ':', { Ref: 'AWS::AccountId' }, `:${rest}`]] });

  test('the handler: exactly this', () => {
    const { stack, api, template } = make(scope => ({ connectivityTable: dynamodb.Table.fromTableName(scope, 'Connectivity', 'Connectivity'), provisioning: new FleetProvisioning(scope, 'Provisioning', { policy: ThingPolicy.fromPolicyName(scope, 'P', 'Fleet') }) }));
    const byAction = new Map(allowed(template(), 'OnboardingHandlerRole').map(([action, resource]) => [`${action} ${JSON.stringify(resource)}`, resource]));
    const of = (service: string) => [...byAction.keys()].filter(key => key.startsWith(service)).map(key => key.split(' ')[0].split(':')[1]);
    expect([...new Set(of('iot:'))].sort()).toEqual([
      'AttachPolicy', 'AttachThingPrincipal', 'CreateCertificateFromCsr', 'CreateProvisioningClaim', 'CreateThing', 'DeleteCertificate', 'DeleteConnection', 'DeleteThing',
      'DescribeCertificate', 'DescribeThing', 'DetachPolicy', 'DetachThingPrincipal', 'ListAttachedPolicies', 'ListCertificates', 'ListThingPrincipals',
      'UpdateCertificate', 'UpdateThing',
    ]);
    const resourceOf = (action: string) => [...byAction].filter(([key]) => key.startsWith(`${action} `)).map(([, resource]) => resource);
    expect(resourceOf('iot:CreateThing')).toEqual([arn('thing/*')]);
    expect(resourceOf('iot:AttachPolicy')).toEqual([arn('cert/*')]);
    expect(resourceOf('iot:DeleteConnection')).toEqual([arn('client/*')]);
    expect(resourceOf('iot:CreateProvisioningClaim').map(resource => JSON.stringify(resource))).toEqual([expect.stringContaining('provisioningtemplate/')]);
    const registry = stack.resolve(api.registry.table.tableArn);
    for (const action of ['GetItem', 'UpdateItem', 'Scan']) expect(resourceOf(`dynamodb:${action}`)).toContainEqual(registry);
    expect(of('dynamodb:').sort()).toEqual(['BatchGetItem', 'DeleteItem', 'GetItem', 'PutItem', 'PutItem', 'Scan', 'UpdateItem']);
  });

  test('the function of rotations: take certificates away, and no more', () => {
    const actions = allowed(make().template(), 'OnboardingRotationHandlerRole').map(([action]) => action);
    expect(actions.filter(action => action.startsWith('iot:')).sort()).toEqual([
      'iot:DeleteCertificate', 'iot:DescribeCertificate', 'iot:DetachPolicy', 'iot:DetachThingPrincipal', 'iot:ListAttachedPolicies', 'iot:UpdateCertificate',
    ]);
  });

  test('the template allows every call that the handler sends', () => {
    const folder = path.join(__dirname, '../../src/onboarding/handler');
    const source = readdirSync(folder).map(file => readFileSync(path.join(folder, file), 'utf8')).join('\n');
    const sent = [...source.matchAll(/new (\w+)Command\(/g)].map(match => match[1]);
    expect(sent.length).toBeGreaterThan(20);
    const { template } = make(scope => ({ connectivityTable: dynamodb.Table.fromTableName(scope, 'Connectivity', 'Connectivity'), provisioning: new FleetProvisioning(scope, 'Provisioning', { policy: ThingPolicy.fromPolicyName(scope, 'P', 'Fleet') }) }));
    const actions = allowed(template(), 'OnboardingHandlerRole').map(([action]) => action.split(':')[1]);
    expect(sent.filter(command => !actions.includes(command))).toEqual([]);
  });
});

test('devices in rotation are heard of by every connection, with an error action', () => {
  make().template().hasResourceProperties('AWS::IoT::TopicRule', {
    TopicRulePayload: { Sql: "SELECT principalIdentifier FROM '$aws/events/presence/connected/#'", AwsIotSqlVersion: '2016-03-23', ErrorAction: Match.anyValue(), Actions: [{ Sqs: Match.anyValue() }] },
  });
});

test('the function has what it needs in its environment', () => {
  const { template } = make({ thingName: 'pump-${SerialNumber}', telemetryTopics: ['t/<thing>'], commandTopics: [] });
  template().hasResourceProperties('AWS::Lambda::Function', {
    Timeout: 29,
    Runtime: 'nodejs24.x',
    Environment: {
      Variables: {
        POLICY_NAME: 'Fleet',
        MQTT_ENDPOINT: 'abc-ats.example',
        SERIAL_NUMBER_PARAMETER: 'SerialNumber',
        THING_NAME_PARTS: '["pump-",{"Ref":"SerialNumber"}]',
        TOPICS: '{"telemetry":["t/<thing>"],"basicIngest":[],"commands":[]}',
        REGISTRY_TABLE_NAME: Match.anyValue(),
        ROTATION_TABLE_NAME: Match.anyValue(),
        TEMPLATE_NAME: Match.absent(),
        CONNECTIVITY_TABLE_NAME: Match.absent(),
      },
    },
  });
});

test('devices are told of no topic on the broker where they may not publish there', () => {
  make({ telemetryOverBroker: false }).template().hasResourceProperties('AWS::Lambda::Function', { Environment: { Variables: { TOPICS: '{"telemetry":[],"basicIngest":[],"commands":["cmd/<thing>/*"]}' } } });
});

describe('what is kept', () => {
  const kept = ['AWS::Cognito::UserPool', 'AWS::SecretsManager::Secret', 'AWS::DynamoDB::Table'];
  test.each(kept)('%s outlives the stack, unless DESTROY says otherwise', type => {
    for (const resource of Object.values<any>(make().template().findResources(type))) expect(resource.DeletionPolicy).toBe('Retain');
    for (const resource of Object.values<any>(make({ removalPolicy: RemovalPolicy.DESTROY }).template().findResources(type))) expect(resource.DeletionPolicy).toBe('Delete');
  });
});

test('a customer key encrypts the access log too', () => {
  const { template } = make(stack => ({ encryptionKey: new kms.Key(stack, 'Key') }));
  const groups = Object.values<any>(template().findResources('AWS::Logs::LogGroup'));
  expect(groups.map(({ Properties }) => Properties.KmsKeyId)).toEqual(groups.map(() => ({ 'Fn::GetAtt': [expect.stringMatching(/^Key/), 'Arn'] })));
});

describe('limits', () => {
  const WRONG: [string, Partial<OnboardingApiProps>, string][] = [
    ['rateLimit', { rateLimit: 0 }, "'rateLimit' must be a whole number from 1 to 10000 calls a second, got 0: pass a number of calls a second within these limits"],
    ['rateLimit', { rateLimit: 10_001 }, "'rateLimit' must be a whole number from 1 to 10000 calls a second, got 10001"],
    ['burstLimit', { burstLimit: 5_001 }, "'burstLimit' must be a whole number from 1 to 5000 calls, got 5001"],
    ['errorAlarmThreshold', { errorAlarmThreshold: 0 }, "'errorAlarmThreshold' must be"],
    ['rotationEventRetention', { rotationEventRetention: Duration.hours(1) }, "'rotationEventRetention' must be from 1 day to 14 days, got \"1 hour\": pass for example Duration.days(4)"],
    ['corsAllowOrigins', { corsAllowOrigins: ['*'] }, "'corsAllowOrigins[0]' must be"],
    ['thingName', { thingName: 'pump' }, "'thingName' must be a name with at least one ${parameter}, got \"pump\": write for example pump-${SerialNumber}"],
    ['issuer', { identity: OnboardingIdentity.issuer('http://login.example.com', ['a']) }, "'issuer' must be"],
    ['issuer', { identity: OnboardingIdentity.issuer('https://login.example.com/', ['a']) }, "'issuer' must be"],
    ['audience', { identity: OnboardingIdentity.issuer('https://login.example.com', []) }, "'audience' must be a list with at least one audience, got []: pass what the tokens have as aud or client_id"],
  ];
  test.each(WRONG)('fails for a %s that cannot be: %j', (_prop, props, message) => {
    expect(() => make(props)).toThrow(`Stack/Onboarding: ${message}`);
  });

  test.each<[Partial<OnboardingApiProps>]>([[{ rateLimit: 1, burstLimit: 1 }], [{ rateLimit: 10_000, burstLimit: 5_000 }], [{ rotationEventRetention: Duration.days(1) }], [{ rotationEventRetention: Duration.days(14) }]])('takes %j', props => {
    expect(() => make(props)).not.toThrow();
  });

  test('lets tokens pass', () => {
    expect(() => make(stack => {
      const text = new CfnParameter(stack, 'Text').valueAsString;
      const number = new CfnParameter(stack, 'Number', { type: 'Number' }).valueAsNumber;
      return {
        rateLimit: number,
        burstLimit: number,
        errorAlarmThreshold: number,
        corsAllowOrigins: [text],
        rotationEventRetention: Duration.seconds(number),
        thingName: `${Token.asString({ Ref: 'Text' })}-\${SerialNumber}`,
        identity: OnboardingIdentity.issuer(text, [text]),
      };
    }).template()).not.toThrow();
  });
});

describe('in a zone', () => {
  test('is not there unless asked for', () => {
    const stack = new Stack(new App(), 'Stack');
    expect(new LandingZone(stack, 'Zone').onboarding).toBeUndefined();
    Template.fromStack(stack).resourceCountIs('AWS::ApiGatewayV2::Api', 0);
  });

  test('shares registry, policy, template, table, topics and endpoint with the zone, and tells its addresses', () => {
    const stack = new Stack(new App(), 'Stack');
    const zone = new LandingZone(stack, 'Zone', { onboarding: {}, zoneName: 'plant', provisioning: { thingName: 'pump-${SerialNumber}' } });
    const template = Template.fromStack(stack);
    expect(zone.onboarding!.registry).toBe(zone.registry);
    template.hasResourceProperties('AWS::Lambda::Function', {
      Environment: {
        Variables: Match.objectLike({
          REGISTRY_TABLE_NAME: stack.resolve(zone.registry.table.tableName),
          CONNECTIVITY_TABLE_NAME: stack.resolve(zone.connectivity.table.tableName),
          POLICY_NAME: stack.resolve(zone.thingPolicy.policyName),
          TEMPLATE_NAME: 'plant',
          THING_NAME_PARTS: '["pump-",{"Ref":"SerialNumber"}]',
          MQTT_ENDPOINT: stack.resolve(zone.endpoint.hostName),
          TOPICS: '{"telemetry":["data/<thing>/*"],"basicIngest":["$aws/rules/plant_telemetry/data/<thing>/*"],"commands":["cmd/<thing>/*"]}',
        }),
      },
    });
    const outputs = template.toJSON().Outputs;
    const ids = Object.keys(outputs).filter(id => id.startsWith('ZoneOnboarding')).map(id => id.replace(/^Zone|[0-9A-F]{8}$/g, ''));
    expect(ids.sort()).toEqual(['OnboardingAddress', 'OnboardingClientId', 'OnboardingClientSecret', 'OnboardingTokenAddress']);
    expect(JSON.stringify(outputs)).not.toContain('"ClientSecret"]');
  });
});
