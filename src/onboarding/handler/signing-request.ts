import { createHash, createPublicKey, generateKeyPairSync, KeyObject, sign, verify, X509Certificate } from 'crypto';

/** Whose digest a signing request is signed with, by the DER of the algorithm's OID. An algorithm that is not here is left to AWS IoT to judge. */
const DIGESTS: { readonly [oid: string]: string } = {
  '2a864886f70d01010b': 'sha256',
  '2a864886f70d01010c': 'sha384',
  '2a864886f70d01010d': 'sha512',
  '2a8648ce3d040302': 'sha256',
  '2a8648ce3d040303': 'sha384',
  '2a8648ce3d040304': 'sha512',
};
const CURVES = ['prime256v1', 'secp384r1', 'secp521r1'];
const MIN_RSA_BITS = 2_048;
const PEM = /^\s*-----BEGIN (?:NEW )?CERTIFICATE REQUEST-----([A-Za-z0-9+/=\s]+)-----END (?:NEW )?CERTIFICATE REQUEST-----\s*$/;

/** `CN=IoT device`: AWS IoT needs a subject, and no policy of ours reads it. */
const SUBJECT = sequence(set(sequence(Buffer.from('0603550403', 'hex'), tagged(0x0c, Buffer.from('IoT device')))));
const ECDSA_WITH_SHA256 = sequence(Buffer.from('06082a8648ce3d040302', 'hex'));

export interface NewKey {
  readonly csr: string;
  readonly privateKey: string;
  readonly publicKey: string;
}

/** A new P-256 key pair in the memory of this function, and the signing request for it. */
export function newKey(): NewKey {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const info = sequence(Buffer.from('020100', 'hex'), SUBJECT, publicKey.export({ type: 'spki', format: 'der' }), tagged(0xa0, Buffer.alloc(0)));
  const signature = tagged(0x03, Buffer.concat([Buffer.alloc(1), sign('sha256', info, privateKey)]));
  const body = sequence(info, ECDSA_WITH_SHA256, signature).toString('base64').replace(/(.{64})(?=.)/g, '$1\n');
  return {
    csr: `-----BEGIN CERTIFICATE REQUEST-----\n${body}\n-----END CERTIFICATE REQUEST-----\n`,
    privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    publicKey: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
  };
}

/** What is wrong with a signing request, or undefined. The words never hold any of it. */
export function signingRequestProblem(csr: string): string | undefined {
  if (/PRIVATE KEY/.test(csr)) return 'csr holds a private key: keep that on the device, and make a new one, since this one has been sent';
  let key: KeyObject;
  try {
    const { publicKey, info, algorithm, signature } = parts(csr);
    const digest = DIGESTS[algorithm];
    key = publicKey;
    if (digest !== undefined && !verify(digest, info, publicKey, signature)) return 'csr has a signature that is not of its key';
  } catch {
    return 'csr must be a certificate signing request in PEM, as `openssl req -new` writes it';
  }
  const { asymmetricKeyType, asymmetricKeyDetails: { modulusLength = 0, namedCurve = '' } = {} } = key;
  const isStrong = asymmetricKeyType === 'rsa' ? modulusLength >= MIN_RSA_BITS : asymmetricKeyType === 'ec' && CURVES.includes(namedCurve);
  return isStrong ? undefined : `csr must have a key of RSA with ${MIN_RSA_BITS} bits or more, or of P-256, P-384 or P-521`;
}

/** SHA-256 of a public key: what tells which certificate was made for which request. */
export function keyOfRequest(csr: string): string {
  return fingerprint(parts(csr).publicKey);
}

export function keyOfCertificate(pem: string): string | undefined {
  try {
    return fingerprint(new X509Certificate(pem).publicKey);
  } catch {
    // A certificate of somebody else, with a key that this Node.js does not know.
    return undefined;
  }
}

function fingerprint(key: KeyObject): string {
  return createHash('sha256').update(key.export({ type: 'spki', format: 'der' })).digest('hex');
}

/** @see https://www.rfc-editor.org/rfc/rfc2986#section-4 */
function parts(csr: string) {
  const request = Buffer.from(PEM.exec(csr)![1], 'base64');
  const [info, algorithm, signature] = childrenOf(request);
  const [, , key] = childrenOf(info.whole);
  const [oid] = childrenOf(algorithm.whole);
  return {
    info: info.whole,
    publicKey: createPublicKey({ key: key.whole, format: 'der', type: 'spki' }),
    algorithm: oid.content.toString('hex'),
    signature: signature.content.subarray(1),
  };
}

interface Element { readonly whole: Buffer; readonly content: Buffer }

function childrenOf(whole: Buffer): Element[] {
  const { content } = elementAt(whole, 0);
  const children: Element[] = [];
  for (let at = 0; at < content.length;) {
    const child = elementAt(content, at);
    children.push(child);
    at += child.whole.length;
  }
  return children;
}

function elementAt(buffer: Buffer, at: number): Element {
  const first = buffer[at + 1];
  const lengthBytes = first < 0x80 ? 0 : first % 0x80;
  const length = lengthBytes === 0 ? first : buffer.readUIntBE(at + 2, lengthBytes);
  const start = at + 2 + lengthBytes;
  if (start + length > buffer.length) throw new Error('an element of DER ends behind its end');
  return { whole: buffer.subarray(at, start + length), content: buffer.subarray(start, start + length) };
}

function sequence(...content: Buffer[]): Buffer {
  return tagged(0x30, Buffer.concat(content));
}

function set(content: Buffer): Buffer {
  return tagged(0x31, content);
}

/** Nothing that is written here is longer than 65,535 bytes. */
function tagged(tag: number, content: Buffer): Buffer {
  const { length } = content;
  const header = length < 0x80 ? [tag, length] : length < 0x100 ? [tag, 0x81, length] : [tag, 0x82, Math.floor(length / 0x100), length % 0x100];
  return Buffer.concat([Buffer.from(header), content]);
}
