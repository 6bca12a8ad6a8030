import { createHash, createPrivateKey, createPublicKey, generateKeyPair, randomBytes, X509Certificate } from 'crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'fs';
import { isIP } from 'net';
import * as path from 'path';
import { promisify } from 'util';
import type * as X509 from '@peculiar/x509';

const EC = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const DAY = 86_400_000;
const SERVER_DAYS = 365;
/** Credentials of the server are made anew before they end while a sandbox runs. */
const LEFT_DAYS = 30;
/** AWS IoT's own certificates last until the end of 2049. https://docs.aws.amazon.com/iot/latest/developerguide/device-certs-create.html */
const END_OF_DEVICE_CERTIFICATES = new Date('2049-12-31T23:59:59Z');

export interface IssuedCertificate {
  /** SHA-256 of the certificate, as AWS IoT names it. */
  readonly certificateId: string;
  readonly certificatePem: string;
}

export interface KeyPair { readonly PublicKey: string; readonly PrivateKey: string }

/** A signing request that cannot be signed, and why. */
export class SigningRequestError extends Error {
  public override readonly name = 'InvalidRequestException';
}

/** Certificate and key by which the broker is known, and the authority that devices trust. All PEM. */
export interface ServerCredentials { readonly cert: string; readonly key: string; readonly ca: string }

/** Takes a quarter of a start to load, and a start over a state that is there signs nothing. */
function loadX509(): typeof X509 {
  /* eslint-disable @typescript-eslint/no-require-imports */
  require('reflect-metadata');
  return require('@peculiar/x509') as typeof X509;
  /* eslint-enable @typescript-eslint/no-require-imports */
}

interface Signer { readonly x509: typeof X509; readonly subject: string; readonly key: CryptoKey }

