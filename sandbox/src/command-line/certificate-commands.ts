import { mkdirSync, writeFileSync } from 'fs';
import * as path from 'path';
import { Command } from './command';
import { ask, DEFAULT_STATE, runningIn, STATE } from './running';

const OUT = { name: 'out', value: 'FOLDER', text: 'folder for the files', standard: '.' };

/** Certificate files of a claim, so that one's own devices can enrol without openssl. */
export const CLAIM: Command = {
  name: 'claim',
  text: 'writes certificate and key of a claim, and the certificate of the broker\'s authority',
  options: [{ name: 'secret', value: 'NAME', text: 'name or ARN of the secret that holds the claim', standard: 'the only secret with a certificate' }, OUT, STATE],
  async run(input) {
    const { certificatePem, privateKey, caPem } = await ask(input, 'POST claim', { secret: input.text('secret') });
    return write(input, 'claim', { certificatePem, privateKey, caPem });
  },
};

/** A thing with a certificate and its files, without enrolment. */
export const DEVICE: Command = {
  name: 'device',
  argument: { name: 'thing' },
  text: 'makes a thing with a certificate, and writes certificate, key and the authority\'s certificate',
  options: [
    { name: 'policy', value: 'NAME', text: 'AWS IoT policy that the certificate gets', standard: 'the only policy that there is, the claim\'s left out' },
    { name: 'exclusive', text: 'attaches the thing to this certificate alone' },
    OUT,
    STATE,
  ],
  async run(input) {
    const { certificatePem, privateKey, caPem } = await ask(input, 'POST device', { thing: input.argument, policy: input.text('policy'), exclusive: input.isSet('exclusive') });
    return write(input, input.argument!, { certificatePem, privateKey, caPem });
  },
};

function write(input: Parameters<Command['run']>[0], name: string, { certificatePem, privateKey, caPem }: { [file: string]: string }): number {
  const folder = path.resolve(input.text('out') ?? '.');
  mkdirSync(folder, { recursive: true });
  const files = { [`${name}.cert.pem`]: certificatePem, [`${name}.key.pem`]: privateKey, 'ca.pem': caPem };
  for (const [file, text] of Object.entries(files)) {
    writeFileSync(path.join(folder, file), text, { mode: 0o600 });
    input.print(path.join(folder, file));
  }
  const { mqttHost, mqttPort } = runningIn(input.text('state') ?? DEFAULT_STATE);
  input.print(`\nmosquitto_pub -h ${mqttHost} -p ${mqttPort} --cafile ${path.join(folder, 'ca.pem')} --cert ${path.join(folder, `${name}.cert.pem`)} --key ${path.join(folder, `${name}.key.pem`)} …`);
  return 0;
}
