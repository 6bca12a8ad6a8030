import { App, CfnParameter, CfnResource, Duration, RemovalPolicy, Stack, Token } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as fc from 'fast-check';
import { evaluateTemplate } from '../../sandbox/src/provisioning-template/evaluate';
import { ClaimCertificate } from '../../src/provisioning/claim-certificate';
import { DeviceRegistry } from '../../src/provisioning/device-registry';
import { FleetBillingGroup, FleetThingGroup, FleetThingType } from '../../src/provisioning/fleet-membership';
import { FleetProvisioning } from '../../src/provisioning/fleet-provisioning';
import { FleetProvisioningProps, ProvisioningTemplateType, ThingOverride } from '../../src/provisioning/fleet-provisioning-options';
import { HOOK_ENV } from '../../src/provisioning/hook-handler/env';
import { ProvisioningTemplateBody } from '../../src/provisioning/provisioning-template-body';
import { JsonObject } from '../../src/provisioning/template-document';
import { IThingPolicy, ThingPolicy } from '../../src/thing-policy/thing-policy';
import { pathsAndTypes } from '../template';

const CERTIFICATE = 'a0c01f5835079de0a7514643d68ef8414ab739a1e94ee4162977b02b12842847';
const ROOT = { partition: 'aws', region: 'eu-west-1', account: '123456789012' };
const ARN = (rest: string) => `arn:\${AWS::Partition}:iot:eu-west-1:123456789012:${rest}`;

function inStack(): Stack {
  return new Stack(new App(), 'Stack', { env: { region: ROOT.region, account: ROOT.account } });
}

function policyIn(stack: Stack): IThingPolicy {
  return stack.node.tryFindChild('DevicePolicy') as IThingPolicy | undefined ?? ThingPolicy.fromPolicyName(stack, 'DevicePolicy', 'DevicePolicy');
}

function make(props: FleetProvisioningProps = {}, stack = inStack()) {
  const provisioning = new FleetProvisioning(stack, 'Provisioning', { policy: policyIn(stack), ...props });
  return { stack, provisioning, template: () => Template.fromStack(stack) };
}

/** Flattens joins, so that an ARN reads as one. */
function flat(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(flat);
  if (typeof value !== 'object' || value === null) return value;
  const object = value as Record<string, unknown>;
  if ('Fn::Join' in object) return ((object['Fn::Join'] as [string, unknown[]])[1]).map(flat).map(part => typeof part === 'string' ? part : `<${JSON.stringify(part)}>`).join('');
  if (object.Ref === 'AWS::Partition') return '${AWS::Partition}';
  if (typeof object.Ref === 'string') return `<${object.Ref}>`;
  return Object.fromEntries(Object.entries(object).map(([key, inner]) => [key, flat(inner)]));
}

function resourcesOf(template: Template, type: string): Record<string, any>[] {
  return Object.values(template.findResources(type)).map(resource => flat(resource) as Record<string, any>);
}

function templateOf(template: Template): Record<string, any> {
  return resourcesOf(template, 'AWS::IoT::ProvisioningTemplate')[0];
}

function bodyOf(template: Template): JsonObject {
  return JSON.parse(templateOf(template).Properties.TemplateBody);
}

/** The statements of the role that AWS IoT assumes, as `actions on resources`. */
function roleStatements(template: Template): { actions: string[]; resources: string[] }[] {
  const policy = resourcesOf(template, 'AWS::IAM::Policy').find(({ Properties }) => Properties.PolicyName.startsWith('ProvisioningRole'));
  return (policy?.Properties.PolicyDocument.Statement ?? []).map(({ Action, Resource }: Record<string, string[]>) => ({
    actions: [Action].flat(), resources: [Resource].flat(),
  }));
}

const raw = (body: object) => ProvisioningTemplateBody.fromJson(JSON.stringify(body));
const MEMBERSHIPS = { thingType: FleetThingType.create(), thingGroups: [FleetThingGroup.create()], billingGroup: FleetBillingGroup.create() };
const RAW_THING = { Type: 'AWS::IoT::Thing', Properties: { ThingName: { Ref: 'SerialNumber' } } };
const SERIAL = { SerialNumber: { Type: 'String' } };

describe('what is deployed', () => {
  test('has ids that do not change', () => {
    const { stack } = make({
      ...MEMBERSHIPS, claimCertificate: ClaimCertificate.generated(),
    });
    expect(pathsAndTypes(stack)).toEqual([
      'Provisioning/BillingGroup -> AWS::IoT::BillingGroup',
      'Provisioning/Claim/Attachment -> AWS::IoT::PolicyPrincipalAttachment',
      'Provisioning/Claim/Certificate/Default -> Custom::IoTClaimCertificate',
      'Provisioning/Claim/Generator/Function -> AWS::Lambda::Function',
      'Provisioning/Claim/Generator/Logs -> AWS::Logs::LogGroup',
      'Provisioning/Claim/Generator/Role -> AWS::IAM::Role',
      'Provisioning/Claim/Generator/Role/DefaultPolicy -> AWS::IAM::Policy',
      'Provisioning/Claim/Policy -> AWS::IoT::Policy',
      'Provisioning/Claim/Secret -> AWS::SecretsManager::Secret',
      'Provisioning/Claim/Secret/Policy -> AWS::SecretsManager::ResourcePolicy',
      'Provisioning/DenialAlarm -> AWS::CloudWatch::Alarm',
      'Provisioning/ErrorAlarm -> AWS::CloudWatch::Alarm',
      'Provisioning/Hook/Denied -> AWS::Logs::MetricFilter',
      'Provisioning/Hook/Handler/Function -> AWS::Lambda::Function',
      'Provisioning/Hook/Handler/Logs -> AWS::Logs::LogGroup',
      'Provisioning/Hook/Handler/Role -> AWS::IAM::Role',
      'Provisioning/Hook/Handler/Role/DefaultPolicy -> AWS::IAM::Policy',
      'Provisioning/HookPermission -> AWS::Lambda::Permission',
      'Provisioning/Registry/Table -> AWS::DynamoDB::Table',
      'Provisioning/Role -> AWS::IAM::Role',
      'Provisioning/Role/DefaultPolicy -> AWS::IAM::Policy',
      'Provisioning/Template -> AWS::IoT::ProvisioningTemplate',
      'Provisioning/ThingGroup1 -> AWS::IoT::ThingGroup',
      'Provisioning/ThingType -> AWS::IoT::ThingType',
    ]);
  });

  test('is a template that is switched on, asks the hook, and waits for permission, role, types and groups', () => {
    const { stack, template } = make(MEMBERSHIPS);
    const { Properties, DependsOn } = templateOf(template());
    expect(Properties).toMatchObject({ Enabled: true, TemplateType: 'FLEET_PROVISIONING', PreProvisioningHook: { PayloadVersion: '2020-04-01' } });
    const idOf = (path: string) => stack.resolve((stack.node.findChild('Provisioning').node.findChild(path) as any).logicalId);
    expect(DependsOn).toEqual(expect.arrayContaining(['HookPermission', 'ThingType', 'ThingGroup1', 'BillingGroup'].map(idOf)));
    expect(DependsOn.some((id: string) => id.startsWith('ProvisioningRoleDefaultPolicy'))).toBe(true);
    expect(DependsOn.some((id: string) => id.startsWith('ProvisioningHookHandlerRoleDefaultPolicy'))).toBe(true);
  });

  test('can be switched off and described', () => {
    expect(templateOf(make({ enabled: false, description: 'Pumps' }).template()).Properties).toMatchObject({ Enabled: false, Description: 'Pumps' });
  });

  test('lets AWS IoT call the hook for this template of this account only', () => {
    const { provisioning, template } = make({ templateName: 'Fleet' });
    expect(provisioning.templateArn).toContain(':provisioningtemplate/Fleet');
    expect(resourcesOf(template(), 'AWS::Lambda::Permission').map(({ Properties }) => Properties)).toEqual([expect.objectContaining({
      Action: 'lambda:InvokeFunction', Principal: 'iot.amazonaws.com', SourceArn: ARN('provisioningtemplate/Fleet'), SourceAccount: ROOT.account,
    })]);
  });

  test('keeps the registry, types, groups and the claim when the stack is deleted, unless told otherwise', () => {
    const props = { ...MEMBERSHIPS, claimCertificate: ClaimCertificate.generated() };
    const types = ['AWS::DynamoDB::Table', 'AWS::IoT::ThingType', 'AWS::IoT::ThingGroup', 'AWS::IoT::BillingGroup', 'AWS::SecretsManager::Secret', 'Custom::IoTClaimCertificate'];
    for (const [removalPolicy, expected] of [[undefined, 'Retain'], [RemovalPolicy.DESTROY, 'Delete']] as const) {
      const template = make({ ...props, removalPolicy }).template();
      for (const type of types) template.hasResource(type, { DeletionPolicy: expected });
    }
    // A rotation takes the old certificate away in any case.
    expect(Object.values(make(props).template().findResources('Custom::IoTClaimCertificate'))[0].UpdateReplacePolicy).not.toBe('Retain');
  });

  test('is encrypted with one customer key where one is given', () => {
    const stack = inStack();
    const encryptionKey = new kms.Key(stack, 'Key');
    const { template } = make({ encryptionKey, claimCertificate: ClaimCertificate.generated() }, stack);
    const key = stack.resolve(encryptionKey.keyArn);
    template().hasResourceProperties('AWS::DynamoDB::Table', { SSESpecification: { SSEType: 'KMS', KMSMasterKeyId: key } });
    template().hasResourceProperties('AWS::SecretsManager::Secret', { KmsKeyId: key });
    template().allResourcesProperties('AWS::Logs::LogGroup', { KmsKeyId: key });
  });
});

