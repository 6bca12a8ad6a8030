import { expressionProblems } from './expression';
import { ALIAS } from './names';
import { SiteWiseEntry } from './sitewise-action';
import { Problem, textProblems } from '../private/validation';

/** @see https://docs.aws.amazon.com/iot-sitewise/latest/APIReference/API_BatchPutAssetPropertyValue.html */
export const MAX_ENTRIES = 10;
export const MAX_VALUES = 10;

/** What is wrong with the entries of one action. */
export function actionProblems(entries: SiteWiseEntry[]): Problem[] {
  return [
    ...countProblems('entries', entries.length, MAX_ENTRIES),
    ...entries.flatMap((entry, at) => entryProblems(`entries[${at}]`, entry)),
    ...entries.flatMap(({ values }, at) => countProblems(`entries[${at}].values`, values.length, MAX_VALUES)),
  ];
}

function countProblems(prop: string, got: number, max: number): Problem[] {
  if (got >= 1 && got <= max) return [];
  return [{ prop, got, allowed: `1 to ${max} in one action`, fix: got === 0 ? 'add one' : 'use SiteWiseAction.split, or let a SiteWiseRule spread them' }];
}

/** What is wrong with an entry, but for the number of its values. */
export function entryProblems(prop: string, { propertyAlias, assetId, propertyId, values }: SiteWiseEntry): Problem[] {
  const named = propertyAlias !== undefined ? assetId === undefined && propertyId === undefined : assetId !== undefined && propertyId !== undefined;
  return [
    ...named ? [] : [{ prop, got: { propertyAlias, assetId, propertyId }, allowed: 'named by propertyAlias, or by assetId and propertyId', fix: 'pass one of the two ways' }],
    ...textProblems(`${prop}.propertyAlias`, propertyAlias, ALIAS),
    ...values.flatMap(({ valueFrom, timestamp, quality }, at) => [
      ...expressionProblems(`${prop}.values[${at}].valueFrom`, valueFrom),
      ...timestamp?._problems(`${prop}.values[${at}].timestamp`) ?? [],
      ...quality?._problems(`${prop}.values[${at}].quality`) ?? [],
    ]),
  ];
}
