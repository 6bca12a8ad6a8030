import { randomUUID } from 'crypto';
import { AddressInfo } from 'net';
import { createServer, Server, TLSSocket } from 'tls';
import { Aedes, AuthenticateError, Client, ConnectPacket, PublishPacket, Subscription } from 'aedes';
import { basicIngest, clientIdProblem, publishProblem, subscriptionProblem } from './limits';
import { DisconnectReason, Presence, PresenceEvent, Session } from './presence';
import { certificateIdOf, ServerCredentials } from '../certificates/certificate-authority';
import { admitTo, Authorizer, Connection, Request } from '../policy';
import { Registry } from '../registry/registry';

const NOT_AUTHORIZED = 5;
const IDENTIFIER_REJECTED = 2;
/** Nobody can subscribe to it: what must not reach a subscriber is published here. */
const NOWHERE = '$nowhere';

/** A message that the broker took from a client. */
export interface TakenMessage {
  readonly topic: string;
  readonly payload: Buffer;
  readonly clientId: string;
  readonly certificateId: string;
  readonly sourceIp: string;
  readonly qos: 0 | 1;
  /** Set where the message goes to this rule alone. */
  readonly ruleName?: string;
}

/** What a client was not allowed to do, and why. */
export interface Denial {
  readonly time: number;
  readonly clientId: string;
  readonly certificateId?: string;
  readonly thingName?: string;
  readonly action: string;
  readonly resource: string;
  readonly reason: string;
}

export interface BrokerOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly credentials: ServerCredentials;
  readonly registry: Registry;
  readonly now?: () => number;
  /** Takes what the rules see. A QoS 1 message is acknowledged when this is done; it is not when it fails. */
  onMessage(message: TakenMessage): Promise<void> | void;
  onPresence(event: PresenceEvent): void;
  onDenial(denial: Denial): void;
  /** Answers on topics of AWS's own, such as those of provisioning; true where the topic is one of them. */
  onRequest?(message: TakenMessage, answer: (topic: string, payload: Buffer) => void): boolean;
}

interface Connected {
  readonly session: Session;
  readonly connection: Connection;
  readonly authorizer: Authorizer;
  versionNumber?: number;
  subscriptions: number;
  reason?: DisconnectReason;
}

/**
 * The message broker: MQTT 3.1.1 on TLS with client certificates, AWS IoT policies on every action, AWS's limits, presence events.
 *
 * @see https://docs.aws.amazon.com/iot/latest/developerguide/mqtt.html
 */
export class MqttBroker {
  /** @throws where the port is taken, naming it */
  public static async start(options: BrokerOptions): Promise<MqttBroker> {
    const broker = new MqttBroker(options, await Aedes.createBroker({ maxClientsIdLength: 1024, heartbeatInterval: 60_000 }));
    await broker.listen();
    return broker;
  }

  private readonly server: Server;
  private readonly presence: Presence;
  private readonly connected = new WeakMap<Client, Connected>();
  private readonly packets = new WeakMap<Client, ConnectPacket>();
  private readonly byClientId = new Map<string, Client>();

