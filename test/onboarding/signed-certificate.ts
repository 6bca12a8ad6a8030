import { createHash, generateKeyPairSync, randomBytes, sign } from 'crypto';

const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const ALGORITHM = sequence(Buffer.from('06082a8648ce3d040302', 'hex'));
const NAME = sequence(Buffer.concat([Buffer.from('310d', 'hex'), sequence(Buffer.from('0603550403', 'hex'), element(0x0c, Buffer.from('Test')))]));

/** A certificate for the key in a signing request, another one each time, as AWS IoT makes them. Its id is the SHA-256 of it, as in AWS. */
export function certificateFor(csr: string): { id: string; pem: string } {
  const [, body] = /-----BEGIN[^-]+-----([^-]+)-----END/.exec(csr)!;
  const info = childrenOf(Buffer.from(body, 'base64'))[0];
  const subjectPublicKey = childrenOf(info)[2];
  const tbs = sequence(
    Buffer.from('a003020102', 'hex'), element(0x02, Buffer.concat([Buffer.from([1]), randomBytes(15)])), ALGORITHM, NAME,
    sequence(element(0x17, Buffer.from('260101000000Z')), element(0x17, Buffer.from('490101000000Z'))), NAME, subjectPublicKey,
  );
  const der = sequence(tbs, ALGORITHM, element(0x03, Buffer.concat([Buffer.alloc(1), sign('sha256', tbs, privateKey)])));
  const pem = `-----BEGIN CERTIFICATE-----\n${der.toString('base64').replace(/(.{64})(?=.)/g, '$1\n')}\n-----END CERTIFICATE-----\n`;
  return { id: createHash('sha256').update(der).digest('hex'), pem };
}

function childrenOf(whole: Buffer): Buffer[] {
  const [start] = header(whole, 0);
  const children: Buffer[] = [];
  for (let at = start; at < whole.length;) {
    const [content, length] = header(whole, at);
    children.push(whole.subarray(at, content + length));
    at = content + length;
  }
  return children;
}

function header(buffer: Buffer, at: number): [content: number, length: number] {
  const first = buffer[at + 1];
  return first < 0x80 ? [at + 2, first] : [at + 2 + first % 0x80, buffer.readUIntBE(at + 2, first % 0x80)];
}

function sequence(...content: Buffer[]): Buffer {
  return element(0x30, Buffer.concat(content));
}

function element(tag: number, content: Buffer): Buffer {
  const { length } = content;
  const lengthBytes = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, Math.floor(length / 0x100), length % 0x100];
  return Buffer.concat([Buffer.from([tag, ...lengthBytes]), content]);
}