describe('name of the template', () => {
  test.each([10, 36, 60, 200])('is made with at most 36 characters, the same each time (stack name of %i characters)', (length) => {
    const nameOf = () => new FleetProvisioning(new Stack(new App(), 'S'.repeat(length).slice(0, 128)), 'Provisioning', { templateBody: raw({ Parameters: SERIAL, Resources: { thing: RAW_THING } }) }).templateName;
    expect(nameOf()).toMatch(/^[0-9A-Za-z_-]{1,36}$/);
    expect(nameOf()).toBe(nameOf());
  });

  test('differs between two in one stack, and between two stacks', () => {
    const app = new App();
    const names = ['A', 'B'].flatMap(id => {
      const stack = new Stack(app, id);
      return ['One', 'Two'].map(inner => new FleetProvisioning(stack, inner, { policy: policyIn(stack) }).templateName);
    });
    expect(new Set(names).size).toBe(4);
  });

  test.each(['a', 'x'.repeat(36), 'A-b_9'])('may be %p', templateName => expect(make({ templateName }).provisioning.templateName).toBe(templateName));

  test.each([
    ['x'.repeat(37), `'templateName' must be 1 to 36 characters of letters, digits, underscores and dashes, got "${'x'.repeat(37)}": shorten it by 1 characters`],
    ['a b', '\'templateName\' must be 1 to 36 characters of letters, digits, underscores and dashes, got "a b": remove the characters " "'],
  ])('fails for %p', (templateName, message) => expect(() => make({ templateName })).toThrow(`Stack/Provisioning: ${message}`));

  test('may be a token', () => {
    const stack = inStack();
    expect(() => make({ templateName: new CfnParameter(stack, 'Name').valueAsString }, stack)).not.toThrow();
  });
});

describe('the body that is built', () => {
  const request = { flow: 'fleet' as const, builtin: { 'AWS::IoT::Certificate::Id': CERTIFICATE } };

  test('makes the thing that the hook names, an active certificate, and the policy', () => {
    const template = bodyOf(make().template());
    expect(evaluateTemplate({ template, ...request, parameters: { SerialNumber: 'S1', ThingName: 'S1' } })).toEqual({
      thing: { ThingName: 'S1' }, certificate: { CertificateId: CERTIFICATE, Status: 'ACTIVE' }, policies: [{ PolicyName: 'DevicePolicy' }],
    });
  });

  test('makes the name by itself where no hook of ours does', () => {
    const template = bodyOf(make({ allowAnyDevice: true, thingName: 'pump-${SerialNumber}-${Site}' }).template());
    expect(evaluateTemplate({ template, ...request, parameters: { SerialNumber: 'S1', Site: 'n' } }).thing).toEqual({ ThingName: 'pump-S1-n' });
  });

  test('says all that the options say', () => {
    const template = bodyOf(make({
      thingType: FleetThingType.named('pump-${Generation}'),
      thingGroups: [FleetThingGroup.named('pumps'), FleetThingGroup.named('site-${Site}')],
      billingGroup: FleetBillingGroup.named('plant'),
      attributes: { firmware: '${Firmware}', maker: 'acme' },
      deviceConfiguration: { url: 'https://${Site}.example.com', empty: '' },
      parameterDefaults: { Firmware: '1.0' },
    }).template());
    expect(evaluateTemplate({ template, ...request, parameters: { SerialNumber: 'S1', ThingName: 'pump-1', Generation: '2', Site: 'n' } })).toEqual({
      thing: { ThingName: 'pump-1', ThingTypeName: 'pump-2', ThingGroups: ['pumps', 'site-n'], BillingGroup: 'plant', AttributePayload: { firmware: '1.0', maker: 'acme' } },
      certificate: { CertificateId: CERTIFICATE, Status: 'ACTIVE' },
      policies: [{ PolicyName: 'DevicePolicy' }],
      deviceConfiguration: { url: 'https://n.example.com', empty: '' },
    });
  });

  test.each([
    [{}, { AttributePayload: { a: '1', b: '2' }, ThingTypeName: 'New', ThingGroups: ['g-old'] }],
    [
      { attributesOverride: ThingOverride.REPLACE, thingTypeOverride: ThingOverride.DO_NOTHING, thingGroupsOverride: ThingOverride.MERGE },
      { AttributePayload: { b: '2' }, ThingTypeName: 'Old', ThingGroups: ['g-old', 'g-new'] },
    ],
  ])('treats a thing that exists as the overrides say (%j)', (overrides, expected) => {
    const template = bodyOf(make({ thingType: FleetThingType.named('New'), thingGroups: [FleetThingGroup.named('g-new')], attributes: { b: '2' }, ...overrides }).template());
    const existing = { thing: { ThingName: 'd', AttributePayload: { a: '1' }, ThingTypeName: 'Old', ThingGroups: ['g-old'] } };
    expect(evaluateTemplate({ template, ...request, parameters: { SerialNumber: 'd', ThingName: 'd' }, existing }).thing).toEqual({ ThingName: 'd', ...expected });
  });

  test('for JITP names the thing by the common name of its certificate', () => {
    const { template } = make({ templateType: ProvisioningTemplateType.JITP });
    const builtin = { 'AWS::IoT::Certificate::Id': CERTIFICATE, 'AWS::IoT::Certificate::CommonName': 'lamp-7' };
    expect(evaluateTemplate({ template: bodyOf(template()), flow: 'jitp', parameters: {}, builtin }).thing).toEqual({ ThingName: 'lamp-7' });
  });

  test('evaluates for any name, attribute and configuration as the texts read', () => {
    const word = fc.stringMatching(/^[a-zA-Z0-9_-]{1,12}$/);
    const text = fc.array(fc.oneof(word, fc.constantFrom('${A}', '${B}')), { minLength: 1, maxLength: 5 });
    fc.assert(fc.property(text, text, word, word, (attribute, configuration, a, b) => {
      const read = (pieces: string[]) => pieces.join('').replaceAll('${A}', a).replaceAll('${B}', b);
      const template = bodyOf(make({ attributes: { x: attribute.join('') }, deviceConfiguration: { y: configuration.join('') } }).template());
      const result = evaluateTemplate({ template, ...request, parameters: { SerialNumber: 's', ThingName: 't', A: a, B: b } });
      expect(result.thing?.AttributePayload).toEqual({ x: read(attribute) });
      expect(result.deviceConfiguration).toEqual({ y: read(configuration) });
    }), { numRuns: 25 });
  });
});

