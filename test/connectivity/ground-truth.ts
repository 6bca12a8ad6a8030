/**
 * Histories of clients as they really happened, and what a table must say about the part of one that arrived.
 *
 * Nothing here knows how the handler decides: an event carries its place in the true order, and the oracle looks only at that.
 */
const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** AWS: timestamps are right to about two minutes. */
const CLOCK_ERROR = 2 * MINUTE;

const ORDINARY_REASONS = ['MQTT_KEEP_ALIVE_TIMEOUT', 'CONNECTION_LOST', 'CLIENT_INITIATED_DISCONNECT'];

export interface TrueEvent {
  /** Place in the true order of this client's events. */
  readonly rank: number;
  readonly body: {
    readonly clientId: string;
    readonly thingName: string;
    readonly eventType: 'connected' | 'disconnected';
    readonly timestamp: number;
    readonly sessionIdentifier: string;
    readonly versionNumber: number;
    readonly ipAddress?: string;
    readonly disconnectReason?: string;
    readonly clientInitiatedDisconnect?: boolean;
    readonly principalIdentifier: string;
  };
}

export interface Expected {
  readonly Status: 'Connected' | 'Disconnected';
  readonly SessionIdentifier: string;
  readonly ConnectVersionNum?: number;
  readonly ConnectTime?: number;
  readonly IpAddress?: string;
  readonly DisconnectVersionNum?: number;
  readonly DisconnectTime?: number;
  readonly DisconnectReason?: string;
}

/** What happened between a session and the next one. */
export type Between =
  /** Offline for a while, too short for versionNumber to restart. */
  | 'pause'
  /** The next session of the same client id pushed this one out. */
  | 'duplicate'
  /** Offline so long that versionNumber restarted. */
  | 'restart';

export type Random = () => number;

/** Lehmer's generator: a failure names its seed, and the seed gives the same histories everywhere. */
export function randomFrom(seed: number): Random {
  const modulus = 2_147_483_647;
  let state = seed % (modulus - 1) + 1;
  const next = () => {
    state = state * 48_271 % modulus;
    return state / modulus;
  };
  // Neighbouring seeds begin alike.
  for (let round = 0; round < 5; round++) next();
  return next;
}

export function pick<T>(random: Random, values: readonly T[]): T {
  return values[Math.floor(random() * values.length)];
}

export function shuffled<T>(random: Random, values: readonly T[]): T[] {
  const result = [...values];
  for (let last = result.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    [result[last], result[other]] = [result[other], result[last]];
  }
  return result;
}

const between = (random: Random, low: number, high: number) => low + Math.floor(random() * (high - low));

/** The true life of one client: its sessions, separated by what `gaps` says. */
export function historyOf(clientId: string, gaps: readonly Between[], random: Random): TrueEvent[] {
  const events: TrueEvent[] = [];
  let time = Date.UTC(2026, 10, 1) + between(random, 0, DAY);
  // An epoch begins at 0; it skips values, and its first sessions may have been lost, so that it is first seen anywhere.
  let version = firstVersion(random);
  for (let session = 0; session <= gaps.length; session++) {
    const gap: Between | undefined = gaps[session];
    const connectedAt = time;
    const disconnectedAt = connectedAt + sessionLength(random);
    const base = { clientId, thingName: clientId, sessionIdentifier: sessionName(random), versionNumber: version, principalIdentifier: 'c'.repeat(64) };
    events.push({
      rank: events.length,
      body: { ...base, eventType: 'connected', timestamp: connectedAt + clockError(random), ipAddress: `192.0.2.${session + 1}` },
    });
    // The broker notices the old session at about the time of the new one: a moment later, or a moment before.
    const noticed = gap === 'duplicate' ? between(random, -2 * SECOND, 5 * SECOND) : 0;
    events.push({
      rank: events.length,
      body: {
        ...base,
        eventType: 'disconnected',
        timestamp: disconnectedAt + noticed + clockError(random),
        clientInitiatedDisconnect: false,
        disconnectReason: gap === 'duplicate' ? 'DUPLICATE_CLIENTID' : pick(random, ORDINARY_REASONS),
      },
    });
    time = disconnectedAt + pauseLength(gap, random);
    version = gap === 'restart' ? firstVersion(random) : version + between(random, 1, 4);
  }
  return events;
}

export function randomGaps(random: Random, sessions: number): Between[] {
  return Array.from({ length: sessions - 1 }, () => pick(random, ['pause', 'pause', 'duplicate', 'restart'] as const));
}

/** What the table must say when exactly these events arrived, in whatever order and however often. */
export function expectedAfter(arrived: readonly TrueEvent[]): Expected | undefined {
  const newest = newestOf(arrived);
  if (!newest) return undefined;
  const connected = newestOf(arrived.filter(({ body }) => body.eventType === 'connected'))?.body;
  const disconnected = newestOf(arrived.filter(({ body }) => body.eventType === 'disconnected'))?.body;
  // Whoever was pushed out by another session of the same client id left that client connected.
  const offline = newest.body.eventType === 'disconnected' && newest.body.disconnectReason !== 'DUPLICATE_CLIENTID';
  return {
    Status: offline ? 'Disconnected' : 'Connected',
    SessionIdentifier: newest.body.sessionIdentifier,
    ...connected && { ConnectVersionNum: connected.versionNumber, ConnectTime: connected.timestamp, IpAddress: connected.ipAddress },
    ...disconnected && {
      DisconnectVersionNum: disconnected.versionNumber,
      DisconnectTime: disconnected.timestamp,
      DisconnectReason: disconnected.disconnectReason,
    },
  };
}

function newestOf(events: readonly TrueEvent[]): TrueEvent | undefined {
  return events.reduce<TrueEvent | undefined>((newest, event) => !newest || event.rank > newest.rank ? event : newest, undefined);
}

function firstVersion(random: Random): number {
  return random() < 0.4 ? 0 : between(random, 0, 12);
}

function sessionLength(random: Random): number {
  const [low, high] = pick(random, [[1, 2 * SECOND], [SECOND, 4 * MINUTE], [MINUTE, HOUR], [HOUR, 5 * DAY]]);
  return between(random, low, high);
}

function pauseLength(gap: Between | undefined, random: Random): number {
  if (gap === 'duplicate') return 0;
  // "About an hour": the broker may forget a few minutes early, and it may remember a few minutes longer.
  if (gap === 'restart') return pick(random, [between(random, 55 * MINUTE, 65 * MINUTE), between(random, HOUR, 10 * DAY)]);
  return pick(random, [between(random, 1, 5 * SECOND), between(random, SECOND, 4 * MINUTE), between(random, MINUTE, 65 * MINUTE)]);
}

/** Half of the clocks are off by as much as they may be. */
function clockError(random: Random): number {
  return random() < 0.5 ? pick(random, [-CLOCK_ERROR, CLOCK_ERROR]) : between(random, -CLOCK_ERROR, CLOCK_ERROR);
}

/** Session identifiers are in no order. */
function sessionName(random: Random): string {
  return Array.from({ length: 4 }, () => Math.floor(random() * 0x1_0000).toString(16).padStart(4, '0')).join('-');
}
