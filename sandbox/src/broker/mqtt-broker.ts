import { randomUUID } from 'crypto';
import { AddressInfo, Socket } from 'net';
import { createServer, Server, TLSSocket } from 'tls';
import { Aedes, Client, ConnectPacket, PublishPacket, Subscription } from 'aedes';
import { ClientList, ClientState } from './client-list';
import { basicIngest, clientIdProblem, filtersProblem, publishProblem, subscriptionProblem } from './limits';
import { Permissions } from './permissions';
import { DisconnectReason, Presence, PresenceEvent, PresenceState, Session } from './presence';
import { FaultyPresence, PresenceFaults } from './presence-faults';
import { RetainedMessages } from './retained-messages';
import { Denial, TakenMessage } from './taken-message';
import { certificateIdOf, ServerCredentials } from '../certificates/certificate-authority';
import { certificateFacts } from '../certificates/subject';
import { KeptMap } from '../registry/kept-map';
import { Registry } from '../registry/registry';

export type { Denial, TakenMessage } from './taken-message';

const UNACCEPTABLE_PROTOCOL = 0x84;
const NOT_AUTHORIZED = 5;
const IDENTIFIER_REJECTED = 2;
/** Devices that come back all at once wait here; the system may hold fewer. */
const WAITING_CONNECTIONS = 4_096;
/** Nobody can subscribe to it: what must not reach a subscriber is published here. */
const NOWHERE = '$nowhere';

export interface BrokerOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly credentials: ServerCredentials;
  readonly registry: Registry;
  readonly now?: () => number;
  /** What presence remembers over a restart; in memory alone where absent. */
  readonly presence?: KeptMap<PresenceState>;
  readonly presenceFaults?: PresenceFaults;
  readonly retained?: RetainedMessages;
  /**
   * Takes what the rules see, in the order in which a client sent it. A QoS 1 message is acknowledged when this is done. When it fails, the
   * message is not acknowledged and the connection ends, so that the client sends it again.
   */
  onMessage(message: TakenMessage): Promise<void> | void;
  onPresence(event: PresenceEvent): void;
  onDenial(denial: Denial): void;
  /** Answers on topics of AWS's own, such as those of provisioning; true where the topic is one of them. */
  onRequest?(message: TakenMessage & Asking, answer: (topic: string, payload: Buffer) => void): boolean;
  /** A certificate that is not registered: what came of trying to. The connection ends all the same. */
  onUnknownCertificate?(der: Buffer, clientId: string): Promise<string | undefined>;
}

interface Asking { readonly clientId: string; readonly certificateId: string }

interface Connected {
  readonly session: Session;
  readonly permissions: Permissions;
  versionNumber?: number;
  readonly filters: Set<string>;
  reason?: DisconnectReason;
  /** Settles when all messages before the next one are taken. */
  taken: Promise<unknown>;
}

/**
 * The message broker: MQTT 3.1.1 on TLS with client certificates, AWS IoT policies on every action, AWS's limits, presence events.
 *
 * MQTT 5 is refused with its reason code 0x84.
 *
 * @see https://docs.aws.amazon.com/iot/latest/developerguide/mqtt.html
 */
export class MqttBroker {
  /** @throws where the port is taken, naming it */
  public static async start(options: BrokerOptions): Promise<MqttBroker> {
    const broker = new MqttBroker(options, await Aedes.createBroker({ maxClientsIdLength: 1024, heartbeatInterval: 60_000 }));
    for (const { topic, payload, qos } of broker.retained.all()) await broker.distribute(topic, Buffer.from(payload, 'base64'), qos, true);
    await broker.listen();
    for (const event of broker.presence.lost()) broker.tell(event);
    return broker;
  }

  private readonly now: () => number;
  private readonly server: Server;
  private readonly presence: Presence;
  private readonly faults: FaultyPresence;
  private readonly retained: RetainedMessages;
  private readonly list: ClientList;
  private readonly connected = new WeakMap<Client, Connected>();
  private readonly packets = new WeakMap<Client, ConnectPacket>();
  private readonly byClientId = new Map<string, Client>();
  /** Also those that have not said CONNECT yet. */
  private readonly sockets = new Set<Socket>();
  private readonly forgetDeactivations: () => void;

