import { IotCore } from './iot-core';
import { bytesOf } from '../account';
import { ResourceRequest, ResourceType } from '../assembly/resource-type';
import { KnownProperties, unsupportedProperties } from '../assembly/unsupported-properties';
import { TemplateProperties } from '../iam/template-properties';
import { isObject, JsonObject } from '../json';
import { HookEvent } from '../provisioning/fleet-provisioning';

const MAXIMUM_NAME = 36;
const KNOWN: KnownProperties = {
  TemplateName: true,
  TemplateBody: true,
  TemplateType: true,
  Description: true,
  Enabled: true,
  ProvisioningRoleArn: true,
  Tags: true,
  PreProvisioningHook: { TargetArn: true, PayloadVersion: true },
};

/** `AWS::IoT::ProvisioningTemplate`: its hook runs as AWS IoT, which the permission of the function has to let in; the rest as its role. */
export function provisioningTemplateType({ account, registry, provisioning }: IotCore): ResourceType {
  return {
    create: request => {
      account.hasNoEffect(request, unsupportedProperties(request.properties, KNOWN));
      const properties = new TemplateProperties(request);
      const templateName = properties.optionalText('TemplateName') ?? request.generatedName(MAXIMUM_NAME);
      const arn = registry.arn(`provisioningtemplate/${templateName}`);
      const roleArn = properties.text('ProvisioningRoleArn');
      const { PreProvisioningHook } = request.properties;
      const hookArn = isObject(PreProvisioningHook) && typeof PreProvisioningHook.TargetArn === 'string' ? PreProvisioningHook.TargetArn : undefined;
      const type = properties.optionalText('TemplateType') === 'JITP' ? 'JITP' : 'FLEET_PROVISIONING';
      const source = { 'aws:SourceArn': arn };
      provisioning.addTemplate({
        templateName,
        arn,
        type,
        enabled: properties.optionalText('Enabled') === 'true',
        body: bodyIn(request, properties),
        description: properties.optionalText('Description'),
        roleArn,
        createdAt: account.clock.now(),
        assumeRole: () => account.assume(roleArn, 'iot.amazonaws.com', source),
        ...hookArn !== undefined && { hookArn, hook: (event: HookEvent) => invoke(hookArn, event) },
      });
      return { ref: templateName, attributes: { TemplateArn: arn } };

      async function invoke(functionArn: string, event: HookEvent): Promise<unknown> {
        const answer = await account.call('lambda', 'Invoke', {
          FunctionName: functionArn, InvocationType: 'RequestResponse', Payload: Buffer.from(JSON.stringify(event)),
        }, account.service('iot.amazonaws.com', source));
        if (answer.FunctionError !== undefined) throw new Error(`the hook failed: ${answer.FunctionError}`);
        return JSON.parse(bytesOf(answer.Payload).toString('utf8') || 'null');
      }
    },
  };
}

function bodyIn({ properties: { TemplateBody } }: ResourceRequest, properties: TemplateProperties): JsonObject {
  try {
    const body: unknown = JSON.parse(typeof TemplateBody === 'string' ? TemplateBody : JSON.stringify(TemplateBody));
    if (isObject(body)) return body;
  } catch { /* told below */ }
  return properties.fail('TemplateBody', 'must be the JSON of a provisioning template');
}
