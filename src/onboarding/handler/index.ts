import { randomUUID } from 'crypto';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { IoTClient } from '@aws-sdk/client-iot';
import { IoTDataPlaneClient } from '@aws-sdk/client-iot-data-plane';
import { Answer, ApiDeps, answerTo, HttpRequest } from './api';
import { connectivityOf } from './connectivity';
import { readSettings } from './env';
import { createClaim, iotCalls } from './iot';
import { deviceRegister } from './register';
import { rotations } from './rotations';
import { newKey } from './signing-request';
import { thingNames } from './thing-name';

/** An event of an HTTP API, as far as it is read. @see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html */
export interface HttpEvent {
  readonly routeKey: string;
  readonly pathParameters?: Record<string, string | undefined>;
  readonly queryStringParameters?: Record<string, string | undefined>;
  readonly body?: string;
  readonly isBase64Encoded?: boolean;
  readonly requestContext?: { readonly requestId?: string; readonly authorizer?: { readonly jwt?: { readonly claims?: Record<string, unknown> } } };
}

/** What Lambda tells of one call. */
export interface CallContext {
  readonly getRemainingTimeInMillis: () => number;
}

export interface HttpAnswer {
  readonly statusCode: number;
  readonly headers: Record<string, string>;
  readonly body: string;
}

/** Translates events and answers. It never throws: API Gateway would answer without a word of why. */
export const makeHandler = (deps: ApiDeps) => async (event: HttpEvent, context?: CallContext): Promise<HttpAnswer> => {
  const timeLeft = context && (() => context.getRemainingTimeInMillis());
  const { status, body, retryAfterSeconds } = await answerTo(requestFrom(event), { ...deps, timeLeft });
  return {
    statusCode: status,
    headers: {
      'content-type': 'application/json',
      // Keys are in some answers.
      'cache-control': 'no-store',
      ...retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) },
    },
    body: JSON.stringify(body),
  } satisfies HttpAnswer & { statusCode: Answer['status'] };
};

function requestFrom(event: HttpEvent): HttpRequest {
  const { routeKey, pathParameters = {}, queryStringParameters = {}, body, isBase64Encoded, requestContext } = event;
  const caller = requestContext?.authorizer?.jwt?.claims?.client_id;
  return {
    routeKey,
    path: pathParameters,
    query: queryStringParameters,
    body: body !== undefined && isBase64Encoded ? Buffer.from(body, 'base64').toString() : body,
    requestId: requestContext?.requestId,
    caller: typeof caller === 'string' ? caller : undefined,
  };
}

export function realDeps(env: NodeJS.ProcessEnv, log: ApiDeps['log'] = line => console.log(JSON.stringify(line))): ApiDeps {
  const settings = readSettings(env);
  const { registryTableName, rotationTableName, connectivityTableName, policyName, templateName, mqttEndpoint, topics } = settings;
  const dynamodb = new DynamoDBClient({});
  const iot = new IoTClient({});
  const wait = (ms: number) => new Promise<void>(resolve => setTimeout(resolve, ms));
  return {
    register: deviceRegister(dynamodb, registryTableName),
    rotations: rotations(dynamodb, rotationTableName),
    iot: iotCalls({ iot, once: new IoTClient({ maxAttempts: 1 }), data: new IoTDataPlaneClient({}), log }, policyName),
    claim: templateName === undefined ? undefined : { templateName, create: () => createClaim(iot, templateName) },
    connectivityOf: connectivityTableName === undefined ? undefined : connectivityOf(dynamodb, connectivityTableName, wait),
    thingNameOf: thingNames(settings),
    mqttEndpoint,
    topics,
    newKey,
    newOwner: randomUUID,
    now: Date.now,
    wait,
    log,
  };
}

let run: ReturnType<typeof makeHandler> | undefined;
/** Built at the first event, so that importing this file does nothing. */
export const handler = async (event: HttpEvent, context?: CallContext): Promise<HttpAnswer> => {
  run ??= makeHandler(realDeps(process.env));
  return run(event, context);
};