  private constructor(private readonly options: BrokerOptions, private readonly aedes: Aedes) {
    this.now = options.now ?? Date.now;
    this.presence = new Presence(this.now, options.presence);
    this.faults = new FaultyPresence(options.presenceFaults ?? {}, event => this.announce(event));
    this.retained = options.retained ?? new RetainedMessages();
    this.list = new ClientList(this.now);
    this.forgetDeactivations = options.registry.onDeactivation(certificateId => this.deactivated(certificateId));
    const { cert, key, ca } = options.credentials;
    // Whether a certificate is known and active is the registry's to say, so that its refusal can be told.
    this.server = createServer({ cert, key, ca, requestCert: true, rejectUnauthorized: false, ALPNProtocols: ['x-amzn-mqtt-ca', 'mqtt'], noDelay: true }, socket => {
      socket.on('error', () => socket.destroy());
      aedes.handle(socket);
    });
    this.server.on('connection', (socket: Socket) => {
      this.sockets.add(socket);
      socket.once('close', () => this.sockets.delete(socket));
    });
    aedes.preConnect = (client, packet, done) => this.preConnect(client, packet, done);
    aedes.authenticate = (client, _username, _password, done) => {
      this.admit(client).then(
        refusal => done(refusal ?? null, refusal === undefined),
        (error: Error) => done(Object.assign(error, { returnCode: NOT_AUTHORIZED }), false),
      );
    };
    aedes.authorizePublish = (client, packet, done) => {
      if (!client) return done(null);
      this.publish(client, packet).then(() => done(null), error => done(error as Error));
    };
    aedes.authorizeSubscribe = (client, subscription, done) => done(null, this.subscribe(client, subscription) ? subscription : null);
    aedes.authorizeForward = (client, packet) => this.allowedTopic(client, 'iot:Receive', packet.topic) ? packet : null;
    aedes.on('clientReady', client => this.began(client));
    aedes.on('clientDisconnect', client => this.ended(client));
    aedes.on('unsubscribe', (filters, client) => filters.forEach(filter => this.connected.get(client)?.filters.delete(filter)));
    aedes.on('keepaliveTimeout', client => this.because(client, 'MQTT_KEEP_ALIVE_TIMEOUT'));
    aedes.on('clientError', client => this.because(client, 'CLIENT_ERROR'));
    aedes.on('connectionError', () => undefined);
  }

  public get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** Client ids of those who are connected now. */
  public get clientIds(): string[] {
    return [...this.byClientId.keys()];
  }

  /** Who is connected, and who was since the start; the order is that of their last connection. */
  public clients(): ClientState[] {
    return this.list.all();
  }

  public client(clientId: string): ClientState | undefined {
    return this.list.find(clientId);
  }

  /** Publishes in the name of the service, to all who subscribe. */
  public async send(topic: string, payload: Buffer, qos: 0 | 1 = 0, retain = false): Promise<void> {
    if (retain) this.retained.take(topic, payload, qos);
    await this.distribute(topic, payload, qos, retain);
  }

  /** Ends a connection, as the service does it; false where there is none. */
  public disconnect(clientId: string, reason: DisconnectReason = 'SERVER_INITIATED_DISCONNECT'): boolean {
    const client = this.byClientId.get(clientId);
    if (client) this.close(client, reason);
    return client !== undefined;
  }

  public async stop(): Promise<void> {
    this.forgetDeactivations();
    for (const client of this.byClientId.values()) this.because(client, 'SERVER_INITIATED_DISCONNECT');
    const closed = new Promise<void>(resolve => this.server.close(() => resolve()));
    await new Promise<void>(resolve => this.aedes.close(() => resolve()));
    for (const socket of this.sockets) socket.destroy();
    await closed;
    this.faults.release();
  }

  private async listen(): Promise<void> {
    const { host, port } = this.options;
    await new Promise<void>((resolve, reject) => {
      this.server.once('error', (error: NodeJS.ErrnoException) => reject(error.code === 'EADDRINUSE'
        ? new Error(`Port ${port} on ${host} is in use: end what listens there, or choose another with --mqtt-port`) : error));
      this.server.listen({ port, host, backlog: WAITING_CONNECTIONS }, resolve);
    });
  }

  private preConnect(client: Client, packet: ConnectPacket, done: (error: Error | null, successful: boolean) => void): void {
    if (packet.protocolVersion === 5) {
      client.conn.end(Buffer.from([0x20, 3, 0, UNACCEPTABLE_PROTOCOL, 0]), () => done(new Error('MQTT 5 is not supported'), false));
      return;
    }
    this.packets.set(client, packet);
    // aedes asks for each filter alone, so that only its parser sees how many come together.
    const { _parser } = client as unknown as { _parser: NodeJS.EventEmitter };
    _parser.prependListener('packet', (next: { cmd: string; subscriptions?: unknown[] }) => {
      const problem = next.cmd === 'subscribe' ? filtersProblem(next.subscriptions!.length) : undefined;
      if (problem === undefined) return;
      next.subscriptions = [];
      this.because(client, 'CLIENT_ERROR');
      client.emit('error', new Error(problem));
    });
    done(null, true);
  }

