import { createServer, Server } from 'http';
import { AddressInfo } from 'net';
import { App, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { DeviceEndpoint } from '../../src';
import { handler } from '../../src/landing-zone/endpoint-handler';
import { pathsAndTypes } from '../template';

describe('look-up', () => {
  let server: Server;
  let url: string;
  let endpointAddress: string | undefined;
  const answers: any[] = [];
  let refuseAnswers = 0;

  beforeAll(async () => {
    server = createServer((request, response) => {
      let body = '';
      request.on('data', chunk => { body += chunk; });
      request.on('end', () => {
        if (request.url!.startsWith('/endpoint?endpointType=iot%3AData-ATS')) {
          response.setHeader('content-type', 'application/json');
          response.end(JSON.stringify({ endpointAddress }));
          return;
        }
        if (refuseAnswers-- > 0) response.statusCode = 503;
        else answers.push({ method: request.method, type: request.headers['content-type'], ...JSON.parse(body) });
        response.end();
      });
    });
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    process.env.AWS_ENDPOINT_URL = url;
    process.env.AWS_MAX_ATTEMPTS = '1';
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });
  beforeEach(() => {
    answers.length = 0;
    refuseAnswers = 0;
    endpointAddress = 'abc-ats.iot.us-east-1.amazonaws.com';
  });

  const event = (overrides: object = {}) => ({
    RequestType: 'Create' as const, ResponseURL: `${url}/answer`, StackId: 'stack', RequestId: 'request', LogicalResourceId: 'Endpoint', ResourceProperties: {}, ...overrides,
  });

  test('answers CloudFormation with the host name', async () => {
    await handler(event());
    expect(answers).toEqual([{
      method: 'PUT',
      type: '',
      Status: 'SUCCESS',
      PhysicalResourceId: endpointAddress,
      Data: { HostName: endpointAddress },
      StackId: 'stack',
      RequestId: 'request',
      LogicalResourceId: 'Endpoint',
    }]);
  });

  test('answers with a failure, and why, when AWS IoT gives no address', async () => {
    jest.spyOn(console, 'error').mockImplementation();
    endpointAddress = undefined;
    await handler(event());
    expect(answers).toMatchObject([{ Status: 'FAILED', PhysicalResourceId: 'create-failed', Reason: 'Error: AWS IoT answered without an endpoint address' }]);
  });

  test('keeps the failed resource apart from a working one in its answer', async () => {
    jest.spyOn(console, 'error').mockImplementation();
    endpointAddress = undefined;
    await handler(event({ RequestType: 'Update', PhysicalResourceId: 'old' }));
    expect(answers).toMatchObject([{ Status: 'FAILED', PhysicalResourceId: 'old' }]);
  });

  test('deletes without asking AWS IoT', async () => {
    endpointAddress = undefined;
    await handler(event({ RequestType: 'Delete', PhysicalResourceId: 'old' }));
    expect(answers).toMatchObject([{ Status: 'SUCCESS', PhysicalResourceId: 'old' }]);
  });

  test('answers again when CloudFormation did not take the first answer', async () => {
    refuseAnswers = 2;
    await handler(event());
    expect(answers).toMatchObject([{ Status: 'SUCCESS' }]);
  });

  test('throws when no answer could be given, so that Lambda runs it again', async () => {
    refuseAnswers = 3;
    await expect(handler(event())).rejects.toThrow('CloudFormation answered 503');
  });
});

describe('construct', () => {
  const stack = new Stack(new App(), 'Plant');
  const endpoint = new DeviceEndpoint(stack, 'Endpoint');
  const template = Template.fromStack(stack);

  test('is looked up only once that is allowed', () => {
    const [{ DependsOn }] = Object.values(template.findResources('Custom::IotDeviceEndpoint'));
    expect(DependsOn).toContainEqual(expect.stringMatching(/^EndpointLookUpRoleDefaultPolicy/));
  });

  test('guards its logical ids', () => {
    expect(pathsAndTypes(stack)).toEqual([
      'Endpoint/Endpoint/Default -> Custom::IotDeviceEndpoint',
      'Endpoint/LookUp/Function -> AWS::Lambda::Function',
      'Endpoint/LookUp/Logs -> AWS::Logs::LogGroup',
      'Endpoint/LookUp/Role -> AWS::IAM::Role',
      'Endpoint/LookUp/Role/DefaultPolicy -> AWS::IAM::Policy',
    ]);
  });

  test('gives the host name as an attribute', () => {
    expect(stack.resolve(endpoint.hostName)).toEqual({ 'Fn::GetAtt': [expect.any(String), 'HostName'] });
  });

  test('may describe endpoints and write its own log, and nothing else', () => {
    template.hasResourceProperties('AWS::IAM::Policy', {
      PolicyDocument: {
        Statement: [
          { Effect: 'Allow', Action: ['logs:CreateLogStream', 'logs:PutLogEvents'], Resource: Match.anyValue() },
          { Effect: 'Allow', Action: 'iot:DescribeEndpoint', Resource: '*' },
        ],
      },
    });
  });
});
