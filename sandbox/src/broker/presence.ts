/** Why a connection ended. https://docs.aws.amazon.com/iot/latest/developerguide/life-cycle-events.html */
export type DisconnectReason =
  | 'AUTH_ERROR' | 'CLIENT_INITIATED_DISCONNECT' | 'CLIENT_ERROR' | 'CONNECTION_LOST' | 'DUPLICATE_CLIENTID' | 'MQTT_KEEP_ALIVE_TIMEOUT' | 'SERVER_INITIATED_DISCONNECT';

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

/** After so long without a connection the version begins again. AWS says "about an hour". */
const VERSION_RESET_MS = 3_600_000;

/** Makes presence events: the two of a session share a version, which rises by client id and starts again after an hour offline. */
export class Presence {
  private readonly versions = new Map<string, { version: number; offlineSince?: number; sessions: number }>();

  /** @param now - milliseconds; tests move it */
  constructor(private readonly now: () => number) {}

  public connected(session: Session): { event: PresenceEvent; versionNumber: number } {
    const known = this.versions.get(session.clientId);
    const isForgotten = !known || (known.offlineSince !== undefined && this.now() - known.offlineSince > VERSION_RESET_MS);
    const state = isForgotten ? { version: 0, sessions: 0 } : { ...known, version: known.version + 1 };
    this.versions.set(session.clientId, { version: state.version, sessions: state.sessions + 1 });
    return { event: this.event('connected', session, state.version, { ipAddress: session.ipAddress }), versionNumber: state.version };
  }

  public disconnected(session: Session, versionNumber: number, reason: DisconnectReason): PresenceEvent {
    const state = this.versions.get(session.clientId);
    if (state && --state.sessions === 0) state.offlineSince = this.now();
    return this.event('disconnected', session, versionNumber, {
      clientInitiatedDisconnect: reason === 'CLIENT_INITIATED_DISCONNECT', disconnectReason: reason,
    });
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
