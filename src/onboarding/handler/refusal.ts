/** Why a call is not done, as the answer says it. It is thrown, and its code decides the status. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  constructor(readonly code: RefusalCode, message: string, readonly retryAfterSeconds?: number) {
    super(message);
  }
}

const KINDS = {
  InvalidRequest: [400, 'InvalidRequest'],
  DeviceNotFound: [404, 'NotFound'],
  ResourceNotFound: [404, 'NotFound'],
  DeviceRevoked: [409, 'Conflict'],
  AlreadyProvisioned: [409, 'Conflict'],
  ParameterNotInRegistry: [409, 'Conflict'],
  InvalidThingName: [409, 'Conflict'],
  ThingInUse: [409, 'Conflict'],
  TooManyRotations: [409, 'Conflict'],
  ResourceConflict: [409, 'Conflict'],
  QuotaUsedUp: [429, 'Throttled'],
  DeviceBusy: [503, 'Busy'],
  StillAttached: [503, 'Busy'],
  Throttled: [503, 'Throttled'],
  OutcomeUnknown: [503, 'Busy'],
  SearchUnfinished: [503, 'Busy'],
  InternalError: [500, 'Internal'],
} as const satisfies Record<string, readonly [number, string]>;

export type RefusalCode = keyof typeof KINDS;

/** What to wait where a status asks for a wait and nobody knows how long. */
const DEFAULT_RETRY_SECONDS: { readonly [status: number]: number } = { 429: 30, 503: 2 };

export function refuse(code: RefusalCode, message: string, retryAfterSeconds?: number): Refusal {
  return new Refusal(code, message, retryAfterSeconds ?? DEFAULT_RETRY_SECONDS[KINDS[code][0]]);
}

export function statusOf(code: RefusalCode): number {
  return KINDS[code][0];
}

export function typeOf(code: RefusalCode): string {
  return KINDS[code][1];
}

const THROTTLED = [
  'ThrottlingException', 'Throttling', 'TooManyRequestsException', 'ServiceUnavailableException', 'InternalFailureException', 'InternalServerError',
  'ProvisionedThroughputExceededException', 'RequestLimitExceeded',
];
const CONFLICTS = ['ResourceAlreadyExistsException', 'VersionConflictException', 'ConflictingResourceUpdateException', 'ConflictException'];
const STILL_ATTACHED = ['DeleteConflictException', 'CertificateStateException'];
const INVALID = ['InvalidRequestException', 'CertificateValidationException'];

/** What an error of AWS means to the caller. Its text stays in the log: nobody promises what is in it. */
export function refusalFrom(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  const name = error instanceof Error ? error.name : '';
  if (THROTTLED.includes(name)) return refuse('Throttled', 'AWS is busy: repeat the call');
  if (name === 'LimitExceededException') return refuse('QuotaUsedUp', 'a quota of the account is used up: ask for a higher one, or repeat the call later');
  if (CONFLICTS.includes(name)) return refuse('ResourceConflict', 'AWS IoT has something of that name that is not like this: look at the thing');
  if (STILL_ATTACHED.includes(name)) return refuse('StillAttached', 'AWS IoT still detaches a certificate: repeat the call');
  if (INVALID.includes(name)) return refuse('InvalidRequest', 'AWS IoT does not take the request: look at csr and attributes');
  if (name === 'ResourceNotFoundException') return refuse('ResourceNotFound', 'something that a device needs is not there: look for its policy and its thing');
  return refuse('InternalError', 'the call failed: repeat it, and look into the log if it fails again');
}

/** Whether AWS has said no, so that nothing of the request is under way any more. */
export function isAnswered(error: unknown): boolean {
  const { $metadata } = error as { $metadata?: { httpStatusCode?: number } };
  return error instanceof Refusal ? error.code !== 'OutcomeUnknown' : $metadata?.httpStatusCode !== undefined && $metadata.httpStatusCode < 500;
}
