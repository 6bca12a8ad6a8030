import { DisconnectReason, PresenceEvent, Session } from './presence';

/** What is known of a client id since the start, for whoever watches and for GetConnection. */
export interface ClientState {
  readonly clientId: string;
  readonly certificateId: string;
  /** The thing that the connection is known as, exclusively or by its name. */
  readonly thingName?: string;
  readonly sourceIp: string;
  readonly sourcePort?: number;
  readonly cleanSession: boolean;
  readonly keepAliveSeconds: number;
  readonly connected: boolean;
  readonly connectedSince: number;
  readonly disconnectedSince?: number;
  readonly disconnectReason?: DisconnectReason;
  /** The last events of its presence, oldest first. */
  readonly history: readonly PresenceEvent['payload'][];
}

export type BegunConnection = Pick<ClientState, 'clientId' | 'certificateId' | 'thingName' | 'sourceIp' | 'sourcePort' | 'cleanSession' | 'keepAliveSeconds'>;

const EVENTS_PER_CLIENT = 20;
/** Client ids that can be made up must not fill the memory. */
const MOST_CLIENTS = 20_000;

/** Who is connected, and who was. */
export class ClientList {
  private readonly clients = new Map<string, ClientState>();

  constructor(private readonly now: () => number) {}

  began(connection: BegunConnection, event: PresenceEvent): void {
    const { history = [] } = this.clients.get(connection.clientId) ?? {};
    // Taken out first, so that the order is that of the last connection.
    this.clients.delete(connection.clientId);
    this.clients.set(connection.clientId, { ...connection, connected: true, connectedSince: this.now(), history: grown(history, event) });
    if (this.clients.size > MOST_CLIENTS) this.dropOldest();
  }

  /** @param isLast - false where a newer connection has taken over */
  ended({ clientId }: Session, reason: DisconnectReason, event: PresenceEvent, isLast: boolean): void {
    const known = this.clients.get(clientId);
    if (!known) return;
    const history = grown(known.history, event);
    const end = { connected: false, disconnectedSince: this.now(), disconnectReason: reason };
    this.clients.set(clientId, { ...known, ...isLast && end, history });
  }

  find(clientId: string): ClientState | undefined {
    return this.clients.get(clientId);
  }

  all(): ClientState[] {
    return [...this.clients.values()];
  }

  private dropOldest(): void {
    for (const [clientId, { connected }] of this.clients) {
      if (connected) continue;
      this.clients.delete(clientId);
      return;
    }
  }
}

function grown(history: ClientState['history'], { payload }: PresenceEvent): ClientState['history'] {
  return [...history.slice(1 - EVENTS_PER_CLIENT), payload];
}