  /** Why the client may not connect; undefined where it may, and is known from now on. */
  private async admit(client: Client): Promise<(Error & { returnCode: number }) | undefined> {
    const { clean, will } = this.packets.get(client)!;
    const clientId = client.id;
    const socket = client.conn as TLSSocket;
    // Null once the connection is gone, which a client may end right after its CONNECT.
    const peer = socket.getPeerCertificate() as ReturnType<TLSSocket['getPeerCertificate']> | null;
    if (peer === null || socket.destroyed) return Object.assign(new Error('the connection ended before it was let in'), { returnCode: NOT_AUTHORIZED });
    const der = peer.raw as Buffer | undefined;
    const certificateId = der && certificateIdOf(der);
    const sourceIp = socket.remoteAddress;
    const permissions = certificateId === undefined ? undefined
      : Permissions.of(this.options.registry, { certificateId, clientId, certificate: certificateFacts(peer, certificateId), sourceIp }, this.now);
    const refuse = (reason: string, returnCode = NOT_AUTHORIZED) => {
      const session: Session = { clientId, sessionIdentifier: randomUUID(), certificateId: certificateId ?? '', ipAddress: sourceIp ?? '' };
      this.deny({ clientId, certificateId, thingName: permissions?.thingName, action: 'iot:Connect', resource: `client/${clientId}`, reason });
      this.tell(this.presence.connectFailed(session));
      return Object.assign(new Error(reason), { returnCode });
    };
    if (!permissions) {
      if (!der) return refuse('no client certificate was presented');
      return refuse(await this.options.onUnknownCertificate?.(der, clientId) ?? `certificate ${certificateId} is not registered`);
    }
    const tooLong = clientIdProblem(clientId);
    if (tooLong !== undefined) return refuse(tooLong, IDENTIFIER_REJECTED);
    const decision = permissions.decide({ action: 'iot:Connect', persistent: clean === false, lastWill: will && { topic: will.topic, retain: will.retain } });
    if (decision.decision === 'deny') return refuse(decision.reason);

    const older = this.byClientId.get(clientId);
    if (older) this.because(older, 'DUPLICATE_CLIENTID');
    this.connected.set(client, {
      permissions,
      filters: new Set(),
      taken: Promise.resolve(),
      session: {
        clientId,
        certificateId: certificateId!,
        sessionIdentifier: randomUUID(),
        ipAddress: sourceIp ?? '',
        ...permissions.isExclusive && { thingName: permissions.thingName },
      },
    });
    return undefined;
  }

  private began(client: Client): void {
    const { session, permissions } = this.connected.get(client)!;
    const { clean, keepalive } = this.packets.get(client)!;
    const { event, versionNumber } = this.presence.connected(session);
    this.connected.get(client)!.versionNumber = versionNumber;
    this.byClientId.set(client.id, client);
    this.list.began({
      clientId: client.id,
      certificateId: session.certificateId,
      thingName: permissions.thingName,
      sourceIp: session.ipAddress,
      sourcePort: (client.conn as TLSSocket).remotePort,
      cleanSession: clean !== false,
      keepAliveSeconds: keepalive ?? 0,
    }, event);
    this.tell(event);
  }

  private ended(client: Client): void {
    const connected = this.connected.get(client);
    if (connected?.versionNumber === undefined) return;
    const isLast = this.byClientId.get(client.id) === client;
    if (isLast) this.byClientId.delete(client.id);
    // aedes notes here that it read a DISCONNECT.
    const said = (client as unknown as { _disconnected?: boolean })._disconnected === true;
    const reason = connected.reason ?? (said ? 'CLIENT_INITIATED_DISCONNECT' : 'CONNECTION_LOST');
    const event = this.presence.disconnected(connected.session, connected.versionNumber, reason);
    this.list.ended(connected.session, reason, event, isLast);
    this.tell(event);
  }

  private tell(event: PresenceEvent): void {
    this.faults.take(event);
  }