describe('bad options', () => {
  const SAME_GROUP = FleetThingGroup.create();
  const cases: [FleetProvisioningProps, string][] = [
    [{ policy: undefined }, "'policy' must be given, got undefined: pass a ThingPolicy, or a templateBody that names a policy"],
    [{ description: 'x'.repeat(501) }, "'description' must be 0 to 500 characters"],
    [{ thingName: 'pump' }, "'thingName' must be a text with a parameter such as ${SerialNumber}, got \"pump\": without one, all devices would be one thing"],
    [{ thingName: 'a b${SerialNumber}' }, "'thingName' must be 0 to 127 characters of letters, digits, colons, underscores and dashes around the parameters, got \"a b\""],
    [{ attributes: { a: '1', b: '2', c: '3', d: '4' } }, "'attributes' must be at most 3 attributes, got 4: give a thingType, which allows 50"],
    [{ attributes: { a: 'has space' } }, "'attributes.a' must be 0 to 800 characters of letters, digits and _.,@/:#=[]- around the parameters, got \"has space\": remove the characters \" \""],
    [{ attributes: { 'a b': '1' } }, "'attributes.a b' must be 1 to 128 characters"],
    [{ thingType: FleetThingType.named('a b') }, "'thingType' must be 1 to 128 characters of letters, digits, colons, underscores and dashes, got \"a b\""],
    [{ thingGroups: [FleetThingGroup.named('ok'), FleetThingGroup.create({ thingGroupName: '${Site}' })] }, "'thingGroups[1]' must be 1 to 128 characters"],
    [{ billingGroup: FleetBillingGroup.named('x'.repeat(129)) }, "'billingGroup' must be 1 to 128 characters"],
    [{ thingType: FleetThingType.create({ searchableAttributes: ['a', 'b', 'c', 'd'] }) },
      "'thingType.searchableAttributes' must be at most 3 names, got [\"a\",\"b\",\"c\",\"d\"]: leave some out: fleet indexing finds things by any attribute"],
    [{ thingType: FleetThingType.create({ searchableAttributes: ['a', 'b', 'a'] }) }, "'thingType.searchableAttributes[2]' must be another name than those before it, got \"a\": leave it out"],
    [{ thingType: FleetThingType.create({ searchableAttributes: ['a b'] }) }, "'thingType.searchableAttributes[0]' must be 1 to 128 characters of letters, digits and _.,@/:#-, got \"a b\""],
    [{ thingType: FleetThingType.create({ searchableAttributes: ['x'.repeat(129)] }) }, "'thingType.searchableAttributes[0]' must be 1 to 128 characters"],
    [{ thingType: FleetThingType.create({ description: 'x'.repeat(2_029) }) }, "'thingType.description' must be 0 to 2028 characters"],
    [{ thingType: FleetThingType.create({ description: 'a\nb' }) }, "'thingType.description' must be 0 to 2028 characters of text without line breaks and control characters, got \"a\\nb\": remove the characters \"\\n\""],
    [{ thingGroups: [FleetThingGroup.create({ description: 'x'.repeat(2_029) })] }, "'thingGroups[0].description' must be 0 to 2028 characters"],
    [{ billingGroup: FleetBillingGroup.create({ description: 'x'.repeat(2_029) }) }, "'billingGroup.description' must be 0 to 2028 characters"],
    [{ thingGroups: [FleetThingGroup.create({ parentGroupName: 'a b' })] }, "'thingGroups[0].parentGroupName' must be 1 to 128 characters of letters, digits, colons"],
    [{ thingGroups: Array.from({ length: 11 }, (_, at) => FleetThingGroup.named(`g${at}`)) }, "'thingGroups' must be at most 10 groups, got 11: leave some out: AWS IoT adds a thing to no more"],
    [{ thingGroups: [FleetThingGroup.named('g'), FleetThingGroup.create({ thingGroupName: 'g' })] }, "'thingGroups[1]' must be another group, got \"g\": leave it out: thingGroups[0] is the same"],
    [{ thingGroups: [SAME_GROUP, SAME_GROUP] }, "'thingGroups[1]' must be another group, got \"the same group\""],
    [{ thingGroups: [FleetThingGroup.create({ parentGroupName: 'p' }), FleetThingGroup.named('p')] },
      "'thingGroups[0]' must be in another hierarchy than the other groups, got \"p\": leave it or thingGroups[1] out: AWS IoT adds no thing to two groups of one hierarchy"],
    [{ thingGroups: [FleetThingGroup.create({ parentGroupName: 'p' }), FleetThingGroup.create({ parentGroupName: 'p' })] }, "'thingGroups[1]' must be in another hierarchy"],
    [{ thingTypeOverride: ThingOverride.MERGE }, "'thingTypeOverride' must be DO_NOTHING, REPLACE or FAIL, got \"MERGE\": a thing has one type, so there is nothing to merge"],
    [{ denialAlarmThreshold: 0 }, "'denialAlarmThreshold' must be a whole number from 1 to 1000000 denials, got 0"],
    [{ serialNumberParameter: 'a-b' }, "'serialNumberParameter' must be 1 to 128 characters of letters, digits and underscores, got \"a-b\""],
    [{ templateType: ProvisioningTemplateType.JITP, allowAnyDevice: true }, "'allowAnyDevice' must be absent with JITP"],
    [{ templateType: ProvisioningTemplateType.JITP, claimCertificate: ClaimCertificate.generated() }, "'claimCertificate' must be absent with JITP, got \"a value\": devices come with their own certificate"],
    [{ templateType: ProvisioningTemplateType.JITP, attributes: { a: '${Site}' } }, "'templateBody.Parameters.Site' must be one of AWS::IoT::Certificate::Country"],
    [{ templateBody: raw({ Resources: { thing: RAW_THING } }), thingName: '${SerialNumber}' }, "'thingName' must be absent beside templateBody, got \"a value\": write it into the body"],
    [{ deviceConfiguration: { text: 'x'.repeat(10_240) } }, "'templateBody' must be at most 10240 characters"],
  ];
  test.each(cases)('fail, and say what to write (%#)', (props, message) => expect(() => make(props)).toThrow(message));

  test('are all told at once', () => {
    expect(() => make({ templateName: 'a b', description: 'x'.repeat(501), denialAlarmThreshold: 0 })).toThrow(/templateName[\s\S]*description[\s\S]*denialAlarmThreshold/);
  });

  test('that are tokens pass', () => {
    const stack = inStack();
    const token = Token.asString({ Ref: 'x' });
    expect(() => make({ description: token, thingName: token, attributes: { a: token }, thingType: FleetThingType.named(token), denialAlarmThreshold: Token.asNumber({ Ref: 'x' }) }, stack)).not.toThrow();
  });

  test('are none at the limits', () => {
    const description = 'ä'.repeat(2_028);
    expect(() => make({
      thingType: FleetThingType.create({ description, searchableAttributes: ['a.,@/:#-_1', 'b', 'x'.repeat(128)] }),
      thingGroups: [
        FleetThingGroup.create({ description, parentGroupName: 'p' }), FleetThingGroup.create({ parentGroupName: Token.asString({ Ref: 'x' }) }),
        FleetThingGroup.create({ parentGroupName: Token.asString({ Ref: 'x' }) }), ...Array.from({ length: 7 }, (_, at) => FleetThingGroup.named(`g${at}-\${Site}`)),
      ],
      billingGroup: FleetBillingGroup.create({ description }),
    })).not.toThrow();
  });

  test.each([50, 51])('attributes with a type: %i', (count) => {
    const attributes = Object.fromEntries(Array.from({ length: count }, (_, index) => [`a${index}`, 'x']));
    const act = () => make({ thingType: FleetThingType.named('t'), attributes });
    if (count <= 50) expect(act).not.toThrow();
    else expect(act).toThrow("'attributes' must be at most 50 attributes, got 51: leave some out");
  });
});

