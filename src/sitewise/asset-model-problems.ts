import { Token } from 'aws-cdk-lib';
import { SiteWiseAssetModelProps, SiteWiseHierarchy } from './asset-model';
import { SiteWiseFormula, SiteWiseMeasurement, SiteWiseProperty } from './asset-model-property';
import { expressionProblems } from './expression';
import { DESCRIPTION, EXTERNAL_ID, NAME, VARIABLE } from './names';
import { PropertyAlias } from './property-alias';
import { windowProblems } from './window';
import { Problem, textProblems } from '../private/validation';

/** @see https://docs.aws.amazon.com/iot-sitewise/latest/userguide/quotas.html */
const MAX_PROPERTIES = 200;
const MAX_VARIABLES = 10;
const FORMULA = { max: 1024 };

/** A property or hierarchy with its place in the props. */
type Placed<T> = T & { readonly prop: string };

/** Everything about the props of an asset model that SiteWise would refuse. */
export function assetModelProblems(props: SiteWiseAssetModelProps, alias: PropertyAlias): Problem[] {
  const attributes = placed('attributes', props.attributes);
  const measurements = placed('measurements', props.measurements);
  const formulas: Placed<SiteWiseFormula>[] = [...placed('transforms', props.transforms), ...placed('metrics', props.metrics)];
  const hierarchies = placed('hierarchies', props.hierarchies);
  const properties: Placed<SiteWiseProperty>[] = [...attributes, ...measurements, ...formulas];
  return [
    ...textProblems('assetModelName', props.assetModelName, NAME),
    ...textProblems('description', props.description, DESCRIPTION),
    ...textProblems('externalId', props.externalId, EXTERNAL_ID),
    ...expressionProblems('messageFilter', props.messageFilter),
    ...alias._problems('propertyAlias'),
    ...countProblems(properties.length),
    ...[properties, hierarchies].flatMap(named => [...named.flatMap(identityProblems), ...repeatProblems(named)]),
    ...properties.flatMap(({ prop, unit }) => textProblems(`${prop}.unit`, unit, NAME)),
    ...attributes.flatMap(({ prop, defaultValue }) => textProblems(`${prop}.defaultValue`, defaultValue, { ...NAME, max: 1024 })),
    ...measurements.flatMap(measurementProblems),
    ...formulas.flatMap(formula => formulaProblems(formula, properties, props.hierarchies ?? [])),
    ...placed('metrics', props.metrics).flatMap(({ prop, window, offset }) => windowProblems(prop, window, offset)),
  ];
}

function placed<T extends object>(list: string, items: T[] = []): Placed<T>[] {
  return items.map((item, at) => ({ ...item, prop: `${list}[${at}]` }));
}

function countProblems(count: number): Problem[] {
  if (count <= MAX_PROPERTIES) return [];
  return [{ prop: 'measurements', got: count, allowed: `at most ${MAX_PROPERTIES} properties with attributes, transforms and metrics`, fix: 'move some to the model of a child asset' }];
}

function identityProblems({ prop, name, logicalId, externalId }: Placed<{ name: string; logicalId?: string; externalId?: string }>): Problem[] {
  return [
    ...textProblems(`${prop}.name`, name, NAME),
    ...textProblems(`${prop}.logicalId`, logicalId, NAME),
    ...textProblems(`${prop}.externalId`, externalId, EXTERNAL_ID),
  ];
}

function repeatProblems(items: Placed<{ name: string; logicalId?: string }>[]): Problem[] {
  const of = (key: 'name' | 'logicalId', valueOf: (item: Placed<{ name: string; logicalId?: string }>) => string) => items.flatMap((item, at) => {
    const first = items.findIndex(other => valueOf(other) === valueOf(item));
    return first === at ? [] : [{ prop: `${item.prop}.${key}`, got: valueOf(item), allowed: 'unique in its model', fix: `change it here or at ${items[first].prop}` }];
  });
  const names = of('name', item => item.name);
  return names.length > 0 ? names : of('logicalId', item => item.logicalId ?? item.name);
}

function measurementProblems({ prop, valueFrom, timestamp, quality }: Placed<SiteWiseMeasurement>): Problem[] {
  return [
    ...expressionProblems(`${prop}.valueFrom`, valueFrom),
    ...timestamp?._problems(`${prop}.timestamp`) ?? [],
    ...quality?._problems(`${prop}.quality`) ?? [],
  ];
}

function formulaProblems(formula: Placed<SiteWiseFormula>, properties: SiteWiseProperty[], hierarchies: SiteWiseHierarchy[]): Problem[] {
  const { prop, name, expression, variables } = formula;
  const names = Object.keys(variables);
  const count: Problem[] = names.length >= 1 && names.length <= MAX_VARIABLES ? [] : [{
    prop: `${prop}.variables`, got: names.length, allowed: `1 to ${MAX_VARIABLES} variables`, fix: 'split the formula over two properties, or name what it computes from',
  }];
  const known = properties.map(property => property.name).filter(other => other !== name);
  return [
    ...textProblems(`${prop}.expression`, expression, FORMULA),
    ...count,
    ...names.flatMap(variable => textProblems(`${prop}.variables`, variable, VARIABLE)),
    ...Object.entries(variables).flatMap(([variable, { propertyName, hierarchyName }]) => {
      const at = `${prop}.variables.${variable}`;
      if (hierarchyName === undefined) return nameProblems(at, propertyName, known, 'another property of this model');
      if (!prop.startsWith('metrics')) return [{ prop: at, got: hierarchyName, allowed: 'a property of the same model', fix: 'make it a metric: only metrics see child assets' }];
      const hierarchy = hierarchies.find(other => other.name === hierarchyName);
      if (!hierarchy) return nameProblems(at, hierarchyName, hierarchies.map(other => other.name), 'a hierarchy of this model');
      return nameProblems(at, propertyName, hierarchy.childModel._propertyNames, `a property of the children in ${hierarchyName}`);
    }),
  ];
}

function nameProblems(prop: string, got: string, known: string[], allowed: string): Problem[] {
  if (known.includes(got) || Token.isUnresolved(got)) return [];
  return [{ prop, got, allowed, fix: known.length === 0 ? 'declare it first' : `write one of ${known.join(', ')}` }];
}
