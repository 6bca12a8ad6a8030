import * as path from 'path';
import { CERTIFICATE_ROUTES, certificateOperations } from './control-plane/certificates';
import { GROUP_ROUTES, groupOperations } from './control-plane/groups';
import { POLICY_ROUTES, policyOperations } from './control-plane/policies';
import { PROVISIONING_ROUTES, provisioningOperations } from './control-plane/provisioning';
import { THING_ROUTES, thingOperations } from './control-plane/things';
import { DATA_ROUTES, dataOperations } from './data-plane';
import { IotCore } from './iot-core';
import { iotTypes } from './resource-types';
import { SEARCH_ROUTES, searchOperations } from './search';
import { Account, Operations, Service } from '../account';
import { ResourceType } from '../assembly/resource-type';
import { ClientState } from '../broker/client-list';
import { MqttBroker } from '../broker/mqtt-broker';
import { PresenceEvent, PresenceState } from '../broker/presence';
import { PresenceFaults } from '../broker/presence-faults';
import { RetainedMessage, RetainedMessages } from '../broker/retained-messages';
import { Denial, TakenMessage } from '../broker/taken-message';
import { CertificateAuthority } from '../certificates/certificate-authority';
import { HttpHandler, restJsonProtocol } from '../http';
import { FleetProvisioning, OwnershipToken, ProvisioningDecision } from '../provisioning/fleet-provisioning';
import { answerProvisioning } from '../provisioning/mqtt-api';
import { RegisteredAuthorities, RegisteredAuthority } from '../provisioning/registered-authorities';
import { KeptMap } from '../registry/kept-map';
import { RecordFile } from '../registry/record-file';
import { Registry } from '../registry/registry';

export interface IotServiceOptions {
  /** A loopback address. */
  readonly mqttHost: string;
  /** 0 takes a free one. */
  readonly mqttPort: number;
  readonly presenceFaults?: PresenceFaults;
  /** Takes what the rules see, presence events too. A QoS 1 message is acknowledged when this is done; see `BrokerOptions.onMessage`. */
  onMessage(message: TakenMessage): Promise<void>;
}

interface ResourceCertificate { readonly source: string; readonly certificateId: string }

/** AWS IoT Core but its rules: registry and control plane, fleet provisioning, the message broker, the data plane over HTTP. */
export class IotService implements Service {
  /** Reads what the state folder of the account keeps, or begins anew. */
  static async open(account: Account, options: IotServiceOptions): Promise<IotService> {
    const folder = account.folder('iot');
    const authority = await CertificateAuthority.open(folder);
    return new IotService(account, options, authority, RecordFile.open(path.join(folder, 'registry.jsonl')), RecordFile.open(path.join(folder, 'presence.jsonl')));
  }

  readonly types: ReadonlyMap<string, ResourceType>;
  readonly endpoints: ReadonlyMap<string, HttpHandler>;
  readonly registry: Registry;
  readonly provisioning: FleetProvisioning;
  private readonly retained: RetainedMessages;
  private readonly presence: KeptMap<PresenceState>;
  private running: MqttBroker | undefined;