describe('a body of your own', () => {
  const SEED_BASIC = {
    Parameters: SERIAL, Resources: { certificate: { Type: 'AWS::IoT::Certificate', Properties: { CertificateId: { Ref: 'AWS::IoT::Certificate::Id' }, Status: 'Active' } } },
  };
  const SEED_ADVANCED = {
    Parameters: { DeviceId: { Type: 'String' }, Model: { Type: 'String' } },
    Resources: { thing: { Type: 'AWS::IoT::Thing', Properties: { ThingName: { Ref: 'DeviceId' }, AttributePayload: { model: { Ref: 'Model' } } } } },
  };

  test.each([['SerialNumber', SEED_BASIC], ['DeviceId', SEED_ADVANCED]])('is passed on as it is (serial number in %s)', (serialNumberParameter, body) => {
    expect(bodyOf(make({ policy: undefined, templateBody: raw(body), serialNumberParameter }).template())).toEqual(body);
  });

  test('may say which software packages a thing has', () => {
    const properties = { ThingName: { Ref: 'SerialNumber' }, PackageVersions: { firmware: { Ref: 'Firmware' } } };
    const body = { Parameters: { ...SERIAL, Firmware: { Type: 'String' } }, Resources: { thing: { Type: 'AWS::IoT::Thing', Properties: properties } } };
    expect(bodyOf(make({ templateBody: raw(body) }).template())).toEqual(body);
    const { Firmware: _undeclared, ...Parameters } = body.Parameters;
    expect(() => make({ templateBody: raw({ ...body, Parameters }) })).toThrow('must be a declared parameter, got "Firmware"');
  });

  test('may hold tokens in its strings', () => {
    const stack = inStack();
    const policyName = new CfnParameter(stack, 'Policy').valueAsString;
    const body = { Parameters: SERIAL, Resources: { thing: RAW_THING, policy: { Type: 'AWS::IoT::Policy', Properties: { PolicyName: policyName } } } };
    expect(JSON.stringify(bodyOf(make({ templateBody: raw(body) }, stack).template()))).toContain('"PolicyName":"<Policy>"');
  });

  test('may be one token where role and hook are given', () => {
    const stack = inStack();
    const templateBody = ProvisioningTemplateBody.fromJson(new CfnParameter(stack, 'Body').valueAsString);
    expect(() => make({ templateBody }, stack)).toThrow(/readable at synth for the built-in hook[\s\S]*readable at synth to derive the role/);
    const other = inStack();
    expect(() => make({
      templateBody: ProvisioningTemplateBody.fromJson(new CfnParameter(other, 'Body').valueAsString), allowAnyDevice: true, registrationManagedPolicy: true,
    }, other)).not.toThrow();
  });

  const thing = (properties: object, more: object = {}) => ({ Parameters: SERIAL, Resources: { thing: { Type: 'AWS::IoT::Thing', Properties: properties, ...more } } });
  const NAME = { ThingName: { Ref: 'SerialNumber' } };
  const cases: [unknown, string | RegExp][] = [
    ['{', "'templateBody' must be JSON, got \"{\": mend it:"],
    ['[]', "'templateBody' must be a JSON object, got []"],
    [{ Parameters: SERIAL }, "'templateBody.Resources' must be an object with at least one resource"],
    [{ ...thing(NAME), Outputs: {} }, "'templateBody.Outputs' must be one of Parameters, Mappings, Resources, DeviceConfiguration, got \"Outputs\": remove it"],
    [{ Parameters: { SerialNumber: { Type: 'Number' } }, Resources: { thing: RAW_THING } }, "'templateBody.Parameters.SerialNumber' must be {\"Type\": \"String\"}"],
    [{ Parameters: SERIAL, Resources: { bucket: { Type: 'AWS::S3::Bucket', Properties: {} } } }, "'templateBody.Resources.bucket.Type' must be one of AWS::IoT::Thing, AWS::IoT::Certificate, AWS::IoT::Policy"],
    [{ Parameters: SERIAL, Resources: { x: { Type: 'toString', Properties: {} } } }, "'templateBody.Resources.x.Type' must be one of"],
    [thing({}), "'templateBody.Resources.thing.Properties.ThingName' must be given"],
    [thing({ ...NAME, Color: 'red' }), "'templateBody.Resources.thing.Properties.Color' must be one of ThingName"],
    [thing({ ThingName: { Ref: 'Nope' } }), "'templateBody.Resources.thing.Properties.ThingName.Ref' must be a declared parameter, got \"Nope\": add \"Nope\" to Parameters"],
    [thing({ ThingName: { 'Fn::Sub': 'x-${Nope}' } }), 'must be a declared parameter, got "Nope"'],
    [thing({ ThingName: { 'Fn::GetAtt': ['a', 'b'] } }), 'must be one of Ref, Fn::Join, Fn::Select, Fn::Split, Fn::Sub, Fn::FindInMap, got "Fn::GetAtt"'],
    [thing({ ThingName: { 'Fn::Join': ['-'] } }), "'templateBody.Resources.thing.Properties.ThingName.Fn::Join' must be [delimiter, [values]]"],
    [thing({ ThingName: { Ref: 'SerialNumber', x: 1 } }), 'must be Ref alone'],
    [thing(NAME, { OverrideSettings: { ThingTypeName: 'MERGE' } }), "'templateBody.Resources.thing.OverrideSettings.ThingTypeName' must be one of DO_NOTHING, REPLACE, FAIL, got \"MERGE\""],
    [{ ...thing(NAME), Mappings: { a: 'b' } }, "'templateBody.Mappings' must be maps of two levels of keys"],
    [{ ...thing(NAME), DeviceConfiguration: { a: { b: 'c' } } }, "'templateBody.DeviceConfiguration.a' must be a text or a function"],
    [{ Parameters: SERIAL, Resources: { p: { Type: 'AWS::IoT::Policy', Properties: { PolicyName: 'a', PolicyDocument: {} } } } }, 'must be PolicyName or PolicyDocument, one of the two'],
    [{ Parameters: SERIAL, Resources: { c: { Type: 'AWS::IoT::Certificate', Properties: { CertificateSigningRequest: 'x' } } } }, "'templateBody.Resources.c.Properties.CertificateId' must be given"],
    [thing({ ...NAME, ThingGroups: 'g' }), "'templateBody.Resources.thing.Properties.ThingGroups' must be a list, got \"g\": put the name in brackets"],
    [thing({ ...NAME, ThingGroups: Array(11).fill('g') }), "'templateBody.Resources.thing.Properties.ThingGroups' must be at most 10 groups, got 11"],
    [`{"a": ${'['.repeat(20_000)}${']'.repeat(20_000)}}`, /'templateBody' must be at most 10240 characters, got "40006 characters": shorten it by 29766 characters\n'templateBody' must be nested at most 200 levels deep, got "20001 levels"/],
    [`{"a": ${'['.repeat(200)}${']'.repeat(200)}}`, "Provisioning: 'templateBody' must be nested at most 200 levels deep, got \"201 levels\""],
    ['['.repeat(4_000), "'templateBody' must be nested at most 200 levels deep, got \"4000 levels\""],
    [`{"a": ${'{"Fn::Join":["",['.repeat(66)}${']]}'.repeat(66)}}`, "'templateBody.a' must be one of Parameters"],
    [{ Parameters: {}, Resources: { thing: { Type: 'AWS::IoT::Thing', Properties: { ThingName: 'x' } } } }, "'serialNumberParameter' must be one of the parameters [] of the body, got \"SerialNumber\""],
  ];
  test.each(cases)('fails where AWS IoT would refuse it (%#)', (body, message) => {
    const templateBody = ProvisioningTemplateBody.fromJson(typeof body === 'string' ? body : JSON.stringify(body));
    expect(() => make({ templateBody })).toThrow(message);
  });

  test('may be written with white space, brackets in texts and escapes: only what AWS IoT gets counts', () => {
    const body = { ...thing(NAME), DeviceConfiguration: { brackets: `\\"${'['.repeat(1_000)}`, letters: 'ä'.repeat(5_000) } };
    const escaped = JSON.stringify(body, null, 400).replace(/ä/g, '\\u00e4');
    expect(escaped.length).toBeGreaterThan(30_000);
    expect(bodyOf(make({ templateBody: ProvisioningTemplateBody.fromJson(escaped) }).template())).toEqual(body);
  });

  test('is read to the last of 200 levels', () => {
    const nested = (levels: number): unknown => levels === 0 ? { Ref: 'Nope' } : { 'Fn::Join': ['', [nested(levels - 1)]] };
    expect(() => make({ templateBody: raw(thing({ ThingName: nested(64) })) })).toThrow('must be a declared parameter, got "Nope"');
  });

  test.each([[0, true], [1, false]])('may have exactly 10,240 characters (%i more)', (more, fits) => {
    const body = (text: string) => JSON.stringify({ ...thing(NAME), DeviceConfiguration: { text } });
    const templateBody = ProvisioningTemplateBody.fromJson(body('x'.repeat(10_240 - body('').length + more)));
    const act = () => make({ templateBody });
    if (fits) expect(act).not.toThrow();
    else expect(act).toThrow("'templateBody' must be at most 10240 characters, got \"10241 characters\": shorten it by 1 characters");
  });
});

