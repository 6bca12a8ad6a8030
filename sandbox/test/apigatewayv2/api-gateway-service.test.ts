import { mkdtempSync, rmSync } from 'fs';
import { tmpdir } from 'os';
import * as path from 'path';
import { Account } from '../../src/account';
import { ApiGatewayService, EXECUTE_API_PATH } from '../../src/apigatewayv2/api-gateway-service';
import { deploy, DeployedStack } from '../../src/assembly/deployment';
import { templateOf } from '../../src/assembly/template';
import { COGNITO_PATH, CognitoService } from '../../src/cognito/cognito-service';
import { HttpEndpoint } from '../../src/http';
import { iamResourceTypes } from '../../src/iam';
import { SYSTEM_CLOCK } from '../../src/time/clock';

const ENVIRONMENT = { partition: 'aws', region: 'eu-west-1', account: '111122223333' };
const FUNCTION = 'arn:aws:lambda:eu-west-1:111122223333:function:devices';

const TEMPLATE = {
  Resources: {
    Pool: { Type: 'AWS::Cognito::UserPool', Properties: {} },
    Domain: { Type: 'AWS::Cognito::UserPoolDomain', Properties: { Domain: 'plant', UserPoolId: { Ref: 'Pool' } } },
    Server: { Type: 'AWS::Cognito::UserPoolResourceServer', Properties: { UserPoolId: { Ref: 'Pool' }, Identifier: 'devices', Scopes: [{ ScopeName: 'read' }, { ScopeName: 'write' }] } },
    Client: {
      Type: 'AWS::Cognito::UserPoolClient',
      DependsOn: 'Server',
      Properties: { UserPoolId: { Ref: 'Pool' }, GenerateSecret: true, AllowedOAuthFlows: ['client_credentials'], AllowedOAuthScopes: ['devices/read', 'devices/write'] },
    },
    Api: { Type: 'AWS::ApiGatewayV2::Api', Properties: { Name: 'devices', ProtocolType: 'HTTP' } },
    Stage: { Type: 'AWS::ApiGatewayV2::Stage', Properties: { ApiId: { Ref: 'Api' }, StageName: 'api', AutoDeploy: true, DefaultRouteSettings: { ThrottlingRateLimit: 1, ThrottlingBurstLimit: 20 } } },
    Integration: { Type: 'AWS::ApiGatewayV2::Integration', Properties: { ApiId: { Ref: 'Api' }, IntegrationType: 'AWS_PROXY', IntegrationUri: FUNCTION, PayloadFormatVersion: '2.0' } },
    Authorizer: {
      Type: 'AWS::ApiGatewayV2::Authorizer',
      Properties: {
        ApiId: { Ref: 'Api' },
        AuthorizerType: 'JWT',
        Name: 'jwt',
        IdentitySource: ['$request.header.Authorization'],
        JwtConfiguration: { Audience: [{ Ref: 'Client' }], Issuer: { 'Fn::GetAtt': ['Pool', 'ProviderURL'] } },
      },
    },
    Route: {
      Type: 'AWS::ApiGatewayV2::Route',
      Properties: {
        ApiId: { Ref: 'Api' },
        RouteKey: 'GET /onboard/{serialNumber}',
        Target: { 'Fn::Join': ['', ['integrations/', { Ref: 'Integration' }]] },
        AuthorizationType: 'JWT',
        AuthorizerId: { Ref: 'Authorizer' },
        AuthorizationScopes: ['devices/read'],
      },
    },
    Permission: {
      Type: 'AWS::Lambda::Permission',
      Properties: {
        Action: 'lambda:InvokeFunction',
        FunctionName: FUNCTION,
        Principal: 'apigateway.amazonaws.com',
        SourceArn: { 'Fn::Sub': 'arn:aws:execute-api:eu-west-1:111122223333:${Api}/*/*/onboard/*' },
      },
    },
  },
  Outputs: {
    Url: { Value: { 'Fn::Sub': 'https://${Api}.execute-api.eu-west-1.amazonaws.com/api/' } },
    Token: { Value: 'https://plant.auth.eu-west-1.amazoncognito.com/oauth2/token' },
    ClientId: { Value: { Ref: 'Client' } },
    Secret: { Value: { 'Fn::GetAtt': ['Client', 'ClientSecret'] } },
  },
};

