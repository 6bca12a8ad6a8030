import { Token } from 'aws-cdk-lib';
import { MAX_THING_GROUPS } from './membership';
import {
  CERTIFICATE_ID, CERTIFICATE_SUBJECT_PARAMETERS, functionNameOf, isObject, Json, JsonObject, RESOURCE_TYPES, subVariables,
} from './template-document';
import { Problem } from '../private/validation';

/** @see https://docs.aws.amazon.com/iot/latest/apireference/API_CreateProvisioningTemplate.html */
const MAX_BODY_LENGTH = 10_240;
const SECTIONS = ['Parameters', 'Mappings', 'Resources', 'DeviceConfiguration'];
const FUNCTIONS = ['Ref', 'Fn::Join', 'Fn::Select', 'Fn::Split', 'Fn::Sub', 'Fn::FindInMap'];
const PROPERTIES: Record<string, string[]> = {
  [RESOURCE_TYPES.thing]: ['ThingName', 'AttributePayload', 'ThingTypeName', 'ThingGroups', 'BillingGroup', 'PackageVersions'],
  [RESOURCE_TYPES.certificate]: ['CertificateId', 'Status'],
  [RESOURCE_TYPES.policy]: ['PolicyName', 'PolicyDocument'],
};
const ACTIONS = ['DO_NOTHING', 'REPLACE', 'FAIL'];
/** Only what is a collection can be merged. */
const OVERRIDES: Record<string, Record<string, string[]>> = {
  [RESOURCE_TYPES.thing]: { AttributePayload: [...ACTIONS, 'MERGE'], ThingTypeName: ACTIONS, ThingGroups: [...ACTIONS, 'MERGE'] },
  [RESOURCE_TYPES.certificate]: { Status: ACTIONS },
  [RESOURCE_TYPES.policy]: {},
};
/** AWS names no limit; a body that is right has some ten levels, and each level takes its part of the stack here. */
const MAX_DEPTH = 200;
const TOKEN_MARKER = /\$\{Token\[[^\]]*\]\}/g;

/** Parses a body. What is one token as a whole has no value yet, and is let through as undefined. */
export function parseBody(json: string): { readonly body?: JsonObject; readonly problems: Problem[] } {
  if (typeof json !== 'string') return { problems: [problem('templateBody', json, 'a ProvisioningTemplateBody of JSON text', 'pass ProvisioningTemplateBody.fromJson(JSON.stringify(body))')] };
  // Before anything walks through it.
  const problems = sizeProblems(json);
  if (problems.length > 0) return { problems };
  let body: Json;
  try {
    body = JSON.parse(json) as Json;
  } catch (error) {
    if (Token.isUnresolved(json)) return { problems: [] };
    return { problems: [problem('templateBody', start(json), 'JSON', `mend it: ${(error as Error).message}`)] };
  }
  return isObject(body) ? { body, problems: [] } : { problems: [problem('templateBody', body, 'a JSON object', 'write an object with a Resources section')] };
}

/** Checks a body against what AWS IoT documents of provisioning templates; `builtins` are parameters that the flow fills in. */
export function bodyProblems(body: JsonObject, jitp: boolean): Problem[] {
  const parameters = isObject(body.Parameters) ? body.Parameters : {};
  const known = new Set([...Object.keys(parameters), CERTIFICATE_ID, ...(jitp ? CERTIFICATE_SUBJECT_PARAMETERS : [])]);
  const scope = { known, mappings: isObject(body.Mappings) ? body.Mappings : {} };
  const { Mappings, ...rest } = body;
  return [
    ...keyProblems('templateBody', body, SECTIONS),
    ...parameterProblems(body.Parameters, jitp),
    ...mappingProblems(Mappings),
    ...resourceProblems(body.Resources),
    ...deviceConfigurationProblems(body.DeviceConfiguration),
    ...Object.entries(rest).filter(([section]) => section !== 'Parameters').flatMap(([section, value]) => functionProblems(`templateBody.${section}`, value, scope)),
    ...lengthProblems(body),
  ];
}