describe('the provisioning role', () => {
  test('may do what the default body needs, and nothing else', () => {
    expect(roleStatements(make().template())).toEqual([
      {
        actions: ['iot:RegisterThing', 'iot:AttachThingPrincipal', 'iot:DetachThingPrincipal', 'iot:ListThingPrincipals', 'iot:ListPrincipalThings', 'iot:ListAttachedPolicies', 'iot:ListPrincipalPolicies', 'iot:ListPolicyPrincipals'],
        resources: ['*'],
      },
      { actions: ['iot:DescribeCertificate', 'iot:UpdateCertificate'], resources: [ARN('cert/*')] },
      { actions: ['iot:CreateThing', 'iot:DescribeThing', 'iot:UpdateThing'], resources: [ARN('thing/*')] },
      { actions: ['iot:AttachPolicy', 'iot:AttachPrincipalPolicy', 'iot:DetachPolicy'], resources: [ARN('cert/*'), ARN('policy/DevicePolicy')] },
      { actions: ['iot:GetPolicy', 'iot:ListTargetsForPolicy'], resources: [ARN('policy/DevicePolicy')] },
    ]);
  });

  test('can be assumed by AWS IoT for this template only; for JITP, whose source is not documented, for this account only', () => {
    const trust = (props: FleetProvisioningProps) => resourcesOf(make(props).template(), 'AWS::IAM::Role')
      .map(({ Properties }) => Properties.AssumeRolePolicyDocument.Statement[0]).find(({ Principal }) => Principal.Service === 'iot.amazonaws.com').Condition;
    expect(trust({ templateName: 'Fleet' })).toEqual({ StringEquals: { 'aws:SourceAccount': ROOT.account }, ArnLike: { 'aws:SourceArn': ARN('provisioningtemplate/Fleet') } });
    expect(trust({ templateType: ProvisioningTemplateType.JITP })).toEqual({ StringEquals: { 'aws:SourceAccount': ROOT.account } });
  });

  // The actions of the managed policy that concern each kind of resource.
  const KINDS: { when: (use: Use) => boolean; actions: string[]; on: string }[] = [
    { when: ({ thing }) => thing, actions: ['CreateThing', 'DescribeThing', 'UpdateThing'], on: 'thing/*' },
    { when: ({ thing }) => thing, actions: ['AttachThingPrincipal'], on: '*' },
    { when: ({ thing, type }) => thing && type, actions: ['DescribeThingType'], on: 'thingtype/T' },
    { when: ({ thing, groups }) => thing && groups, actions: ['AddThingToThingGroup', 'DescribeThingGroup', 'UpdateThingGroupsForThing'], on: 'thinggroup/G' },
    { when: ({ thing, groups }) => thing && groups, actions: ['AddThingToThingGroup', 'UpdateThingGroupsForThing'], on: 'thing/*' },
    { when: ({ thing, billing }) => thing && billing, actions: ['AddThingToBillingGroup', 'DescribeBillingGroup'], on: 'billinggroup/B' },
    { when: ({ certificate }) => certificate, actions: ['DescribeCertificate', 'UpdateCertificate'], on: 'cert/*' },
    { when: ({ policy }) => policy !== 'none', actions: ['AttachPolicy'], on: 'cert/*' },
    { when: ({ policy }) => policy === 'name', actions: ['GetPolicy'], on: 'policy/P' },
    { when: ({ policy }) => policy === 'document', actions: ['CreatePolicy', 'GetPolicy'], on: 'policy/*' },
  ];
  interface Use { thing: boolean; type: boolean; groups: boolean; billing: boolean; certificate: boolean; policy: 'none' | 'name' | 'document' }
  const bodyFor = ({ thing, type, groups, billing, certificate, policy }: Use) => ({
    Parameters: SERIAL,
    Resources: {
      ...(thing ? { t: { Type: 'AWS::IoT::Thing', Properties: { ThingName: { Ref: 'SerialNumber' }, ...(type ? { ThingTypeName: 'T' } : {}), ...(groups ? { ThingGroups: ['G'] } : {}), ...(billing ? { BillingGroup: 'B' } : {}) } } } : {}),
      ...(certificate ? { c: { Type: 'AWS::IoT::Certificate', Properties: { CertificateId: { Ref: 'AWS::IoT::Certificate::Id' } } } } : {}),
      ...(policy === 'none' ? {} : { p: { Type: 'AWS::IoT::Policy', Properties: policy === 'name' ? { PolicyName: 'P' } : { PolicyDocument: {} } } }),
    },
  });

  test('has for every kind of resource in the body the actions it needs, and none for what is not there', () => {
    const boolean = fc.boolean();
    const use = fc.record<Use>({ thing: boolean, type: boolean, groups: boolean, billing: boolean, certificate: boolean, policy: fc.constantFrom('none', 'name', 'document') })
      .filter(({ thing, certificate, policy }) => thing || certificate || policy !== 'none');
    fc.assert(fc.property(use, (uses) => {
      const statements = roleStatements(make({ templateBody: raw(bodyFor(uses)), allowAnyDevice: true }).template());
      const allowed = (action: string, on: string) => statements.some(({ actions, resources }) => actions.includes(`iot:${action}`) && resources.includes(on === '*' ? '*' : ARN(on)));
      expect(allowed('RegisterThing', '*')).toBe(true);
      const found = KINDS.flatMap(({ actions, on }) => actions.map(action => [action, on, allowed(action, on)]));
      expect(found).toEqual(KINDS.flatMap(({ when, actions, on }) => actions.map(action => [action, on, when(uses)])));
      expect(statements.flatMap(({ actions }) => actions).filter(action => action.includes('*') || /RegisterCertificate|CreateCertificate|CreateKeys/.test(action))).toEqual([]);
    }), { numRuns: 60 });
  });

  test('may take things out of any group where groups are replaced, and join any where their names are made for each device', () => {
    const groups = (props: FleetProvisioningProps) => roleStatements(make(props).template()).find(({ actions }) => actions.includes('iot:AddThingToThingGroup'))!.resources;
    expect(groups({ thingGroups: [FleetThingGroup.named('g')] })).toEqual([ARN('thing/*'), ARN('thinggroup/g')]);
    expect(groups({ thingGroups: [FleetThingGroup.named('g')], thingGroupsOverride: ThingOverride.REPLACE })).toEqual([ARN('thing/*'), ARN('thinggroup/*')]);
    expect(groups({ thingGroups: [FleetThingGroup.named('g'), FleetThingGroup.named('${Site}')] })).toEqual([ARN('thing/*'), ARN('thinggroup/*')]);
  });

  test('has the managed policy on request, and then nothing of its own', () => {
    const { template } = make({ registrationManagedPolicy: true });
    expect(roleStatements(template())).toEqual([]);
    expect(JSON.stringify(resourcesOf(template(), 'AWS::IAM::Role'))).toContain(':iam::aws:policy/service-role/AWSIoTThingsRegistration');
  });

  test('can be yours, and is then left alone', () => {
    const stack = inStack();
    const provisioningRole = iam.Role.fromRoleArn(stack, 'Own', 'arn:aws:iam::123456789012:role/Own');
    const { template } = make({ provisioningRole }, stack);
    expect(templateOf(template()).Properties.ProvisioningRoleArn).toBe('arn:aws:iam::123456789012:role/Own');
    expect(roleStatements(template())).toEqual([]);
    expect(() => make({ provisioningRole, registrationManagedPolicy: true })).toThrow("'registrationManagedPolicy' must be absent beside provisioningRole");
  });
});

