import { countOf, optionalText, refusing } from './call-input';
import { LocalApi } from './local-api';
import { PropertyValue } from '../iotsitewise/property-value';
import type { Sandbox } from '../sandbox';

const MOST_POINTS = 2000;

/** Time series of SiteWise. */
export function addSeriesCalls(api: LocalApi, sandbox: Sandbox): void {
  const { account, services: { siteWise } } = sandbox;
  const call = (operation: string, input: object) => account.call('iotsitewise', operation, input, account.operator);

  api.add('GET series', async () => {
    const { TimeSeriesSummaries: all } = await call('ListTimeSeries', {}) as { TimeSeriesSummaries: { alias?: string; assetId?: string; propertyId?: string; dataType: string }[] };
    return {
      series: await Promise.all(all.map(async ({ alias, assetId, propertyId, dataType }) => {
        const asset = assetId === undefined ? undefined : siteWise.directory.assets.get(assetId);
        const found = asset?.properties.find(({ property }) => property.id === propertyId);
        // A property that is an attribute has no measurements.
        const isMeasured = found === undefined || found.property.kind === 'Measurement';
        const { propertyValue } = await call('GetAssetPropertyValue', assetId === undefined ? { propertyAlias: alias } : { assetId, propertyId })
          .catch(() => ({})) as { propertyValue?: PropertyValue };
        return {
          asset: asset?.name,
          assetId,
          propertyId,
          property: found?.property.name,
          alias,
          dataType,
          unit: found?.unit ?? found?.property.unit,
          isMeasured,
          last: propertyValue && pointOf(propertyValue),
        };
      })),
    };
  });

  api.add('GET values', input => refusing(async () => {
    const [assetId, propertyId, propertyAlias] = ['assetId', 'propertyId', 'alias'].map(name => optionalText(input, name) || undefined);
    const { assetPropertyValueHistory: values } = await call('GetAssetPropertyValueHistory', {
      ...assetId === undefined ? { propertyAlias } : { assetId, propertyId }, timeOrdering: 'DESCENDING', maxResults: countOf(input, 'limit', 500, MOST_POINTS),
    }) as { assetPropertyValueHistory: PropertyValue[] };
    return { points: values.map(pointOf).reverse() };
  }));
}

/** Milliseconds and the value; flags and texts as they are. */
function pointOf({ timestamp: { timeInSeconds, offsetInNanos = 0 }, value, quality = 'GOOD' }: PropertyValue) {
  const { doubleValue, integerValue, booleanValue, stringValue } = value;
  return { time: timeInSeconds * 1000 + Math.floor(offsetInNanos / 1e6), value: doubleValue ?? integerValue ?? booleanValue ?? stringValue, quality };
}
