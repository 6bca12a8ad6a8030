import { App, Stack } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import {
  ClaimCertificate, DeviceRegistry, FleetProvisioning, FleetThingGroup, FleetThingType, IngestRule, IRuleAction, LandingZone, PropertyAlias,
  ProvisioningTemplateBody, RuleErrorQueue, SiteWiseAssetModel, SiteWiseRule, ThingPolicy,
} from '../src';

/** JavaScript passes what TypeScript and jsii would refuse. */
type Untyped = Record<string, any>;
const toLog: IRuleAction = { bind: rule => ({ configuration: { cloudwatchLogs: { logGroupName: 'presses', roleArn: rule.role.roleArn } } }) };
const policyIn = (scope: Construct) => ThingPolicy.fromPolicyName(scope, 'DevicePolicy', 'DevicePolicy');
const fleet = (scope: Construct, props: Untyped) => new FleetProvisioning(scope, 'Part', { policy: policyIn(scope), ...props });

const NO_TEXTS = [null, 5, true, {}, [], ['a'], NaN];
const NO_LISTS = [null, 5, true, {}, '', 'ä', 'a'];
const NO_OBJECTS = [[null], [undefined], [5], [''], ['a']];
const NO_TEXT_LISTS = [[null], [undefined], [5], [{}], [[]]];
const NO_DURATIONS = [5, '5 minutes', {}, []];

interface Part {
  readonly make: (scope: Construct, props: Untyped) => unknown;
  readonly texts?: string[];
  readonly lists?: string[];
  readonly textLists?: string[];
  readonly textMaps?: string[];
  readonly durations?: string[];
}

const parts: Record<string, Part> = {
  ThingPolicy: {
    make: (scope, props) => new ThingPolicy(scope, 'Part', props),
    texts: ['policyName', 'roleAlias'],
    textLists: ['telemetryTopics', 'commandTopics', 'namedShadows'],
    lists: ['statements', 'basicIngestRules'],
  },
  FleetProvisioning: {
    make: fleet,
    texts: ['templateName', 'description', 'serialNumberParameter', 'thingName', 'claimClientIdPrefix'],
    lists: ['thingGroups', 'alarmActions'],
    textMaps: ['attributes', 'deviceConfiguration', 'parameterDefaults'],
  },
  DeviceRegistry: { make: (scope, props) => new DeviceRegistry(scope, 'Part', props), durations: ['reprovisionWindow'] },
  IngestRule: {
    make: (scope, props) => new IngestRule(scope, 'Part', { sql: "SELECT * FROM 'a'", actions: [toLog], ...props }), texts: ['sql', 'ruleName', 'description'], lists: ['actions'],
  },
  RuleErrorQueue: { make: (scope, props) => new RuleErrorQueue(scope, 'Part', props), lists: ['alarmActions'], durations: ['retentionPeriod'] },
  SiteWiseRule: {
    make: (scope, props) => new SiteWiseRule(scope, 'Part', { entries: [{ propertyAlias: 'a', values: [{ valueFrom: 'a' }] }], ...props }),
    texts: ['topicFilter', 'deviceId'],
    lists: ['models', 'entries', 'rootAssets', 'alarmActions'],
  },
  SiteWiseAssetModel: {
    make: (scope, props) => new SiteWiseAssetModel(scope, 'Part', props),
    texts: ['assetModelName', 'description', 'externalId', 'messageFilter'],
    lists: ['attributes', 'measurements', 'transforms', 'metrics', 'hierarchies'],
  },
  LandingZone: { make: (scope, props) => new LandingZone(scope, 'Part', props), texts: ['zoneName'] },
};

const cases = Object.entries(parts).flatMap(([part, { make, texts = [], lists = [], textLists = [], textMaps = [], durations = [] }]) => {
  const each = (props: string[], values: unknown[]) => props.flatMap(prop => values.map(value => [part, prop, value, make] as const));
  return [
    ...each(texts, NO_TEXTS), ...each([...lists, ...textLists], NO_LISTS), ...each(lists, NO_OBJECTS), ...each(textLists, NO_TEXT_LISTS),
    ...each(textMaps, [null, 5, 'a', ['a'], { a: null }, { a: undefined }, { a: 5 }, { a: {} }]), ...each(durations, NO_DURATIONS),
  ];
});

const inStack = () => new Stack(new App(), 'Stack');

test.each(cases)('%s names the prop %s where JavaScript passes %j', (_part, prop, value, make) => {
  expect(() => make(inStack(), { [prop]: value })).toThrow(new RegExp(`^Stack/Part: '${prop}[^']*' must be `));
});

describe.each([null, 5, true, {}, []])('what is made of %j', (value: any) => {
  test.each<[string, (scope: Construct) => unknown, RegExp]>([
    ['a template body', scope => fleet(scope, { templateBody: ProvisioningTemplateBody.fromJson(value) }), /^Stack\/Part: 'templateBody' must be a ProvisioningTemplateBody of JSON text/],
    ['a thing type', scope => fleet(scope, { thingType: FleetThingType.named(value) }), /^Stack\/Part: 'thingType' must be a text/],
    ['a thing group', scope => fleet(scope, { thingGroups: [FleetThingGroup.create({ parentGroupName: value })] }), /^Stack\/Part: 'thingGroups\[0\]\.parentGroupName' must be a text/],
    ['an alias', scope => new SiteWiseAssetModel(scope, 'Part', { propertyAlias: PropertyAlias.of(value) }), /^Stack\/Part: 'propertyAlias' must be a text/],
    ['a measurement', scope => new SiteWiseAssetModel(scope, 'Part', { measurements: [{ name: value }] }), /^Stack\/Part: 'measurements\[0\]\.name' must be a text/],
    ['a field', scope => new SiteWiseAssetModel(scope, 'Part', { measurements: [{ name: 'a', valueFrom: value }] }), /^Stack\/Part: 'measurements\[0\]\.valueFrom' must be a text/],
    ['an entry', scope => new SiteWiseRule(scope, 'Part', { entries: [{ propertyAlias: value, values: [] }] }), /^Stack\/Part: 'entries\[0\]\.propertyAlias' must be a text/],
    ['a signing request', scope => fleet(scope, { claimCertificate: ClaimCertificate.fromCsr(value) }), /^Stack\/Part: 'csrPem' must be /],
    ['a certificate', scope => fleet(scope, { claimCertificate: ClaimCertificate.fromCertificateArn(value) }), /^Stack\/Part: 'certificateArn' must be /],
  ])('is refused as %s', (_what, make, message) => {
    expect(() => make(inStack())).toThrow(message);
  });
});

describe.each(['telemetry', 'thingPolicy', 'registry', 'provisioning', 'connectivity', 'siteWise', 'errors'])('the options of a zone for %s', part => {
  test.each([[null, 'leave it out'], ['x', 'write { }'], [5, 'write { }'], [[], 'write { }']])('are refused as %j', (value, fix) => {
    expect(() => new LandingZone(inStack(), 'Part', { [part]: value }))
      .toThrow(`Stack/Part: '${part}' must be an object of options, got ${JSON.stringify(value)}: ${fix}`);
  });
});

test('searchable attributes have to be a list', () => {
  expect(() => fleet(inStack(), { thingType: FleetThingType.create({ searchableAttributes: 'site' as never }) }))
    .toThrow("Stack/Part: 'thingType.searchableAttributes' must be a list, got \"site\": put it into [ ]");
});

test('a rule without a statement says so', () => {
  expect(() => new IngestRule(inStack(), 'Part', {} as never)).toThrow("Stack/Part: 'sql' must be given, got undefined: write for example SELECT * FROM 'data/#'");
});
