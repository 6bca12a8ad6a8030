/** Who asks: an MQTT connection, or an HTTPS request with a client certificate. */
export interface Connection {
  /** MQTT client id; null for HTTPS. */
  readonly clientId: string | null;
  /** The thing in question, whether or not the certificate is attached to it; null when there is none. */
  readonly thingName: string | null;
  readonly thingAttached: boolean;
  /** Attached as EXCLUSIVE_THING, so that the client id may differ from the name. */
  readonly exclusive?: boolean;
  readonly thingTypeName?: string;
  readonly attributes?: Record<string, string>;
  readonly certificate?: Certificate;
  readonly sourceIp?: string;
  /** `mqtt` when absent. */
  readonly protocol?: string;
  /** Name of the domain configuration that the client connected to. */
  readonly domainName?: string;
  /** When the request is made; now, when absent. */
  readonly time?: Date;
}

export interface Certificate {
  readonly id?: string;
  /** Values by attribute, in the order of the certificate. */
  readonly subject?: Record<string, string[]>;
  readonly issuer?: Record<string, string[]>;
  readonly serialNumber?: string;
}

/** Where the policies live. */
export interface Environment {
  readonly partition: string;
  readonly region: string;
  readonly account: string;
}

export function isMqtt(connection: Connection): boolean {
  return connection.clientId !== null && !/^https?$/i.test(connection.protocol ?? 'mqtt');
}

/**
 * Whether AWS IoT knows the thing of this connection. Only then do the variables of the thing have values.
 *
 * @see https://docs.aws.amazon.com/iot/latest/developerguide/thing-policy-variables.html
 */
export function isKnownThing(connection: Connection): boolean {
  return isMqtt(connection) && connection.thingName !== null && connection.thingAttached
    && (connection.exclusive === true || connection.clientId === connection.thingName);
}
