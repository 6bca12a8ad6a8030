import { createHash } from 'crypto';
import { Token } from 'aws-cdk-lib';
import { SiteWiseAssetModel } from './asset-model';
import { SiteWiseDataType } from './data-type';
import { presenceCondition } from './expression';
import { SiteWiseQuality } from './quality';
import { SiteWiseEntry, SiteWiseValue } from './sitewise-action';
import { SiteWiseTimestamp } from './timestamp';
import { Problem } from '../private/validation';
import { sqlWordIn } from '../rules/sql-words';

/** A field name that AWS IoT SQL takes without `get()`, unless it is a word of its own. */
const PLAIN_FIELD = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

/** What a rule does with values unless they say otherwise themselves. */
export interface ValueDefaults {
  /** The SQL expression that yields the device. */
  readonly deviceId: string;
  readonly timestamp: SiteWiseTimestamp;
  readonly quality: SiteWiseQuality;
  readonly dropStale: boolean;
}

/** One value for one property, and the conditions under which a message has it. */
export interface PlannedValue {
  /** Says in ids and descriptions which value it is. */
  readonly label: string;
  readonly entry: SiteWiseEntry;
  /** Conditions on the message that hold or not for all of its values together. */
  readonly messageConditions: string[];
  readonly valueConditions: string[];
}

/** The values of one rule or, where there are very many, of a few. */
export interface PlannedRule {
  readonly id: string;
  readonly label: string;
  readonly where: string[];
  readonly entries: SiteWiseEntry[];
}

/** One value per measurement and alias; models that agree on both share it. */
export function valuesOfModels(models: SiteWiseAssetModel[], defaults: ValueDefaults): PlannedValue[] {
  const values = models.flatMap(model => model.measurements.map((measurement): PlannedValue => {
    const { name } = measurement;
    const value = completed({ ...measurement, valueFrom: measurement.valueFrom ?? name }, defaults);
    const propertyAlias = model.propertyAlias._fill({ device: `\${${defaults.deviceId}}`, model: model.assetModelName, measurement: name });
    return {
      label: name,
      entry: { propertyAlias, values: [value] },
      messageConditions: [...model.messageFilter === undefined ? [] : [`(${model.messageFilter})`], `NOT isUndefined(${defaults.deviceId})`],
      valueConditions: valueConditions(value, defaults.dropStale),
    };
  }));
  return values.filter((value, at) => values.findIndex(other => keyOf(other) === keyOf(value)) === at);
}

/** One value per value of an entry, so that one that is missing does not stop the others. */
export function valuesOfEntries(entries: SiteWiseEntry[], defaults: ValueDefaults): PlannedValue[] {
  return entries.flatMap(entry => entry.values.map((given): PlannedValue => {
    const value = completed(given, defaults);
    return {
      label: given.valueFrom,
      entry: { ...entry, values: [value] },
      messageConditions: [],
      valueConditions: valueConditions(value, defaults.dropStale),
    };
  }));
}

function completed({ valueFrom, dataType, timestamp, quality }: SiteWiseValue, defaults: ValueDefaults): Required<SiteWiseValue> {
  return {
    valueFrom,
    dataType: dataType ?? SiteWiseDataType.DOUBLE,
    timestamp: timestamp ?? defaults.timestamp,
    quality: quality ?? defaults.quality,
  };
}

function valueConditions({ valueFrom, dataType, timestamp }: Required<SiteWiseValue>, dropStale: boolean): string[] {
  const accepted = dropStale ? timestamp._acceptedCondition() : undefined;
  return [presenceCondition(valueFrom, dataType), ...accepted === undefined ? [] : [accepted]];
}

function keyOf({ entry, messageConditions, valueConditions: conditions }: PlannedValue): string {
  const [{ timestamp, quality, dataType, valueFrom }] = entry.values;
  return JSON.stringify([entry.propertyAlias, valueFrom, dataType, timestamp!._templates(), quality!._template(), messageConditions, conditions]);
}

