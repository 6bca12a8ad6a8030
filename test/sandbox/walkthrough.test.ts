import { mkdirSync, readFileSync } from 'fs';
import * as path from 'path';
import { OnboardingZone } from './onboarding-zone';
import { isThere, run } from '../../sandbox/test/end-to-end/programs';

jest.setTimeout(600_000);

const PROGRAMS = ['bash', 'aws', 'curl', 'jq', 'openssl', 'mosquitto_pub'];
const missing = PROGRAMS.filter(program => !isThere(program, [program === 'openssl' ? 'version' : program === 'mosquitto_pub' ? '--help' : '--version']));
const commandsOf = (page: string) => [...readFileSync(path.join(__dirname, '../../examples', page), 'utf8').matchAll(/^```sh\n([^]*?)^```/gm)].map(([, commands]) => commands);

let zone: OnboardingZone;
beforeAll(async () => {
  if (missing.length === 0) zone = await OnboardingZone.start();
}, 300_000);
afterAll(() => zone?.stop());

async function shell(page: string, folder: string, environment: { [name: string]: string } = {}) {
  const directory = path.join(zone.folder, folder);
  mkdirSync(directory);
  const script = [`cd '${directory}'`, ...commandsOf(page)].join('\n');
  return run('bash', ['-euo', 'pipefail', '-c', script], {
    ...zone.environment, MQTT_PORT: String(zone.running.mqttPort), CA_FILE: zone.caFile, ...environment,
  }, 300);
}

test('the commands of the walk-through, as they stand there, lead from a serial number to a query', async () => {
  if (missing.length > 0) return console.log(`nobody runs the walk-through here: ${missing.join(', ')} missing`);
  expect(commandsOf('walkthrough.md').length).toBeGreaterThan(7);
  const { code, out, err } = await shell('walkthrough.md', 'walkthrough');
  expect([code, code === 0 ? '' : err]).toEqual([0, '']);
  const lines = out.split('\n');
  expect(lines).toContainEqual(expect.stringMatching(/^press-07\tPROVISIONED\t/));
  expect(lines).toContain('press-07\tac233fa2129e\t21.5\t40.0');
  expect(lines).toContain('REVOKED');
  expect(err).toMatch(/not authorised|refused|error/i);
});

test('so do those of the page about onboarding', async () => {
  if (missing.length > 0) return console.log(`nobody runs the page about onboarding here: ${missing.join(', ')} missing`);
  const { code, out, err } = await shell('onboarding/README.md', 'onboarding', {
    ADDRESS: zone.output('ZoneOnboardingAddress'),
    TOKEN_ADDRESS: zone.output('ZoneOnboardingTokenAddress'),
    CLIENT_ID: zone.output('ZoneOnboardingClientId'),
    SECRET_NAME: zone.output('ZoneOnboardingClientSecret'),
  });
  // The serial number is new where the walk-through has not taken it out.
  expect([code, code === 0 ? '' : err]).toEqual([0, '']);
  expect(out).toContain('"serialNumber":"press-17"');
});
