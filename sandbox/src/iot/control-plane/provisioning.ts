import { Operations } from '../../account';
import { Route } from '../../http';
import { JsonObject } from '../../json';
import { ProvisioningTemplate } from '../../provisioning/fleet-provisioning';
import { refusalOf } from '../../provisioning/provisioning-refusal';
import { register } from '../../provisioning/registration';
import { invalidRequest, IotCore, page, seconds, textIn } from '../iot-core';

export const PROVISIONING_ROUTES: readonly Route[] = [
  { operation: 'CreateProvisioningClaim', method: 'POST', path: '/provisioning-templates/{templateName}/provisioning-claim' },
  { operation: 'DescribeProvisioningTemplate', method: 'GET', path: '/provisioning-templates/{templateName}' },
  { operation: 'ListProvisioningTemplates', method: 'GET', path: '/provisioning-templates', query: { nextToken: 'nextToken', maxResults: 'maxResults' } },
  { operation: 'RegisterThing', method: 'POST', path: '/things' },
  { operation: 'DescribeEndpoint', method: 'GET', path: '/endpoint', query: { endpointType: 'endpointType' } },
];

const ENDPOINTS: readonly unknown[] = [undefined, 'iot:Data', 'iot:Data-ATS', 'iot:Data-Beta', 'iot:CredentialProvider', 'iot:Jobs'];

/** Templates and claims, bringing a thing in by a template of one's own, and where clients connect. */
export function provisioningOperations({ registry, provisioning, authority, endpointAddress }: IotCore): Operations {
  const summary = ({ arn, templateName, description, createdAt = 0, enabled, type = 'FLEET_PROVISIONING' }: ProvisioningTemplate) => ({
    templateArn: arn, templateName, description, creationDate: seconds(createdAt), lastModifiedDate: seconds(createdAt), enabled, type,
  });
  return {
    CreateProvisioningClaim: async (input, caller) => {
      const templateName = textIn(input, 'templateName');
      caller.authorize('iot:CreateProvisioningClaim', registry.arn(`provisioningtemplate/${templateName}`));
      const { expiration, ...claim } = await provisioning.createClaim(templateName);
      return { ...claim, expiration: seconds(expiration) };
    },
    DescribeProvisioningTemplate: (input, caller) => {
      const templateName = textIn(input, 'templateName');
      caller.authorize('iot:DescribeProvisioningTemplate', registry.arn(`provisioningtemplate/${templateName}`));
      const template = provisioning.template(templateName);
      return {
        ...summary(template),
        defaultVersionId: 1,
        templateBody: JSON.stringify(template.body),
        provisioningRoleArn: template.roleArn,
        ...template.hookArn !== undefined && { preProvisioningHook: { payloadVersion: '2020-04-01', targetArn: template.hookArn } },
      };
    },
    ListProvisioningTemplates: (input, caller) => {
      caller.authorize('iot:ListProvisioningTemplates', '*');
      const { items, next } = page(provisioning.allTemplates().map(summary), input);
      return { templates: items, nextToken: next };
    },
    RegisterThing: async (input, caller) => {
      caller.authorize('iot:RegisterThing', '*');
      const template = templateIn(textIn(input, 'templateBody'));
      const resources = Object.entries(template.Resources as JsonObject ?? {}) as [string, JsonObject][];
      const [certificateName, given] = resources.find(([, { Type }]) => Type === 'AWS::IoT::Certificate') ?? [];
      const parameters = input.parameters ?? {};
      const valueOf = (name: string) => {
        const value = (given?.Properties as JsonObject | undefined)?.[name] as string | { Ref?: string } | undefined;
        return typeof value === 'object' ? parameters[value.Ref ?? ''] as string | undefined : value;
      };
      const [csr, id] = [valueOf('CertificateSigningRequest'), valueOf('CertificateId')];
      if (csr === undefined && id === undefined) throw invalidRequest('the template needs a certificate, by CertificateSigningRequest or CertificateId');
      const certificate = csr === undefined ? registry.certificate(id!) : registry.addCertificate(await authority.signRequest(csr), 'INACTIVE');
      try {
        const { thing, policies } = register(registry, { template, flow: 'api', parameters, builtin: {} }, certificate, caller);
        const ofType = (type: string) => resources.filter(([, { Type }]) => Type === type).map(([name]) => name);
        const things = ofType('AWS::IoT::Thing').map(name => [name, registry.arn(`thing/${thing?.ThingName}`)]);
        const named = ofType('AWS::IoT::Policy').map((name, at) => [name, registry.arn(`policy/${policies[at]?.PolicyName}`)]);
        const resourceArns = { [certificateName!]: certificate.arn, ...Object.fromEntries([...things, ...named]) };
        return { certificatePem: certificate.certificatePem, resourceArns };
      } catch (error) {
        if (csr !== undefined) registry.deleteCertificate(certificate.certificateId, true);
        const { errorCode, message, statusCode } = refusalOf(error);
        if (statusCode === 500) throw error;
        throw Object.assign(invalidRequest(message), { name: errorCode === 'AccessDenied' ? 'UnauthorizedException' : `${errorCode.replace(/Exception$/, '')}Exception` });
      }
    },
    DescribeEndpoint: (input, caller) => {
      caller.authorize('iot:DescribeEndpoint', '*');
      if (!ENDPOINTS.includes(input.endpointType)) throw invalidRequest(`endpointType must be one of ${ENDPOINTS.slice(1).join(', ')}, got ${JSON.stringify(input.endpointType)}`);
      return { endpointAddress };
    },
  };
}

function templateIn(text: string): JsonObject {
  try {
    return JSON.parse(text) as JsonObject;
  } catch {
    throw invalidRequest('templateBody is no JSON');
  }
}
