import { Asset, AssetDirectory, AssetModel, AssetProperty, ModelProperty } from './model';
import { putValues, Targets } from './put-values';
import { aggregatesOf, historyOf } from './read-values';
import { assetTypes } from './resource-types';
import { SeriesStore } from './series-store';
import { Account, AwsError, Caller, Operations, Service } from '../account';
import { ResourceType } from '../assembly/resource-type';
import { HttpHandler, restJsonProtocol, Route } from '../http';

const VALUE_QUERY = { assetId: 'assetId', propertyId: 'propertyId', propertyAlias: 'propertyAlias' };
const RANGE_QUERY = {
  ...VALUE_QUERY,
  startDate: 'startDate',
  endDate: 'endDate',
  qualities: 'qualities',
  timeOrdering: 'timeOrdering',
  nextToken: 'nextToken',
  maxResults: 'maxResults',
};
const AGGREGATE_QUERY = { ...RANGE_QUERY, aggregateTypes: 'aggregateTypes', resolution: 'resolution' };
const CHILDREN_QUERY = { hierarchyId: 'hierarchyId', traversalDirection: 'traversalDirection' };
const ROUTES: readonly Route[] = [
  { operation: 'BatchPutAssetPropertyValue', method: 'POST', path: '/properties' },
  { operation: 'GetAssetPropertyValue', method: 'GET', path: '/properties/latest', query: VALUE_QUERY },
  { operation: 'GetAssetPropertyValueHistory', method: 'GET', path: '/properties/history', query: RANGE_QUERY },
  { operation: 'GetAssetPropertyAggregates', method: 'GET', path: '/properties/aggregates', query: AGGREGATE_QUERY },
  { operation: 'DescribeAsset', method: 'GET', path: '/assets/{assetId}', query: { excludeProperties: 'excludeProperties' } },
  { operation: 'ListAssociatedAssets', method: 'GET', path: '/assets/{assetId}/hierarchies', query: CHILDREN_QUERY },
  { operation: 'DescribeAssetModel', method: 'GET', path: '/asset-models/{assetModelId}' },
  { operation: 'ListAssets', method: 'GET', path: '/assets', query: { assetModelId: 'assetModelId', filter: 'filter' } },
  { operation: 'ListAssetModels', method: 'GET', path: '/asset-models' },
  { operation: 'ListTimeSeries', method: 'GET', path: '/timeseries', query: { assetId: 'assetId', aliasPrefix: 'aliasPrefix', timeSeriesType: 'timeSeriesType' } },
];

interface Named { readonly assetId?: string; readonly propertyId?: string; readonly propertyAlias?: string }

export interface SiteWiseOptions {
  /** Whether values for an alias that no property has are kept, as with AWS's setting `disassociatedDataStorage`. Without, they are refused. */
  readonly disassociatedDataStorage?: boolean;
}

/**
 * AWS IoT SiteWise: models and assets of templates, and their measurements as time series. Transforms and metrics are not computed.
 *
 * @see https://docs.aws.amazon.com/iot-sitewise/latest/APIReference/Welcome.html
 */
export class SiteWiseService implements Service {
  readonly types: ReadonlyMap<string, ResourceType>;
  readonly endpoints: ReadonlyMap<string, HttpHandler>;
  readonly directory = new AssetDirectory();
  private readonly targets: Targets;
  private readonly store: Promise<SeriesStore>;

  constructor(private readonly account: Account, private readonly options: SiteWiseOptions = {}) {
    this.types = assetTypes(account, this.directory);
    this.targets = new Targets(account, this.directory);
    this.store = SeriesStore.open(account.folder('iotsitewise'));
    // Told at the start, or by the first call.
    this.store.catch(() => undefined);
    const operations = this.operations();
    account.addService('iotsitewise', operations);
    this.endpoints = new Map([['iotsitewise', restJsonProtocol(operations, ROUTES, 'AWS IoT SiteWise')]]);
  }

  async start(): Promise<void> {
    await this.store;
  }

  async stop(): Promise<void> {
    await (await this.store).close();
  }

  private operations(): Operations {
    const { directory } = this;
    return {
      BatchPutAssetPropertyValue: async ({ entries }, caller) => putValues(entries, caller, {
        targets: this.targets,
        store: await this.store,
        now: this.account.clock.now(),
        takesUnknownAlias: this.options.disassociatedDataStorage === true,
      }),
      GetAssetPropertyValue: async (input: Named, caller) => ({ propertyValue: (await this.valuesFor('GetAssetPropertyValue', input, caller)).at(-1) }),
      GetAssetPropertyValueHistory: async (input, caller) => historyOf(await this.valuesFor('GetAssetPropertyValueHistory', input, caller), input),
      GetAssetPropertyAggregates: async (input, caller) => aggregatesOf(await this.valuesFor('GetAssetPropertyAggregates', input, caller), input),
      DescribeAsset: ({ assetId }, caller) => {
        const asset = known(directory.assets, assetId, 'asset');
        caller.authorize('iotsitewise:DescribeAsset', asset.arn, { 'iotsitewise:assetHierarchyPath': directory.paths(asset.id) });
        return describedAsset(asset);
      },
      ListAssociatedAssets: ({ assetId, hierarchyId }, caller) => {
        const asset = known(directory.assets, assetId, 'asset');
        caller.authorize('iotsitewise:ListAssociatedAssets', asset.arn, { 'iotsitewise:assetHierarchyPath': directory.paths(asset.id) });
        const children = directory.childrenOf(asset.id).filter(child => hierarchyId === undefined || child.hierarchyId === hierarchyId);
        return { assetSummaries: children.flatMap(child => directory.assets.get(child.assetId) ?? []).map(assetSummary) };
      },
      DescribeAssetModel: ({ assetModelId }, caller) => {
        const model = known(directory.models, assetModelId, 'asset model');
        caller.authorize('iotsitewise:DescribeAssetModel', model.arn);
        return describedModel(model);
      },
      ListAssets: ({ assetModelId, filter }, caller) => {
        caller.authorize('iotsitewise:ListAssets', '*');
        const assets = [...directory.assets.values()]
          .filter(({ id, model }) => (assetModelId === undefined || model.id === assetModelId) && (filter !== 'TOP_LEVEL' || !directory.isChild(id)));
        return { assetSummaries: assets.map(assetSummary) };
      },
      ListAssetModels: (_input, caller) => {
        caller.authorize('iotsitewise:ListAssetModels', '*');
        return { assetModelSummaries: [...directory.models.values()].map(modelSummary) };
      },
      ListTimeSeries: async (input, caller) => {
        caller.authorize('iotsitewise:ListTimeSeries', '*');
        return { TimeSeriesSummaries: (await this.seriesSummaries()).filter(summary => isWanted(summary, input)) };
      },
    };
  }

