import { X509Certificate } from 'crypto';
import { Account, AwsError } from '../account';
import { CertificateAuthority, certificateIdOf } from '../certificates/certificate-authority';
import { FleetProvisioning } from '../provisioning/fleet-provisioning';
import { Certificate, Registry } from '../registry/registry';

/** What the types of templates and the operations of clients work on. */
export interface IotCore {
  readonly account: Account;
  readonly registry: Registry;
  readonly authority: CertificateAuthority;
  readonly provisioning: FleetProvisioning;
  /** What DescribeEndpoint answers: a host without a port, as on AWS. */
  readonly endpointAddress: string;
  /** The certificate that an earlier start made of the same resource and source. */
  certificateOfResource(resource: string, source: string): Certificate | undefined;
  rememberCertificate(resource: string, source: string, certificateId: string): void;
}

export interface Members { readonly [member: string]: unknown }

export function invalidRequest(message: string): AwsError {
  return new AwsError('InvalidRequestException', message);
}

/** A text that has to be there. */
export function textIn(input: Members, member: string): string {
  const value = input[member];
  if (typeof value !== 'string' || value === '') throw invalidRequest(`${member} must be a text that is not empty, got ${JSON.stringify(value ?? null)}`);
  return value;
}

/** Times are seconds since 1970 in AWS's JSON. */
export function seconds(milliseconds: number): number {
  return milliseconds / 1000;
}

/** A page of a list, by the name of its members. The token is where the next page begins. */
export function page<T>(items: readonly T[], input: Members, names: { size: string; token: string } = { size: 'maxResults', token: 'nextToken' }) {
  const size = Number(input[names.size] ?? 250);
  const from = Number(input[names.token] ?? 0);
  if (!Number.isInteger(size) || size < 1 || size > 250) throw invalidRequest(`${names.size} must be a number from 1 to 250, got ${JSON.stringify(input[names.size])}`);
  if (!Number.isInteger(from) || from < 0) throw invalidRequest(`${names.token} is not one that this call gave`);
  const next = from + size < items.length ? String(from + size) : undefined;
  return { items: items.slice(from, from + size), next };
}

/** A flag of a query is a text. */
export function isTrue(value: unknown): boolean {
  return value === true || value === 'true';
}

export function certificateFromPem(pem: string): { certificateId: string; certificatePem: string } {
  try {
    const certificate = new X509Certificate(pem);
    return { certificateId: certificateIdOf(certificate.raw), certificatePem: pem };
  } catch {
    throw new AwsError('CertificateValidationException', 'The certificate is not valid PEM of an X.509 certificate');
  }
}
