/** Sensors that the bundled example knows by its SiteWise assets, each with the measurements that its model has there: others would be errors. */
const SENSORS: readonly { readonly deviceId: string; readonly model: string; measurements(time: number): { readonly [name: string]: unknown } }[] = [
  { deviceId: 'ac233fa2129e', model: 'urn:rigado:S1_Sensor:2', measurements: time => ({ temperature: wave(time, 21, 3), batteryLevel: 97 }) },
  { deviceId: 'ffcfed4dd3ab', model: 'urn:rigado:S40_Occupancy:1', measurements: time => ({ occupied: wave(time, 0, 1) > 0, batteryLevel: 88 }) },
  { deviceId: 'd4ca6e1c0b2f', model: 'urn:ruuvi:RuuviTag:1', measurements: time => ({ temperature: wave(time, 4, 2), humidity: wave(time, 70, 5) }) },
  { deviceId: 'c3b5f1a9e7d4', model: 'urn:onset:HoboMX100:1', measurements: time => ({ temperature: wave(time, 18, 6) }) },
];

/** Goes once around its middle in 40 seconds. */
function wave(time: number, middle: number, swing: number): number {
  return Math.round((middle + swing * Math.sin(time / 40_000 * 2 * Math.PI)) * 100) / 100;
}

/** The message of a gateway about one of its sensors: under which topic, and what. */
export function telemetryOf(gateway: string, round: number, time: number): { readonly topic: string; readonly payload: string } {
  const { deviceId, model, measurements } = SENSORS[round % SENSORS.length];
  return {
    topic: `data/${gateway}/${deviceId}`,
    payload: JSON.stringify({ device: { gatewayId: gateway, deviceId, capabilityModelId: model }, measurements: measurements(time) }),
  };
}

/** What a broken gateway sends. */
export const MALFORMED: readonly string[] = ['{"measurements": {"temperature": 21', 'temperature=21', '\u0000\u0001\u0002', '[1, 2', '"21"'];