/** Of the text as it was given; escapes and white space may get shorter. */
function sizeProblems(json: string): Problem[] {
  const text = json.replace(TOKEN_MARKER, '').replace(/\\(?:u[0-9a-fA-F]{4}|[^])/g, 'x');
  const atLeast = text.replace(/("[^"]*")|\s+/g, '$1').length;
  const depth = depthOf(text.replace(/"[^"]*"/g, ''));
  return [
    ...tooLong(atLeast),
    ...(depth <= MAX_DEPTH ? [] : [problem('templateBody', `${depth} levels`, `nested at most ${MAX_DEPTH} levels deep`, 'flatten it: templates have functions in functions, not more')]),
  ];
}

function depthOf(brackets: string): number {
  let depth = 0;
  let deepest = 0;
  for (const character of brackets) {
    if ('[{'.includes(character)) deepest = Math.max(deepest, ++depth);
    if (']}'.includes(character)) depth--;
  }
  return deepest;
}

function lengthProblems(body: JsonObject): Problem[] {
  // Tokens have no length yet, so that only the rest is counted.
  return tooLong(JSON.stringify(body).replace(TOKEN_MARKER, '').length);
}

function tooLong(length: number): Problem[] {
  return length <= MAX_BODY_LENGTH ? []
    : [problem('templateBody', `${length} characters`, `at most ${MAX_BODY_LENGTH} characters`, `shorten it by ${length - MAX_BODY_LENGTH} characters`)];
}

function parameterProblems(parameters: Json | undefined, jitp: boolean): Problem[] {
  if (parameters === undefined) return [];
  if (!isObject(parameters)) return [problem('templateBody.Parameters', parameters, 'an object', 'write {"Name": {"Type": "String"}}')];
  return Object.entries(parameters).flatMap(([name, parameter]) => {
    const prop = `templateBody.Parameters.${name}`;
    if (!isObject(parameter) || parameter.Type !== 'String') return [problem(prop, parameter, '{"Type": "String"}, with or without a Default', 'AWS IoT knows no other type')];
    const { Default } = parameter;
    const fromCertificate = [...CERTIFICATE_SUBJECT_PARAMETERS, CERTIFICATE_ID];
    return [
      ...(jitp && Default === undefined && !fromCertificate.includes(name)
        ? [problem(prop, name, `one of ${fromCertificate.join(', ')}`, 'a device that comes just in time sends no parameters')] : []),
      ...keyProblems(prop, parameter, ['Type', 'Default']),
      ...(Default === undefined || typeof Default === 'string' ? [] : [problem(`${prop}.Default`, Default, 'a string', 'write it in quotes')]),
    ];
  });
}

function mappingProblems(mappings: Json | undefined): Problem[] {
  if (mappings === undefined) return [];
  const fix = 'write {"Map": {"key": {"name": "text"}}}, without functions';
  const twoLevels = isObject(mappings) && Object.values(mappings).every(map => isObject(map) && Object.values(map)
    .every(row => isObject(row) && functionNameOf(row) === undefined && Object.values(row).every(value => !isObject(value))));
  return twoLevels ? [] : [problem('templateBody.Mappings', mappings, 'maps of two levels of keys', fix)];
}

function resourceProblems(resources: Json | undefined): Problem[] {
  if (!isObject(resources) || Object.keys(resources).length === 0) {
    return [problem('templateBody.Resources', resources, 'an object with at least one resource', `add one of type ${Object.keys(PROPERTIES).join(', ')}`)];
  }
  return Object.entries(resources).flatMap(([name, resource]) => {
    const prop = `templateBody.Resources.${name}`;
    if (!isObject(resource)) return [problem(prop, resource, 'an object', 'give it a Type and Properties')];
    const { Type, Properties, OverrideSettings } = resource;
    if (typeof Type !== 'string' || !has(PROPERTIES, Type)) {
      return [problem(`${prop}.Type`, Type, `one of ${Object.keys(PROPERTIES).join(', ')}`, 'other resources belong in the stack, not in a provisioning template')];
    }
    if (!isObject(Properties)) return [problem(`${prop}.Properties`, Properties, 'an object', `give it ${PROPERTIES[Type].join(' or ')}`)];
    return [
      ...keyProblems(prop, resource, ['Type', 'Properties', 'OverrideSettings']),
      ...keyProblems(`${prop}.Properties`, Properties, PROPERTIES[Type]),
      ...propertyProblems(`${prop}.Properties`, Type, Properties),
      ...overrideProblems(`${prop}.OverrideSettings`, OverrideSettings, OVERRIDES[Type]),
    ];
  });
}

function propertyProblems(prop: string, type: string, properties: JsonObject): Problem[] {
  switch (type) {
    case RESOURCE_TYPES.thing: return [
      ...(properties.ThingName === undefined ? [problem(`${prop}.ThingName`, undefined, 'given', 'name the thing, by {"Ref": parameter} or a function')] : []),
      ...(properties.ThingGroups === undefined ? [] : groupProblems(`${prop}.ThingGroups`, properties.ThingGroups)),
      ...(properties.AttributePayload === undefined ? [] : flatProblems(`${prop}.AttributePayload`, properties.AttributePayload)),
    ];
    case RESOURCE_TYPES.certificate: return [
      // Fleet provisioning and JITP make the certificate before the template runs: the other ways are for bulk registration.
      ...(properties.CertificateId === undefined ? [problem(`${prop}.CertificateId`, undefined, 'given', `write {"Ref": "${CERTIFICATE_ID}"}`)] : []),
      ...statusProblems(`${prop}.Status`, properties.Status),
    ];
    default: {
      const given = PROPERTIES[type].filter(name => properties[name] !== undefined);
      return given.length === 1 ? [] : [problem(prop, given, 'PolicyName or PolicyDocument, one of the two', 'name an existing policy')];
    }
  }
}

function groupProblems(prop: string, groups: Json): Problem[] {
  if (!Array.isArray(groups)) return [problem(prop, groups, 'a list', 'put the name in brackets')];
  return groups.length <= MAX_THING_GROUPS ? [] : [problem(prop, groups.length, `at most ${MAX_THING_GROUPS} groups`, 'leave some out: AWS IoT adds a thing to no more')];
}

function statusProblems(prop: string, status: Json | undefined): Problem[] {
  if (status === undefined || isObject(status)) return [];
  return typeof status === 'string' && /^(in)?active$/i.test(status) ? [] : [problem(prop, status, 'ACTIVE or INACTIVE', 'write ACTIVE')];
}

function overrideProblems(prop: string, settings: Json | undefined, allowed: Record<string, string[]>): Problem[] {
  if (settings === undefined) return [];
  if (!isObject(settings)) return [problem(prop, settings, 'an object', 'write {"AttributePayload": "MERGE"}')];
  return [
    ...keyProblems(prop, settings, Object.keys(allowed)),
    ...Object.entries(settings).filter(([name, action]) => has(allowed, name) && !allowed[name].includes(action as string))
      .map(([name, action]) => problem(`${prop}.${name}`, action, `one of ${allowed[name].join(', ')}`, 'only AttributePayload and ThingGroups can be merged')),
  ];
}

function deviceConfigurationProblems(configuration: Json | undefined): Problem[] {
  return configuration === undefined ? [] : flatProblems('templateBody.DeviceConfiguration', configuration);
}

function flatProblems(prop: string, map: Json): Problem[] {
  if (!isObject(map) || functionNameOf(map) !== undefined) return [problem(prop, map, 'an object of texts', 'write {"name": "text"}')];
  return Object.entries(map).filter(([, value]) => Array.isArray(value) || value === null || (isObject(value) && functionNameOf(value) === undefined))
    .map(([name, value]) => problem(`${prop}.${name}`, value, 'a text or a function', 'flatten it: AWS IoT takes no nested values here'));
}

interface FunctionScope { readonly known: Set<string>; readonly mappings: JsonObject }

function functionProblems(prop: string, value: Json, scope: FunctionScope): Problem[] {
  if (Array.isArray(value)) return value.flatMap((item, index) => functionProblems(`${prop}[${index}]`, item, scope));
  if (!isObject(value)) return [];
  const name = functionNameOf(value);
  if (name === undefined) return Object.entries(value).flatMap(([key, inner]) => functionProblems(`${prop}.${key}`, inner, scope));
  if (Object.keys(value).length > 1) return [problem(prop, Object.keys(value), `${name} alone`, 'a function is an object with one key')];
  if (!FUNCTIONS.includes(name)) return [problem(prop, name, `one of ${FUNCTIONS.join(', ')}`, 'AWS IoT evaluates no other function here')];
  return [...argumentProblems(`${prop}.${name}`, name, value[name], scope), ...(name === 'Ref' ? [] : functionProblems(`${prop}.${name}`, value[name], scope))];
}

function argumentProblems(prop: string, name: string, argument: Json, scope: FunctionScope): Problem[] {
  const list = Array.isArray(argument) ? argument : [];
  const isList = (value: Json) => Array.isArray(value) || functionNameOf(value) !== undefined;
  const isText = (value: Json) => typeof value === 'string' || functionNameOf(value) !== undefined;
  const shape = (right: boolean, allowed: string): Problem[] => right ? [] : [problem(prop, argument, allowed, 'see the page of provisioning templates')];
  switch (name) {
    case 'Ref': return typeof argument === 'string' ? undeclared(prop, [argument], scope) : shape(false, 'the name of a parameter');
    case 'Fn::Join': return shape(list.length === 2 && typeof list[0] === 'string' && isList(list[1]), '[delimiter, [values]]');
    case 'Fn::Split': return shape(list.length === 2 && typeof list[0] === 'string' && isText(list[1]), '[delimiter, text]');
    case 'Fn::Select': return shape(
      list.length === 2 && isList(list[1]) && (functionNameOf(list[0]) !== undefined || /^\d+$/.test(String(list[0]))), '[index, [values]]',
    );
    case 'Fn::FindInMap': return [
      ...shape(list.length === 3 && list.every(isText), '[map, key, name]'),
      ...(list.length === 3 && typeof list[0] === 'string' && !has(scope.mappings, list[0])
        ? [problem(prop, list[0], `one of the maps ${JSON.stringify(Object.keys(scope.mappings))}`, 'declare it in Mappings')] : []),
    ];
    default: return subProblems(prop, argument, scope);
  }
}

function subProblems(prop: string, argument: Json, scope: FunctionScope): Problem[] {
  const [text, map]: [Json, Json] = Array.isArray(argument) && argument.length === 2 ? [argument[0], argument[1]] : [argument, {}];
  if (typeof text !== 'string' || !isObject(map)) return [problem(prop, argument, 'a text, or [text, {names}]', 'see the page of provisioning templates')];
  return undeclared(prop, subVariables(text).filter(name => !has(map, name)), scope);
}

function undeclared(prop: string, names: string[], { known }: FunctionScope): Problem[] {
  return names.filter(name => !known.has(name)).map(name => problem(prop, name, 'a declared parameter', `add ${JSON.stringify(name)} to Parameters`));
}

function keyProblems(prop: string, value: JsonObject, allowed: string[]): Problem[] {
  return Object.keys(value).filter(key => !allowed.includes(key))
    .map(key => problem(`${prop}.${key}`, key, `one of ${allowed.length > 0 ? allowed.join(', ') : 'nothing'}`, 'remove it'));
}

/** A body may use any name, `constructor` too. */
function has(object: object, name: string): boolean {
  return Object.prototype.hasOwnProperty.call(object, name);
}

function start(text: string): string {
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}

function problem(prop: string, got: unknown, allowed: string, fix: string): Problem {
  return { prop, got, allowed, fix };
}