describe('the hook', () => {
  const functionIn = (stack: Stack, id = 'Own') => new lambda.Function(stack, id, { code: lambda.Code.fromInline('x'), handler: 'index.handler', runtime: lambda.Runtime.NODEJS_24_X });

  test('may read and claim devices in the registry, and write its own log', () => {
    const { stack, provisioning, template } = make();
    const policy = Object.values(template().findResources('AWS::IAM::Policy')).find(({ Properties }) => Properties.PolicyName.startsWith('ProvisioningHook'))!;
    expect(policy.Properties.PolicyDocument.Statement).toEqual([
      { Effect: 'Allow', Action: ['logs:CreateLogStream', 'logs:PutLogEvents'], Resource: expect.anything() },
      { Effect: 'Allow', Action: ['dynamodb:GetItem', 'dynamodb:UpdateItem'], Resource: stack.resolve(provisioning.registry!.table.tableArn) },
    ]);
  });

  test('is told what makes the name, and what only the registry may say', () => {
    const { template } = make({
      thingName: 'pump-${SerialNumber}', thingGroups: [FleetThingGroup.named('${Site}')], attributes: { fw: '${Firmware}' }, registry: undefined,
    });
    const { Variables } = resourcesOf(template(), 'AWS::Lambda::Function')[0].Properties.Environment;
    expect(JSON.parse(Variables[HOOK_ENV.thingNameParts])).toEqual(['pump-', { Ref: 'SerialNumber' }]);
    expect(JSON.parse(Variables[HOOK_ENV.declaredParameters]).sort()).toEqual(['Firmware', 'SerialNumber', 'Site', 'ThingName']);
    expect(JSON.parse(Variables[HOOK_ENV.fixedParameters])).toEqual(['ThingName', 'Site']);
    expect(JSON.parse(Variables[HOOK_ENV.attributeParameters])).toEqual(['Firmware']);
    expect(Variables[HOOK_ENV.reprovisionWindowSeconds]).toBeUndefined();
    expect(JSON.stringify(Variables)).not.toContain('${');
  });

  test('does not let a device choose a name, group or policy in a body of your own either', () => {
    const body = {
      Parameters: { SerialNumber: { Type: 'String' }, ThingName: { Type: 'String' }, Group: { Type: 'String' }, Owner: { Type: 'String' } },
      Resources: {
        t: { Type: 'AWS::IoT::Thing', Properties: { ThingName: { 'Fn::Sub': '${ThingName}' }, ThingGroups: [{ Ref: 'Group' }], AttributePayload: { o: { Ref: 'Owner' } } } },
        p: { Type: 'AWS::IoT::Policy', Properties: { PolicyDocument: { Statement: [{ Resource: { 'Fn::Join': ['', ['x', { Ref: 'Owner' }]] } }] } } },
      },
    };
    const { Variables } = resourcesOf(make({ templateBody: raw(body) }).template(), 'AWS::Lambda::Function')[0].Properties.Environment;
    expect(JSON.parse(Variables[HOOK_ENV.declaredParameters])).toEqual(Object.keys(body.Parameters));
    expect(JSON.parse(Variables[HOOK_ENV.fixedParameters])).toEqual(['ThingName', 'Group', 'Owner']);
    expect(Variables[HOOK_ENV.thingNameParts]).toBeUndefined();
  });

  test('answers within 5 seconds or not at all', () => make().template().hasResourceProperties('AWS::Lambda::Function', { Timeout: 5 }));

  test('can be yours; then there is no registry, and its failures raise the alarm', () => {
    const stack = inStack();
    const hook = functionIn(stack);
    const { provisioning, template } = make({ hook }, stack);
    expect(provisioning.registry).toBeUndefined();
    template().resourceCountIs('AWS::DynamoDB::Table', 0);
    template().hasResourceProperties('AWS::Lambda::Permission', { FunctionName: stack.resolve(hook.functionArn), Principal: 'iot.amazonaws.com' });
    template().resourceCountIs('AWS::CloudWatch::Alarm', 1);
    expect(() => provisioning.metricDenied()).toThrow('only the built-in hook counts its denials');
  });

  test.each<[string, (stack: Stack) => FleetProvisioningProps]>([
    ['a hook of your own', stack => ({ hook: functionIn(stack), allowSharedHook: true })],
    ['any device', () => ({ allowAnyDevice: true })],
    ['JITP', () => ({ templateType: ProvisioningTemplateType.JITP })],
  ])('that is not built in leaves the registry as given, and makes none (%s)', (_what, propsIn) => {
    const stack = inStack();
    const props = { ...propsIn(stack), policy: policyIn(stack) };
    const registry = new DeviceRegistry(stack, 'Registry');
    expect(new FleetProvisioning(stack, 'With', { ...props, registry }).registry).toBe(registry);
    expect(new FleetProvisioning(stack, 'Without', props).registry).toBeUndefined();
    Template.fromStack(stack).resourceCountIs('AWS::DynamoDB::Table', 1);
  });

  test('of two templates cannot be one function, unless told so', () => {
    const stack = inStack();
    const hook = functionIn(stack);
    const props = { hook, policy: policyIn(stack) };
    new FleetProvisioning(stack, 'One', props);
    expect(() => new FleetProvisioning(stack, 'Two', props)).toThrow(
      "Stack/Two: 'hook' must be the hook of one template only (MULTIPLE_IOT_PROVISIONING_TEMPLATE_HOOK), got \"the hook of Stack/One\": make a function for each template, or set allowSharedHook",
    );
    new FleetProvisioning(stack, 'Three', { ...props, allowSharedHook: true });
    Template.fromStack(stack).resourceCountIs('AWS::Lambda::Permission', 2);
  });

  test('in one stack, its template in another and its table in a third make no cycle', () => {
    const app = new App();
    const [tables, functions, templates] = ['Tables', 'Functions', 'Templates'].map(id => new Stack(app, id));
    const registry = new DeviceRegistry(tables, 'Registry');
    const hook = functionIn(functions);
    registry.grantClaim(hook);
    new FleetProvisioning(templates, 'Own', { hook, policy: policyIn(templates) });
    new FleetProvisioning(templates, 'BuiltIn', { registry, policy: policyIn(templates) });
    expect(() => app.synth()).not.toThrow();
    Template.fromStack(functions).resourceCountIs('AWS::Lambda::Permission', 0);
    Template.fromStack(templates).resourceCountIs('AWS::Lambda::Permission', 2);
  });

  test('can be left out, with a warning', () => {
    const { stack, provisioning, template } = make({ allowAnyDevice: true });
    expect(templateOf(template()).Properties.PreProvisioningHook).toBeUndefined();
    template().resourceCountIs('AWS::Lambda::Function', 0);
    Annotations.fromStack(stack).hasWarning('/Stack/Provisioning', Match.stringLikeRegexp('whoever holds the claim can register any thing name'));
    expect(() => provisioning.metricErrors()).toThrow('there is no hook that could fail');
    expect(() => make({ allowAnyDevice: true, hook: functionIn(inStack()) })).toThrow("'hook' must be absent beside allowAnyDevice");
  });

  test('that is built in gives no warning', () => {
    const { stack, template } = make();
    template();
    Annotations.fromStack(stack).hasNoWarning('*', Match.anyValue());
  });
});

