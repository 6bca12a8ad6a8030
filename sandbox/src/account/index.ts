export { Account, bytesOf } from './account';
export type { AccountOptions, Operations } from './account';
export { Activity } from './activity';
export type { ActivityKind, ActivityRecords, Counter, Recorded } from './activity';
export { accessDenied, AwsError } from './aws-error';
export type { Caller } from './caller';
export type { Credentials } from './credentials';
export type { Service } from './service';
