import 'reflect-metadata';
import { X509Certificate, createPrivateKey, createSign, generateKeyPairSync } from 'crypto';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'fs';
import { tmpdir } from 'os';
import * as path from 'path';
import * as x509 from '@peculiar/x509';
import { CertificateAuthority, certificateIdOf } from '../../src/certificates/certificate-authority';

const folder = mkdtempSync(path.join(tmpdir(), 'authority-'));
let authority: CertificateAuthority;
beforeAll(async () => { authority = await CertificateAuthority.open(folder); });
afterAll(() => rmSync(folder, { recursive: true }));

async function requestFor(algorithm: object, subject = 'CN=press-07'): Promise<string> {
  const keys = await crypto.subtle.generateKey(algorithm as never, true, ['sign', 'verify']) as CryptoKeyPair;
  return (await x509.Pkcs10CertificateRequestGenerator.create({ name: subject, keys, signingAlgorithm: algorithm as never })).toString('pem');
}
const EC = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const rsa = (modulusLength: number) => ({ name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256', modulusLength, publicExponent: new Uint8Array([1, 0, 1]) });

test.each([['EC P-256', EC], ['EC P-384', { ...EC, namedCurve: 'P-384' }], ['RSA 2048', rsa(2048)]])('signs a request with a key of %s; the id is the hash of the certificate', async (_name, algorithm) => {
  const { certificateId, certificatePem } = await authority.signRequest(await requestFor(algorithm));
  const certificate = new X509Certificate(certificatePem);
  expect(certificate.subject).toBe('CN=press-07');
  expect(certificate.verify(new X509Certificate(authority.pem).publicKey)).toBe(true);
  expect(certificate.ca).toBe(false);
  expect(certificateIdOf(certificate.raw)).toBe(certificateId);
  expect(certificateId).toBe(certificate.fingerprint256.replaceAll(':', '').toLowerCase());
});

test('a key that AWS makes fits its certificate and is RSA of 2,048 bits', async () => {
  const { certificatePem, keyPair } = await authority.createKeysAndCertificate();
  const key = createPrivateKey(keyPair.PrivateKey);
  expect(keyPair.PrivateKey).toMatch(/^-----BEGIN RSA PRIVATE KEY-----/);
  expect(key.asymmetricKeyDetails?.modulusLength).toBe(2048);
  expect(new X509Certificate(certificatePem).checkPrivateKey(key)).toBe(true);
});

test('a request whose signature is of another key is refused', async () => {
  const request = new x509.Pkcs10CertificateRequest(await requestFor(EC));
  const der = Buffer.from(request.rawData);
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  createSign('sha256').update('something else').sign(privateKey).copy(der, der.length - 64);
  await expect(authority.signRequest(x509.PemConverter.encode(der, 'CERTIFICATE REQUEST'))).rejects.toThrow(/certificate signing request/);
});

test.each<[string, () => Promise<string>, RegExp]>([
  ['no PEM', async () => 'hello', /^Invalid certificate signing request$/],
  ['nothing', async () => '', /^Invalid certificate signing request$/],
  ['a certificate', async () => authority.pem, /certificate signing request/],
  ['a request with RSA of 1,024 bits', () => requestFor(rsa(1024)), /RSA of at least 2048 bits.*this is rsa 1024$/],
])('%s is refused', async (_name, request, message) => {
  await expect(authority.signRequest(await request())).rejects.toThrow(message);
});

test('the authority is the same after a restart, and its key is for its owner alone', async () => {
  const again = await CertificateAuthority.open(folder);
  expect(again.pem).toBe(authority.pem);
  const { certificatePem } = await again.signRequest(await requestFor(EC));
  expect(new X509Certificate(certificatePem).verify(new X509Certificate(authority.pem).publicKey)).toBe(true);
  expect((statSync(path.join(folder, 'ca.key.pem')).mode % 0o1000).toString(8)).toBe('600');
  expect(readFileSync(path.join(folder, 'ca.key.pem'), 'utf8')).toMatch(/^-----BEGIN PRIVATE KEY-----/);
});

test('a server is known by its names and addresses', async () => {
  const { cert, ca } = await authority.serverCredentials(['127.0.0.1', 'localhost']);
  const certificate = new X509Certificate(cert);
  expect(certificate.subjectAltName).toBe('IP Address:127.0.0.1, DNS:localhost');
  expect(certificate.verify(new X509Certificate(ca).publicKey)).toBe(true);
});

test('the credentials of the server are those of the start before, unless its addresses are others or they end soon', async () => {
  const first = await authority.serverCredentials(['127.0.0.1', 'localhost']);
  const again = await CertificateAuthority.open(folder);
  expect(await again.serverCredentials(['127.0.0.1'])).toEqual(first);
  expect((await again.serverCredentials(['127.0.0.1', '127.0.0.2'])).cert).not.toBe(first.cert);
  const now = Date.now();
  const late = jest.spyOn(Date, 'now').mockReturnValue(now + 340 * 86_400_000);
  const { cert, key } = await again.serverCredentials(['127.0.0.1']);
  late.mockRestore();
  expect(Date.parse(new X509Certificate(cert).validTo)).toBeGreaterThan(now + 600 * 86_400_000);
  expect(new X509Certificate(cert).checkPrivateKey(createPrivateKey(key))).toBe(true);
});
