import { ANSWERS, Parameter, Route, ROUTES } from './routes';

const TITLE = 'Device onboarding';
/** Of the API, not of the library: it changes when the API does. */
const VERSION = '1.0.0';

const MEANINGS: { readonly [status: number]: string } = {
  400: 'Something in the call is not as this document says',
  401: 'There is no token, or it is not valid',
  403: 'The token lacks the scope',
  404: 'Nobody knows the serial number, or something that AWS IoT needs is missing',
  409: 'The state of the device does not allow it',
  429: 'Too many calls, or a quota of the account is used up',
  500: 'The service failed. Repeating the call is safe',
  503: 'AWS IoT is busy, or another call is at work on the device. Repeat after Retry-After seconds',
};
const OF_THE_GATEWAY = [401, 403, 429];
const WITH_RETRY_AFTER = [429, 503];

/** The OpenAPI 3.1 document of the API, made of the list that also validates. */
export function openApiDocument(): Record<string, unknown> {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const route of ROUTES) (paths[route.path] ??= {})[route.method.toLowerCase()] = operationOf(route);
  return {
    openapi: '3.1.0',
    info: { title: TITLE, version: VERSION, description: 'Makes, shows and takes out the AWS IoT identity of devices, by serial number.' },
    servers: [{
      url: 'https://{api}.execute-api.{region}.amazonaws.com/api',
      variables: { api: { default: 'abcdef1234' }, region: { default: 'eu-central-1' } },
    }],
    paths,
    components: {
      schemas: ANSWERS,
      securitySchemes: { token: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: 'By client credentials; each call names the scope that it needs.' } },
    },
  };
}

function operationOf({ operationId, summary, description, scope, parameters, body, answer, statuses }: Route): Record<string, unknown> {
  return {
    operationId,
    summary,
    description,
    security: [{ token: [scope] }],
    parameters: parameters.map(parameterOf),
    ...body ? { requestBody: { required: false, content: { 'application/json': { schema: body } } } } : {},
    responses: {
      200: { description: answer.description, content: contentOf(answer.schema) },
      ...Object.fromEntries([...new Set([...statuses, ...OF_THE_GATEWAY])].sort().map(status => [status, {
        description: MEANINGS[status],
        ...WITH_RETRY_AFTER.includes(status)
          ? { headers: { 'Retry-After': { description: 'Seconds to wait; the gateway sends none', schema: { type: 'integer', minimum: 0 } } } } : {},
        content: contentOf('Failure'),
      }])),
    },
  };
}

function parameterOf({ name, in: place, schema, description }: Parameter): Record<string, unknown> {
  return { name, in: place, required: place === 'path', description, schema };
}

function contentOf(schema: string): Record<string, unknown> {
  return { 'application/json': { schema: { $ref: `#/components/schemas/${schema}` } } };
}