  private announce(event: PresenceEvent): void {
    this.options.onPresence(event);
    // Names with wildcards would be no topics. https://docs.aws.amazon.com/iot/latest/developerguide/life-cycle-events.html
    if (!/[+#]/.test(event.topic)) void this.distribute(event.topic, Buffer.from(JSON.stringify(event.payload)), 0, false).catch(() => undefined);
  }

  private async publish(client: Client, packet: PublishPacket): Promise<void> {
    const connected = this.connected.get(client)!;
    const { session } = connected;
    const payload = Buffer.from(packet.payload);
    const problem = publishProblem({ topic: packet.topic, qos: packet.qos, payloadBytes: payload.length });
    if (problem !== undefined) return this.end(client, 'CLIENT_ERROR', problem);
    if (!this.allowedTopic(client, 'iot:Publish', packet.topic, packet.retain)) return this.end(client, 'AUTH_ERROR', `may not publish on ${packet.topic}`);

    const ingest = basicIngest(packet.topic);
    const message = {
      topic: ingest?.topic ?? packet.topic,
      ruleName: ingest?.ruleName,
      payload,
      clientId: session.clientId,
      certificateId: session.certificateId,
      sourceIp: session.ipAddress,
      qos: packet.qos as 0 | 1,
    };
    const isAnswered = this.options.onRequest?.(message, (topic, answer) => this.answer(client, topic, answer)) === true;
    if (!isAnswered) await this.take(client, connected, message);
    if (isAnswered || ingest) packet.topic = NOWHERE;
    else if (packet.retain) this.retained.take(packet.topic, payload, message.qos);
  }

  /** Acknowledgements follow the order of the messages, and none comes after one that is missing. */
  private take(client: Client, connected: Connected, message: TakenMessage): Promise<void> {
    const taking = Promise.resolve().then(() => this.options.onMessage(message));
    const inOrder = Promise.all([connected.taken, taking]).then(() => undefined, (error: Error) => this.end(client, 'SERVER_ERROR', `a message was not taken: ${error.message}`));
    connected.taken = inOrder;
    inOrder.catch(() => undefined);
    return inOrder;
  }

  /** On this connection alone: an answer of provisioning holds a private key. */
  private answer(client: Client, topic: string, payload: Buffer): void {
    if (!this.allowedTopic(client, 'iot:Receive', topic)) return;
    client.publish({ cmd: 'publish', topic, payload, qos: 0, retain: false, dup: false }, () => undefined);
  }

  /** A filter that is refused is answered with 0x80. */
  private subscribe(client: Client, { topic }: Subscription): boolean {
    const connected = this.connected.get(client)!;
    const problem = subscriptionProblem(topic, connected.filters.has(topic) ? 0 : connected.filters.size);
    const decision = problem === undefined ? connected.permissions.decide({ action: 'iot:Subscribe', topicFilter: topic }) : undefined;
    const reason = decision?.decision === 'allow' ? undefined : decision?.reason ?? problem;
    if (reason !== undefined) {
      this.denyConnected(connected, 'iot:Subscribe', `topicfilter/${topic}`, reason);
      return false;
    }
    connected.filters.add(topic);
    return true;
  }

  private allowedTopic(client: Client, action: 'iot:Publish' | 'iot:Receive', topic: string, retain = false): boolean {
    const connected = this.connected.get(client);
    if (!connected) return false;
    const denial = connected.permissions.allowsTopic(action, topic, retain);
    if (denial) this.denyConnected(connected, action, `topic/${topic}`, denial.reason);
    return denial === undefined;
  }

  private denyConnected({ session, permissions: { thingName } }: Connected, action: string, resource: string, reason: string): void {
    const { clientId, certificateId } = session;
    this.deny({ clientId, certificateId, thingName, action, resource, reason });
  }

  private deny(denial: Omit<Denial, 'time'>): void {
    this.options.onDenial({ time: this.now(), ...denial });
  }

  private deactivated(certificateId: string): void {
    for (const client of this.byClientId.values()) {
      if (this.connected.get(client)?.session.certificateId === certificateId) this.close(client, 'AUTH_ERROR');
    }
  }

  private close(client: Client, reason: DisconnectReason): void {
    this.because(client, reason);
    client.close();
  }

  private end(client: Client, reason: DisconnectReason, why: string): never {
    this.because(client, reason);
    throw new Error(why);
  }

  /** The first reason is the one that counts. */
  private because(client: Client, reason: DisconnectReason): void {
    const connected = this.connected.get(client);
    if (connected) connected.reason ??= reason;
  }

  private distribute(topic: string, payload: Buffer, qos: 0 | 1, retain: boolean): Promise<void> {
    return new Promise<void>((resolve, reject) => {
      this.aedes.publish({ cmd: 'publish', topic, payload, qos, retain, dup: false }, error => error ? reject(error) : resolve());
    });
  }
}