/** Measurements whose place in the message cannot be told from their name. */
export function placeProblems(models: SiteWiseAssetModel[]): Problem[] {
  return models.flatMap((model, at) => model.measurements.flatMap(({ name, valueFrom }, which): Problem[] => {
    if (valueFrom !== undefined || Token.isUnresolved(name) || (PLAIN_FIELD.test(name) && sqlWordIn(name) === undefined)) return [];
    return [{
      prop: `models[${at}].measurements[${which}].valueFrom`,
      got: valueFrom,
      allowed: `given for a measurement called ${JSON.stringify(name)}`,
      fix: `say where the value is, such as get(values, ${JSON.stringify(name)})`,
    }];
  }));
}

/** Values for one alias that a message would hold with two types: SiteWise would refuse one of them each time. */
export function typeProblems(values: PlannedValue[]): Problem[] {
  const placeOf = ({ entry, messageConditions }: PlannedValue) => JSON.stringify([entry.propertyAlias, entry.values[0].valueFrom, messageConditions]);
  return values.flatMap((value, at): Problem[] => {
    const other = entryWith(values.slice(0, at), candidate => placeOf(candidate) === placeOf(value) && typeOf(candidate) !== typeOf(value));
    if (!other || value.entry.propertyAlias === undefined) return [];
    return [{
      prop: 'models',
      got: [typeOf(other), typeOf(value)],
      allowed: `of one opinion on the type of ${value.entry.propertyAlias}`,
      fix: 'give the measurements one dataType, or tell their messages apart by the messageFilter of the models',
    }];
  });
}

const entryWith = <T>(items: T[], holds: (item: T) => boolean): T | undefined => items.find(holds);
const typeOf = ({ entry }: PlannedValue) => entry.values[0].dataType;

/** A rule per value: it runs only for messages that have the value. Properties that take the same value share it. */
export function rulePerValue(values: PlannedValue[]): PlannedRule[] {
  const rules = groupBy(values, value => [...value.valueConditions, ...value.messageConditions].join(' AND ')).map(same => ({
    label: same[0].label, where: [...same[0].messageConditions, ...same[0].valueConditions], entries: same.map(({ entry }) => entry),
  }));
  return withIds(rules);
}

/** A rule per kind of message: it runs for messages that have at least one of the values. */
export function rulePerMessage(values: PlannedValue[]): PlannedRule[] {
  const rules = groupBy(values, value => value.messageConditions.join(' AND ')).map(together => {
    const any = [...new Set(together.map(value => value.valueConditions.join(' AND ')))];
    return {
      label: 'Messages',
      where: [...together[0].messageConditions, any.length === 1 ? any[0] : `(${any.map(each => `(${each})`).join(' OR ')})`],
      entries: together.map(({ entry }) => entry),
    };
  });
  return withIds(rules);
}

function groupBy<T>(items: T[], key: (item: T) => string): T[][] {
  const groups = new Map<string, T[]>();
  items.forEach(item => groups.set(key(item), [...groups.get(key(item)) ?? [], item]));
  return [...groups.values()];
}

/** Ids are made of the labels alone, and of what a rule does only where labels are the same. */
function withIds(rules: Omit<PlannedRule, 'id'>[]): PlannedRule[] {
  const ids = rules.map(({ label }) => pascalCase(label));
  const isUnique = (id: string) => ids.filter(other => other === id).length === 1;
  return rules.map((rule, at) => ({ ...rule, id: `${ids[at]}${isUnique(ids[at]) ? '' : fingerprint(rule.where, at)}Rule` }));
}

function fingerprint(where: string[], at: number): string {
  const conditions = where.join(' AND ');
  return Token.isUnresolved(conditions) ? String(at + 1) : createHash('sha256').update(conditions).digest('hex').slice(0, 8);
}

function pascalCase(label: string): string {
  if (Token.isUnresolved(label)) return 'Value';
  const words = label.match(/[a-zA-Z0-9]+/g) ?? ['Value'];
  return words.map(word => word[0].toUpperCase() + word.slice(1)).join('');
}