describe('alarms', () => {
  test('tell denials from errors', () => {
    const { template } = make({ templateName: 'Fleet', denialAlarmThreshold: 7 });
    template().hasResourceProperties('AWS::CloudWatch::Alarm', { Namespace: 'AWS/Lambda', MetricName: 'Errors', Threshold: 1, Period: 300, Statistic: 'Sum' });
    template().hasResourceProperties('AWS::CloudWatch::Alarm', {
      Namespace: 'IotLandingZone', MetricName: 'ProvisioningDenied', Threshold: 7, Dimensions: [{ Name: 'TemplateName', Value: 'Fleet' }],
    });
    template().hasResourceProperties('AWS::Logs::MetricFilter', {
      FilterPattern: '{ $.decision = "DENY" }',
      MetricTransformations: [{ MetricNamespace: 'IotLandingZone', MetricName: 'ProvisioningDenied', MetricValue: '1', Dimensions: [{ Key: 'TemplateName', Value: '$.template' }] }],
    });
  });

  test('start at 20 denials and tell nobody, unless told otherwise', () => {
    make().template().hasResourceProperties('AWS::CloudWatch::Alarm', { MetricName: 'ProvisioningDenied', Threshold: 20, AlarmActions: Match.absent() });
    const alarmActions: cloudwatch.IAlarmAction[] = [{ bind: () => ({ alarmActionArn: 'arn:aws:sns:eu-west-1:123456789012:topic' }) }];
    make({ alarmActions }).template().allResourcesProperties('AWS::CloudWatch::Alarm', { AlarmActions: ['arn:aws:sns:eu-west-1:123456789012:topic'] });
  });
});

