import { createHash } from 'crypto';
import { certificateFromPem, IotCore } from './iot-core';
import { provisioningTemplateType } from './provisioning-template-type';
import { CreatedResource, ResourceRequest, ResourceType } from '../assembly/resource-type';
import { KnownProperties, unsupportedProperties } from '../assembly/unsupported-properties';
import { TemplateProperties } from '../iam/template-properties';
import { isObject, JsonObject } from '../json';
import { certificateIn } from '../provisioning/registered-authorities';
import { ThingPrincipalType } from '../registry/registry';
import { RegistryError } from '../registry/registry-error';

type Create = (request: ResourceRequest, properties: TemplateProperties) => CreatedResource | Promise<CreatedResource>;

/** What changes settings of an account that nothing here looks at. */
const WITHOUT_EFFECT = [
  'AWS::IoT::Logging', 'AWS::IoT::ResourceSpecificLogging', 'AWS::IoT::AccountAuditConfiguration', 'AWS::IoT::ScheduledAudit', 'AWS::IoT::SecurityProfile',
  'AWS::IoT::MitigationAction', 'AWS::IoT::CustomMetric', 'AWS::IoT::Dimension', 'AWS::IoT::FleetMetric', 'AWS::IoT::DomainConfiguration', 'AWS::IoT::JobTemplate',
];

/**
 * Types of AWS IoT Core but rules. Deployment runs anew at each start over the same state: what is there is brought to what the template says.
 *
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_IoT.html
 */
export function iotTypes(core: IotCore): ReadonlyMap<string, ResourceType> {
  const { account, registry, authority, provisioning } = core;
  const { classes, policies } = registry;
  const type = (read: KnownProperties, create: Create): ResourceType => ({
    create: request => {
      account.hasNoEffect(request, unsupportedProperties(request.properties, { Tags: true, ...read }));
      return create(request, new TemplateProperties(request));
    },
  });
  const object = ({ properties }: ResourceRequest, name: string): JsonObject => {
    const value = properties[name];
    return isObject(value) ? value : {};
  };

  return new Map<string, ResourceType>([
    ['AWS::IoT::Policy', type({ PolicyName: true, PolicyDocument: true }, (request, properties) => {
      const name = properties.optionalText('PolicyName') ?? request.generatedName(128);
      const given = request.properties.PolicyDocument;
      const document = typeof given === 'string' ? given : JSON.stringify(properties.document('PolicyDocument'));
      taking(properties, 'PolicyDocument', () => {
        if (!policies.has(name)) policies.create(name, document);
        else if (policies.documentOf(name) !== document) replaceDefault(name, document);
      });
      return { ref: name, attributes: { Arn: policies.get(name).arn, Id: name } };
    })],
    ['AWS::IoT::Thing', type({ ThingName: true, AttributePayload: { Attributes: true } }, (request, properties) => {
      const name = properties.optionalText('ThingName') ?? request.generatedName(128);
      const attributes = textsOf(object(request, 'AttributePayload').Attributes);
      const before = registry.findThing(name);
      const isChanged = Object.entries(attributes).some(([key, value]) => before?.attributes[key] !== value);
      if (!before) registry.createThing(name, { attributes });
      else if (isChanged) registry.updateThing(name, { attributes: { ...before.attributes, ...attributes } });
      const { arn, thingId } = registry.thing(name);
      return { ref: name, attributes: { Arn: arn, Id: thingId } };
    })],
    ['AWS::IoT::ThingType', type({ ThingTypeName: true, ThingTypeProperties: true, DeprecateThingType: true }, (request, properties) => {
      const name = properties.optionalText('ThingTypeName') ?? request.generatedName(128);
      const { arn, id } = known(() => classes.type(name)) ?? classes.createType(name, lowered(object(request, 'ThingTypeProperties')));
      classes.deprecateType(name, request.properties.DeprecateThingType === true || request.properties.DeprecateThingType === 'true');
      return { ref: name, attributes: { Arn: arn, Id: id } };
    })],
    ['AWS::IoT::ThingGroup', type({ ThingGroupName: true, ParentGroupName: true, ThingGroupProperties: true }, (request, properties) => {
      const name = properties.optionalText('ThingGroupName') ?? request.generatedName(128);
      const parent = properties.optionalText('ParentGroupName');
      const { arn, id } = known(() => classes.group(name))
        ?? taking(properties, 'ParentGroupName', () => classes.createGroup(name, parent, lowered(object(request, 'ThingGroupProperties'))));
      return { ref: name, attributes: { Arn: arn, Id: id } };
    })],
    ['AWS::IoT::BillingGroup', type({ BillingGroupName: true, BillingGroupProperties: true }, (request, properties) => {
      const name = properties.optionalText('BillingGroupName') ?? request.generatedName(128);
      const { arn, id } = known(() => classes.billingGroup(name)) ?? classes.createBillingGroup(name, lowered(object(request, 'BillingGroupProperties')));
      return { ref: name, attributes: { Arn: arn, Id: id } };
    })],
    ['AWS::IoT::Certificate', type({ CertificateSigningRequest: true, CertificatePem: true, CACertificatePem: true, CertificateMode: true, Status: true },
      async (request, properties) => {
        const status = properties.text('Status') === 'ACTIVE' ? 'ACTIVE' as const : 'INACTIVE' as const;
        const [csr, pem] = [properties.optionalText('CertificateSigningRequest'), properties.optionalText('CertificatePem')];
        const source = createHash('sha256').update(csr ?? pem ?? properties.fail('CertificateSigningRequest', 'or CertificatePem must be there')).digest('hex');
        // A request is signed once: the next start finds the certificate of the first.
        const before = core.certificateOfResource(request.path, source);
        const issue = () => csr === undefined ? certificateFromPem(pem!) : authority.signRequest(csr);
        const certificate = before ?? registry.addCertificate(await issue(), status);
        if (!before) core.rememberCertificate(request.path, source, certificate.certificateId);
        return { ref: certificate.certificateId, attributes: { Arn: certificate.arn, Id: certificate.certificateId } };
      })],
    ['AWS::IoT::CACertificate', type(
      {
        CACertificatePem: true,
        Status: true,
        AutoRegistrationStatus: true,
        CertificateMode: true,
        VerificationCertificatePem: true,
        RegistrationConfig: { TemplateName: true },
      },
      (request, properties) => {
        const templateName = object(request, 'RegistrationConfig').TemplateName;
        certificateIn(properties.text('CACertificatePem'));
        const { certificateId, arn } = taking(properties, 'CACertificatePem', () => provisioning.authorities.register({
          certificatePem: properties.text('CACertificatePem'),
          status: properties.text('Status') === 'ACTIVE' ? 'ACTIVE' : 'INACTIVE',
          autoRegistration: properties.optionalText('AutoRegistrationStatus') === 'ENABLE',
          ...typeof templateName === 'string' && { templateName },
          createdAt: account.clock.now(),
        }, resource => registry.arn(resource)));
        return { ref: certificateId, attributes: { Arn: arn, Id: certificateId } };
      })],
    ['AWS::IoT::PolicyPrincipalAttachment', type({ PolicyName: true, Principal: true }, (request, properties) => {
      taking(properties, 'Principal', () => registry.attachPolicy(properties.text('PolicyName'), properties.text('Principal')));
      return { ref: request.generatedName(128), attributes: {} };
    })],
    ['AWS::IoT::ThingPrincipalAttachment', type({ ThingName: true, Principal: true, ThingPrincipalType: true }, (request, properties) => {
      const how = properties.optionalText('ThingPrincipalType') as ThingPrincipalType | undefined;
      taking(properties, 'Principal', () => registry.attachThingPrincipal(properties.text('ThingName'), properties.text('Principal'), how));
      return { ref: request.generatedName(128), attributes: {} };
    })],
    ['AWS::IoT::ProvisioningTemplate', provisioningTemplateType(core)],
    ['AWS::IoT::RoleAlias', {
      create: request => {
        account.hasNoEffect(request, ['AWS::IoT::RoleAlias as a whole: no credentials are given to devices']);
        const ref = String(request.properties.RoleAlias ?? request.generatedName(128));
        return { ref, attributes: { RoleAliasArn: registry.arn(`rolealias/${ref}`) } };
      },
    }],
    ...WITHOUT_EFFECT.map((name): [string, ResourceType] => [name, withoutEffect(core, name)]),
  ]);

  function replaceDefault(name: string, document: string): void {
    const { versions, defaultVersionId } = policies.get(name);
    const spare = versions.length >= 5 ? versions.find(({ id }) => id !== defaultVersionId) : undefined;
    if (spare) policies.deleteVersion(name, spare.id);
    policies.createVersion(name, document, true);
  }
}

