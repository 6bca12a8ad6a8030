import { createHash } from 'crypto';
import { Cors, HttpApi, Stage, Throttle } from './http-api';
import { CreatedResource, ResourceRequest, ResourceType } from '../assembly/resource-type';
import { unsupportedProperties } from '../assembly/unsupported-properties';
import { TemplateProperties } from '../iam/template-properties';
import { isObject, Json, JsonObject } from '../json';

/** What the types need of the service that holds the APIs. */
export interface ApiSurroundings {
  addApi(api: HttpApi, request: ResourceRequest): { readonly endpoint: string };
  api(id: string): HttpApi | undefined;
  hasNoEffect(request: ResourceRequest, properties: readonly string[]): void;
}

const KNOWN = {
  api: { Name: true, ProtocolType: true, Description: true, Tags: true, CorsConfiguration: true, DisableExecuteApiEndpoint: true },
  stage: {
    ApiId: true,
    StageName: true,
    AutoDeploy: true,
    Description: true,
    Tags: true,
    DeploymentId: true,
    AccessLogSettings: true,
    DefaultRouteSettings: true,
    RouteSettings: true,
  },
  route: { ApiId: true, RouteKey: true, Target: true, AuthorizationType: true, AuthorizerId: true, AuthorizationScopes: true },
  integration: {
    ApiId: true, IntegrationType: true, IntegrationUri: true, PayloadFormatVersion: true, TimeoutInMillis: true, IntegrationMethod: true,
  },
} as const;

/** `AWS::ApiGatewayV2::*` of HTTP APIs with Lambda proxy integrations of payload format 2.0. */
export function apiTypes(surroundings: ApiSurroundings): Map<string, ResourceType> {
  const apiOf = (properties: TemplateProperties) => {
    const id = properties.text('ApiId');
    return surroundings.api(id) ?? properties.fail('ApiId', `there is no HTTP API ${id} in the template`);
  };
  const effectless = (request: ResourceRequest, kind: keyof typeof KNOWN) =>
    surroundings.hasNoEffect(request, unsupportedProperties(request.properties, KNOWN[kind]));
  const named = (create: (request: ResourceRequest) => CreatedResource): ResourceType => ({ create });

  return new Map<string, ResourceType>([
    ['AWS::ApiGatewayV2::Api', named(request => {
      const properties = new TemplateProperties(request);
      if (properties.text('ProtocolType') !== 'HTTP') properties.fail('ProtocolType', 'only HTTP APIs are modelled');
      if (request.properties.Body !== undefined) properties.fail('Body', 'APIs from an OpenAPI document are not modelled: declare routes');
      effectless(request, 'api');
      const api = new HttpApi(idOf(request), corsOf(request.properties.CorsConfiguration));
      const { endpoint } = surroundings.addApi(api, request);
      return { ref: api.id, attributes: { ApiId: api.id, ApiEndpoint: endpoint } };
    })],
    ['AWS::ApiGatewayV2::Stage', named(request => {
      const properties = new TemplateProperties(request);
      effectless(request, 'stage');
      const stage = stageOf(properties.text('StageName'), request.properties);
      apiOf(properties).stages.set(stage.name, stage);
      return { ref: stage.name, attributes: {} };
    })],
    ['AWS::ApiGatewayV2::Integration', named(request => {
      const properties = new TemplateProperties(request);
      if (properties.text('IntegrationType') !== 'AWS_PROXY') properties.fail('IntegrationType', 'only AWS_PROXY, to a Lambda function, is modelled');
      if ((properties.optionalText('PayloadFormatVersion') ?? '1.0') !== '2.0') properties.fail('PayloadFormatVersion', 'only 2.0 is modelled');
      effectless(request, 'integration');
      const uri = properties.text('IntegrationUri');
      const functionArn = /functions\/(.+)\/invocations$/.exec(uri)?.[1] ?? uri;
      if (!functionArn.includes(':lambda:')) properties.fail('IntegrationUri', `must be the ARN of a function, got ${uri}`);
      const id = idOf(request);
      apiOf(properties).integrations.set(id, { id, functionArn, timeoutMilliseconds: Number(properties.optionalText('TimeoutInMillis') ?? 30_000) });
      return { ref: id, attributes: { IntegrationId: id } };
    })],
    ['AWS::ApiGatewayV2::Authorizer', named(request => {
      const properties = new TemplateProperties(request);
      if (properties.text('AuthorizerType') !== 'JWT') properties.fail('AuthorizerType', 'only JWT is modelled');
      const { Issuer, Audience } = isObject(request.properties.JwtConfiguration) ? request.properties.JwtConfiguration : {} as JsonObject;
      const id = idOf(request);
      apiOf(properties).authorizers.set(id, { id, issuer: String(Issuer), audience: texts(Audience) });
      return { ref: id, attributes: { AuthorizerId: id } };
    })],
    ['AWS::ApiGatewayV2::Route', named(request => {
      const properties = new TemplateProperties(request);
      effectless(request, 'route');
      const type = properties.optionalText('AuthorizationType') ?? 'NONE';
      if (type !== 'NONE' && type !== 'JWT') properties.fail('AuthorizationType', `only NONE and JWT are modelled, got ${type}`);
      const id = idOf(request);
      apiOf(properties).routes.push({
        id,
        key: properties.text('RouteKey'),
        integrationId: properties.text('Target').replace(/^integrations\//, ''),
        authorizerId: type === 'JWT' ? properties.text('AuthorizerId') : undefined,
        scopes: properties.texts('AuthorizationScopes'),
      });
      return { ref: id, attributes: { RouteId: id } };
    })],
  ]);
}

/** Ten characters, as API Gateway's ids. */
function idOf(request: ResourceRequest): string {
  return BigInt(`0x${createHash('sha256').update(request.generatedName(255)).digest('hex')}`).toString(36).slice(0, 10);
}

function stageOf(name: string, { AccessLogSettings, DefaultRouteSettings, RouteSettings }: JsonObject): Stage {
  const log = isObject(AccessLogSettings) ? AccessLogSettings : undefined;
  const group = /:log-group:([^:]+)/.exec(String(log?.DestinationArn ?? ''))?.[1];
  const ofRoutes = Object.entries(isObject(RouteSettings) ? RouteSettings : {}).flatMap(([key, settings]) => {
    const throttle = throttleOf(settings);
    return throttle ? [[key, throttle] as const] : [];
  });
  return {
    name,
    throttle: throttleOf(DefaultRouteSettings),
    routeThrottles: new Map(ofRoutes),
    ...group !== undefined && { accessLog: { group, format: String(log?.Format ?? '') } },
  };
}

function throttleOf(settings: Json | undefined): Throttle | undefined {
  if (!isObject(settings) || settings.ThrottlingRateLimit === undefined) return undefined;
  return { rate: Number(settings.ThrottlingRateLimit), burst: Number(settings.ThrottlingBurstLimit ?? settings.ThrottlingRateLimit) };
}

function corsOf(cors: Json | undefined): Cors | undefined {
  if (!isObject(cors)) return undefined;
  return {
    origins: texts(cors.AllowOrigins),
    methods: texts(cors.AllowMethods),
    headers: texts(cors.AllowHeaders),
    exposed: texts(cors.ExposeHeaders),
    credentials: cors.AllowCredentials === true,
    ...cors.MaxAge !== undefined && { maxAge: Number(cors.MaxAge) },
  };
}

function texts(value: Json | undefined): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}
