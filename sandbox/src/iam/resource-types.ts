import { IamDirectory } from './iam-directory';
import { resourcePolicyTypes } from './resource-policy-types';
import { roleTypes } from './role-types';
import { ResourceType } from '../assembly/resource-type';

/** What `deploy()` needs to fill a directory from a template, by CloudFormation type. */
export function iamResourceTypes(directory: IamDirectory): Map<string, ResourceType> {
  return new Map([...roleTypes(directory), ...resourcePolicyTypes(directory)]);
}
