export { evaluateTemplate } from './evaluate';
export type { CertificateState, PolicyState, ProvisioningRequest, ProvisioningResult, ThingState } from './evaluate';
export { CERTIFICATE_ID, CERTIFICATE_SUBJECT, ProvisioningError } from './template';
export type { Flow } from './template';
