import 'reflect-metadata';
import * as x509 from '@peculiar/x509';
import { connectAsync, IClientOptions, MqttClient } from 'mqtt';

const KEY = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const WAIT_MILLISECONDS = 20_000;

/** Certificate and key of a connection, in PEM. */
export interface Identity { readonly certificatePem: string; readonly privateKey: string }

export interface BrokerAddress { readonly host: string; readonly port: number; readonly caPem: string }

/** What fleet provisioning answered instead of letting a device in. */
export class Refused extends Error {
  public override readonly name = 'Refused';
}

/** A device as a maker would build it: it enrols with a claim and a signing request, so that its key never leaves it. */
export class VirtualDevice {
  private identity: Identity | undefined;
  private client: MqttClient | undefined;
  thingName: string | undefined;

  constructor(readonly serialNumber: string, private readonly broker: BrokerAddress) {}

  get isConnected(): boolean {
    return this.client?.connected ?? false;
  }

  /**
   * Gets a certificate of its own, and with it a thing.
   *
   * @throws Refused with the error code of AWS IoT
   */
  async enrol(claim: Identity, templateName: string): Promise<void> {
    const keys = await crypto.subtle.generateKey(KEY, true, ['sign', 'verify']);
    const request = await x509.Pkcs10CertificateRequestGenerator.create({ name: `CN=${this.serialNumber}`, keys, signingAlgorithm: KEY });
    const client = await connectAsync(this.options(`claim-${this.serialNumber}`, claim));
    try {
      const certificate = await ask(client, '$aws/certificates/create-from-csr/json', { certificateSigningRequest: request.toString('pem') });
      const thing = await ask(client, `$aws/provisioning-templates/${templateName}/provision/json`, {
        certificateOwnershipToken: certificate.certificateOwnershipToken, parameters: { SerialNumber: this.serialNumber },
      });
      const privateKey = x509.PemConverter.encode(await crypto.subtle.exportKey('pkcs8', keys.privateKey), 'PRIVATE KEY');
      this.identity = { certificatePem: String(certificate.certificatePem), privateKey };
      this.thingName = String(thing.thingName);
    } finally {
      await client.endAsync();
    }
  }

  /** Connects as its thing. */
  async connect(): Promise<void> {
    if (!this.identity || this.thingName === undefined) throw new Error(`${this.serialNumber} has not enrolled`);
    this.client = await connectAsync(this.options(this.thingName, this.identity));
    this.client.on('error', () => undefined);
  }

  /** Resolves when the broker has acknowledged it. */
  async publish(topic: string, payload: string): Promise<void> {
    if (!this.client) throw new Error(`${this.serialNumber} is not connected`);
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => reject(new Error(`no acknowledgement of ${topic}`)), WAIT_MILLISECONDS);
    });
    await Promise.race([this.client.publishAsync(topic, payload, { qos: 1 }), late]).finally(() => clearTimeout(timer));
  }

  /** Publishes what it may not: AWS IoT ends the connection. */
  async publishAgainstPolicy(topic: string, payload: string): Promise<void> {
    const client = this.client!;
    const ended = new Promise<void>(resolve => client.once('close', () => resolve()));
    client.publish(topic, payload, { qos: 1 }, () => undefined);
    await Promise.race([ended, new Promise(resolve => setTimeout(resolve, WAIT_MILLISECONDS).unref())]);
    await client.endAsync(true);
  }

  /** The connection is gone without a word, as when the power fails. */
  drop(): void {
    this.client?.stream.destroy();
    this.client?.end(true);
    this.client = undefined;
  }

  async disconnect(): Promise<void> {
    await this.client?.endAsync();
    this.client = undefined;
  }

  private options(clientId: string, { certificatePem, privateKey }: Identity): IClientOptions {
    const { host, port, caPem } = this.broker;
    return {
      protocol: 'mqtts',
      host,
      port,
      clientId,
      ca: caPem,
      cert: certificatePem,
      key: privateKey,
      reconnectPeriod: 0,
      clean: true,
      keepalive: 60,
      connectTimeout: WAIT_MILLISECONDS,
      ALPNProtocols: ['x-amzn-mqtt-ca'],
    };
  }
}

/** Publishes a request and waits for its answer, having subscribed before. */
async function ask(client: MqttClient, topic: string, request: object): Promise<{ [member: string]: unknown }> {
  await client.subscribeAsync([`${topic}/accepted`, `${topic}/rejected`]);
  let timer: NodeJS.Timeout | undefined;
  const answer = new Promise<{ [member: string]: unknown }>((resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer to ${topic}`)), WAIT_MILLISECONDS);
    client.on('message', (on, payload) => {
      const read = JSON.parse(payload.toString('utf8')) as { [member: string]: unknown };
      if (on === `${topic}/accepted`) resolve(read);
      if (on === `${topic}/rejected`) reject(new Refused(`${String(read.errorCode)}: ${String(read.errorMessage)}`));
    });
  });
  try {
    await client.publishAsync(topic, JSON.stringify(request), { qos: 1 });
    return await answer;
  } finally {
    clearTimeout(timer);
  }
}