describe('JITP', () => {
  test('has no hook, no registry and no claim, and registers the authority with the template', () => {
    const { provisioning, template } = make({ templateType: ProvisioningTemplateType.JITP, templateName: 'Fleet' });
    provisioning.addCertificateAuthority('Factory', { caCertificatePem: 'pem' });
    provisioning.addCertificateAuthority('Proved', { caCertificatePem: 'pem', verificationCertificatePem: 'proof' });
    expect(templateOf(template()).Properties).toMatchObject({ TemplateType: 'JITP' });
    for (const type of ['AWS::Lambda::Function', 'AWS::DynamoDB::Table', 'AWS::CloudWatch::Alarm', 'AWS::SecretsManager::Secret']) template().resourceCountIs(type, 0);
    const [factory, proved] = resourcesOf(template(), 'AWS::IoT::CACertificate');
    expect(factory).toMatchObject({
      DeletionPolicy: 'Retain',
      Properties: { CACertificatePem: 'pem', CertificateMode: 'SNI_ONLY', Status: 'ACTIVE', AutoRegistrationStatus: 'ENABLE', RegistrationConfig: { TemplateName: 'Fleet' } },
    });
    expect(proved.Properties).toMatchObject({ CertificateMode: 'DEFAULT', VerificationCertificatePem: 'proof' });
    expect(() => provisioning.addClaim('Claim', ClaimCertificate.generated())).toThrow("'templateType' must be FLEET_PROVISIONING for claims, got \"JITP\"");
  });

  test('is needed for authorities', () => {
    expect(() => make().provisioning.addCertificateAuthority('Factory', { caCertificatePem: 'pem' })).toThrow("'templateType' must be JITP for certificate authorities");
  });
});

test('a trusted user may make claims for this template only', () => {
  const { stack, provisioning, template } = make({ templateName: 'Fleet' });
  provisioning.grantCreateClaim(new iam.Role(stack, 'Installer', { assumedBy: new iam.AccountRootPrincipal() }));
  const policy = resourcesOf(template(), 'AWS::IAM::Policy').find(({ Properties }) => Properties.PolicyName.startsWith('Installer'))!;
  expect(policy.Properties.PolicyDocument.Statement).toEqual([{ Effect: 'Allow', Action: 'iot:CreateProvisioningClaim', Resource: ARN('provisioningtemplate/Fleet') }]);
});

test('a registry with a window tells the hook', () => {
  const stack = inStack();
  const { template } = make({ registry: new DeviceRegistry(stack, 'Registry', { reprovisionWindow: Duration.hours(2) }) }, stack);
  expect(resourcesOf(template(), 'AWS::Lambda::Function')[0].Properties.Environment.Variables[HOOK_ENV.reprovisionWindowSeconds]).toBe('7200');
});

describe('the policy', () => {
  /** What the template waits for, and so what is deleted after it. */
  const awaited = (stack: Stack): string[] => Object.values(Template.fromStack(stack).findResources('AWS::IoT::ProvisioningTemplate'))
    .flatMap(({ DependsOn }) => DependsOn ?? []);
  const idsBelow = (stack: Stack, policy: IThingPolicy): string[] =>
    policy.node.findAll().filter(CfnResource.isCfnResource).map(({ logicalId }) => stack.resolve(logicalId));

  test('that is deleted with the stack is detached only once the template is gone', () => {
    const stack = inStack();
    const policy = new ThingPolicy(stack, 'Policy', { removalPolicy: RemovalPolicy.DESTROY });
    make({ policy, claimCertificate: ClaimCertificate.generated() }, stack);
    const detachments = Object.keys(Template.fromStack(stack).findResources('Custom::ThingPolicyDetachment'));
    expect(detachments).toHaveLength(1);
    expect(awaited(stack)).toEqual(expect.arrayContaining([...detachments, ...idsBelow(stack, policy)]));
  });

  test('goes after the template also where a body of your own names it', () => {
    const stack = inStack();
    const policy = new ThingPolicy(stack, 'Policy', { removalPolicy: RemovalPolicy.DESTROY });
    const named = { Type: 'AWS::IoT::Policy', Properties: { PolicyName: policy.policyName } };
    make({ policy, templateBody: raw({ Parameters: SERIAL, Resources: { thing: RAW_THING, named } }) }, stack);
    expect(awaited(stack)).toEqual(expect.arrayContaining(idsBelow(stack, policy)));
  });

  test.each([RemovalPolicy.DESTROY, RemovalPolicy.RETAIN])('of another stack makes the stack of the template wait, without a cycle (%s)', (removalPolicy) => {
    const app = new App();
    const [policies, templates] = ['Policies', 'Templates'].map(id => new Stack(app, id));
    const policy = new ThingPolicy(policies, 'Policy', { removalPolicy });
    new FleetProvisioning(templates, 'Provisioning', { policy, claimCertificate: ClaimCertificate.generated() });
    expect(() => app.synth()).not.toThrow();
    expect(templates.dependencies).toEqual([policies]);
    expect(policies.dependencies).toEqual([]);
    expect(awaited(templates).some(id => idsBelow(policies, policy).includes(id))).toBe(false);
  });

  test('that is imported, here or in another stack, is waited for by name only', () => {
    const app = new App();
    const [elsewhere, templates] = ['Elsewhere', 'Templates'].map(id => new Stack(app, id));
    // The other way round already, so that a dependency on the place of the import would be a cycle.
    elsewhere.addStackDependency(templates);
    new FleetProvisioning(templates, 'Near', { policy: ThingPolicy.fromPolicyName(templates, 'Policy', 'Known') });
    new FleetProvisioning(templates, 'Far', { policy: ThingPolicy.fromPolicyName(elsewhere, 'Policy', 'Known') });
    expect(() => app.synth()).not.toThrow();
    expect(templates.dependencies).toEqual([]);
  });

  test('makes no cycle with an authority, whose devices come by the template', () => {
    const stack = inStack();
    const policy = new ThingPolicy(stack, 'Policy', { removalPolicy: RemovalPolicy.DESTROY });
    const { provisioning } = make({ policy, templateType: ProvisioningTemplateType.JITP }, stack);
    provisioning.addCertificateAuthority('Factory', { caCertificatePem: 'pem' });
    expect(() => Template.fromStack(stack)).not.toThrow();
  });
});
