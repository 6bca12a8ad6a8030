import { Asset, AssetDirectory, AssetProperty } from './model';
import { problemOf, PropertyValue, TimeInNanos } from './property-value';
import { SeriesStore } from './series-store';
import { Account, AwsError, Caller } from '../account';

export interface PutEntry {
  readonly entryId: string;
  readonly assetId?: string;
  readonly propertyId?: string;
  readonly propertyAlias?: string;
  readonly propertyValues: readonly PropertyValue[];
}

interface EntryError { readonly errorCode: string; readonly errorMessage: string; readonly timestamps: readonly TimeInNanos[] }

/** A property of an asset, or a series that belongs to none. */
export interface Target { readonly series: string; readonly asset?: Asset; readonly property?: AssetProperty; readonly alias?: string }

interface Surroundings {
  readonly targets: Targets;
  readonly store: SeriesStore;
  readonly now: number;
  readonly takesUnknownAlias: boolean;
}

const MAXIMUM_ENTRIES = 10;
const MAXIMUM_VALUES = 10;

/** What names a property, and what may be done to it. */
export class Targets {
  constructor(private readonly account: Account, private readonly directory: AssetDirectory) {}

  /** @throws AwsError where nothing has the name, or the name says too little */
  find({ assetId, propertyId, propertyAlias }: { assetId?: string; propertyId?: string; propertyAlias?: string }, takesUnknownAlias = false): Target {
    if (propertyAlias !== undefined) {
      const found = this.directory.byAlias(propertyAlias);
      if (found) return { series: `${found.asset.id}/${found.property.property.id}`, alias: propertyAlias, ...found };
      if (takesUnknownAlias) return { series: propertyAlias, alias: propertyAlias };
      throw new AwsError('ResourceNotFoundException', `no property has the alias ${JSON.stringify(propertyAlias)}`, 404);
    }
    if (assetId === undefined || propertyId === undefined) throw new AwsError('InvalidRequestException', 'either propertyAlias or both assetId and propertyId must be there');
    const asset = this.directory.assets.get(assetId);
    const property = asset?.properties.find(candidate => candidate.property.id === propertyId);
    if (!asset || !property) throw new AwsError('ResourceNotFoundException', asset ? `the asset ${assetId} has no property ${propertyId}` : `there is no asset ${assetId}`, 404);
    return { series: `${assetId}/${propertyId}`, asset, property, alias: property.alias };
  }

  /** @see https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsiotsitewise.html */
  authorize(caller: Caller, action: string, { series, asset, property, alias }: Target): void {
    const byAlias: { [key: string]: string } = alias === undefined ? {} : { 'iotsitewise:propertyAlias': alias };
    if (!asset || !property) return caller.authorize(`iotsitewise:${action}`, this.account.arn('iotsitewise', `time-series/${series}`), byAlias);
    caller.authorize(`iotsitewise:${action}`, asset.arn, {
      'iotsitewise:assetHierarchyPath': this.directory.paths(asset.id), 'iotsitewise:propertyId': property.property.id, ...byAlias,
    });
  }
}

/** BatchPutAssetPropertyValue: each entry is taken as a whole, or refused with what is wrong with it. */
export async function putValues(
  entries: readonly PutEntry[], caller: Caller, { targets, store, now, takesUnknownAlias }: Surroundings,
): Promise<{ errorEntries: { entryId: string; errors: EntryError[] }[] }> {
  if (!Array.isArray(entries) || entries.length === 0 || entries.length > MAXIMUM_ENTRIES) {
    throw new AwsError('InvalidRequestException', `entries must hold 1 to ${MAXIMUM_ENTRIES} entries, got ${Array.isArray(entries) ? entries.length : JSON.stringify(entries)}`);
  }
  const errorEntries: { entryId: string; errors: EntryError[] }[] = [];
  const taken: { series: string; value: PropertyValue }[] = [];
  for (const entry of entries) {
    const { entryId, propertyValues } = entry;
    try {
      const target = targets.find(entry, takesUnknownAlias);
      targets.authorize(caller, 'BatchPutAssetPropertyValue', target);
      const errors = errorsOf(propertyValues, target, now);
      if (errors.length > 0) errorEntries.push({ entryId, errors });
      else taken.push(...propertyValues.map((value: PropertyValue) => ({ series: target.series, value })));
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      errorEntries.push({ entryId, errors: [{ errorCode: error.name, errorMessage: error.message, timestamps: [] }] });
    }
  }
  if (taken.length > 0) await store.put(taken);
  return { errorEntries };
}

function errorsOf(values: readonly PropertyValue[], { property }: Target, now: number): EntryError[] {
  if (!(values?.length > 0 && values.length <= MAXIMUM_VALUES)) {
    return [{ errorCode: 'InvalidRequestException', errorMessage: `propertyValues must hold 1 to ${MAXIMUM_VALUES} values`, timestamps: [] }];
  }
  const kind = property?.property.kind;
  if (kind === 'Transform' || kind === 'Metric') {
    return [{ errorCode: 'InvalidRequestException', errorMessage: `a ${kind} is computed and takes no values`, timestamps: [] }];
  }
  return values.flatMap(value => {
    const problem = problemOf(value, property?.property.dataType, now);
    return problem ? [{ errorCode: problem.name, errorMessage: problem.message, timestamps: value?.timestamp ? [value.timestamp] : [] }] : [];
  });
}