describe('an HTTP API with tokens of a user pool', () => {
  let folder: string;
  let endpoint: HttpEndpoint;
  let account: Account;
  let stack: DeployedStack;
  let events: any[];
  const output = (name: string) => account.asServedHere(String(stack.outputs.find(each => each.name === name)!.value));

  beforeEach(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'api-'));
    account = new Account({ environment: ENVIRONMENT, stateFolder: folder, clock: SYSTEM_CLOCK });
    endpoint = new HttpEndpoint(account);
    account.listensAt(await endpoint.listen('127.0.0.1', 0));
    const cognito = new CognitoService(account);
    const apis = new ApiGatewayService(account, { poolOfIssuer: issuer => cognito.poolOfIssuer(issuer) });
    endpoint.addUnsigned(COGNITO_PATH, request => cognito.handle(request));
    endpoint.addUnsigned(EXECUTE_API_PATH, request => apis.handle(request));
    events = [];
    account.addService('lambda', {
      Invoke: ({ FunctionName, Payload }, caller) => {
        caller.authorize('lambda:InvokeFunction', FunctionName);
        events.push(JSON.parse(Payload));
        return { Payload: Buffer.from(JSON.stringify({ statusCode: 201, headers: { 'Retry-After': 3 }, body: '{"a":1}' })) };
      },
    });
    const types = new Map([...cognito.types, ...apis.types, ...iamResourceTypes(account.iam)]);
    [stack] = await deploy([{ id: 'S', stackName: 'S', template: templateOf(TEMPLATE, 'S'), assets: [], dependsOn: [] }], { types, account: ENVIRONMENT.account, region: ENVIRONMENT.region });
  });

  afterEach(async () => {
    await endpoint.stop();
    rmSync(folder, { recursive: true });
  });

  async function token(scope: string, secret = output('Secret')): Promise<Response> {
    const basic = Buffer.from(`${output('ClientId')}:${secret}`).toString('base64');
    return fetch(output('Token'), {
      method: 'POST',
      headers: { 'authorization': `Basic ${basic}`, 'content-type': 'application/x-www-form-urlencoded' },
      body: `grant_type=client_credentials&scope=${encodeURIComponent(scope)}`,
    });
  }

  const get = async (place: string, accessToken?: string) => fetch(`${output('Url')}${place}`, { headers: accessToken === undefined ? {} : { authorization: `Bearer ${accessToken}` } });

  test('the function gets the claims, the named parts of the path and the stage', async () => {
    const { access_token: accessToken } = await (await token('devices/read')).json() as { access_token: string };
    const answer = await get('onboard/pump%201?rotate=true&x=1&x=2', accessToken);
    expect([answer.status, await answer.json(), answer.headers.get('retry-after')]).toEqual([201, { a: 1 }, '3']);
    expect(events).toEqual([expect.objectContaining({
      version: '2.0',
      routeKey: 'GET /onboard/{serialNumber}',
      rawPath: '/api/onboard/pump%201',
      pathParameters: { serialNumber: 'pump 1' },
      queryStringParameters: { rotate: 'true', x: '1,2' },
      requestContext: expect.objectContaining({ stage: 'api', authorizer: { jwt: expect.objectContaining({ scopes: ['devices/read'] }) } }),
    })]);
  });

  test.each([
    ['without a token', undefined, 401],
    ['with a token of nobody', 'eyJhbGciOiJub25lIn0.e30.', 401],
  ])('refuses %s', async (_what, accessToken, status) => {
    expect((await get('onboard/a', accessToken)).status).toBe(status);
    expect(events).toEqual([]);
  });

  test('refuses a token without the scope of the route', async () => {
    const { access_token: accessToken } = await (await token('devices/write')).json() as { access_token: string };
    expect((await get('onboard/a', accessToken)).status).toBe(403);
  });

  test('gives no token for a wrong secret, nor for a scope that the client does not have', async () => {
    expect([await (await token('devices/read', 'wrong')).json(), await (await token('devices/admin')).json()]).toEqual([{ error: 'invalid_client' }, { error: 'invalid_scope' }]);
  });

  test('answers 404 where there is no route, and 429 above the throttle', async () => {
    expect((await get('elsewhere')).status).toBe(404);
    const answers = await Promise.all(Array.from({ length: 25 }, async () => (await get('onboard/a')).status));
    expect(answers.filter(status => status === 429).length).toBeGreaterThanOrEqual(3);
  });

  test('is denied by the function without a permission for its path', async () => {
    account.iam.setResourcePolicy(FUNCTION, { name: 'none', document: { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal: { Service: 'events.amazonaws.com' }, Action: 'lambda:InvokeFunction', Resource: FUNCTION }] } });
    const { access_token: accessToken } = await (await token('devices/read')).json() as { access_token: string };
    expect((await get('onboard/a', accessToken)).status).toBe(500);
    expect(account.activity.last('iamDenial')).toEqual([expect.objectContaining({ caller: 'apigateway.amazonaws.com', action: 'lambda:InvokeFunction', resource: FUNCTION })]);
  });
});
