import { Names, RemovalPolicy } from 'aws-cdk-lib';
import * as iotsitewise from 'aws-cdk-lib/aws-iotsitewise';
import { Construct } from 'constructs';
import { SiteWiseAsset, SiteWiseAssetOptions } from './asset';
import { assetModelProblems } from './asset-model-problems';
import { SiteWiseAttribute, SiteWiseFormula, SiteWiseMeasurement, SiteWiseMetric, SiteWiseProperty, SiteWiseTransform, SiteWiseVariable } from './asset-model-property';
import { SiteWiseDataType } from './data-type';
import { NAME } from './names';
import { PropertyAlias } from './property-alias';
import { windowText } from './window';
import { kindProblems, Kinds, throwOnProblems } from '../private/validation';

const KINDS: Kinds<SiteWiseAssetModelProps> = {
  texts: ['assetModelName', 'description', 'externalId', 'messageFilter'], lists: ['attributes', 'measurements', 'transforms', 'metrics', 'hierarchies'],
};
const DEFAULT_ALIAS = PropertyAlias.of('/{device}/{measurement}');

/** A relation from the assets of a model to child assets of another model. */
export interface SiteWiseHierarchy {
  /** The name, 1 to 256 characters, unique in its model. */
  readonly name: string;

  /** The model of the children. */
  readonly childModel: SiteWiseAssetModel;

  /**
   * What CloudFormation knows the hierarchy by, 1 to 256 characters.
   *
   * @default - the name
   */
  readonly logicalId?: string;

  /**
   * An id of yours for the hierarchy: 2 to 128 letters, digits, `_`, `-`, `.` and `:`.
   *
   * @default - the logical id is the only one
   */
  readonly externalId?: string;
}

/** Properties of a SiteWiseAssetModel. */
export interface SiteWiseAssetModelProps {
  /**
   * The name, 1 to 256 characters, unique per account and Region.
   *
   * @default - made from the path of the construct and the name of the stack
   */
  readonly assetModelName?: string;

  /**
   * What the model stands for, at most 2,048 characters.
   *
   * @default - no description
   */
  readonly description?: string;

  /**
   * An id of yours for the model: 2 to 128 letters, digits, `_`, `-`, `.` and `:`.
   *
   * @default - SiteWise's own id is the only one
   */
  readonly externalId?: string;

  /**
   * What is fixed about each asset.
   *
   * @default - no attributes
   */
  readonly attributes?: SiteWiseAttribute[];

  /**
   * What the devices measure. A SiteWiseRule makes its entries from these.
   *
   * @default - no measurements
   */
  readonly measurements?: SiteWiseMeasurement[];

  /**
   * What is computed for each new value.
   *
   * @default - no transforms
   */
  readonly transforms?: SiteWiseTransform[];

  /**
   * What is computed over windows of time.
   *
   * @default - no metrics
   */
  readonly metrics?: SiteWiseMetric[];

  /**
   * Which models the child assets have.
   *
   * @default - assets of this model have no children
   */
  readonly hierarchies?: SiteWiseHierarchy[];

  /**
   * How the aliases of the measurements are made.
   *
   * @default PropertyAlias.of('/{device}/{measurement}')
   */
  readonly propertyAlias?: PropertyAlias;

  /**
   * A condition in AWS IoT SQL that tells which messages come from devices of this model, such as
   * `device.dtmi = 'dtmi:rigado:RuuviTag;1'`. Without it a rule sends whatever has the right fields.
   *
   * @default - every message that has the fields
   */
  readonly messageFilter?: string;

  /**
   * What happens to the model when the construct is removed. SiteWise keeps a model that still has assets in any case.
   *
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy;
}

/**
 * A kind of asset in AWS IoT SiteWise: what is known of it, what its device measures and where that is in the messages,
 * what is computed, and which children it has.
 *
 * @see https://docs.aws.amazon.com/iot-sitewise/latest/userguide/industrial-asset-models.html
 * @example
 * import { Stack } from 'aws-cdk-lib';
 * import { SiteWiseAssetModel, SiteWiseDataType } from 'cdk-iot-landing-zone';
 *
 * declare const stack: Stack;
 *
 * const press = new SiteWiseAssetModel(stack, 'Press', {
 *   measurements: [
 *     { name: 'Temperature', unit: 'C', valueFrom: 'measurements.temperature' },
 *     { name: 'Running', dataType: SiteWiseDataType.BOOLEAN, valueFrom: 'measurements.running' },
 *   ],
 * });
 * press.addAsset('Press7', { device: 'press-07' });
 */
export class SiteWiseAssetModel extends Construct {
  /** The id that AWS IoT SiteWise gave the model. */
  readonly assetModelId: string;
  /** The ARN of the model. */
  readonly assetModelArn: string;
  /** The name of the model, as `{model}` in alias patterns. */
  readonly assetModelName: string;
  /** How the aliases of the measurements are made. */
  readonly propertyAlias: PropertyAlias;
  /** What the devices measure. */
  readonly measurements: SiteWiseMeasurement[];
  /** Which models the child assets have. */
  readonly hierarchies: SiteWiseHierarchy[];
  /** The condition that tells which messages come from devices of this model, if there is one. */
  readonly messageFilter?: string;

