import { Certificate, Connection, Environment, isKnownThing, isMqtt } from './connection';
import { KeyValues } from './key-values';
import { arnOf, connectAttributesOf, Request } from './request';

/** What conditions and policy variables can see: for each key its values, of which there may be none. */
export class RequestContext implements KeyValues {
  private readonly values = new Map<string, string[]>();

  constructor(connection: Connection, request: Request, environment: Environment) {
    this.addConnection(connection);
    this.addThing(connection);
    if (connection.certificate) this.addCertificate(connection.certificate);
    this.addConnect(request, environment);
  }

  valuesOf(key: string): string[] | undefined {
    const values = this.values.get(normal(key));
    // A key without values counts as absent: IAM calls it a null data set.
    return values && values.length > 0 ? values : undefined;
  }

  variable(key: string): string | undefined {
    const values = this.valuesOf(key);
    return values?.length === 1 ? values[0] : undefined;
  }

  private addConnection(connection: Connection): void {
    if (isMqtt(connection)) this.add('iot:ClientId', connection.clientId!);
    if (connection.sourceIp !== undefined) this.add('aws:SourceIp', connection.sourceIp);
    if (connection.domainName !== undefined) this.add('iot:DomainName', connection.domainName);
    const time = connection.time ?? new Date();
    this.add('aws:CurrentTime', time.toISOString());
    this.add('aws:EpochTime', String(Math.floor(time.getTime() / 1000)));
    // Device endpoints take nothing but TLS.
    this.add('aws:SecureTransport', 'true');
  }

  private addThing(connection: Connection): void {
    if (!isMqtt(connection)) return;
    const known = isKnownThing(connection);
    this.add('iot:Connection.Thing.IsAttached', String(known));
    if (!known) return;
    this.add('iot:Connection.Thing.ThingName', connection.thingName!);
    if (connection.thingTypeName !== undefined) this.add('iot:Connection.Thing.ThingTypeName', connection.thingTypeName);
    for (const [name, value] of Object.entries(connection.attributes ?? {})) this.add(`iot:Connection.Thing.Attributes[${name}]`, value);
  }

  /** @see https://docs.aws.amazon.com/iot/latest/developerguide/cert-policy-variables.html */
  private addCertificate({ id, subject = {}, issuer = {}, serialNumber }: Certificate): void {
    if (id !== undefined) this.add('iot:CertificateId', id);
    if (serialNumber !== undefined) this.add('iot:Certificate.SerialNumber', serialNumber);
    for (const [part, attributes] of Object.entries({ Subject: subject, Issuer: issuer })) {
      for (const [name, given] of Object.entries(attributes)) this.addAttribute(`iot:Certificate.${part}.${name}`, given);
    }
  }

  /** The plain key has the first value, `.0` and up one each, and `.List` all of them. */
  private addAttribute(key: string, given: string | string[]): void {
    const values = Array.isArray(given) ? given : [given];
    if (values.length > 0) this.add(key, values[0]);
    values.forEach((value, at) => this.add(`${key}.${at}`, value));
    this.add(`${key}.List`, ...values);
  }

  private addConnect(request: Request, environment: Environment): void {
    if (request.action.toLowerCase() !== 'iot:connect') return;
    this.add('iot:ConnectAttributes', ...connectAttributesOf(request));
    if (request.lastWill) this.add('iot:LastWillTopic', arnOf(`topic/${request.lastWill.topic}`, environment));
  }

  private add(key: string, ...values: string[]): void {
    this.values.set(normal(key), values);
  }
}

/** Names of keys are not case-sensitive; names of attributes of things are. */
function normal(key: string): string {
  const bracket = key.indexOf('[');
  return bracket < 0 ? key.toLowerCase() : key.slice(0, bracket).toLowerCase() + key.slice(bracket);
}
