import { MALFORMED, telemetryOf } from './telemetry';
import { BrokerAddress, Identity, Refused, VirtualDevice } from './virtual-device';

export interface FleetOptions {
  readonly broker: BrokerAddress;
  readonly claim: Identity;
  readonly templateName: string;
  /** Devices that enrol. */
  readonly devices: number;
  /** So many of them are not in the registry. */
  readonly unlisted: number;
  readonly seconds: number;
  /** Puts a serial number into the registry. */
  register(serialNumber: string): Promise<void>;
  /** Told how it goes. */
  onProgress(progress: FleetProgress): void;
}

export interface FleetProgress {
  readonly phase: 'enrol' | 'publish' | 'misbehave' | 'drop' | 'done';
  enrolled: number;
  refused: number;
  published: number;
  malformed: number;
  connected: number;
  readonly secondsLeft: number;
}

/** What came of it, by the devices' own account. */
export interface FleetOutcome {
  readonly enrolled: readonly string[];
  readonly refused: readonly { readonly serialNumber: string; readonly reason: string }[];
  /** Acknowledged by the broker. */
  readonly published: number;
  readonly malformed: number;
  /** The thing that tried to speak as another. */
  readonly rogue: string;
  readonly dropped: readonly string[];
}

const AT_ONCE = 5;
/** Of all messages, one in so many is no JSON. */
const MALFORMED_EVERY = 40;
/** Devices whose power fails at the end. */
const DROPPED = 5;

/**
 * Devices that enrol by claim, publish, and misbehave: some are not listed, one sends what is no JSON, one tries to speak as another, some
 * are gone without a word.
 */
export async function runFleet(options: FleetOptions): Promise<FleetOutcome> {
  const { broker, claim, templateName, seconds, onProgress } = options;
  const devices = Array.from({ length: options.devices }, (_, index) => new VirtualDevice(`GW-${String(index + 1).padStart(4, '0')}`, broker));
  const listed = devices.slice(0, devices.length - options.unlisted);
  const refused: { serialNumber: string; reason: string }[] = [];
  const count = { enrolled: 0, refused: 0, published: 0, malformed: 0, connected: 0 };
  const tell = (phase: FleetProgress['phase'], secondsLeft = 0) => onProgress({ phase, ...count, secondsLeft });

  for (const { serialNumber } of listed) await options.register(serialNumber);
  await inTurns(devices, AT_ONCE, async device => {
    try {
      await device.enrol(claim, templateName);
      count.enrolled++;
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      refused.push({ serialNumber: device.serialNumber, reason: error.message });
      count.refused++;
    }
    tell('enrol');
  });

  const enrolled = devices.filter(({ thingName }) => thingName !== undefined);
  await inTurns(enrolled, AT_ONCE, async device => {
    await device.connect();
    count.connected++;
  });
  const [rogue, victim] = enrolled;
  const ends = Date.now() + seconds * 1000;
  for (let round = 0; Date.now() < ends; round++) {
    const begun = Date.now();
    await Promise.all(enrolled.filter(device => device.isConnected).map(async (device, index) => {
      const { topic, payload } = telemetryOf(device.thingName!, round + index, begun);
      const isMalformed = (round * enrolled.length + index) % MALFORMED_EVERY === MALFORMED_EVERY - 1;
      await device.publish(topic, isMalformed ? MALFORMED[round % MALFORMED.length] : payload);
      if (isMalformed) count.malformed++;
      count.published++;
    }));
    tell('publish', Math.max(0, Math.round((ends - Date.now()) / 1000)));
    if (round === 5 && rogue && victim) {
      await rogue.publishAgainstPolicy(`data/${victim.thingName}/temperature`, '{"measurements":{"temperature":999}}');
      count.connected--;
      tell('misbehave');
    }
    await new Promise(resolve => setTimeout(resolve, Math.max(0, Math.min(1000 - (Date.now() - begun), ends - Date.now()))));
  }

  const dropped = enrolled.slice(-DROPPED);
  for (const device of dropped) {
    device.drop();
    count.connected--;
  }
  tell('drop');
  return {
    enrolled: enrolled.map(({ thingName }) => thingName!),
    refused,
    published: count.published,
    malformed: count.malformed,
    rogue: rogue?.thingName ?? '',
    dropped: dropped.map(({ thingName }) => thingName!),
  };
}

async function inTurns<T>(items: readonly T[], atOnce: number, work: (item: T) => Promise<void>): Promise<void> {
  const waiting = [...items];
  await Promise.all(Array.from({ length: atOnce }, async () => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) await work(item);
  }));
}
