import { App, CfnParameter, Duration, Environment, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as iot from 'aws-cdk-lib/aws-iot';
import { Compression } from 'aws-cdk-lib/aws-kinesisfirehose';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { fullProps } from './full-zone';
import {
  ClaimCertificate, FleetProvisioning, IngestRule, LakeColumnType, LakeFormat, LandingZone, LandingZoneProps, LandingZoneStack,
  LifecycleConnectivityTable, ProvisioningTemplateType, RecordTransform, RuleErrorQueue, SqsAction, ThingPolicy,
} from '../../src';
import { overlap } from '../../src/landing-zone/neighbours';
import { covers } from '../../src/landing-zone/telemetry-coverage';
import { pathsAndTypes } from '../template';

function synth(props?: LandingZoneProps) {
  const stack = new Stack(new App(), 'Plant');
  const zone = new LandingZone(stack, 'Zone', props);
  return { stack, zone, template: () => Template.fromStack(stack) };
}

describe('wiring', () => {
  test('lets devices publish to the telemetry rule, each below its own name', () => {
    const { stack, zone, template } = synth({ zoneName: 'plant' });
    const [policy] = Object.values(template().findResources('AWS::IoT::Policy', { Properties: { PolicyDocument: Match.anyValue() } }))
      .filter(({ Properties }) => JSON.stringify(Properties).includes('rules'));
    expect(JSON.stringify(stack.resolve(policy))).toContain('topic/$aws/rules/plant_telemetry/data/${iot:Connection.Thing.ThingName}/*');
    expect(zone.telemetry.rule.ruleName).toBe('plant_telemetry');
  });

  test('sends what fails in any rule to one queue', () => {
    const { stack, zone, template } = synth();
    const rules = Object.values(template().findResources('AWS::IoT::TopicRule'));
    expect(rules.length).toBeGreaterThan(2);
    const queueUrl = stack.resolve(zone.errors.queue.queueUrl);
    for (const { Properties } of rules) expect(Properties.TopicRulePayload.ErrorAction.Sqs.QueueUrl).toEqual(queueUrl);
  });

  test('asks the registry of the zone before a device gets in', () => {
    const { stack, zone, template } = synth();
    template().hasResourceProperties('AWS::IoT::ProvisioningTemplate', {
      Enabled: true, PreProvisioningHook: { TargetArn: stack.resolve(zone.provisioning.hook!.functionArn), PayloadVersion: '2020-04-01' },
    });
    expect(zone.provisioning.registry).toBe(zone.registry);
    template().hasResourceProperties('AWS::Lambda::Function', { Environment: { Variables: Match.objectLike({ REGISTRY_TABLE_NAME: stack.resolve(zone.registry.table.tableName) }) } });
  });

  test('gives devices the policy of the zone', () => {
    const { stack, zone, template } = synth();
    const [{ Properties }] = Object.values(template().findResources('AWS::IoT::ProvisioningTemplate'));
    expect(JSON.stringify(Properties.TemplateBody)).toContain(JSON.stringify(stack.resolve(zone.thingPolicy.policyName)));
  });

  test('redrives presence events to their queue, since nobody can publish to their topics', () => {
    const { stack, zone, template } = synth();
    const [{ Properties }] = Object.values(template().findResources('AWS::Lambda::Function', { Properties: { Timeout: 300 } }));
    const map = JSON.stringify(stack.resolve(Properties.Environment.Variables.RULE_QUEUE_URLS));
    expect(map).toContain(zone.connectivity.connectedRule.ruleName);
    expect(map).toContain(zone.connectivity.disconnectedRule.ruleName);
  });

  test('has no SiteWise rule and makes no asset without models', () => {
    const { zone, template } = synth();
    expect(zone.siteWise).toBeUndefined();
    template().resourceCountIs('AWS::IoTSiteWise::AssetModel', 0);
    expect(JSON.stringify(template().findResources('AWS::IoT::TopicRule'))).not.toContain('IotSiteWise');
  });

  test('passes alarm actions to every alarm', () => {
    const stack = new Stack(new App(), 'Plant');
    new LandingZone(stack, 'Zone', fullProps(stack));
    const alarms = Object.values(Template.fromStack(stack).findResources('AWS::CloudWatch::Alarm'));
    expect(alarms.length).toBeGreaterThan(4);
    for (const { Properties } of alarms) expect(Properties.AlarmActions).toHaveLength(1);
  });

  test('a part\'s own option wins over that of the zone', () => {
    const { template } = synth({ errors: { removalPolicy: RemovalPolicy.DESTROY, retentionPeriod: Duration.days(1) } });
    template().hasResource('AWS::SQS::Queue', { DeletionPolicy: 'Delete', Properties: { MessageRetentionPeriod: 86_400 } });
  });
});

test('an option that is undefined does not take the place of what the zone supplies', () => {
  const { zone, template } = synth({
    zoneName: 'plant',
    removalPolicy: RemovalPolicy.DESTROY,
    provisioning: { templateName: undefined, claimCertificate: undefined },
    telemetry: { ruleName: undefined },
    errors: { alarmActions: undefined },
  });
  expect([zone.provisioning.templateName, zone.telemetry.rule.ruleName]).toEqual(['plant', 'plant_telemetry']);
  expect(zone.provisioning.claim).toBeDefined();
  template().resourceCountIs('Custom::IoTClaimCertificate', 1);
});

describe('lake', () => {
  test('takes over what the telemetry says of its data, and the pipeline writes into it', () => {
    const { stack, zone, template } = synth({ telemetry: { columns: [{ name: 'temp', type: LakeColumnType.DOUBLE }], rawRetention: Duration.days(7), format: LakeFormat.PARQUET } });
    expect(zone.telemetry.bucket).toBe(zone.lake!.bucket);
    expect(zone.telemetry.table).toBe(zone.lake!.table);
    template().hasResourceProperties('AWS::Glue::Table', { TableInput: { Name: 'telemetry', StorageDescriptor: { Columns: Match.arrayWith([{ Name: 'measurements', Type: 'map<string,double>', Comment: Match.anyValue() }, { Name: 'temp', Type: 'double' }]) } } });
    template().hasResourceProperties('AWS::S3::Bucket', { LifecycleConfiguration: { Rules: Match.arrayWith([Match.objectLike({ Prefix: 'raw/', ExpirationInDays: 7 })]) } });
    template().hasOutput('*', { Value: stack.resolve(zone.lake!.workgroupName) });
  });

  test.each<[string, LandingZoneProps]>([
    ['JSON lines', { telemetry: { format: LakeFormat.JSON_LINES } }], ['a compression', { telemetry: { compression: Compression.SNAPPY } }],
    ['a transform', { telemetry: { transform: RecordTransform.none() } }],
  ])('is left out for telemetry with %s, which stays as it was', (_form, props) => {
    const { zone, template } = synth(props);
    expect(zone.lake).toBeUndefined();
    template().resourceCountIs('AWS::Athena::WorkGroup', 0);
    expect(zone.telemetry.node.tryFindChild('Bucket')).toBeDefined();
  });

  test('fails for options that contradict those of the telemetry', () => {
    expect(() => synth({ telemetry: { format: LakeFormat.JSON_LINES }, lake: {} })).toThrow("'lake' must be left out, since telemetry.format says how rows are written");
    expect(() => synth({ telemetry: { columns: [] }, lake: { columns: [] } })).toThrow("'lake.columns' must be left out, since telemetry.columns says it");
  });
});

describe('telemetry topics', () => {
  const warnings = (zone: LandingZone) => Annotations.fromStack(Stack.of(zone)).findWarning('*', Match.stringLikeRegexp('telemetry rule does not take'));

  test('fit together by default', () => {
    expect(warnings(synth().zone)).toEqual([]);
  });

  test('that the rule does not take are told, with both props to set', () => {
    const { zone } = synth({ thingPolicy: { telemetryTopics: ['dt/<thing>/*'] } });
    expect(warnings(zone)[0].entry.data).toContain('devices may publish to ["dt/<thing>/*"], which the telemetry rule does not take: it reads \'data/#\'. '
      + 'Set \'telemetry.topicFilter\' and \'thingPolicy.telemetryTopics\' to fit, or add a rule of your own');
  });

  test.each([
    ['data/#', 'data/<thing>/*', true], ['#', 'x/<thing>', true], ['+/+/t', 'dt/<thing>/t', true], ['data/+', 'data/<thing>', true],
    ['data/#', 'dt/<thing>/*', false], ['data/+', 'data/<thing>/*', false], ['data/+/t', 'data/<thing>/u', false], ['data/+/t', 'data/<thing>', false],
    ['data/press-07/#', 'data/<thing>/*', false], ['data/+/+', 'data/<thing>/*', false], ['data/+', 'data/<thing>/t', false],
  ])('%s takes %s: %p', (filter, pattern, taken) => {
    expect(covers(filter, pattern)).toBe(taken);
  });

  test('of one\'s own SQL or a filter known at deployment are not judged', () => {
    expect(warnings(synth({ telemetry: { sql: 'SELECT * FROM \'x\'' } }).zone)).toEqual([]);
  });

  test('may be none: then devices are granted no rule either', () => {
    const { template } = synth({ thingPolicy: { telemetryTopics: [] } });
    expect(JSON.stringify(template().findResources('AWS::IoT::Policy'))).not.toContain('$aws/rules/');
    expect(JSON.stringify(template().findOutputs('*'))).not.toContain('$aws/rules/');
  });
});

describe('connectivity', () => {
  test('leaves out the console, and devices that connect with the claim to provision', () => {
    const { zone, template } = synth({ provisioning: { claimClientIdPrefix: 'bootstrap-' } });
    expect(zone.connectivity.connectedRule.sql).toContain('WHERE NOT startswith(clientId, \'iotconsole\') AND NOT startswith(clientId, \'bootstrap-\')');
    template();
  });

  test('leaves out what the user says instead', () => {
    expect(synth({ connectivity: { ignoredClientIdPrefixes: ['test-'] } }).zone.connectivity.connectedRule.sql).toMatch(/WHERE NOT startswith\(clientId, 'test-'\)$/);
  });
});

describe('claim', () => {
  test('is made by AWS IoT, its key in a secret, by default', () => {
    const { template, zone } = synth();
    template().resourceCountIs('Custom::IoTClaimCertificate', 1);
    expect(zone.provisioning.claim!.secret).toBeDefined();
  });

  test('has no key in AWS with a signing request', () => {
    const csr = '-----BEGIN CERTIFICATE REQUEST-----\nMIIB\n-----END CERTIFICATE REQUEST-----';
    const { template } = synth({ provisioning: { claimCertificate: ClaimCertificate.fromCsr(csr) } });
    template().resourceCountIs('Custom::IoTClaimCertificate', 0);
    template().resourceCountIs('AWS::SecretsManager::Secret', 0);
    template().hasResourceProperties('AWS::IoT::Certificate', { CertificateSigningRequest: csr });
  });

  test('does not exist where only a trusted user hands out claims', () => {
    const { stack, zone, template } = synth({ provisioning: { claimCertificate: ClaimCertificate.none() } });
    zone.provisioning.grantCreateClaim(new iam.Role(stack, 'Installer', { assumedBy: new iam.AccountRootPrincipal() }));
    template().resourceCountIs('Custom::IoTClaimCertificate', 0);
    template().resourceCountIs('AWS::IoT::PolicyPrincipalAttachment', 0);
    expect(zone.provisioning.claim).toBeUndefined();
    expect(() => zone.provisioning.addClaim('More', ClaimCertificate.none())).toThrow(
      'Plant/Zone/Provisioning/More: \'certificate\' must be a certificate, got "ClaimCertificate.none()": pass ClaimCertificate.generated(), or add no claim');
  });

  test('does not exist where devices come just in time', () => {
    const { template } = synth({ provisioning: { templateType: ProvisioningTemplateType.JITP } });
    template().resourceCountIs('Custom::IoTClaimCertificate', 0);
    template().hasResourceProperties('AWS::IoT::ProvisioningTemplate', { TemplateType: 'JITP', PreProvisioningHook: Match.absent() });
  });
});

describe('name', () => {
  test.each(['p', 'plant_07', 'x'.repeat(36)])('%s names the template and the telemetry rule', zoneName => {
    const { template } = synth({ zoneName });
    template().hasResourceProperties('AWS::IoT::ProvisioningTemplate', { TemplateName: zoneName });
    template().hasResourceProperties('AWS::IoT::TopicRule', { RuleName: `${zoneName}_telemetry` });
  });

  test('fails for 37 characters, and says by how many it is too long', () => {
    expect(() => synth({ zoneName: 'x'.repeat(37) })).toThrow(
      `Plant/Zone: 'zoneName' must be 1 to 36 characters of letters, digits and underscores, got "${'x'.repeat(37)}": shorten it by 1 characters`);
  });

  test('fails for a dash, which a rule cannot have', () => {
    expect(() => synth({ zoneName: 'my-plant' })).toThrow('remove the characters "-"');
  });

  test('may be a token', () => {
    const stack = new Stack(new App(), 'Plant');
    const name = new CfnParameter(stack, 'Name-Of-Zone').valueAsString;
    new LandingZone(stack, 'Zone', { zoneName: name });
    Template.fromStack(stack).hasResourceProperties('AWS::IoT::ProvisioningTemplate', { TemplateName: { Ref: 'NameOfZone' } });
  });
});

describe('outputs', () => {
  test('name the registry only where the built-in hook asks it', () => {
    const ids = (props?: LandingZoneProps) => Object.keys(synth(props).template().findOutputs('*')).join();
    expect(ids()).toContain('RegistryTable');
    expect(ids({ provisioning: { templateType: ProvisioningTemplateType.JITP } })).not.toContain('RegistryTable');
  });

  test('each has a description and none has a secret value', () => {
    const outputs = Object.values(synth().template().findOutputs('*'));
    expect(outputs.length).toBeGreaterThan(7);
    for (const { Description } of outputs) expect(Description).toMatch(/^[A-Z].{15,}/);
    expect(JSON.stringify(outputs)).not.toContain('resolve:');
  });
});

describe('two zones', () => {
  /** Names that must be unique in an account and Region, or in a stack. */
  const names = (template: Template) => ['AWS::IoT::TopicRule', 'AWS::IoT::ProvisioningTemplate', 'AWS::IoTSiteWise::AssetModel', 'AWS::Glue::Database']
    .flatMap(type => Object.values(template.findResources(type)).map(({ Properties }) =>
      JSON.stringify([type, Properties.RuleName ?? Properties.TemplateName ?? Properties.AssetModelName ?? Properties.DatabaseInput?.Name])));

  test('in one stack have names and outputs of their own', () => {
    const stack = new Stack(new App(), 'Plant');
    new LandingZone(stack, 'North');
    new LandingZone(stack, 'South');
    const found = names(Template.fromStack(stack));
    expect(found.length).toBeGreaterThan(6);
    expect(new Set(found).size).toBe(found.length);
  });

  test('in two stacks of one app, and with one id in stacks of two names, have names of their own', () => {
    const synthesized = [['A', undefined], ['B', undefined], ['A', 'a-staging']].map(([id, stackName]) => {
      const stack = new Stack(new App(), id, { stackName });
      new LandingZone(stack, 'Zone');
      return names(Template.fromStack(stack));
    });
    expect(new Set(synthesized.flat()).size).toBe(synthesized.flat().length);
  });

  describe('of one account and Region', () => {
    const env = { account: '123456789012', region: 'eu-central-1' };
    const pair = (first: LandingZoneProps, second: LandingZoneProps, envs: Environment[] = [env, env]) => {
      const app = new App();
      return [first, second].map((props, at) => new LandingZone(new Stack(app, `Stack${at}`, { env: envs[at] }), 'Zone', props)).map(zone => Stack.of(zone));
    };
    const sharing = Match.stringLikeRegexp('store the same messages');

    test('fail for one name, and say which zone has it', () => {
      const message = "Stack1/Zone: 'zoneName' must be one that Stack0/Zone in the same account and Region does not have, got \"plant\": choose another name";
      expect(() => pair({ zoneName: 'plant' }, { zoneName: 'plant' })).toThrow(message);
      expect(() => pair({ zoneName: 'plant' }, { zoneName: 'plant2' })).not.toThrow();
      expect(() => pair({ zoneName: 'plant' }, { zoneName: 'plant' }, [env, { ...env, region: 'us-east-1' }])).not.toThrow();
      expect(() => pair({ zoneName: 'plant' }, { zoneName: 'plant' }, [{}, {}])).not.toThrow();
      const stack = new Stack(new App(), 'Plant');
      new LandingZone(stack, 'North', { zoneName: 'plant' });
      expect(() => new LandingZone(stack, 'South', { zoneName: 'plant' })).toThrow("'zoneName' must be one that Plant/North");
    });

    test('are told that both store what the devices of each send', () => {
      const [first, second] = pair({}, {});
      Annotations.fromStack(first).hasNoWarning('*', sharing);
      Annotations.fromStack(second).hasWarning('/Stack1/Zone', Match.stringLikeRegexp("this zone and of Stack0/Zone read 'data/#' and 'data/#'"));
    });

    test('are not told so with topics of their own, in other Regions, or where that is not known', () => {
      const topics = (root: string) => ({ telemetry: { topicFilter: `${root}/data/#` }, thingPolicy: { telemetryTopics: [`${root}/data/<thing>/*`] } });
      for (const [, second] of [
        pair(topics('north'), topics('south')), pair({}, {}, [env, { ...env, region: 'us-east-1' }]), pair({}, {}, [{}, {}]), pair({}, {}, [env, { region: env.region }]),
      ]) Annotations.fromStack(second).hasNoWarning('*', sharing);
    });

    test.each([
      ['data/#', 'data/+/telemetry', true], ['data/+', 'data/a', true], ['data/+/a', '+/b/a', true], ['data/#', 'data', true],
      ['data/+', 'data/a/b', false], ['data/a', 'data/b', false], ['a/data/#', 'data/#', false], ['data/+/a', 'data/+/b', false],
    ])('%s and %s share a topic: %s', (one, other, expected) => {
      expect([overlap(one, other), overlap(other, one)]).toEqual([expected, expected]);
    });
  });

  test('have the same logical ids whatever the order they were made in', () => {
    const ids = (order: string[]) => {
      const stack = new Stack(new App(), 'Plant');
      order.forEach(id => new LandingZone(stack, id));
      return Object.keys(Template.fromStack(stack).toJSON().Resources).sort();
    };
    expect(ids(['North', 'South'])).toEqual(ids(['South', 'North']));
  });
});

describe('stacks', () => {
  test('rule, function and table in three stacks synthesize without a cycle', () => {
    const app = new App();
    const tables = new Stack(app, 'Tables');
    const functions = new Stack(app, 'Functions');
    const rules = new Stack(app, 'Rules');
    const table = new dynamodb.Table(tables, 'Table', { partitionKey: { name: 'ClientID', type: dynamodb.AttributeType.STRING } });
    const handler = new lambda.Function(functions, 'Function', { code: lambda.Code.fromInline('exports.handler = 0'), handler: 'index.handler', runtime: lambda.Runtime.NODEJS_24_X });
    table.grantReadWriteData(handler);
    new LifecycleConnectivityTable(rules, 'Connectivity', { table, handler });
    new FleetProvisioning(rules, 'Provisioning', { policy: new ThingPolicy(tables, 'Policy'), hook: handler });
    expect(() => app.synth()).not.toThrow();
  });

  test('error queue, rule and target queue in three stacks synthesize without a cycle', () => {
    const app = new App();
    const errors = new RuleErrorQueue(new Stack(app, 'Errors'), 'Queue');
    const { queue } = new RuleErrorQueue(new Stack(app, 'Targets'), 'Queue');
    const rule = new IngestRule(new Stack(app, 'Rules'), 'Rule', { sql: 'SELECT * FROM \'a\'', errorQueue: errors, actions: [new SqsAction(queue)] });
    errors.addRedriveQueue(rule, queue);
    expect(() => app.synth()).not.toThrow();
  });

  test('LandingZoneStack holds one zone and passes props on', () => {
    const stack = new LandingZoneStack(new App(), 'Plant', { description: 'Press shop', zoneName: 'plant', terminationProtection: true });
    const template = Template.fromStack(stack);
    expect(template.toJSON().Description).toBe('Press shop');
    expect(stack.terminationProtection).toBe(true);
    template.hasResourceProperties('AWS::IoT::ProvisioningTemplate', { TemplateName: 'plant' });
    expect(stack.zone).toBeInstanceOf(LandingZone);
  });

  test('resolves for a stack of a known account and Region as it does for any', () => {
    const stack = new Stack(new App(), 'Plant', { env: { account: '123456789012', region: 'cn-north-1' } });
    new LandingZone(stack, 'Zone');
    expect(JSON.stringify(Template.fromStack(stack).toJSON().Resources)).not.toMatch(/arn:aws:/);
  });
});

test('a part can be reached for what the props do not offer', () => {
  const { stack, zone, template } = synth();
  const operator = new iam.Role(stack, 'Operator', { assumedBy: new iam.AccountRootPrincipal() });
  zone.registry.grantRegister(operator);
  (zone.telemetry.rule.node.findChild('Rule') as iot.CfnTopicRule).addPropertyOverride('TopicRulePayload.Description', 'ours');
  template().hasResourceProperties('AWS::IoT::TopicRule', { TopicRulePayload: { Description: 'ours' } });
});

test('guards its logical ids', () => {
  expect(pathsAndTypes(synth().stack)).toEqual(EXPECTED_PATHS);
});

const EXPECTED_PATHS = [
  'Zone/Connectivity/Alarm -> AWS::CloudWatch::Alarm',
  'Zone/Connectivity/ConnectedRule/Role -> AWS::IAM::Role',
  'Zone/Connectivity/ConnectedRule/Role/DefaultPolicy -> AWS::IAM::Policy',
  'Zone/Connectivity/ConnectedRule/Rule -> AWS::IoT::TopicRule',
  'Zone/Connectivity/ConnectedThrottleAlarm -> AWS::CloudWatch::Alarm',
  'Zone/Connectivity/DeadLetterQueue -> AWS::SQS::Queue',
  'Zone/Connectivity/DeadLetterQueue/Policy -> AWS::SQS::QueuePolicy',
  'Zone/Connectivity/DisconnectedRule/Role -> AWS::IAM::Role',
  'Zone/Connectivity/DisconnectedRule/Role/DefaultPolicy -> AWS::IAM::Policy',
  'Zone/Connectivity/DisconnectedRule/Rule -> AWS::IoT::TopicRule',
  'Zone/Connectivity/DisconnectedThrottleAlarm -> AWS::CloudWatch::Alarm',
  'Zone/Connectivity/Handler/Function -> AWS::Lambda::Function',
  'Zone/Connectivity/Handler/Logs -> AWS::Logs::LogGroup',
  'Zone/Connectivity/Handler/Role -> AWS::IAM::Role',
  'Zone/Connectivity/Handler/Role/DefaultPolicy -> AWS::IAM::Policy',
  'Zone/Connectivity/LagAlarm -> AWS::CloudWatch::Alarm',
  'Zone/Connectivity/Mapping -> AWS::Lambda::EventSourceMapping',
  'Zone/Connectivity/Mapping/Policy -> AWS::IAM::Policy',
  'Zone/Connectivity/Queue -> AWS::SQS::Queue',
  'Zone/Connectivity/Queue/Policy -> AWS::SQS::QueuePolicy',
  'Zone/Connectivity/Table -> AWS::DynamoDB::Table',
  'Zone/Endpoint/Endpoint/Default -> Custom::IotDeviceEndpoint',
  'Zone/Endpoint/LookUp/Function -> AWS::Lambda::Function',
  'Zone/Endpoint/LookUp/Logs -> AWS::Logs::LogGroup',
  'Zone/Endpoint/LookUp/Role -> AWS::IAM::Role',
  'Zone/Endpoint/LookUp/Role/DefaultPolicy -> AWS::IAM::Policy',
  'Zone/Errors/Alarm -> AWS::CloudWatch::Alarm',
  'Zone/Errors/Queue -> AWS::SQS::Queue',
  'Zone/Errors/Queue/Policy -> AWS::SQS::QueuePolicy',
  'Zone/Errors/Redrive/Function -> AWS::Lambda::Function',
  'Zone/Errors/Redrive/Logs -> AWS::Logs::LogGroup',
  'Zone/Errors/Redrive/Role -> AWS::IAM::Role',
  'Zone/Errors/Redrive/Role/DefaultPolicy -> AWS::IAM::Policy',
  'Zone/Lake/Bucket -> AWS::S3::Bucket',
  'Zone/Lake/Bucket/Policy -> AWS::S3::BucketPolicy',
  'Zone/Lake/Database -> AWS::Glue::Database',
  'Zone/Lake/ErrorView/View -> AWS::Glue::Table',
  'Zone/Lake/Errors/Table -> AWS::Glue::Table',
  'Zone/Lake/LongView/View -> AWS::Glue::Table',
  'Zone/Lake/Queries/DataVolume -> AWS::Athena::NamedQuery',
  'Zone/Lake/Queries/HourlyAverages -> AWS::Athena::NamedQuery',
  'Zone/Lake/Queries/LastValues -> AWS::Athena::NamedQuery',
  'Zone/Lake/Queries/SilentDevices -> AWS::Athena::NamedQuery',
  'Zone/Lake/Queries/Workgroup -> AWS::Athena::WorkGroup',
  'Zone/Lake/Raw/Table -> AWS::Glue::Table',
  'Zone/Lake/Telemetry/Table -> AWS::Glue::Table',
  'Zone/Lake/WideView/View -> AWS::Glue::Table',
  'Zone/Provisioning/Claim/Attachment -> AWS::IoT::PolicyPrincipalAttachment',
  'Zone/Provisioning/Claim/Certificate/Default -> Custom::IoTClaimCertificate',
  'Zone/Provisioning/Claim/Generator/Function -> AWS::Lambda::Function',
  'Zone/Provisioning/Claim/Generator/Logs -> AWS::Logs::LogGroup',
  'Zone/Provisioning/Claim/Generator/Role -> AWS::IAM::Role',
  'Zone/Provisioning/Claim/Generator/Role/DefaultPolicy -> AWS::IAM::Policy',
  'Zone/Provisioning/Claim/Policy -> AWS::IoT::Policy',
  'Zone/Provisioning/Claim/Secret -> AWS::SecretsManager::Secret',
  'Zone/Provisioning/Claim/Secret/Policy -> AWS::SecretsManager::ResourcePolicy',
  'Zone/Provisioning/DenialAlarm -> AWS::CloudWatch::Alarm',
  'Zone/Provisioning/ErrorAlarm -> AWS::CloudWatch::Alarm',
  'Zone/Provisioning/Hook/Denied -> AWS::Logs::MetricFilter',
  'Zone/Provisioning/Hook/Handler/Function -> AWS::Lambda::Function',
  'Zone/Provisioning/Hook/Handler/Logs -> AWS::Logs::LogGroup',
  'Zone/Provisioning/Hook/Handler/Role -> AWS::IAM::Role',
  'Zone/Provisioning/Hook/Handler/Role/DefaultPolicy -> AWS::IAM::Policy',
  'Zone/Provisioning/HookPermission -> AWS::Lambda::Permission',
  'Zone/Provisioning/Role -> AWS::IAM::Role',
  'Zone/Provisioning/Role/DefaultPolicy -> AWS::IAM::Policy',
  'Zone/Provisioning/Template -> AWS::IoT::ProvisioningTemplate',
  'Zone/Registry/Table -> AWS::DynamoDB::Table',
  'Zone/Telemetry/ConversionAlarm -> AWS::CloudWatch::Alarm',
  'Zone/Telemetry/DeliveryAlarm -> AWS::CloudWatch::Alarm',
  'Zone/Telemetry/FreshnessAlarm -> AWS::CloudWatch::Alarm',
  'Zone/Telemetry/ParseErrorAlarm -> AWS::CloudWatch::Alarm',
  'Zone/Telemetry/RefusalAlarm -> AWS::CloudWatch::Alarm',
  'Zone/Telemetry/Rule/Role -> AWS::IAM::Role',
  'Zone/Telemetry/Rule/Role/DefaultPolicy -> AWS::IAM::Policy',
  'Zone/Telemetry/Rule/Rule -> AWS::IoT::TopicRule',
  'Zone/Telemetry/Stream -> AWS::KinesisFirehose::DeliveryStream',
  'Zone/Telemetry/Stream/DeliveryLog -> AWS::Logs::LogStream',
  'Zone/Telemetry/Stream/Logs -> AWS::Logs::LogGroup',
  'Zone/Telemetry/Stream/RawBackupLog -> AWS::Logs::LogStream',
  'Zone/Telemetry/Stream/Role -> AWS::IAM::Role',
  'Zone/Telemetry/Stream/Role/DefaultPolicy -> AWS::IAM::Policy',
  'Zone/Telemetry/ThrottleAlarm -> AWS::CloudWatch::Alarm',
  'Zone/Telemetry/Transform/Function -> AWS::Lambda::Function',
  'Zone/Telemetry/Transform/Logs -> AWS::Logs::LogGroup',
  'Zone/Telemetry/Transform/Logs/Refused -> AWS::Logs::MetricFilter',
  'Zone/Telemetry/Transform/Role -> AWS::IAM::Role',
  'Zone/Telemetry/Transform/Role/DefaultPolicy -> AWS::IAM::Policy',
  'Zone/Telemetry/TransformAlarm -> AWS::CloudWatch::Alarm',
  'Zone/ThingPolicy/Policy -> AWS::IoT::Policy',
];
