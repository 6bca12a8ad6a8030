import { Caller, Operations } from '../../account';
import { Route } from '../../http';
import { Policy, PolicyVersion } from '../../registry/policy-table';
import { IotCore, isTrue, Members, page, seconds, textIn } from '../iot-core';

const MARKED = { marker: 'marker', pageSize: 'pageSize' };
const BY_MARKER = { size: 'pageSize', token: 'marker' };
const PRINCIPAL = { 'x-amzn-iot-principal': 'principal' };

export const POLICY_ROUTES: readonly Route[] = [
  { operation: 'CreatePolicy', method: 'POST', path: '/policies/{policyName}' },
  { operation: 'GetPolicy', method: 'GET', path: '/policies/{policyName}' },
  { operation: 'DeletePolicy', method: 'DELETE', path: '/policies/{policyName}' },
  { operation: 'ListPolicies', method: 'GET', path: '/policies', query: { ...MARKED, isAscendingOrder: 'ascendingOrder' } },
  { operation: 'CreatePolicyVersion', method: 'POST', path: '/policies/{policyName}/version', query: { setAsDefault: 'setAsDefault' } },
  { operation: 'ListPolicyVersions', method: 'GET', path: '/policies/{policyName}/version' },
  { operation: 'GetPolicyVersion', method: 'GET', path: '/policies/{policyName}/version/{policyVersionId}' },
  { operation: 'SetDefaultPolicyVersion', method: 'PATCH', path: '/policies/{policyName}/version/{policyVersionId}' },
  { operation: 'DeletePolicyVersion', method: 'DELETE', path: '/policies/{policyName}/version/{policyVersionId}' },
  { operation: 'AttachPolicy', method: 'PUT', path: '/target-policies/{policyName}' },
  { operation: 'DetachPolicy', method: 'POST', path: '/target-policies/{policyName}' },
  { operation: 'ListAttachedPolicies', method: 'POST', path: '/attached-policies/{target}', query: { ...MARKED, recursive: 'recursive' } },
  { operation: 'ListTargetsForPolicy', method: 'POST', path: '/policy-targets/{policyName}', query: MARKED },
  { operation: 'AttachPrincipalPolicy', method: 'PUT', path: '/principal-policies/{policyName}', headers: PRINCIPAL },
  { operation: 'DetachPrincipalPolicy', method: 'DELETE', path: '/principal-policies/{policyName}', headers: PRINCIPAL },
  { operation: 'ListPrincipalPolicies', method: 'GET', path: '/principal-policies', headers: PRINCIPAL, query: MARKED },
  { operation: 'ListPolicyPrincipals', method: 'GET', path: '/policy-principals', headers: { 'x-amzn-iot-policy': 'policyName' }, query: MARKED },
];

