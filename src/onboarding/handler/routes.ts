import { NumberSchema, ObjectSchema, Schema, TextSchema } from './schema';

/** A signing request of AWS IoT: RSA of 2,048 bits or more, or P-256, P-384, P-521. @see https://docs.aws.amazon.com/iot/latest/apireference/API_CreateCertificateFromCsr.html */
const MAX_CSR_LENGTH = 4_096;
/** Things without a type have no more. @see https://docs.aws.amazon.com/general/latest/gr/iot-core.html#thing-limits */
const MAX_ATTRIBUTES = 3;
export const MAX_PAGE = 100;
export const DEFAULT_PAGE = 50;

export const READ = 'devices/read';
export const WRITE = 'devices/write';

export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query';
  readonly schema: TextSchema | NumberSchema;
  readonly description: string;
}

export interface Route {
  readonly operationId: 'onboardDevice' | 'getDevice' | 'deleteDevice' | 'listDevices' | 'createClaim';
  readonly method: 'POST' | 'GET' | 'DELETE';
  readonly path: string;
  readonly scope: string;
  readonly summary: string;
  readonly description: string;
  readonly parameters: readonly Parameter[];
  readonly body?: ObjectSchema;
  /** What a call that succeeds answers. */
  readonly answer: { readonly description: string; readonly schema: string };
  readonly statuses: readonly number[];
}

const SERIAL: Parameter = {
  name: 'serialNumber',
  in: 'path',
  description: 'Serial number of the device. The name of its thing is made of it, so it has the characters of one.',
  schema: { type: 'string', minLength: 1, maxLength: 128, pattern: '^[a-zA-Z0-9:_-]+$', examples: ['press-07'] },
};

const ONBOARD_BODY: ObjectSchema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    csr: {
      type: 'string',
      minLength: 1,
      maxLength: MAX_CSR_LENGTH,
      description: 'Certificate signing request in PEM: RSA of 2048 bits or more, or P-256, P-384, P-521. With it no private key exists outside the device.',
    },
    attributes: {
      type: 'object',
      description: 'Attributes of the thing. They are merged with those it has; an empty text takes one away.',
      maxProperties: MAX_ATTRIBUTES,
      propertyNames: { type: 'string', minLength: 1, maxLength: 128, pattern: '^[a-zA-Z0-9_.,@/:#\\-]+$' },
      additionalProperties: { type: 'string', maxLength: 800, pattern: '^[a-zA-Z0-9_.,@/:#=\\[\\]\\-]*$', description: 'AWS IoT takes no spaces here.' },
    },
  },
};

const DEVICE = { description: 'The device', schema: 'Device' };

/** Every route: what it takes, what it answers, who may. The router, the validator, the template and the OpenAPI document are made of this list. */
export const ROUTES: readonly Route[] = [
  {
    operationId: 'onboardDevice',
    method: 'POST',
    path: '/onboard/{serialNumber}',
    scope: WRITE,
    summary: 'Onboard a device',
    description: [
      'Makes the thing, its certificate and what connects them. Repeated, it answers the same device without the key, and keyAlreadyIssued; attributes',
      'that the thing lacks are set. A thing of that name that has certificates, and none of this device, is somebody else\'s: ThingInUse.',
    ].join(' '),
    parameters: [SERIAL, {
      name: 'rotate',
      in: 'query',
      description: [
        'Whether a device that has a certificate gets a new one. The old one is deleted after the device has connected with the new one.',
        'A csr with the key of the newest certificate answers that one again, with keyAlreadyIssued: so a call whose answer got lost is safe to repeat.',
      ].join(' '),
      schema: { type: 'string', enum: ['true', 'false'] },
    }],
    body: ONBOARD_BODY,
    answer: DEVICE,
    statuses: [400, 404, 409, 429, 500, 503],
  },
  {
    operationId: 'getDevice',
    method: 'GET',
    path: '/onboard/{serialNumber}',
    scope: READ,
    summary: 'Look a device up',
    description: 'What onboarding answered, without the key.',
    parameters: [SERIAL],
    answer: DEVICE,
    statuses: [400, 404, 429, 500, 503],
  },
  {
    operationId: 'deleteDevice',
    method: 'DELETE',
    path: '/onboard/{serialNumber}',
    scope: WRITE,
    summary: 'Take a device out',
    description: [
      'Cuts the device off, deletes the certificates that the registry knows as its own and its thing, and remembers the serial number as REVOKED.',
      'A thing with something else attached to it stays, and thingKept says so. A device without a certificate is remembered, and no more. Safe to repeat.',
    ].join(' '),
    parameters: [SERIAL],
    answer: DEVICE,
    statuses: [400, 404, 409, 429, 500, 503],
  },
  {
    operationId: 'createClaim',
    method: 'POST',
    path: '/onboard/{serialNumber}/claim',
    scope: WRITE,
    summary: 'Make a claim of five minutes',
    description: [
      'A temporary certificate with which the device may ask for its own by fleet provisioning. A serial number that is new gets registered.',
      'The claim is not bound to it: who has the claim can, within its five minutes, provision any device that is REGISTERED.',
    ].join(' '),
    parameters: [SERIAL],
    answer: { description: 'The claim. It is answered once and kept nowhere.', schema: 'Claim' },
    statuses: [400, 404, 409, 429, 500, 503],
  },
  {
    operationId: 'listDevices',
    method: 'GET',
    path: '/devices',
    scope: READ,
    summary: 'List devices',
    description: 'In no order, page by page. A page may hold fewer devices than its limit.',
    parameters: [{
      name: 'limit',
      in: 'query',
      description: 'How many devices a page has at most.',
      schema: { type: 'integer', minimum: 1, maximum: MAX_PAGE, default: DEFAULT_PAGE },
    }, {
      name: 'nextToken',
      in: 'query',
      description: 'Where the page begins: what the page before answered.',
      schema: { type: 'string', minLength: 1, maxLength: 400, pattern: '^[A-Za-z0-9_\\-]+$' },
    }],
    answer: { description: 'A page of devices', schema: 'DevicePage' },
    statuses: [400, 429, 500, 503],
  },
];

