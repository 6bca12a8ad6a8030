import { PeerCertificate } from 'tls';
import { Certificate } from '../policy';

/** Names of AWS's policy variables by those of OpenSSL. https://docs.aws.amazon.com/iot/latest/developerguide/cert-policy-variables.html */
const NAMES: { readonly [attribute: string]: string } = {
  C: 'Country',
  O: 'Organization',
  OU: 'OrganizationalUnit',
  dnQualifier: 'DistinguishedNameQualifier',
  ST: 'State',
  CN: 'CommonName',
  serialNumber: 'SerialNumber',
  title: 'Title',
  SN: 'Surname',
  GN: 'GivenName',
  initials: 'Initials',
  pseudonym: 'Pseudonym',
  generationQualifier: 'GenerationQualifier',
};

/** What policies can ask of a certificate. */
export function certificateFacts(certificate: PeerCertificate, id: string): Certificate {
  const { subject, issuer, serialNumber } = certificate;
  return { id, subject: named(subject), issuer: named(issuer), serialNumber };
}

function named(attributes: object | undefined): { [name: string]: string[] } {
  return Object.fromEntries(Object.entries(attributes ?? {}).filter(([name]) => Object.hasOwn(NAMES, name))
    .map(([name, value]: [string, string | string[]]) => [NAMES[name], Array.isArray(value) ? value : [value]]));
}