  private async valuesFor(action: string, named: Named, caller: Caller) {
    const target = this.targets.find(named, this.options.disassociatedDataStorage);
    this.targets.authorize(caller, action, target);
    return (await this.store).values(target.series);
  }

  /** Of all properties that are measured, and of series that belong to none. */
  private async seriesSummaries(): Promise<SeriesSummary[]> {
    const ofAssets = [...this.directory.assets.values()].flatMap(({ id, properties, createdAt }) => properties.map(({ property, alias }) => ({
      assetId: id, propertyId: property.id, alias, dataType: property.dataType as string, ...this.seriesOf(`${id}/${property.id}`, createdAt),
    })));
    const ofProperties = new Set(ofAssets.map(({ timeSeriesId }) => timeSeriesId));
    const others = (await this.store).names.filter(name => !ofProperties.has(name)).map(name => ({ alias: name, dataType: 'STRING', ...this.seriesOf(name, 0) }));
    return [...ofAssets, ...others];
  }

  private seriesOf(series: string, createdAt: number) {
    const date = createdAt / 1000;
    return { timeSeriesId: series, timeSeriesArn: this.account.arn('iotsitewise', `time-series/${series}`), timeSeriesCreationDate: date, timeSeriesLastUpdateDate: date };
  }
}

interface SeriesSummary { readonly assetId?: string; readonly alias?: string; readonly timeSeriesId: string }

function isWanted({ assetId, alias }: SeriesSummary, wanted: { assetId?: string; aliasPrefix?: string; timeSeriesType?: string }): boolean {
  return (wanted.assetId === undefined || assetId === wanted.assetId)
    && (wanted.aliasPrefix === undefined || alias?.startsWith(wanted.aliasPrefix) === true)
    && (wanted.timeSeriesType === undefined || (wanted.timeSeriesType === 'ASSOCIATED') === (assetId !== undefined));
}

function known<T>(all: ReadonlyMap<string, T>, id: string, what: string): T {
  const found = all.get(id);
  if (!found) throw new AwsError('ResourceNotFoundException', `there is no ${what} ${id}`, 404);
  return found;
}

const ACTIVE = { state: 'ACTIVE' };

function modelSummary({ id, arn, name, description, type, createdAt }: AssetModel) {
  return { id, arn, name, description, assetModelType: type, creationDate: createdAt / 1000, lastUpdateDate: createdAt / 1000, status: ACTIVE };
}

function describedModel(model: AssetModel): object {
  const { id, arn, name, description, type, createdAt } = model;
  return {
    assetModelId: id,
    assetModelArn: arn,
    assetModelName: name,
    assetModelDescription: description,
    assetModelType: type,
    assetModelProperties: model.properties.map(({ logicalId: _logicalId, kind: _kind, defaultValue: _defaultValue, ...property }, at) => (
      { ...property, type: typeOf(model.properties[at]) }
    )),
    assetModelHierarchies: model.hierarchies.map(({ logicalId: _logicalId, ...hierarchy }) => hierarchy),
    assetModelCreationDate: createdAt / 1000,
    assetModelLastUpdateDate: createdAt / 1000,
    assetModelStatus: ACTIVE,
  };
}

function typeOf({ kind, defaultValue }: ModelProperty): object {
  return { [kind.toLowerCase()]: kind === 'Attribute' ? { defaultValue } : {} };
}

function assetSummary({ id, arn, name, description, model, createdAt }: Asset) {
  const hierarchies = model.hierarchies.map(hierarchy => ({ id: hierarchy.id, name: hierarchy.name }));
  const date = createdAt / 1000;
  return { id, arn, name, description, assetModelId: model.id, creationDate: date, lastUpdateDate: date, status: ACTIVE, hierarchies };
}

function describedAsset(asset: Asset): object {
  const { id, arn, name, description, model, properties, createdAt } = asset;
  return {
    assetId: id,
    assetArn: arn,
    assetName: name,
    assetDescription: description,
    assetModelId: model.id,
    assetProperties: properties.map(({ property, alias, unit }: AssetProperty) => (
      { id: property.id, name: property.name, alias, dataType: property.dataType, unit }
    )),
    assetHierarchies: model.hierarchies.map(hierarchy => ({ id: hierarchy.id, name: hierarchy.name })),
    assetCreationDate: createdAt / 1000,
    assetLastUpdateDate: createdAt / 1000,
    assetStatus: ACTIVE,
  };
}