const text = (description?: string): TextSchema => ({ type: 'string', ...description === undefined ? {} : { description } });
const texts: Schema = { type: 'array', items: text() };

const ERROR: ObjectSchema = {
  type: 'object',
  description: 'Empty texts where the call succeeded.',
  required: ['code', 'msg', 'type'],
  properties: { code: text('For programs, such as DeviceRevoked'), msg: text('For people'), type: text('The kind of error, such as InvalidRequest') },
};
const STATUS: TextSchema = {
  type: 'string',
  enum: ['REGISTERED', 'ONBOARDING', 'PROVISIONED', 'REVOKED'],
  description: 'ONBOARDING: begun and not finished; repeat the POST.',
};
const SERIAL_NUMBER = text('What the call named');
const CREDENTIAL_PARTS = {
  certificateId: text(),
  certificatePem: text(),
  privateKey: text('Only in the answer that made it'),
  publicKey: text('Only beside privateKey'),
};

/** What is answered, by name. */
export const ANSWERS: { readonly [name: string]: ObjectSchema } = {
  Device: {
    type: 'object',
    required: ['serialNumber', 'deviceName', 'status', 'keyAlreadyIssued', 'mqttEndpoint', 'topics', 'error'],
    properties: {
      serialNumber: SERIAL_NUMBER,
      deviceName: text('Name of the thing, and the client id to connect with'),
      thingId: text('Absent where there is no thing'),
      thingKept: {
        type: 'boolean',
        description: 'Only after taking out: the thing stays, since certificates or identities are attached to it that are not of this device. They still work.',
      },
      status: STATUS,
      keyAlreadyIssued: { type: 'boolean', description: 'Whether the certificate was there before this call' },
      credential: {
        type: 'object',
        description: 'Absent where there is no certificate.',
        required: ['certificateArn', 'certificateId', 'certificatePem'],
        properties: { certificateArn: text(), ...CREDENTIAL_PARTS },
      },
      mqttEndpoint: text('Host name for MQTT on port 8883'),
      topics: {
        type: 'object',
        description: 'What the device may use; * stands for any characters.',
        required: ['telemetry', 'basicIngest', 'commands'],
        properties: { telemetry: texts, basicIngest: texts, commands: texts },
      },
      error: ERROR,
    },
  },
  Claim: {
    type: 'object',
    required: ['serialNumber', 'templateName', 'expiration', 'credential', 'mqttEndpoint', 'error'],
    properties: {
      serialNumber: SERIAL_NUMBER,
      templateName: text('The provisioning template to register with'),
      expiration: { type: 'string', format: 'date-time' },
      credential: { type: 'object', required: ['certificateId', 'certificatePem', 'privateKey', 'publicKey'], properties: CREDENTIAL_PARTS },
      mqttEndpoint: text('Host name for MQTT on port 8883'),
      error: ERROR,
    },
  },
  DevicePage: {
    type: 'object',
    required: ['devices', 'error'],
    properties: {
      devices: {
        type: 'array',
        items: {
          type: 'object',
          required: ['serialNumber', 'status', 'connectivity'],
          properties: {
            serialNumber: text(),
            deviceName: text('Absent until the device has a thing'),
            status: STATUS,
            certificateId: text(),
            provisionedAt: { type: 'string', format: 'date-time' },
            connectivity: {
              type: 'object',
              required: ['status'],
              properties: {
                status: { type: 'string', enum: ['Connected', 'Disconnected', 'Unknown'], description: 'Unknown: it never connected, or nobody watches' },
                since: { type: 'string', format: 'date-time' },
                disconnectReason: text(),
              },
            },
          },
        },
      },
      nextToken: text('Absent on the last page'),
      error: ERROR,
    },
  },
  Failure: {
    type: 'object',
    description: 'error is of this service; message is of the gateway, which answers calls that may not come in.',
    properties: { serialNumber: SERIAL_NUMBER, error: ERROR, message: text() },
  },
};

export function routeKey({ method, path }: Pick<Route, 'method' | 'path'>): string {
  return `${method} ${path}`;
}
