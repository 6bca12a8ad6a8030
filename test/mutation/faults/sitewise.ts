import { Fault, faultsIn } from '../fault';

const RULE = ['test/sitewise/sitewise-rule.test'];
const ACTION = ['test/sitewise/sitewise-action.test'];
const ASSET = ['test/sitewise/asset.test'];
const MODEL = ['test/sitewise/asset-model.test'];

export const SITEWISE_FAULTS: Fault[] = [
  ...faultsIn('src/sitewise/expression.ts', RULE, [
    ['rules take only messages without the value', '`NOT isUndefined(', '`isUndefined('],
    ['a text where a number belongs fails all values of the action', '`cast(${valueFrom} as ${type})`', 'valueFrom'],
    ['a null is written as text', '`${present} AND NOT isNull(${valueFrom})`', 'present'],
    ['an expression ends the template that it is in', String.raw`/[{}\r\n]/`, String.raw`/[{\r\n]/`],
  ]),
  ...faultsIn('src/sitewise/entry-problems.ts', ACTION, [
    ['an 11th entry passes', 'MAX_ENTRIES = 10', 'MAX_ENTRIES = 11'],
    ['an 11th value passes', 'MAX_VALUES = 10', 'MAX_VALUES = 11'],
    ['a property that is named half passes', ': assetId !== undefined && propertyId !== undefined', ': assetId !== undefined || propertyId !== undefined'],
  ]),
  ...faultsIn('src/sitewise/sitewise-action.ts', ACTION, [
    ['the rule may write values in every account and Region', ".map(resource => Stack.of(rule).formatArn({ service: 'iotsitewise', resource, resourceName: '*' }))", '.map(() => \'*\')'],
    ['the rule may do anything to SiteWise', "actions: ['iotsitewise:BatchPutAssetPropertyValue']", "actions: ['iotsitewise:*']"],
    ['values past the tenth are lost', 'Math.ceil(items.length / size)', 'Math.floor(items.length / size)'],
    ['the rule may write below other assets than the given ones', 'conditions: rootAssetConditions(this.rootAssets),', ''],
  ]),
  ...faultsIn('src/sitewise/root-assets.ts', ACTION, [
    ['a 101st root asset passes', 'MAX_ROOT_ASSETS = 100', 'MAX_ROOT_ASSETS = 101'],
    ['the rule may write below assets whose id begins alike', '`/${assetId}/*`', '`/${assetId}*`'],
  ]),
  ...faultsIn('src/sitewise/timestamp.ts', [...RULE, ...ACTION], [
    ['milliseconds are written as seconds', "'floor(timestamp() / 1E3)'", "'timestamp()'"],
    ['a message without a time is refused', 'WHEN true THEN timestamp()', 'WHEN true THEN 0'],
    ['values that SiteWise refuses are sent', 'old: 7 * 24', 'old: 8 * 24'],
  ]),
  ...faultsIn('src/sitewise/rule-plan.ts', RULE, [
    ['old values are dropped in silence', 'dropStale ? timestamp._acceptedCondition() : undefined', 'dropStale ? undefined : timestamp._acceptedCondition()'],
    ['a message without one of the values loses all', ".join(' OR ')})`", ".join(' AND ')})`"],
    ['half of a filter with OR is past the other conditions', '[`(${model.messageFilter})`]', '[model.messageFilter]'],
    ['a value that two models agree on is written twice', 'return values.filter((value, at) => values.findIndex(other => keyOf(other) === keyOf(value)) === at);', 'return values;'],
    ['a message from nobody writes values', ', `NOT isUndefined(${defaults.deviceId})`]', ']'],
    ['one alias has two types', 'if (!other || value.entry', 'if (other || value.entry'],
  ]),
  ...faultsIn('src/sitewise/sitewise-rule.ts', RULE, [
    ['an 11th action is put into one rule', 'MAX_ACTIONS = 10', 'MAX_ACTIONS = 11'],
    ['each rule has an error queue of its own', '      errorQueue: this.errorQueue,\n', ''],
    ['a quote in the topic filter changes the statement', "!topicFilter.includes('\\'')", 'true'],
    ['rules that were switched off run', '      enabled,\n', ''],
    ['roles are limited to the assets of one model of two', 'models.some(model => model._assets.length === 0)', 'models.every(model => model._assets.length === 0)'],
    ['the device is that of the level before', 'return at < 0 ? undefined : `topic(${at + 1})`;', 'return at < 0 ? undefined : `topic(${at})`;'],
  ]),
  ...faultsIn('src/sitewise/rule-alarms.ts', RULE, [
    ['an alarm has more metrics than CloudWatch takes', 'MAX_METRICS = 10', 'MAX_METRICS = 11'],
    ['the first throttled message raises no alarm', 'alarmFrom(1, throttledOf(group)', 'alarmFrom(2, throttledOf(group)'],
  ]),
  ...faultsIn('src/sitewise/resource-count.ts', RULE, [
    ['a stack of exactly 500 resources is refused', 'count <= limit', 'count < limit'],
  ]),
  ...faultsIn('src/sitewise/asset.ts', ASSET, [
    ['an asset is made before its model', 'resource.node.addDependency(props.model._resource);', ''],
    ['an asset is made before its children', 'this.resource.node.addDependency(child.resource);', ''],
    ['assets and their history go with the stack', 'props.removalPolicy ?? RemovalPolicy.RETAIN', 'props.removalPolicy ?? RemovalPolicy.DESTROY'],
    ['two assets have one alias', 'taken.get(alias) ??', ''],
    ['a child is put into the first of two hierarchies', 'if (fitting === 1) return [];', 'if (fitting >= 1) return [];'],
  ]),
  ...faultsIn('src/sitewise/asset-model.ts', MODEL, [
    ['models go with the stack', 'props.removalPolicy ?? RemovalPolicy.RETAIN', 'props.removalPolicy ?? RemovalPolicy.DESTROY'],
    ['a model is made before those of its children', 'this.hierarchies.forEach(({ childModel }) => resource.node.addDependency(childModel._resource));', ''],
  ]),
  ...faultsIn('src/sitewise/asset-model-problems.ts', MODEL, [
    ['a 201st property passes', 'MAX_PROPERTIES = 200', 'MAX_PROPERTIES = 201'],
    ['a formula computes from itself', '.filter(other => other !== name)', ''],
    ['a transform reads the children', "if (!prop.startsWith('metrics')) return", "if (!prop.startsWith('')) return"],
  ]),
  ...faultsIn('src/sitewise/window.ts', MODEL, [
    ['an offset as long as its window passes', 'offsetSeconds >= seconds', 'offsetSeconds > seconds'],
    ['a window below a minute passes', 'seconds < WINDOW_SECONDS.min ||', ''],
  ]),
  ...faultsIn('src/sitewise/property-alias.ts', MODEL, [
    ['all devices share one alias', "NEEDED = ['{device}', '{measurement}']", "NEEDED = ['{measurement}']"],
  ]),
];
