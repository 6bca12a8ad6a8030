import { Connectivity } from './connectivity';
import { Deps, offboard, onboard, Onboarded, OnboardRequest, view } from './core';
import { Device } from './device';
import { Topics } from './env';
import { ClaimParts } from './iot';
import { isAnswered, refusalFrom, refuse, statusOf, typeOf } from './refusal';
import { DEFAULT_PAGE, Parameter, Route, routeKey, ROUTES } from './routes';
import { violations } from './schema';
import { signingRequestProblem } from './signing-request';

const PLACEHOLDER = /<thing>/g;
const NO_ERROR = { code: '', msg: '', type: '' };
const MAX_LOGGED = 300;

export interface HttpRequest {
  readonly routeKey: string;
  readonly path: Readonly<Record<string, string | undefined>>;
  readonly query: Readonly<Record<string, string | undefined>>;
  readonly body?: string;
  readonly requestId?: string;
  /** Client id of the caller's token, for the log. */
  readonly caller?: string;
}

export interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
  readonly retryAfterSeconds?: number;
}

export interface ApiDeps extends Deps {
  /** Absent where there is no provisioning template. */
  readonly claim?: { readonly templateName: string; readonly create: () => Promise<ClaimParts> };
  /** Absent where nobody watches who is connected. */
  readonly connectivityOf?: (clientIds: string[]) => Promise<Map<string, Connectivity>>;
  readonly mqttEndpoint: string;
  readonly topics: Topics;
  readonly log: (line: Record<string, unknown>) => void;
}

interface Call {
  readonly serialNumber: string;
  readonly values: Readonly<Record<string, string | number>>;
  readonly body: Record<string, unknown>;
}

interface Done { readonly body: Record<string, unknown>; readonly reason: string; readonly deviceName?: string }

type Operation = (call: Call, deps: ApiDeps) => Promise<Done>;

const OPERATIONS: { readonly [id in Route['operationId']]: Operation } = {
  onboardDevice: async ({ serialNumber, values, body }, deps) =>
    deviceAnswer(await onboard({ serialNumber, rotate: values.rotate === 'true', ...body as Partial<OnboardRequest> }, deps), deps),
  getDevice: async ({ serialNumber }, deps) => deviceAnswer(await view(serialNumber, deps), deps),
  deleteDevice: async ({ serialNumber }, deps) => deviceAnswer(await offboard(serialNumber, deps), deps),
  createClaim: async ({ serialNumber }, deps) => claimAnswer(serialNumber, deps),
  listDevices: async ({ values }, deps) => pageAnswer(values, deps),
};

/** Does what a request asks, and says so in one line of the log: who, what, why, and never what is in the request or the answer. */
export async function answerTo(request: HttpRequest, deps: ApiDeps): Promise<Answer> {
  const about = { operation: request.routeKey, serialNumber: request.path.serialNumber, caller: request.caller, requestId: request.requestId };
  try {
    const route = ROUTES.find(one => routeKey(one) === request.routeKey);
    if (!route) throw refuse('ResourceNotFound', 'there is no such route');
    const { body, reason, deviceName } = await OPERATIONS[route.operationId](callFrom(route, request), deps);
    deps.log({ decision: 'DONE', reason, ...about, deviceName });
    return { status: 200, body: { ...body, error: NO_ERROR } };
  } catch (error) {
    const { code, message, retryAfterSeconds } = refusalFrom(error);
    const status = statusOf(code);
    deps.log({ decision: status < 500 ? 'REFUSED' : 'FAILED', reason: code, ...about, ...causeOf(error) });
    const { serialNumber } = request.path;
    return { status, retryAfterSeconds, body: { serialNumber, error: { code, msg: message, type: typeOf(code) } } };
  }
}

/** What AWS said, for whoever reads the log; keys and certificates are cut out, should AWS ever repeat one. */
function causeOf(error: unknown): Record<string, unknown> {
  const { name, message } = error as Error;
  if (name === 'Refusal') return {};
  return { cause: name, causeMessage: String(message).replace(/-----BEGIN[^]*/, '…').slice(0, MAX_LOGGED), answered: isAnswered(error) };
}

function callFrom(route: Route, request: HttpRequest): Call {
  const parameters = route.parameters.map(parameter => parameterOf(parameter, request));
  const body = route.body ? bodyOf(request.body) : {};
  const problems = [
    ...parameters.flatMap(({ problems: found }) => found),
    ...route.body ? violations(route.body, body, 'the body') : [],
  ];
  // A body that is no object, such as null, has a problem already.
  const { csr } = (body ?? {}) as Partial<OnboardRequest>;
  if (problems.length === 0 && csr !== undefined) problems.push(...[signingRequestProblem(csr) ?? []].flat());
  if (problems.length > 0) throw refuse('InvalidRequest', problems.join('; '));
  const values = Object.fromEntries(parameters.flatMap(({ name, value }) => value === undefined ? [] : [[name, value]]));
  return { serialNumber: String(values.serialNumber ?? ''), values, body: body as Record<string, unknown> };
}

