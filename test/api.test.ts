import { readFileSync } from 'fs';
import * as path from 'path';
import * as ts from 'typescript';

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
  interfaces?: string[];
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

/** What a module exports, and what it passes on. Parsed only: to check types would load all of aws-cdk-lib. */
function exportedNames(file: string): string[] {
  const { statements } = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.ES2022);
  return statements.flatMap(statement => {
    if (ts.isExportDeclaration(statement)) {
      if (statement.exportClause && ts.isNamedExports(statement.exportClause)) return statement.exportClause.elements.map(({ name }) => name.text);
      return exportedNames(path.join(path.dirname(file), `${(statement.moduleSpecifier as ts.StringLiteral).text}.ts`));
    }
    if (!ts.canHaveModifiers(statement) || !ts.getModifiers(statement)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword)) return [];
    const declarations = ts.isVariableStatement(statement) ? [...statement.declarationList.declarations] : [statement as ts.DeclarationStatement];
    return declarations.map(({ name }) => (name as ts.Identifier).text);
  });
}

test('exports nothing that other languages would not have: each name of the index is a type that jsii publishes', () => {
  const exported = exportedNames(path.join(__dirname, '../src/index.ts'));
  expect(exported.length).toBeGreaterThan(50);
  expect(exported.filter(name => !types[`cdk-iot-landing-zone.${name}`])).toEqual([]);
});

test('has an I only on what users write a class for, and on all of that', () => {
  const interfaces = Object.values(types).filter(({ kind }) => kind === 'interface');
  const looksBehavioural = ({ name }: ApiType) => /^I[A-Z]/.test(name);
  expect(interfaces.filter(type => type.datatype && looksBehavioural(type)).map(({ name }) => name)).toEqual([]);
  expect(interfaces.filter(type => !type.datatype && !looksBehavioural(type)).map(({ name }) => name)).toEqual([]);
  // Fields alone would make a Python or Java user write a class where a struct is meant.
  expect(interfaces.filter(type => !type.datatype && !type.methods?.length && !type.interfaces).map(({ name }) => name)).toEqual([]);
});

describe('names survive', () => {
  const named = members.flatMap(({ name, type, member }) => [
    { at: name, name: member.name, type, overrides: member.overrides },
    ...(member.parameters ?? []).map(parameter => ({ at: `${name}(${parameter.name})`, name: parameter.name, type, overrides: member.overrides })),
  ]).filter(({ overrides }) => !overrides);
  const snake = (name: string) => name.replace(/([a-z0-9])([A-Z])/g, '$1_$2').toLowerCase();
  const words = (text: string) => new Set(text.split(' '));

  test('in Python: no keyword, no name of every object', () => {
    const reserved = words('and as assert async await break class continue def del elif else except finally for from global if import in is'
      + ' lambda nonlocal not or pass raise return try while with yield self print exec');
    expect(named.filter(({ name }) => reserved.has(snake(name))).map(({ at }) => at)).toEqual([]);
  });

  test('in Python: no prop has the name of an argument that every construct takes before them', () => {
    const positional = named.filter(({ type, name }) => type.datatype && ['scope', 'id'].includes(name));
    expect(positional.map(({ at }) => at)).toEqual([]);
  });

  test('in Java: no keyword, no method of java.lang.Object', () => {
    const reserved = words('abstract assert boolean break byte case catch char class const continue default do double else enum extends final finally float'
      + ' for goto if implements import instanceof int interface long native new package private protected public return short static strictfp super'
      + ' switch synchronized this throw throws transient try void volatile while true false null'
      + ' clone equals finalize getClass hashCode notify notifyAll wait');
    expect(named.filter(({ name }) => reserved.has(name)).map(({ at }) => at)).toEqual([]);
  });

  test('in Go: no parameter is a keyword', () => {
    const reserved = words('break case chan const continue default defer else fallthrough for func go goto if import interface map package range return select struct switch type var');
    const parameters = named.filter(({ at }) => at.endsWith(')'));
    expect(parameters.filter(({ name }) => reserved.has(name)).map(({ at }) => at)).toEqual([]);
  });

  test('no two members of a type become one name in snake case, or with another case', () => {
    const doubles = Object.values(types).flatMap(type => {
      const names = [...type.properties ?? [], ...type.methods ?? [], ...type.members ?? []].map(({ name }) => snake(name).replaceAll('_', ''));
      return names.filter((name, index) => names.indexOf(name) !== index).map(name => `${type.name}.${name}`);
    });
    expect(doubles).toEqual([]);
  });
});
