const BYTES = 256;

/** A message of a sensor that the bundled example has an asset of, filled up to 256 bytes. */
export function payload(): string {
  const message = {
    device: { deviceId: 'ac233fa2129e', gatewayId: 'gateway-7', capabilityModelId: 'urn:rigado:S1_Sensor:2' },
    measurements: { temperature: 21.5, batteryLevel: 87 },
    sequence: 123456,
    note: '',
  };
  const rest = BYTES - Buffer.byteLength(JSON.stringify(message));
  return JSON.stringify({ ...message, note: 'x'.repeat(rest) });
}
