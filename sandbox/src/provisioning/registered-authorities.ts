import { X509Certificate } from 'crypto';
import { certificateIdOf } from '../certificates/certificate-authority';
import { KeptMap } from '../registry/kept-map';
import { invalid, notFound } from '../registry/registry-error';

/** The certificate of an authority that is not the sandbox's: devices with its certificates may register just in time. */
export interface RegisteredAuthority {
  readonly certificateId: string;
  readonly arn: string;
  readonly certificatePem: string;
  readonly status: 'ACTIVE' | 'INACTIVE';
  readonly autoRegistration: boolean;
  /** Of a provisioning template of the type JITP. */
  readonly templateName?: string;
  readonly createdAt: number;
}

/** @see https://docs.aws.amazon.com/iot/latest/developerguide/register-CA-cert.html */
export class RegisteredAuthorities {
  private readonly parsed = new Map<string, X509Certificate>();

  constructor(private readonly authorities: KeptMap<RegisteredAuthority>) {}

  /** @throws RegistryError where it is no certificate of an authority */
  register(authority: Omit<RegisteredAuthority, 'certificateId' | 'arn'>, arn: (resource: string) => string): RegisteredAuthority {
    const certificate = certificateIn(authority.certificatePem);
    if (!certificate.ca) throw invalid('The certificate is not one of an authority: its basic constraints do not say CA');
    const certificateId = certificateIdOf(certificate.raw);
    const { createdAt } = this.authorities.get(certificateId) ?? authority;
    return this.authorities.set(certificateId, { ...authority, certificateId, createdAt, arn: arn(`cacert/${certificateId}`) });
  }

  get(certificateId: string): RegisteredAuthority {
    const found = this.authorities.get(certificateId);
    if (!found) throw notFound('CA certificate', certificateId);
    return found;
  }

  all(): RegisteredAuthority[] {
    return this.authorities.values();
  }

  /** Who signed a certificate; undefined where that is nobody who is registered. */
  issuerOf(certificate: X509Certificate): RegisteredAuthority | undefined {
    return this.all().find(authority => {
      const ca = this.certificateOf(authority);
      return certificate.checkIssued(ca) && certificate.verify(ca.publicKey);
    });
  }

  private certificateOf({ certificateId, certificatePem }: RegisteredAuthority): X509Certificate {
    const known = this.parsed.get(certificateId) ?? certificateIn(certificatePem);
    this.parsed.set(certificateId, known);
    return known;
  }
}

export function certificateIn(pem: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch {
    throw invalid('The certificate is not valid PEM of an X.509 certificate');
  }
}