  private constructor(private readonly options: BrokerOptions, private readonly aedes: Aedes) {
    this.presence = new Presence(options.now ?? Date.now);
    const { cert, key, ca } = options.credentials;
    // Whether a certificate is known and active is the registry's to say, so that its refusal can be told.
    this.server = createServer({ cert, key, ca, requestCert: true, rejectUnauthorized: false, ALPNProtocols: ['x-amzn-mqtt-ca', 'mqtt'] }, socket => {
      socket.on('error', () => socket.destroy());
      aedes.handle(socket);
    });
    aedes.preConnect = (client, packet, done) => {
      this.packets.set(client, packet);
      done(null, true);
    };
    aedes.authenticate = (client, _username, _password, done) => {
      const refusal = this.admit(client);
      done(refusal ?? null, refusal === undefined);
    };
    aedes.authorizePublish = (client, packet, done) => {
      if (!client) return done(null);
      this.publish(client, packet).then(() => done(null), error => done(error as Error));
    };
    aedes.authorizeSubscribe = (client, subscription, done) => done(null, this.subscribe(client, subscription) ? subscription : null);
    aedes.authorizeForward = (client, packet) => this.allowed(client, { action: 'iot:Receive', topic: packet.topic }) ? packet : null;
    aedes.on('clientReady', client => this.began(client));
    aedes.on('clientDisconnect', client => this.ended(client));
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

  /** Publishes in the name of the service, to all who subscribe. */
  public async send(topic: string, payload: Buffer, qos: 0 | 1 = 0, retain = false): Promise<void> {
    await new Promise<void>((resolve, reject) => this.aedes.publish({ cmd: 'publish', topic, payload, qos, retain, dup: false }, error => error ? reject(error) : resolve()));
  }

  /** Ends a connection, as the service does it; false where there is none. */
  public disconnect(clientId: string): boolean {
    const client = this.byClientId.get(clientId);
    if (!client) return false;
    this.because(client, 'SERVER_INITIATED_DISCONNECT');
    client.close();
    return true;
  }

  public async stop(): Promise<void> {
    await new Promise<void>(resolve => this.aedes.close(() => resolve()));
    await new Promise<void>(resolve => this.server.close(() => resolve()));
  }

  private async listen(): Promise<void> {
    const { host, port } = this.options;
    await new Promise<void>((resolve, reject) => {
      this.server.once('error', (error: NodeJS.ErrnoException) => reject(error.code === 'EADDRINUSE'
        ? new Error(`Port ${port} on ${host} is in use: end what listens there, or choose another with --mqtt-port`) : error));
      this.server.listen(port, host, resolve);
    });
  }

  /** Why the client may not connect; undefined where it may, and is known from now on. */
  private admit(client: Client): AuthenticateError | undefined {
    const { clean, will } = this.packets.get(client)!;
    const clientId = client.id;
    const socket = client.conn as TLSSocket;
    const der = socket.getPeerCertificate().raw as Buffer | undefined;
    const certificateId = der && certificateIdOf(der);
    const principal = certificateId === undefined ? undefined : this.options.registry.principal(certificateId, clientId);
    const refuse = (reason: string, returnCode = NOT_AUTHORIZED) => {
      const session: Session = { clientId, sessionIdentifier: randomUUID(), certificateId: certificateId ?? '', ipAddress: socket.remoteAddress ?? '' };
      this.deny({ clientId, certificateId, thingName: principal?.thing?.thingName, action: 'iot:Connect', resource: `client/${clientId}`, reason });
      this.options.onPresence(this.presence.connectFailed(session));
      return Object.assign(new Error(reason), { returnCode });
    };
    if (!principal) return refuse(certificateId === undefined ? 'no client certificate was presented' : `certificate ${certificateId} is not registered`);
    if (principal.certificate.status !== 'ACTIVE') return refuse(`certificate ${certificateId} is ${principal.certificate.status}`);
    const tooLong = clientIdProblem(clientId);
    if (tooLong !== undefined) return refuse(tooLong, IDENTIFIER_REJECTED);

    const { thing, exclusive, policies } = principal;
    const connection: Connection = {
      clientId,
      thingName: thing?.thingName ?? null,
      thingAttached: thing !== undefined,
      exclusive,
      thingTypeName: thing?.thingTypeName,
      attributes: thing?.attributes,
      certificate: { id: certificateId },
      sourceIp: socket.remoteAddress,
    };
    const authorizer = new Authorizer(policies, connection, this.options.registry.environment);
    const decision = admitTo(authorizer, { action: 'iot:Connect', persistent: clean === false, lastWill: will && { topic: will.topic, retain: will.retain } });
    if (decision.decision === 'deny') return refuse(decision.reason);

    const older = this.byClientId.get(clientId);
    if (older) this.because(older, 'DUPLICATE_CLIENTID');
    this.connected.set(client, {
      connection,
      authorizer,
      subscriptions: 0,
      session: {
        clientId, certificateId: certificateId!, sessionIdentifier: randomUUID(), ipAddress: socket.remoteAddress ?? '', thingName: exclusive ? thing?.thingName : undefined,
      },
    });
    return undefined;
  }

  private began(client: Client): void {
    const connected = this.connected.get(client)!;
    const { event, versionNumber } = this.presence.connected(connected.session);
    connected.versionNumber = versionNumber;
    this.byClientId.set(client.id, client);
    this.tell(event);
  }

  private ended(client: Client): void {
    const connected = this.connected.get(client);
    if (connected?.versionNumber === undefined) return;
    if (this.byClientId.get(client.id) === client) this.byClientId.delete(client.id);
    // aedes notes here that it read a DISCONNECT.
    const said = (client as unknown as { _disconnected?: boolean })._disconnected === true;
    const reason = connected.reason ?? (said ? 'CLIENT_INITIATED_DISCONNECT' : 'CONNECTION_LOST');
    this.tell(this.presence.disconnected(connected.session, connected.versionNumber, reason));
  }

  private tell(event: PresenceEvent): void {
    this.options.onPresence(event);
    // Names with wildcards would be no topics. https://docs.aws.amazon.com/iot/latest/developerguide/life-cycle-events.html
    if (!/[+#]/.test(event.topic)) void this.send(event.topic, Buffer.from(JSON.stringify(event.payload)));
  }

  private async publish(client: Client, packet: PublishPacket): Promise<void> {
    const { connection, session } = this.connected.get(client)!;
    const payload = Buffer.from(packet.payload);
    const problem = publishProblem({ topic: packet.topic, qos: packet.qos, payloadBytes: payload.length });
    if (problem !== undefined) return this.end(client, 'CLIENT_ERROR', problem);
    if (!this.allowed(client, { action: 'iot:Publish', topic: packet.topic, retain: packet.retain })) return this.end(client, 'AUTH_ERROR', `may not publish on ${packet.topic}`);

    const ingest = basicIngest(packet.topic);
    const message: TakenMessage = {
      topic: ingest?.topic ?? packet.topic,
      ruleName: ingest?.ruleName,
      payload,
      clientId: session.clientId,
      certificateId: session.certificateId,
      sourceIp: connection.sourceIp ?? '',
      qos: packet.qos as 0 | 1,
    };
    const isAnswered = this.options.onRequest?.(message, (topic, answer) => this.answer(client, topic, answer)) === true;
    if (!isAnswered) await this.options.onMessage(message);
    if (isAnswered || ingest) packet.topic = NOWHERE;
  }

  /** On this connection alone: an answer of provisioning holds a private key. */
  private answer(client: Client, topic: string, payload: Buffer): void {
    if (!this.allowed(client, { action: 'iot:Receive', topic })) return;
    client.publish({ cmd: 'publish', topic, payload, qos: 0, retain: false, dup: false }, () => undefined);
  }

  /** A filter that is refused is answered with 0x80. */
  private subscribe(client: Client, subscription: Subscription): boolean {
    const connected = this.connected.get(client)!;
    const problem = subscriptionProblem(subscription.topic, connected.subscriptions);
    if (problem !== undefined) {
      const { clientId, certificateId } = connected.session;
      this.deny({ clientId, certificateId, action: 'iot:Subscribe', resource: `topicfilter/${subscription.topic}`, reason: problem });
      return false;
    }
    if (!this.allowed(client, { action: 'iot:Subscribe', topicFilter: subscription.topic })) return false;
    connected.subscriptions++;
    return true;
  }

  private allowed(client: Client, request: Request): boolean {
    const connected = this.connected.get(client);
    if (!connected) return false;
    const decision = admitTo(connected.authorizer, request);
    if (decision.decision === 'allow') return true;
    const { clientId, certificateId } = connected.session;
    const resource = request.topicFilter === undefined ? `topic/${request.topic}` : `topicfilter/${request.topicFilter}`;
    const thingName = connected.connection.thingName ?? undefined;
    this.deny({ clientId, certificateId, thingName, action: request.action, resource, reason: decision.reason });
    return false;
  }

  private deny(denial: Omit<Denial, 'time'>): void {
    this.options.onDenial({ time: (this.options.now ?? Date.now)(), ...denial });
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
}
