import { Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as iot from 'aws-cdk-lib/aws-iot';
import { SiteWiseAsset } from './asset';
import { SiteWiseDataType } from './data-type';
import { actionProblems, MAX_ENTRIES, MAX_VALUES } from './entry-problems';
import { typedValue } from './expression';
import { SiteWiseQuality } from './quality';
import { rootAssetConditions, rootAssetProblems } from './root-assets';
import { SiteWiseTimestamp } from './timestamp';
import { acknowledgeWildcards } from '../private/acknowledge';
import { throwOnProblems } from '../private/validation';
import { IngestRule } from '../rules/ingest-rule';
import { IRuleAction, RuleActionConfig } from '../rules/rule-action';

const VALUE_FIELDS: Record<SiteWiseDataType, keyof iot.CfnTopicRule.AssetPropertyVariantProperty> = {
  [SiteWiseDataType.STRING]: 'stringValue',
  [SiteWiseDataType.INTEGER]: 'integerValue',
  [SiteWiseDataType.DOUBLE]: 'doubleValue',
  [SiteWiseDataType.BOOLEAN]: 'booleanValue',
};

/** A value that a message holds. */
export interface SiteWiseValue {
  /** Where the value is in the message: an AWS IoT SQL expression such as `measurements.temperature`. */
  readonly valueFrom: string;

  /**
   * The type of the property. SiteWise refuses values of another type.
   *
   * @default SiteWiseDataType.DOUBLE
   */
  readonly dataType?: SiteWiseDataType;

  /**
   * Which time the value gets.
   *
   * @default SiteWiseTimestamp.arrival()
   */
  readonly timestamp?: SiteWiseTimestamp;

  /**
   * How far the value can be trusted.
   *
   * @default SiteWiseQuality.GOOD
   */
  readonly quality?: SiteWiseQuality;
}

/** A property of an asset, and the values that a message holds for it. */
export interface SiteWiseEntry {
  /**
   * The alias of the property. It may hold substitution templates, such as `/${topic(2)}/temperature`.
   *
   * @default - `assetId` and `propertyId` say which property it is
   */
  readonly propertyAlias?: string;

  /**
   * The id of the asset.
   *
   * @default - `propertyAlias` says which property it is
   */
  readonly assetId?: string;

  /**
   * The id of the property in its asset.
   *
   * @default - `propertyAlias` says which property it is
   */
  readonly propertyId?: string;

  /** The values, 1 to 10 in one action. */
  readonly values: SiteWiseValue[];
}

/** Properties of a SiteWiseAction. */
export interface SiteWiseActionProps {
  /** What is written: 1 to 10 entries of 1 to 10 values. `SiteWiseAction.split` makes several actions of more. */
  readonly entries: SiteWiseEntry[];

  /**
   * Assets that the rule may write to, with all assets below them: at most 100.
   *
   * @default - every asset of the account and Region
   */
  readonly rootAssets?: SiteWiseAsset[];
}

/**
 * Writes values of a message to property values in AWS IoT SiteWise.
 *
 * An entry whose value is not in the message is left out by AWS IoT as far as its guide says; give the rule a WHERE that
 * makes sure. SiteWiseRule does.
 *
 * @see https://docs.aws.amazon.com/iot/latest/developerguide/iotsitewise-rule-action.html
 */
export class SiteWiseAction implements IRuleAction {
  /**
   * Spreads any number of entries and values over as few actions as hold them, in order.
   *
   * @param props the entries, without a limit on their number
   */
  public static split(props: SiteWiseActionProps): SiteWiseAction[] {
    const parts = (entry: SiteWiseEntry) => chunks(entry.values, MAX_VALUES).map(values => ({ ...entry, values }));
    const entries = props.entries.flatMap(entry => entry.values.length === 0 ? [entry] : parts(entry));
    return chunks(entries, MAX_ENTRIES).map(some => new SiteWiseAction({ ...props, entries: some }));
  }

  /** What is written. */
  public readonly entries: SiteWiseEntry[];

  private rootAssets: () => SiteWiseAsset[];

  constructor(props: SiteWiseActionProps) {
    this.entries = props.entries;
    const rootAssets = props.rootAssets ?? [];
    this.rootAssets = () => rootAssets;
  }

  /**
   * Root assets of which some may come after the action.
   *
   * @internal
   */
  public _below(rootAssets: () => SiteWiseAsset[]): this {
    this.rootAssets = rootAssets;
    return this;
  }

  /**
   * Lets the role of the rule write property values.
   *
   * @param rule the rule that the action was added to
   */
  public bind(rule: IngestRule): RuleActionConfig {
    throwOnProblems(rule, [...actionProblems(this.entries), ...rootAssetProblems(this.rootAssets())]);
    const write = new iam.PolicyStatement({
      actions: ['iotsitewise:BatchPutAssetPropertyValue'],
      resources: ['asset', 'time-series'].map(resource => Stack.of(rule).formatArn({ service: 'iotsitewise', resource, resourceName: '*' })),
      conditions: rootAssetConditions(this.rootAssets),
    });
    rule.role.addToPrincipalPolicy(write);
    acknowledgeWildcards(rule, [write], 'An alias is known only with the message; where the root assets are known, a condition keeps the rule below them.');
    return { configuration: { iotSiteWise: { putAssetPropertyValueEntries: this.entries.map(entryOf), roleArn: rule.role.roleArn } } };
  }
}

function chunks<T>(items: T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, at) => items.slice(at * size, (at + 1) * size));
}

function entryOf({ values, ...property }: SiteWiseEntry): iot.CfnTopicRule.PutAssetPropertyValueEntryProperty {
  return { ...property, propertyValues: values.map(valueOf) };
}

function valueOf(value: SiteWiseValue): iot.CfnTopicRule.AssetPropertyValueProperty {
  const dataType = value.dataType ?? SiteWiseDataType.DOUBLE;
  return {
    value: { [VALUE_FIELDS[dataType]]: `\${${typedValue(value.valueFrom, dataType)}}` },
    timestamp: (value.timestamp ?? SiteWiseTimestamp.arrival())._templates(),
    quality: (value.quality ?? SiteWiseQuality.GOOD)._template(),
  };
}
