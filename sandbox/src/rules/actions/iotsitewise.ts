import { randomUUID } from 'crypto';
import { ActionFailure, MakeAction, RuleResult } from '../action';
import { ActionProperties } from '../action-properties';

interface Answer { readonly errorEntries?: readonly { readonly errors: readonly { readonly errorCode: string; readonly errorMessage: string }[] }[] }

const VALUE_TYPES = ['StringValue', 'IntegerValue', 'DoubleValue', 'BooleanValue'] as const;

/** `IotSiteWise`: values of asset properties. Everything is text and may be a template; what the text must be follows from its place. */
export const iotSiteWise: MakeAction = properties => {
  const entries = properties.inners('PutAssetPropertyValueEntries').map(entryOf);
  const [first] = entries;
  if (!first) properties.fail('PutAssetPropertyValueEntries', 'must hold at least one entry');
  return {
    failedAction: 'IotSiteWiseAction',
    resource: first.written,
    roleArn: properties.text('RoleArn'),
    call(result) {
      const written = entries.map(entry => entry.of(result));
      return {
        service: 'iotsitewise',
        operation: 'BatchPutAssetPropertyValue',
        resource: written.map(({ propertyAlias, assetId, propertyId }) => propertyAlias ?? `${assetId}/${propertyId}`).join(', '),
        input: { entries: written },
        refusal: ({ errorEntries = [] }: Answer) => errorEntries.length === 0 ? undefined
          : errorEntries.flatMap(({ errors }) => errors.map(({ errorCode, errorMessage }) => `${errorCode}: ${errorMessage}`)).join('; '),
      };
    },
  };
};

function entryOf(properties: ActionProperties) {
  const entryId = properties.optionalField('EntryId');
  const propertyAlias = properties.optionalField('PropertyAlias');
  const assetId = properties.optionalField('AssetId');
  const propertyId = properties.optionalField('PropertyId');
  if (propertyAlias === undefined && (assetId === undefined || propertyId === undefined)) properties.fail('PropertyAlias', 'must be there, or else both AssetId and PropertyId');
  const values = properties.inners('PropertyValues').map(valueOf);
  return {
    written: properties.optionalText('PropertyAlias') ?? `${properties.optionalText('AssetId')}/${properties.optionalText('PropertyId')}`,
    of: (result: RuleResult) => ({
      entryId: entryId?.(result) ?? randomUUID(),
      propertyAlias: propertyAlias?.(result),
      assetId: assetId?.(result),
      propertyId: propertyId?.(result),
      propertyValues: values.map(value => value(result)),
    }),
  };
}

function valueOf(properties: ActionProperties) {
  const timestamp = properties.inner('Timestamp');
  const timeInSeconds = timestamp.field('TimeInSeconds');
  const offsetInNanos = timestamp.optionalField('OffsetInNanos');
  const quality = properties.optionalField('Quality');
  const value = properties.inner('Value');
  const [type, ...others] = VALUE_TYPES.filter(name => value.has(name));
  if (type === undefined || others.length > 0) properties.fail('Value', `must hold exactly one of ${VALUE_TYPES.join(', ')}`);
  const text = value.field(type);
  return (result: RuleResult) => ({
    timestamp: { timeInSeconds: wholeNumber('TimeInSeconds', timeInSeconds(result)), offsetInNanos: wholeNumber('OffsetInNanos', offsetInNanos?.(result) ?? '0') },
    quality: quality?.(result) ?? 'GOOD',
    value: variantOf(type, text(result)),
  });
}

function variantOf(type: typeof VALUE_TYPES[number], text: string): object {
  switch (type) {
    case 'StringValue': return { stringValue: text };
    case 'IntegerValue': return { integerValue: wholeNumber(type, text) };
    case 'DoubleValue': return { doubleValue: number(type, text) };
    case 'BooleanValue':
      if (!/^(true|false)$/i.test(text)) throw new ActionFailure(`${type} must be true or false, got ${JSON.stringify(text)}`);
      return { booleanValue: text.toLowerCase() === 'true' };
  }
}

function number(name: string, text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value)) throw new ActionFailure(`${name} must be a number, got ${JSON.stringify(text)}`);
  return value;
}

function wholeNumber(name: string, text: string): number {
  const value = number(name, text);
  if (!Number.isInteger(value)) throw new ActionFailure(`${name} must be a whole number, got ${JSON.stringify(text)}`);
  return value;
}
