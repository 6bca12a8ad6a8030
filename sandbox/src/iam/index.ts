export type { AuthorizationRequest, Context } from './authorization-request';
export type { Decision, StatementReference } from './decision';
export { IamDirectory } from './iam-directory';
export type { Role } from './iam-directory';
export type { NamedPolicy } from './policies';
export { iamResourceTypes } from './resource-types';
