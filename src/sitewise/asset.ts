import { Lazy, Names, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as iotsitewise from 'aws-cdk-lib/aws-iotsitewise';
import { Construct } from 'constructs';
import { SiteWiseAssetModel } from './asset-model';
import { ALIAS, DESCRIPTION, EXTERNAL_ID, NAME } from './names';
import { Problem, textProblems, throwOnProblems } from '../private/validation';

/** Options of a SiteWiseAsset. */
export interface SiteWiseAssetOptions {
  /**
   * The device behind the asset: what the `deviceId` expression of the rule yields for its messages. Each measurement
   * gets the alias that the pattern of the model makes from it.
   *
   * @default - no device; the measurements have no alias and get no values from a rule
   */
  readonly device?: string;

  /**
   * The name, 1 to 256 characters, unique among its siblings.
   *
   * @default - made from the path of the construct and the name of the stack
   */
  readonly assetName?: string;

  /**
   * What the asset is, at most 2,048 characters.
   *
   * @default - no description
   */
  readonly description?: string;

  /**
   * An id of yours for the asset: 2 to 128 letters, digits, `_`, `-`, `.` and `:`.
   *
   * @default - SiteWise's own id is the only one
   */
  readonly externalId?: string;

  /**
   * Assets below this one, each in the hierarchy that leads to its model.
   *
   * @default - no children; add one with `addChild`
   */
  readonly children?: SiteWiseAsset[];

  /**
   * Whether SiteWise publishes each new value of the measurements over MQTT, which is charged as messaging.
   *
   * @default false
   */
  readonly notifications?: boolean;

  /**
   * What happens to the asset, and to the values of its properties, when the construct is removed.
   *
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy;
}

/** Properties of a SiteWiseAsset. */
export interface SiteWiseAssetProps extends SiteWiseAssetOptions {
  /** What kind of asset it is. */
  readonly model: SiteWiseAssetModel;
}

/** Aliases that assets of a stack have, with the path of the asset. */
const TAKEN_ALIASES = new WeakMap<Stack, Map<string, string>>();

/**
 * A device, a machine or a place in AWS IoT SiteWise, with the aliases that a SiteWiseRule writes to.
 *
 * @see https://docs.aws.amazon.com/iot-sitewise/latest/userguide/create-assets.html
 * @example
 * import { SiteWiseAssetModel } from 'cdk-iot-landing-zone';
 *
 * declare const hall: SiteWiseAssetModel;
 * declare const press: SiteWiseAssetModel;
 *
 * const north = hall.addAsset('North');
 * north.addChild(press.addAsset('Press7', { device: 'press-07' }));
 */
export class SiteWiseAsset extends Construct {
  /** The id that AWS IoT SiteWise gave the asset. */
  readonly assetId: string;
  /** The ARN of the asset. */
  readonly assetArn: string;
  /** What kind of asset it is. */
  readonly model: SiteWiseAssetModel;
  /** The device behind the asset, if there is one. */
  readonly device?: string;

  private readonly resource: iotsitewise.CfnAsset;
  private readonly parents: SiteWiseAsset[] = [];
  private readonly childLinks: iotsitewise.CfnAsset.AssetHierarchyProperty[] = [];

  constructor(scope: Construct, id: string, props: SiteWiseAssetProps) {
    super(scope, id);
    this.model = props.model;
    this.device = props.device;
    const aliases = this.aliases();
    throwOnProblems(this, [...problemsOf(props), ...this.aliasProblems(aliases)]);
    aliases.forEach(alias => this.takenAliases().set(alias, this.node.path));

    this.resource = this.createAsset(props, aliases);
    this.assetId = this.resource.attrAssetId;
    this.assetArn = this.resource.attrAssetArn;
    this.model._assets.push(this);
    props.children?.forEach(child => this.addChild(child));
  }

  /**
   * Puts another asset below this one.
   *
   * @param child the other asset
   * @param hierarchy the name of the hierarchy; needed only where two of them lead to the model of the child
   */
  public addChild(child: SiteWiseAsset, hierarchy?: string): void {
    const fitting = this.model.hierarchies.filter(({ name, childModel }) => childModel === child.model && (hierarchy ?? name) === name);
    throwOnProblems(this, hierarchyProblems(this.model, child, hierarchy, fitting.length));
    this.childLinks.push({ logicalId: fitting[0].logicalId ?? fitting[0].name, childAssetId: child.assetId });
    child.parents.push(this);
    this.resource.node.addDependency(child.resource);
  }

  /**
   * The alias of a measurement, where a rule or a program of yours sends its values.
   *
   * @param measurement the name of the measurement
   */
  public propertyAlias(measurement: string): string {
    const alias = this.aliases().get(measurement);
    if (alias === undefined) {
      const fix = this.device === undefined ? 'pass device to the asset first' : 'pass the name of a measurement';
      throwOnProblems(this, [{ prop: 'measurement', got: measurement, allowed: 'a measurement with an alias', fix }]);
    }
    return alias!;
  }

  /**
   * The assets at the top of the hierarchies that this one is in.
   *
   * @internal
   */
  public _roots(): SiteWiseAsset[] {
    return this.parents.length === 0 ? [this] : [...new Set(this.parents.flatMap(parent => parent._roots()))];
  }

  private aliases(): Map<string, string> {
    const { device, model } = this;
    if (device === undefined) return new Map();
    const aliasOf = (measurement: string) => model.propertyAlias._fill({ device, model: model.assetModelName, measurement });
    return new Map(model.measurements.map(({ name }) => [name, aliasOf(name)]));
  }

  /** Aliases of the stack, each with the path of its asset. An alias is unique in an account and Region. */
  private takenAliases(): Map<string, string> {
    const stack = Stack.of(this);
    const taken = TAKEN_ALIASES.get(stack) ?? new Map<string, string>();
    TAKEN_ALIASES.set(stack, taken);
    return taken;
  }

  private aliasProblems(aliases: Map<string, string>): Problem[] {
    const taken = this.takenAliases();
    const own = new Set<string>();
    return [...aliases.values()].flatMap(alias => {
      const other = taken.get(alias) ?? (own.has(alias) ? this.node.path : undefined);
      own.add(alias);
      return [
        ...textProblems('device', alias, { ...ALIAS, characters: 'the whole property alias' }),
        ...other === undefined ? [] : [{ prop: 'device', got: this.device, allowed: 'a device that no other asset has', fix: `alias ${alias} is that of ${other}` }],
      ];
    });
  }

  private createAsset(props: SiteWiseAssetProps, aliases: Map<string, string>): iotsitewise.CfnAsset {
    const notificationState = props.notifications ? 'ENABLED' : undefined;
    const properties = this.model.measurements
      .map(({ name }) => ({ logicalId: this.model.propertyLogicalId(name), alias: aliases.get(name), notificationState }))
      .filter(({ alias }) => alias !== undefined || notificationState !== undefined);
    const resource = new iotsitewise.CfnAsset(this, 'Resource', {
      assetModelId: props.model.assetModelId,
      assetName: props.assetName ?? Names.uniqueResourceName(this, { maxLength: NAME.max, separator: '-' }),
      assetDescription: props.description,
      assetExternalId: props.externalId,
      assetProperties: properties.length === 0 ? undefined : properties,
      assetHierarchies: Lazy.any({ produce: () => this.childLinks }, { omitEmptyArray: true }),
    });
    resource.applyRemovalPolicy(props.removalPolicy ?? RemovalPolicy.RETAIN);
    resource.node.addDependency(props.model._resource);
    return resource;
  }
}

function problemsOf(props: SiteWiseAssetProps): Problem[] {
  return [
    ...textProblems('assetName', props.assetName, NAME),
    ...textProblems('description', props.description, DESCRIPTION),
    ...textProblems('externalId', props.externalId, EXTERNAL_ID),
    ...textProblems('device', props.device, ALIAS),
  ];
}

function hierarchyProblems(model: SiteWiseAssetModel, child: SiteWiseAsset, hierarchy: string | undefined, fitting: number): Problem[] {
  if (fitting === 1) return [];
  const names = model.hierarchies.filter(({ childModel }) => childModel === child.model).map(({ name }) => name);
  if (names.length === 0) {
    return [{ prop: 'child', got: child.node.path, allowed: 'an asset of a child model', fix: `declare a hierarchy to ${child.model.node.path} in ${model.node.path}` }];
  }
  return [{ prop: 'hierarchy', got: hierarchy, allowed: `one of ${names.join(', ')}`, fix: 'say in which hierarchy the child is' }];
}