  private constructor(
    private readonly account: Account, private readonly options: IotServiceOptions, readonly authority: CertificateAuthority,
    private readonly records: RecordFile, private readonly presenceRecords: RecordFile,
  ) {
    const now = () => account.clock.now();
    this.registry = new Registry(account.environment, { file: records, now });
    this.provisioning = new FleetProvisioning({
      registry: this.registry,
      authority,
      now,
      tokens: new KeptMap<OwnershipToken>('ownershipToken', records),
      authorities: new RegisteredAuthorities(new KeptMap<RegisteredAuthority>('authority', records)),
      onDecision: decision => account.activity.record('provisioning', withoutTime<ProvisioningDecision>(decision)),
    });
    this.retained = new RetainedMessages(new KeptMap<RetainedMessage>('retained', records), now);
    this.presence = new KeptMap<PresenceState>('presence', presenceRecords);
    const made = new KeptMap<ResourceCertificate>('certificateOfResource', records);
    const core: IotCore = {
      account,
      registry: this.registry,
      authority,
      provisioning: this.provisioning,
      endpointAddress: options.mqttHost,
      certificateOfResource: (resource, source) => {
        const known = made.get(resource);
        return known?.source === source ? this.registry.findCertificate(known.certificateId) : undefined;
      },
      rememberCertificate: (resource, source, certificateId) => void made.set(resource, { source, certificateId }),
    };
    this.types = iotTypes(core);
    const control: Operations = {
      ...thingOperations(core),
      ...groupOperations(core),
      ...certificateOperations(core),
      ...policyOperations(core),
      ...provisioningOperations(core),
      ...searchOperations(core, clientId => this.running?.client(clientId)),
    };
    const data = dataOperations({
      registry: this.registry, retained: this.retained, broker: () => this.running, onMessage: message => this.take(message),
    });
    account.addService('iot', control);
    account.addService('iotdata', data);
    const routes = [...THING_ROUTES, ...GROUP_ROUTES, ...CERTIFICATE_ROUTES, ...POLICY_ROUTES, ...PROVISIONING_ROUTES, ...SEARCH_ROUTES];
    const dataHandler = restJsonProtocol(data, DATA_ROUTES, 'AWS IoT data');
    // Clients of the data plane sign as `iotdata`, older ones as `iotdevicegateway`.
    this.endpoints = new Map([['iot', restJsonProtocol(control, routes, 'AWS IoT')], ['iotdata', dataHandler], ['iotdevicegateway', dataHandler]]);
  }

  /** The authority that devices trust, PEM. */
  get caPem(): string {
    return this.authority.pem;
  }

  /** Undefined before the start. */
  get mqttPort(): number | undefined {
    return this.running?.port;
  }

  /** Who is connected, and who was since the start. */
  clients(): ClientState[] {
    return this.running?.clients() ?? [];
  }

  /** Publishes to all who subscribe, as a republish action does; rules see it through `onMessage`, which is the caller's to call. */
  async send(topic: string, payload: Buffer, qos: 0 | 1 = 0, retain = false): Promise<void> {
    await this.running?.send(topic, payload, qos, retain);
  }

  async start(): Promise<void> {
    const { mqttHost: host, mqttPort: port, presenceFaults } = this.options;
    const { activity, clock } = this.account;
    this.running = await MqttBroker.start({
      host,
      port,
      presenceFaults,
      credentials: await this.authority.serverCredentials([...new Set([host, '127.0.0.1', '::1', 'localhost'])]),
      registry: this.registry,
      now: () => clock.now(),
      presence: this.presence,
      retained: this.retained,
      onMessage: message => this.take(message),
      onPresence: event => this.present(event),
      onDenial: denial => activity.record('mqttDenial', withoutTime<Denial>(denial)),
      onRequest: (message, answer) => answerProvisioning(this.provisioning, message, answer),
      onUnknownCertificate: (der, clientId) => this.provisioning.registerJustInTime(der, clientId),
    });
  }

  async stop(): Promise<void> {
    await this.running?.stop();
    this.running = undefined;
    this.records.close();
    this.presenceRecords.close();
  }

  private async take(message: TakenMessage): Promise<void> {
    const { activity, traffic } = this.account;
    activity.count('messagesIn');
    activity.count('bytesIn', message.payload.length);
    const began = performance.now();
    await this.options.onMessage(message);
    traffic.latency.add(performance.now() - began);
  }

  private present(event: PresenceEvent): void {
    const { activity } = this.account;
    activity.record('presence', event);
    const { eventType } = event.payload;
    if (eventType === 'connected') activity.count('connects');
    if (eventType === 'disconnected') activity.count('disconnects');
    // Client ids with wildcards have no such topic.
    if (/[+#]/.test(event.topic)) return;
    this.options.onMessage({ topic: event.topic, payload: Buffer.from(JSON.stringify(event.payload)), qos: 0 }).catch((error: Error) => {
      activity.record('problem', { message: `the event ${event.topic} did not reach the rules: ${error.message}` });
    });
  }
}

function withoutTime<T extends { readonly time: number }>({ time: _time, ...record }: T): Omit<T, 'time'> {
  return record;
}