function withoutEffect({ account, registry }: IotCore, type: string): ResourceType {
  return {
    create: request => {
      account.hasNoEffect(request, [`${type} as a whole`]);
      const named = Object.entries(request.properties).find(([property, value]) => property === `${type.split('::')[2]}Name` && typeof value === 'string');
      const ref = named ? String(named[1]) : request.generatedName(64);
      const arn = registry.arn(`${type.split('::')[2].toLowerCase()}/${ref}`);
      const names = ['Arn', 'SecurityProfileArn', 'ScheduledAuditArn', 'MitigationActionArn', 'MetricArn', 'TargetId', 'AccountId', 'MitigationActionId', 'Id'];
      return { ref, attributes: Object.fromEntries(names.map(name => [name, name === 'AccountId' ? account.environment.account : /Arn$/.test(name) ? arn : ref])) };
    },
  };
}

function textsOf(value: unknown): { [name: string]: string } {
  return Object.fromEntries(Object.entries(isObject(value) ? value : {}).map(([name, item]) => [name, String(item)]));
}

/** CloudFormation writes the members of the API with a capital. */
function lowered(value: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(value).map(([name, item]) =>
    [name[0].toLowerCase() + name.slice(1), isObject(item) ? lowered(item) : item]));
}

function known<T>(find: () => T): T | undefined {
  try {
    return find();
  } catch (error) {
    if (error instanceof RegistryError && error.name === 'ResourceNotFoundException') return undefined;
    throw error;
  }
}

/** An error of the registry names its place in the template. */
function taking<T>(properties: TemplateProperties, name: string, take: () => T): T {
  try {
    return take();
  } catch (error) {
    if (error instanceof RegistryError) return properties.fail(name, error.message);
    throw error;
  }
}