/** Policies, their versions, and what they are attached to. A change counts for connections at once; AWS says that it takes minutes. */
export function policyOperations({ registry }: IotCore): Operations {
  const { policies } = registry;
  const nameIn = (input: Members, caller: Caller, action: string) => {
    const policyName = textIn(input, 'policyName');
    caller.authorize(`iot:${action}`, registry.arn(`policy/${policyName}`));
    return policyName;
  };
  const version = ({ policyName, arn, defaultVersionId }: Policy, { id, document, createdAt }: PolicyVersion) => ({
    policyName,
    policyArn: arn,
    policyDocument: document,
    policyVersionId: id,
    isDefaultVersion: id === defaultVersionId,
    creationDate: seconds(createdAt),
  });
  const attached = (target: string, recursive: boolean) => {
    const [, group] = /:thinggroup\/(.+)$/.exec(target) ?? [];
    const targets = group !== undefined && recursive ? registry.classes.withAncestors(group).map(({ arn }) => arn) : [target];
    return [...new Set(targets.flatMap(arn => registry.policiesOf(arn)))].map(name => ({ policyName: name, policyArn: policies.get(name).arn }));
  };
  return {
    CreatePolicy: (input, caller) => {
      const policy = policies.create(nameIn(input, caller, 'CreatePolicy'), textIn(input, 'policyDocument'));
      return { policyName: policy.policyName, policyArn: policy.arn, policyDocument: input.policyDocument, policyVersionId: '1' };
    },
    GetPolicy: (input, caller) => {
      const policy = policies.get(nameIn(input, caller, 'GetPolicy'));
      return {
        policyName: policy.policyName,
        policyArn: policy.arn,
        policyDocument: policies.documentOf(policy.policyName),
        defaultVersionId: policy.defaultVersionId,
        creationDate: seconds(policy.createdAt),
        lastModifiedDate: seconds(policy.modifiedAt),
      };
    },
    DeletePolicy: (input, caller) => registry.deletePolicy(nameIn(input, caller, 'DeletePolicy')),
    ListPolicies: (input, caller) => {
      caller.authorize('iot:ListPolicies', '*');
      const { items, next } = page(policies.all(), input, BY_MARKER);
      return { policies: items.map(({ policyName, arn }) => ({ policyName, policyArn: arn })), nextMarker: next };
    },
    CreatePolicyVersion: (input, caller) => {
      const policyName = nameIn(input, caller, 'CreatePolicyVersion');
      const { id, document } = policies.createVersion(policyName, textIn(input, 'policyDocument'), isTrue(input.setAsDefault));
      return { policyArn: policies.get(policyName).arn, policyDocument: document, policyVersionId: id, isDefaultVersion: isTrue(input.setAsDefault) };
    },
    GetPolicyVersion: (input, caller) => {
      const policyName = nameIn(input, caller, 'GetPolicyVersion');
      return version(policies.get(policyName), policies.version(policyName, textIn(input, 'policyVersionId')));
    },
    ListPolicyVersions: (input, caller) => {
      const { versions, defaultVersionId } = policies.get(nameIn(input, caller, 'ListPolicyVersions'));
      return {
        policyVersions: versions.map(({ id, createdAt }) =>
          ({ versionId: id, isDefaultVersion: id === defaultVersionId, createDate: seconds(createdAt) })),
      };
    },
    SetDefaultPolicyVersion: (input, caller) => policies.setDefault(nameIn(input, caller, 'SetDefaultPolicyVersion'), textIn(input, 'policyVersionId')),
    DeletePolicyVersion: (input, caller) => policies.deleteVersion(nameIn(input, caller, 'DeletePolicyVersion'), textIn(input, 'policyVersionId')),
    AttachPolicy: (input, caller) => {
      const target = textIn(input, 'target');
      caller.authorize('iot:AttachPolicy', target);
      registry.attachPolicy(textIn(input, 'policyName'), target);
    },
    DetachPolicy: (input, caller) => {
      const target = textIn(input, 'target');
      caller.authorize('iot:DetachPolicy', target);
      policies.get(textIn(input, 'policyName'));
      registry.detachPolicy(textIn(input, 'policyName'), target);
    },
    ListAttachedPolicies: (input, caller) => {
      caller.authorize('iot:ListAttachedPolicies', '*');
      const { items, next } = page(attached(textIn(input, 'target'), isTrue(input.recursive)), input, BY_MARKER);
      return { policies: items, nextMarker: next };
    },
    ListTargetsForPolicy: (input, caller) => {
      const policyName = nameIn(input, caller, 'ListTargetsForPolicy');
      policies.get(policyName);
      const { items, next } = page(registry.targetsOf(policyName), input, BY_MARKER);
      return { targets: items, nextMarker: next };
    },
    AttachPrincipalPolicy: (input, caller) => {
      caller.authorize('iot:AttachPrincipalPolicy', '*');
      registry.attachPolicy(textIn(input, 'policyName'), textIn(input, 'principal'));
    },
    DetachPrincipalPolicy: (input, caller) => {
      caller.authorize('iot:DetachPrincipalPolicy', '*');
      registry.detachPolicy(textIn(input, 'policyName'), textIn(input, 'principal'));
    },
    ListPrincipalPolicies: (input, caller) => {
      caller.authorize('iot:ListPrincipalPolicies', '*');
      const { items, next } = page(attached(textIn(input, 'principal'), false), input, BY_MARKER);
      return { policies: items, nextMarker: next };
    },
    ListPolicyPrincipals: (input, caller) => {
      caller.authorize('iot:ListPolicyPrincipals', '*');
      const { items, next } = page(registry.targetsOf(textIn(input, 'policyName')), input, BY_MARKER);
      return { principals: items, nextMarker: next };
    },
  };
}
