import { Caller, Operations } from '../../account';
import { Route } from '../../http';
import { Certificate, CertificateStatus } from '../../registry/registry';
import { certificateFromPem, invalidRequest, IotCore, isTrue, Members, page, seconds, textIn } from '../iot-core';

const ACTIVE = { setAsActive: 'setAsActive' };
const STATES: readonly unknown[] = ['ACTIVE', 'INACTIVE', 'REVOKED'];

export const CERTIFICATE_ROUTES: readonly Route[] = [
  { operation: 'CreateKeysAndCertificate', method: 'POST', path: '/keys-and-certificate', query: ACTIVE },
  { operation: 'CreateCertificateFromCsr', method: 'POST', path: '/certificates', query: ACTIVE },
  { operation: 'DescribeCertificate', method: 'GET', path: '/certificates/{certificateId}' },
  { operation: 'UpdateCertificate', method: 'PUT', path: '/certificates/{certificateId}', query: { newStatus: 'newStatus' } },
  { operation: 'DeleteCertificate', method: 'DELETE', path: '/certificates/{certificateId}', query: { forceDelete: 'forceDelete' } },
  { operation: 'ListCertificates', method: 'GET', path: '/certificates', query: { pageSize: 'pageSize', marker: 'marker', isAscendingOrder: 'ascendingOrder' } },
  { operation: 'RegisterCertificate', method: 'POST', path: '/certificate/register', query: ACTIVE },
  { operation: 'RegisterCertificateWithoutCA', method: 'POST', path: '/certificate/register-no-ca' },
];

/** Certificates that AWS IoT made or was given. A private key is in an answer once, and nowhere else. */
export function certificateOperations({ registry, authority, account }: IotCore): Operations {
  const idIn = (input: Members, caller: Caller, action: string) => {
    const certificateId = textIn(input, 'certificateId');
    caller.authorize(`iot:${action}`, registry.arn(`cert/${certificateId}`));
    return certificateId;
  };
  const answer = ({ arn, certificateId, certificatePem }: Certificate) => ({ certificateArn: arn, certificateId, certificatePem });
  const register = (input: Members, isActive: boolean) => {
    const issued = certificateFromPem(textIn(input, 'certificatePem'));
    if (registry.findCertificate(issued.certificateId)) {
      throw Object.assign(invalidRequest('The certificate is already registered.'), { name: 'ResourceAlreadyExistsException', statusCode: 409 });
    }
    const { arn, certificateId } = registry.addCertificate(issued, isActive ? 'ACTIVE' : 'INACTIVE');
    return { certificateArn: arn, certificateId };
  };
  return {
    CreateKeysAndCertificate: async (input, caller) => {
      caller.authorize('iot:CreateKeysAndCertificate', '*');
      const { keyPair, ...issued } = await authority.createKeysAndCertificate();
      return { ...answer(registry.addCertificate(issued, isTrue(input.setAsActive) ? 'ACTIVE' : 'INACTIVE')), keyPair };
    },
    CreateCertificateFromCsr: async (input, caller) => {
      caller.authorize('iot:CreateCertificateFromCsr', '*');
      const issued = await authority.signRequest(textIn(input, 'certificateSigningRequest'));
      return answer(registry.addCertificate(issued, isTrue(input.setAsActive) ? 'ACTIVE' : 'INACTIVE'));
    },
    DescribeCertificate: (input, caller) => {
      const certificate = registry.certificate(idIn(input, caller, 'DescribeCertificate'));
      return {
        certificateDescription: {
          ...answer(certificate),
          status: certificate.status,
          ownedBy: account.environment.account,
          creationDate: seconds(certificate.createdAt),
          lastModifiedDate: seconds(certificate.modifiedAt),
          customerVersion: 1,
          caCertificateId: certificate.caCertificateId,
          certificateMode: 'DEFAULT',
        },
      };
    },
    UpdateCertificate: (input, caller) => {
      const certificateId = idIn(input, caller, 'UpdateCertificate');
      if (!STATES.includes(input.newStatus)) throw invalidRequest(`newStatus must be one of ${STATES.join(', ')}, got ${JSON.stringify(input.newStatus ?? null)}`);
      registry.updateCertificate(certificateId, input.newStatus as CertificateStatus);
    },
    DeleteCertificate: (input, caller) => registry.deleteCertificate(idIn(input, caller, 'DeleteCertificate'), isTrue(input.forceDelete)),
    ListCertificates: (input, caller) => {
      caller.authorize('iot:ListCertificates', '*');
      const all = registry.allCertificates();
      const { items, next } = page(isTrue(input.ascendingOrder) ? all : all.reverse(), input, { size: 'pageSize', token: 'marker' });
      return {
        certificates: items.map(({ arn, certificateId, status, createdAt }) =>
          ({ certificateArn: arn, certificateId, status, creationDate: seconds(createdAt) })),
        nextMarker: next,
      };
    },
    RegisterCertificate: (input, caller) => {
      caller.authorize('iot:RegisterCertificate', '*');
      return register(input, isTrue(input.setAsActive) || input.status === 'ACTIVE');
    },
    RegisterCertificateWithoutCA: (input, caller) => {
      caller.authorize('iot:RegisterCertificateWithoutCA', '*');
      return register(input, input.status === 'ACTIVE');
    },
  };
}
