export type Kind = 'connected' | 'disconnected';
export type Status = 'Connected' | 'Disconnected';

/** What orders events of one client. */
export interface Moment {
  readonly kind: Kind;
  /** Milliseconds, right to about two minutes. */
  readonly timestamp: number;
  readonly versionNumber: number;
  readonly sessionIdentifier: string;
}

export interface LifecycleEvent extends Moment {
  readonly clientId: string;
  readonly thingName?: string;
  readonly ipAddress?: string;
  readonly disconnectReason?: string;
}

/** The newest event of each kind that the table knows for a client. */
export type Known = { readonly [kind in Kind]?: Moment };

/** Where an event belongs among those known: it is the newest of all, only the newest of its kind, or neither. */
export type Place = 'newest' | 'newestOfKind' | 'stale';

/**
 * Timestamps further apart than this decide alone.
 *
 * In one epoch of `versionNumber` a later session has the higher version, and its timestamps are earlier than those of the
 * session before by at most two errors of two minutes. Between two epochs lies about an hour offline (or the longer
 * TTL of a persistent session). Half an hour keeps the same distance from both.
 *
 * @see https://docs.aws.amazon.com/iot/latest/developerguide/life-cycle-events.html
 */
export const EPOCH_GAP_MS = 30 * 60 * 1000;

/** DynamoDB's limit for a partition key, in bytes. */
const MAX_KEY_BYTES = 2_048;
/** Its limit for a sort key, 1,024, less what stands before the session in that of the history. */
const MAX_SESSION_BYTES = 1_024 - `${Number.MAX_SAFE_INTEGER}#disconnected#`.length;

/** Whether `a` happened after `b`, both of one client. */
export function isNewer(a: Moment, b: Moment): boolean {
  if (a.sessionIdentifier === b.sessionIdentifier) return a.kind === 'disconnected' && b.kind === 'connected';
  if (a.timestamp - b.timestamp > EPOCH_GAP_MS) return true;
  if (b.timestamp - a.timestamp > EPOCH_GAP_MS) return false;
  if (a.versionNumber !== b.versionNumber) return a.versionNumber > b.versionNumber;
  // Two sessions with one version are of two epochs. Equal times do not happen then; the name only makes every handler agree.
  return a.timestamp === b.timestamp ? a.sessionIdentifier > b.sessionIdentifier : a.timestamp > b.timestamp;
}

export function placeOf(event: Moment, known: Known): Place {
  const sameKind = known[event.kind];
  if (sameKind && !isNewer(event, sameKind)) return 'stale';
  const otherKind = known[event.kind === 'connected' ? 'disconnected' : 'connected'];
  return otherKind && !isNewer(event, otherKind) ? 'newestOfKind' : 'newest';
}

/**
 * The state of a client whose newest event this is.
 *
 * A session that ended with DUPLICATE_CLIENTID was pushed out by a newer one of the same client: whether or not the
 * event of that one arrived, the client is connected.
 */
export function statusAfter(event: LifecycleEvent): Status {
  return event.kind === 'connected' || event.disconnectReason === 'DUPLICATE_CLIENTID' ? 'Connected' : 'Disconnected';
}

/** Of several events of one client, those that matter: the newest of each kind, the older of the two first. */
export function withoutSuperseded(events: LifecycleEvent[]): LifecycleEvent[] {
  const newest = new Map<Kind, LifecycleEvent>();
  for (const event of events) {
    const other = newest.get(event.kind);
    if (!other || isNewer(event, other)) newest.set(event.kind, event);
  }
  return [...newest.values()].sort((a, b) => isNewer(a, b) ? 1 : -1);
}

export type Parsed = { readonly event: LifecycleEvent; readonly problem?: undefined } | { readonly event?: undefined; readonly problem: string };

/** Reads a presence event. What cannot be one is a value, since it must not stop the others of its batch. */
export function parse(body: string): Parsed {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return { problem: 'not JSON' };
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return { problem: 'not a JSON object' };
  const fields = value as Record<string, unknown>;
  const { clientId, eventType, timestamp, versionNumber, sessionIdentifier, thingName, ipAddress, disconnectReason } = fields;
  if (!isText(clientId) || Buffer.byteLength(clientId) > MAX_KEY_BYTES) {
    return { problem: `clientId is not 1 to ${MAX_KEY_BYTES} bytes of text` };
  }
  if (eventType !== 'connected' && eventType !== 'disconnected') return { problem: 'eventType is neither connected nor disconnected' };
  if (!isCount(timestamp)) return { problem: 'timestamp is not a number of milliseconds' };
  if (!isCount(versionNumber)) return { problem: 'versionNumber is not a whole number from 0' };
  if (!isText(sessionIdentifier) || Buffer.byteLength(sessionIdentifier) > MAX_SESSION_BYTES) {
    return { problem: `sessionIdentifier is not 1 to ${MAX_SESSION_BYTES} bytes of text` };
  }
  return {
    event: {
      clientId,
      kind: eventType,
      timestamp,
      versionNumber,
      sessionIdentifier,
      ...(isText(thingName) && { thingName }),
      ...(isText(ipAddress) && eventType === 'connected' && { ipAddress }),
      ...(isText(disconnectReason) && eventType === 'disconnected' && { disconnectReason }),
    },
  };
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && value as number >= 0;
}
