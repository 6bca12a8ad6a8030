import { createHash } from 'crypto';
import { AssetDirectory, AssetProperty, DataType, ModelProperty, PropertyKind } from './model';
import { Account } from '../account';
import { CreatedResource, ResourceRequest, ResourceType } from '../assembly/resource-type';
import { TemplateError } from '../assembly/template-error';
import { KnownProperties, unsupportedProperties } from '../assembly/unsupported-properties';
import { isObject, Json, JsonObject } from '../json';

const DATA_TYPES: readonly DataType[] = ['STRING', 'INTEGER', 'DOUBLE', 'BOOLEAN', 'STRUCT'];
const MODEL: KnownProperties = {
  AssetModelName: true,
  AssetModelDescription: true,
  AssetModelType: true,
  AssetModelExternalId: true,
  AssetModelProperties: { Name: true, DataType: true, Unit: true, LogicalId: true, ExternalId: true, Type: { TypeName: true, Attribute: true } },
  AssetModelHierarchies: { Name: true, ChildAssetModelId: true, LogicalId: true, ExternalId: true },
  Tags: true,
};
const ASSET: KnownProperties = {
  AssetName: true,
  AssetDescription: true,
  AssetExternalId: true,
  AssetModelId: true,
  AssetProperties: { LogicalId: true, ExternalId: true, Alias: true, Unit: true },
  AssetHierarchies: { LogicalId: true, ExternalId: true, ChildAssetId: true },
  Tags: true,
};

/** `AWS::IoTSiteWise::AssetModel` and `AWS::IoTSiteWise::Asset`. Ids depend on stack and logical id alone, so that series are found again. */
export function assetTypes(account: Account, directory: AssetDirectory): Map<string, ResourceType> {
  return new Map([
    ['AWS::IoTSiteWise::AssetModel', { create: request => createModel(account, directory, request) }],
    ['AWS::IoTSiteWise::Asset', { create: request => createAsset(account, directory, request) }],
  ]);
}

function createModel(account: Account, directory: AssetDirectory, request: ResourceRequest): CreatedResource {
  const { properties } = request;
  account.hasNoEffect(request, unsupportedProperties(properties, MODEL));
  const id = idOf(request);
  directory.models.set(id, {
    id,
    arn: account.arn('iotsitewise', `asset-model/${id}`),
    name: textOf(request, properties, 'AssetModelName'),
    description: String(properties.AssetModelDescription ?? ''),
    type: String(properties.AssetModelType ?? 'ASSET_MODEL'),
    properties: objectsOf(request, 'AssetModelProperties').map(property => propertyOf(request, property)),
    hierarchies: objectsOf(request, 'AssetModelHierarchies').map(hierarchy => ({
      id: idOf(request, 'hierarchy', ownIdOf(request, hierarchy)),
      logicalId: ownIdOf(request, hierarchy),
      name: textOf(request, hierarchy, 'Name'),
      childAssetModelId: textOf(request, hierarchy, 'ChildAssetModelId'),
    })),
    createdAt: account.clock.now(),
  });
  return { ref: id, attributes: { AssetModelId: id, AssetModelArn: account.arn('iotsitewise', `asset-model/${id}`) } };
}

function propertyOf(request: ResourceRequest, property: JsonObject): ModelProperty {
  const dataType = textOf(request, property, 'DataType') as DataType;
  if (!DATA_TYPES.includes(dataType)) fail(request, 'AssetModelProperties', `DataType must be one of ${DATA_TYPES.join(', ')}, got ${JSON.stringify(dataType)}`);
  const type = isObject(property.Type) ? property.Type : {};
  const attribute = isObject(type.Attribute) ? type.Attribute : {};
  return {
    id: idOf(request, 'property', ownIdOf(request, property)),
    logicalId: ownIdOf(request, property),
    name: textOf(request, property, 'Name'),
    dataType,
    unit: optional(property.Unit),
    kind: textOf(request, type, 'TypeName') as PropertyKind,
    defaultValue: optional(attribute.DefaultValue),
  };
}

function createAsset(account: Account, directory: AssetDirectory, request: ResourceRequest): CreatedResource {
  const { properties } = request;
  account.hasNoEffect(request, unsupportedProperties(properties, ASSET));
  const id = idOf(request);
  const arn = account.arn('iotsitewise', `asset/${id}`);
  const modelId = textOf(request, properties, 'AssetModelId');
  const model = directory.models.get(modelId) ?? fail(request, 'AssetModelId', `names no model of this account, got ${JSON.stringify(modelId)}`);
  const named = new Map(objectsOf(request, 'AssetProperties').map(property => [ownIdOf(request, property), property]));
  for (const given of named.keys()) {
    if (!model.properties.some(({ logicalId }) => logicalId === given)) fail(request, 'AssetProperties', `${JSON.stringify(given)} is no property of the model ${model.name}`);
  }
  const assetProperties = model.properties.map((property): AssetProperty => {
    const { Alias, Unit } = named.get(property.logicalId) ?? {};
    const alias = optional(Alias);
    const taken = alias === undefined ? undefined : directory.byAlias(alias);
    if (taken) fail(request, 'AssetProperties', `the alias ${JSON.stringify(alias)} is that of the asset ${taken.asset.name} already: an alias names one property of the account`);
    return { property, alias, unit: optional(Unit) ?? property.unit };
  });
  const children = objectsOf(request, 'AssetHierarchies').map(hierarchy => {
    const own = ownIdOf(request, hierarchy);
    const found = model.hierarchies.find(({ logicalId }) => logicalId === own) ?? fail(request, 'AssetHierarchies', `${JSON.stringify(own)} is no hierarchy of the model ${model.name}`);
    return { hierarchyId: found.id, assetId: textOf(request, hierarchy, 'ChildAssetId') };
  });
  const createdAt = account.clock.now();
  const description = String(properties.AssetDescription ?? '');
  const name = textOf(request, properties, 'AssetName');
  directory.addAsset({ id, arn, name, description, model, properties: assetProperties, createdAt }, children);
  return { ref: id, attributes: { AssetId: id, AssetArn: arn } };
}

/** A UUID in form, the same for each run of the same stack. */
function idOf({ stack, logicalId }: ResourceRequest, ...inner: string[]): string {
  const digest = createHash('sha256').update(JSON.stringify([stack.stackId, logicalId, ...inner])).digest('hex');
  return [digest.slice(0, 8), digest.slice(8, 12), `4${digest.slice(13, 16)}`, `a${digest.slice(17, 20)}`, digest.slice(20, 32)].join('-');
}

function ownIdOf(request: ResourceRequest, object: JsonObject): string {
  return optional(object.LogicalId) ?? optional(object.ExternalId) ?? fail(request, 'LogicalId', `or ExternalId must be there, got ${JSON.stringify(object)}`);
}

function objectsOf(request: ResourceRequest, name: string): JsonObject[] {
  const found = request.properties[name] ?? [];
  if (!Array.isArray(found) || !found.every(isObject)) return fail(request, name, `needs a list of objects, got ${JSON.stringify(found)}`);
  return found;
}

function textOf(request: ResourceRequest, object: JsonObject, name: string): string {
  return optional(object[name]) ?? fail(request, name, 'must be there');
}

function optional(value: Json | undefined): string | undefined {
  return value === undefined || value === null ? undefined : String(value);
}

function fail(request: ResourceRequest, name: string, problem: string): never {
  throw new TemplateError(`Resources/${request.logicalId}/Properties/${name}`, problem);
}