function parameterOf({ name, in: place, schema }: Parameter, { path, query }: HttpRequest) {
  const raw = (place === 'path' ? path : query)[name];
  if (raw === undefined) return { name, value: undefined, problems: place === 'path' ? [`${name} is missing`] : [] };
  const value = schema.type === 'integer' ? /^\d{1,9}$/.test(raw) ? Number(raw) : NaN : raw;
  return { name, value, problems: violations(schema, value, name) };
}

function bodyOf(text: string | undefined): unknown {
  if (text === undefined || text.trim() === '') return {};
  try {
    return JSON.parse(text);
  } catch {
    throw refuse('InvalidRequest', 'the body must be JSON');
  }
}

function deviceAnswer({ device, deviceName, thingId, thingKept, certificate, key, keyAlreadyIssued, reason }: Onboarded, deps: ApiDeps): Done {
  const told = (topics: readonly string[]) => topics.map(topic => topic.replace(PLACEHOLDER, () => deviceName));
  const { telemetry, basicIngest, commands } = deps.topics;
  return {
    reason,
    deviceName,
    body: {
      serialNumber: device.serialNumber,
      deviceName,
      thingId,
      thingKept,
      status: statusFor(device),
      keyAlreadyIssued,
      credential: certificate && {
        certificateArn: certificate.certificateArn,
        certificateId: certificate.certificateId,
        certificatePem: certificate.certificatePem,
        privateKey: key?.privateKey,
        publicKey: key?.publicKey,
      },
      mqttEndpoint: deps.mqttEndpoint,
      topics: { telemetry: told(telemetry), basicIngest: told(basicIngest), commands: told(commands) },
    },
  };
}

function statusFor({ status, certificateId }: Device): string {
  return status === 'PROVISIONED' && certificateId === undefined ? 'ONBOARDING' : status;
}

async function claimAnswer(serialNumber: string, { register, claim, mqttEndpoint }: ApiDeps): Promise<Done> {
  if (!claim) throw refuse('ResourceNotFound', 'there is no provisioning template to make claims for');
  const isNew = await register.register(serialNumber);
  const device = isNew ? undefined : await register.read(serialNumber);
  if (device?.status === 'REVOKED') throw refuse('DeviceRevoked', 'the device was revoked: set its Status in the registry to REGISTERED to let it in again');
  if (device && device.status !== 'REGISTERED') throw refuse('AlreadyProvisioned', 'the device has been provisioned: rotate its certificate, or take it out and register it again');
  const { certificateId, certificatePem, privateKey, publicKey, expiration } = await claim.create();
  return {
    reason: isNew ? 'CLAIM_FOR_NEW_DEVICE' : 'CLAIM',
    body: {
      serialNumber,
      templateName: claim.templateName,
      expiration: expiration.toISOString(),
      credential: { certificateId, certificatePem, privateKey, publicKey },
      mqttEndpoint,
    },
  };
}

/** The last serial number of a page, in a form that fits an address. */
function tokenOf(serialNumber: string): string {
  return Buffer.from(serialNumber).toString('base64url');
}

async function pageAnswer({ limit = DEFAULT_PAGE, nextToken }: Call['values'], { register, connectivityOf, thingNameOf }: ApiDeps): Promise<Done> {
  const after = nextToken === undefined ? undefined : Buffer.from(String(nextToken), 'base64url').toString();
  if (after === '' || after !== undefined && tokenOf(after) !== nextToken) throw refuse('InvalidRequest', 'nextToken must be what the page before answered');
  const { devices, last } = await register.page(Number(limit), after);
  const named = devices.map(device => ({ device, deviceName: device.status === 'REGISTERED' ? device.thingName : thingNameOf(device) }));
  const clientIds = named.flatMap(({ deviceName }) => deviceName ?? []);
  const states = clientIds.length > 0 ? await connectivityOf?.(clientIds) : undefined;
  return {
    reason: 'PAGE',
    body: {
      devices: named.map(({ device, deviceName }) => ({
        serialNumber: device.serialNumber,
        deviceName,
        status: statusFor(device),
        certificateId: device.certificateId,
        provisionedAt: device.provisionedAt,
        connectivity: states?.get(deviceName ?? '') ?? { status: 'Unknown' },
      })),
      nextToken: last === undefined ? undefined : tokenOf(last),
    },
  };
}
