import { KeptMap } from '../registry/kept-map';

/** Why a connection ended. https://docs.aws.amazon.com/iot/latest/developerguide/life-cycle-events.html */
export type DisconnectReason =
  | 'AUTH_ERROR' | 'CLIENT_INITIATED_DISCONNECT' | 'CLIENT_ERROR' | 'CONNECTION_LOST' | 'DUPLICATE_CLIENTID' | 'MQTT_KEEP_ALIVE_TIMEOUT'
  | 'SERVER_ERROR' | 'SERVER_INITIATED_DISCONNECT' | 'API_INITIATED_DISCONNECT';

/** What AWS IoT says of a session when it begins and ends. */
export interface PresenceEvent {
  readonly topic: string;
  readonly payload: { readonly [key: string]: string | number | boolean };
}

export interface Session {
  readonly clientId: string;
  readonly sessionIdentifier: string;
  readonly certificateId: string;
  readonly ipAddress: string;
  /** Only where the thing is attached exclusively. */
  readonly thingName?: string;
}

/** What is remembered of a client id, also over a restart. */
export interface PresenceState {
  readonly version: number;
  /** Where nobody is connected. */
  readonly offlineSince?: number;
  /** Those that have begun and not ended. */
  readonly open: readonly (Session & { readonly version: number })[];
}

/** After so long without a connection the version begins again. AWS says "about an hour". */
const VERSION_RESET_MS = 3_600_000;

/** Makes presence events: the two of a session share a version, which rises by client id and starts again after an hour offline. */
export class Presence {
  /** @param now - milliseconds; tests move it */
  constructor(private readonly now: () => number, private readonly states = new KeptMap<PresenceState>('presence')) {}

  public connected(session: Session): { event: PresenceEvent; versionNumber: number } {
    const known = this.states.get(session.clientId);
    const isForgotten = !known || (known.offlineSince !== undefined && this.now() - known.offlineSince > VERSION_RESET_MS);
    const version = isForgotten ? 0 : known.version + 1;
    this.states.set(session.clientId, { version, open: [...isForgotten ? [] : known.open, { ...session, version }] });
    return { event: this.event('connected', session, version, { ipAddress: session.ipAddress }), versionNumber: version };
  }

  public disconnected(session: Session, versionNumber: number, reason: DisconnectReason): PresenceEvent {
    const state = this.states.get(session.clientId);
    if (state) {
      const open = state.open.filter(({ sessionIdentifier }) => sessionIdentifier !== session.sessionIdentifier);
      this.states.set(session.clientId, { version: state.version, open, ...open.length === 0 && { offlineSince: this.now() } });
    }
    return this.event('disconnected', session, versionNumber, {
      clientInitiatedDisconnect: reason === 'CLIENT_INITIATED_DISCONNECT', disconnectReason: reason,
    });
  }

  /** Ends the sessions that a process before this one left open when it was killed. */
  public lost(): PresenceEvent[] {
    return this.states.values().flatMap(({ open }) => open).map(({ version, ...session }) => this.disconnected(session, version, 'SERVER_ERROR'));
  }

  /** A client that AWS IoT did not let in. It has no version. */
  public connectFailed(session: Session): PresenceEvent {
    const { topic, payload } = this.event('connect_failed', session, 0, { connectFailureReason: 'AUTHORIZATION_FAILED' });
    const { versionNumber: _none, ...rest } = payload;
    return { topic, payload: rest };
  }

  private event(eventType: string, session: Session, versionNumber: number, more: PresenceEvent['payload']): PresenceEvent {
    const { clientId, sessionIdentifier, certificateId, thingName } = session;
    return {
      topic: `$aws/events/presence/${eventType}/${clientId}`,
      payload: {
        clientId,
        ...thingName === undefined ? {} : { thingName },
        timestamp: this.now(),
        eventType,
        sessionIdentifier,
        principalIdentifier: certificateId,
        ...more,
        versionNumber,
      },
    };
  }
}
