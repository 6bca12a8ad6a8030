import { readFileSync } from 'fs';
import * as path from 'path';

const { types } = JSON.parse(readFileSync(path.join(__dirname, '../.jsii'), 'utf8')) as { types: Record<string, ApiType> };

interface TypeReference { primitive?: string; fqn?: string; union?: object; intersection?: object; collection?: { elementtype: TypeReference } }
interface Docs { summary?: string; default?: string }
interface Member {
  name: string;
  type?: TypeReference;
  returns?: { type: TypeReference };
  optional?: boolean;
  docs?: Docs;
  parameters?: Member[];
  overrides?: string;
}
interface ApiType {
  name: string;
  kind: string;
  datatype?: boolean;
  docs?: Docs;
  properties?: Member[];
  methods?: Member[];
  members?: Member[];
}

const members = Object.values(types).flatMap(type =>
  [...type.properties ?? [], ...type.methods ?? [], ...type.members ?? []].map(member => ({ name: `${type.name}.${member.name}`, type, member })));

function references({ type, returns, parameters = [] }: Member): TypeReference[] {
  return [type, returns?.type, ...parameters.flatMap(references)].filter(reference => reference !== undefined)
    .flatMap(reference => [reference, ...(reference.collection ? [reference.collection.elementtype] : [])]);
}

test('has no type that other languages cannot express', () => {
  const bad = members.filter(({ member }) => references(member).some(({ primitive, union, intersection }) => primitive === 'any' || primitive === 'json' || union || intersection));
  expect(bad.map(({ name }) => name)).toEqual([]);
});

test('has a docstring on every type and member', () => {
  const bare = [
    ...Object.values(types).filter(({ docs }) => !docs?.summary).map(({ name }) => name),
    ...members.filter(({ member }) => !member.docs?.summary && !member.overrides).map(({ name }) => name),
  ];
  expect(bare).toEqual([]);
});

test('tells the default of every optional prop', () => {
  const bare = members.filter(({ type, member }) => type.datatype && member.optional && !member.docs?.default);
  expect(bare.map(({ name }) => name)).toEqual([]);
});

test('never says that a default is none or undefined', () => {
  const vague = members.filter(({ member }) => /^-?\s*(none|undefined|n\/a)\b|default props/i.test(member.docs?.default ?? ''));
  expect(vague.map(({ name }) => name)).toEqual([]);
});

test('has the constructs that the package is about', () => {
  expect(Object.values(types).filter(({ kind }) => kind === 'class').map(({ name }) => name)).toEqual(expect.arrayContaining([
    'ThingPolicy', 'FleetProvisioning', 'DeviceRegistry', 'ClaimCertificate', 'FirehoseBatchPipeline', 'LifecycleConnectivityTable',
    'SiteWiseRule', 'SiteWiseAssetModel', 'RuleErrorQueue', 'LandingZone', 'LandingZoneStack',
  ]));
});

test('names survive in Python: no member is a keyword or a builtin method there', () => {
  const reserved = new Set(['from', 'import', 'class', 'def', 'lambda', 'pass', 'global', 'with', 'is', 'in', 'not', 'and', 'or', 'del', 'exec', 'print', 'None', 'True', 'False', 'self']);
  expect(members.filter(({ member }) => reserved.has(member.name)).map(({ name }) => name)).toEqual([]);
});