/** The authority of one sandbox: signs the certificates of its devices and of its own servers. Its key stays in the state folder. */
export class CertificateAuthority {
  /**
   * Reads the authority of a state folder, or makes one.
   *
   * @param folder - state folder; the files are readable by their owner alone
   */
  public static async open(folder: string): Promise<CertificateAuthority> {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const [certFile, keyFile] = ['ca.pem', 'ca.key.pem'].map(name => path.join(folder, name));
    if (!existsSync(certFile) || !existsSync(keyFile)) {
      const x509 = loadX509();
      const keys = await crypto.subtle.generateKey(EC, true, ['sign', 'verify']);
      const certificate = await x509.X509CertificateGenerator.createSelfSigned({
        serialNumber: serialNumber(),
        name: 'CN=IoT landing zone sandbox CA',
        notBefore: new Date(Date.now() - DAY),
        notAfter: END_OF_DEVICE_CERTIFICATES,
        keys,
        signingAlgorithm: EC,
        extensions: [
          new x509.BasicConstraintsExtension(true, 0, true),
          new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign + x509.KeyUsageFlags.cRLSign, true),
        ],
      });
      writeFileSync(keyFile, await pemOfPrivateKey(keys.privateKey), { mode: 0o600 });
      writeFileSync(certFile, certificate.toString('pem'), { mode: 0o600 });
    }
    return new CertificateAuthority(folder, readFileSync(certFile, 'utf8'), readFileSync(keyFile, 'utf8'));
  }

  private loaded: Promise<Signer> | undefined;

  /** @param pem - the authority's certificate: what clients are given to trust */
  private constructor(private readonly folder: string, public readonly pem: string, private readonly keyPem: string) {}

  /** Signs a request of a device, EC P-256/384 or RSA from 2,048 bits, after checking that its sender has the key. */
  public async signRequest(requestPem: string): Promise<IssuedCertificate> {
    const x509 = loadX509();
    let request: X509.Pkcs10CertificateRequest;
    try {
      request = new x509.Pkcs10CertificateRequest(requestPem);
    } catch {
      throw new SigningRequestError('Invalid certificate signing request');
    }
    if (!await request.verify().catch(() => false)) throw new SigningRequestError('The signature of the certificate signing request does not match its key');
    const key = createPublicKey({ key: Buffer.from(request.publicKey.rawData), format: 'der', type: 'spki' });
    const { modulusLength = 0, namedCurve = '' } = key.asymmetricKeyDetails ?? {};
    const allowed = key.asymmetricKeyType === 'rsa' ? modulusLength >= 2048 : ['prime256v1', 'secp384r1', 'secp521r1'].includes(namedCurve);
    if (!allowed) throw new SigningRequestError(`The key of a certificate must be RSA of at least 2048 bits, or EC on P-256, P-384 or P-521; this is ${key.asymmetricKeyType} ${modulusLength || namedCurve}`);
    return this.issue(request.publicKey, request.subject || 'CN=AWS IoT Certificate');
  }

  /** Makes a key and its certificate, as CreateKeysAndCertificate does: RSA of 2,048 bits. */
  public async createKeysAndCertificate(): Promise<IssuedCertificate & { readonly keyPair: KeyPair }> {
    const { publicKey, privateKey } = await promisify(generateKeyPair)('rsa', {
      modulusLength: 2048, publicKeyEncoding: { type: 'spki', format: 'pem' }, privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
    });
    const x509 = loadX509();
    const issued = await this.issue(new x509.PublicKey(x509.PemConverter.decodeFirst(publicKey)), 'CN=AWS IoT Certificate');
    return { ...issued, keyPair: { PublicKey: publicKey, PrivateKey: privateKey } };
  }

  /** Key and certificate of a server on this machine; those of an earlier start where they still do. */
  public async serverCredentials(hosts: string[]): Promise<ServerCredentials> {
    const [certFile, keyFile] = ['server.pem', 'server.key.pem'].map(name => path.join(this.folder, name));
    if (existsSync(certFile) && existsSync(keyFile)) {
      const [cert, key] = [certFile, keyFile].map(file => readFileSync(file, 'utf8'));
      if (this.stillDo(cert, key, hosts)) return { cert, key, ca: this.pem };
    }
    const x509 = loadX509();
    const keys = await crypto.subtle.generateKey(EC, true, ['sign', 'verify']);
    const names = hosts.map(host => ({ type: isAddress(host) ? 'ip' as const : 'dns' as const, value: host }));
    const certificate = await this.sign(keys.publicKey, 'CN=IoT landing zone sandbox', new Date(Date.now() + SERVER_DAYS * DAY), [
      new x509.SubjectAlternativeNameExtension(names), new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
    ]);
    const [cert, key] = [certificate.toString('pem'), await pemOfPrivateKey(keys.privateKey)];
    writeFileSync(keyFile, key, { mode: 0o600 });
    writeFileSync(certFile, cert, { mode: 0o600 });
    return { cert, key, ca: this.pem };
  }

  /** A kill may have come between the two files, so that both are looked at. */
  private stillDo(certPem: string, keyPem: string, hosts: readonly string[]): boolean {
    try {
      const [certificate, authority] = [new X509Certificate(certPem), new X509Certificate(this.pem)];
      return certificate.verify(authority.publicKey) && certificate.checkPrivateKey(createPrivateKey(keyPem))
        && Date.parse(certificate.validTo) > Date.now() + LEFT_DAYS * DAY
        && hosts.every(host => isAddress(host) ? certificate.checkIP(host) : certificate.checkHost(host));
    } catch {
      return false;
    }
  }

  private async issue(publicKey: X509.PublicKey, subject: string): Promise<IssuedCertificate> {
    const x509 = loadX509();
    const certificate = await this.sign(publicKey, subject, END_OF_DEVICE_CERTIFICATES, [
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true), new x509.BasicConstraintsExtension(false, undefined, true),
    ]);
    return { certificateId: certificateIdOf(Buffer.from(certificate.rawData)), certificatePem: `${certificate.toString('pem')}\n` };
  }

  private async sign(
    publicKey: CryptoKey | X509.PublicKey, subject: string, notAfter: Date, extensions: X509.Extension[],
  ): Promise<X509.X509Certificate> {
    const { x509, subject: issuer, key: signingKey } = await (this.loaded ??= this.load());
    return x509.X509CertificateGenerator.create({
      serialNumber: serialNumber(),
      issuer,
      subject,
      notBefore: new Date(Date.now() - 120_000),
      notAfter,
      publicKey,
      signingKey,
      signingAlgorithm: EC,
      extensions,
    });
  }

  private async load(): Promise<Signer> {
    const x509 = loadX509();
    const key = await crypto.subtle.importKey('pkcs8', x509.PemConverter.decodeFirst(this.keyPem), EC, false, ['sign']);
    return { x509, subject: new x509.X509Certificate(this.pem).subject, key };
  }
}

/** Whether it is an IP address, v4 or v6. */
function isAddress(host: string): boolean {
  return isIP(host) !== 0;
}

/** The id by which AWS IoT knows a certificate: the SHA-256 of its DER form. */
export function certificateIdOf(der: Buffer): string {
  return createHash('sha256').update(der).digest('hex');
}

/** 16 random octets after one that keeps the number positive, as RFC 5280 wants it. */
function serialNumber(): string {
  return `40${randomBytes(16).toString('hex')}`;
}

async function pemOfPrivateKey(key: CryptoKey): Promise<string> {
  return loadX509().PemConverter.encode(await crypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY');
}