  /** @internal */
  readonly _resource: iotsitewise.CfnAssetModel;
  /** @internal */
  readonly _assets: SiteWiseAsset[] = [];
  private readonly logicalIds: Map<string, string>;

  constructor(scope: Construct, id: string, props: SiteWiseAssetModelProps = {}) {
    super(scope, id);
    this.propertyAlias = props.propertyAlias ?? DEFAULT_ALIAS;
    throwOnProblems(this, kindProblems(props, KINDS));
    throwOnProblems(this, assetModelProblems(props, this.propertyAlias));

    this.assetModelName = props.assetModelName ?? Names.uniqueResourceName(this, { maxLength: NAME.max, separator: '-' });
    this.measurements = props.measurements ?? [];
    this.hierarchies = props.hierarchies ?? [];
    this.messageFilter = props.messageFilter;
    this.logicalIds = new Map(propertiesOf(props).map(property => [property.name, property.logicalId ?? property.name]));
    this._resource = this.createModel(props);
    this.assetModelId = this._resource.attrAssetModelId;
    this.assetModelArn = this._resource.attrAssetModelArn;
  }

  /**
   * Makes an asset of this model.
   *
   * @param id id of the construct, below this model
   * @param options which device it is, and its children
   */
  public addAsset(id: string, options: SiteWiseAssetOptions = {}): SiteWiseAsset {
    return new SiteWiseAsset(this, id, { model: this, ...options });
  }

  /**
   * What CloudFormation knows a property by.
   *
   * @param name the name of the property
   */
  public propertyLogicalId(name: string): string {
    const logicalId = this.logicalIds.get(name);
    if (logicalId === undefined) {
      throwOnProblems(this, [{ prop: 'name', got: name, allowed: `one of ${[...this.logicalIds.keys()].join(', ')}`, fix: 'pass the name of a property of this model' }]);
    }
    return logicalId!;
  }

  /** @internal */
  get _propertyNames(): string[] {
    return [...this.logicalIds.keys()];
  }

  private createModel(props: SiteWiseAssetModelProps): iotsitewise.CfnAssetModel {
    const resource = new iotsitewise.CfnAssetModel(this, 'Resource', {
      assetModelName: this.assetModelName,
      assetModelDescription: props.description,
      assetModelExternalId: props.externalId,
      assetModelProperties: [
        ...(props.attributes ?? []).map(({ defaultValue, ...attribute }) =>
          propertyOf(attribute, attribute.dataType ?? SiteWiseDataType.STRING, { typeName: 'Attribute', attribute: { defaultValue } })),
        ...this.measurements.map(measurement =>
          propertyOf(measurement, measurement.dataType ?? SiteWiseDataType.DOUBLE, { typeName: 'Measurement' })),
        ...(props.transforms ?? []).map(transform =>
          propertyOf(transform, transform.dataType ?? SiteWiseDataType.DOUBLE, { typeName: 'Transform', transform: this.formulaOf(transform) })),
        ...(props.metrics ?? []).map(metric =>
          propertyOf(metric, metric.dataType ?? SiteWiseDataType.DOUBLE, {
            typeName: 'Metric',
            metric: { ...this.formulaOf(metric), window: { tumbling: tumblingOf(metric) } },
          })),
      ],
      assetModelHierarchies: this.hierarchies.length === 0 ? undefined : this.hierarchies.map(hierarchy => ({
        name: hierarchy.name,
        logicalId: hierarchy.logicalId ?? hierarchy.name,
        externalId: hierarchy.externalId,
        childAssetModelId: hierarchy.childModel.assetModelId,
      })),
    });
    resource.applyRemovalPolicy(props.removalPolicy ?? RemovalPolicy.RETAIN);
    this.hierarchies.forEach(({ childModel }) => resource.node.addDependency(childModel._resource));
    return resource;
  }

  private formulaOf({ expression, variables }: SiteWiseFormula): iotsitewise.CfnAssetModel.TransformProperty {
    return { expression, variables: Object.entries(variables).map(([name, variable]) => ({ name, value: this.variableValue(variable) })) };
  }

  private variableValue({ propertyName, hierarchyName }: SiteWiseVariable): iotsitewise.CfnAssetModel.VariableValueProperty {
    if (hierarchyName === undefined) return { propertyLogicalId: this.propertyLogicalId(propertyName) };
    const hierarchy = this.hierarchies.find(({ name }) => name === hierarchyName)!;
    return { propertyLogicalId: hierarchy.childModel.propertyLogicalId(propertyName), hierarchyLogicalId: hierarchy.logicalId ?? hierarchy.name };
  }
}

function propertiesOf(props: SiteWiseAssetModelProps): SiteWiseProperty[] {
  return [...props.attributes ?? [], ...props.measurements ?? [], ...props.transforms ?? [], ...props.metrics ?? []];
}

function tumblingOf({ window, offset }: SiteWiseMetric): iotsitewise.CfnAssetModel.TumblingWindowProperty {
  return { interval: windowText(window), offset: offset && windowText(offset) };
}

function propertyOf(
  { name, unit, logicalId, externalId }: SiteWiseProperty,
  dataType: SiteWiseDataType,
  type: iotsitewise.CfnAssetModel.PropertyTypeProperty,
): iotsitewise.CfnAssetModel.AssetModelPropertyProperty {
  return { name, dataType, unit, logicalId: logicalId ?? name, externalId, type };
}
