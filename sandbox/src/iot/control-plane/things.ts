import { Caller, Operations } from '../../account';
import { Route } from '../../http';
import { Thing, ThingPrincipalType } from '../../registry/registry';
import { invalidRequest, IotCore, isTrue, Members, page, textIn } from '../iot-core';

const NAME = /^[a-zA-Z0-9:_-]{1,128}$/;
const PAGED = { nextToken: 'nextToken', maxResults: 'maxResults' };
const PRINCIPAL = { 'x-amzn-principal': 'principal' };

export const THING_ROUTES: readonly Route[] = [
  { operation: 'CreateThing', method: 'POST', path: '/things/{thingName}' },
  { operation: 'DescribeThing', method: 'GET', path: '/things/{thingName}' },
  { operation: 'UpdateThing', method: 'PATCH', path: '/things/{thingName}' },
  { operation: 'DeleteThing', method: 'DELETE', path: '/things/{thingName}', query: { expectedVersion: 'expectedVersion' } },
  {
    operation: 'ListThings',
    method: 'GET',
    path: '/things',
    query: {
      ...PAGED,
      attributeName: 'attributeName',
      attributeValue: 'attributeValue',
      thingTypeName: 'thingTypeName',
      usePrefixAttributeValue: 'usePrefixAttributeValue',
    },
  },
  {
    operation: 'AttachThingPrincipal',
    method: 'PUT',
    path: '/things/{thingName}/principals',
    headers: PRINCIPAL,
    query: { thingPrincipalType: 'thingPrincipalType' },
  },
  { operation: 'DetachThingPrincipal', method: 'DELETE', path: '/things/{thingName}/principals', headers: PRINCIPAL },
  { operation: 'ListThingPrincipals', method: 'GET', path: '/things/{thingName}/principals', query: PAGED },
  { operation: 'ListThingPrincipalsV2', method: 'GET', path: '/things/{thingName}/principals-v2', query: { ...PAGED, thingPrincipalType: 'thingPrincipalType' } },
  { operation: 'ListPrincipalThings', method: 'GET', path: '/principals/things', headers: PRINCIPAL, query: PAGED },
  { operation: 'ListPrincipalThingsV2', method: 'GET', path: '/principals/things-v2', headers: PRINCIPAL, query: { ...PAGED, thingPrincipalType: 'thingPrincipalType' } },
];

/** Things, and the certificates that are attached to them. Detaching is done at once; AWS does it a little later. */
export function thingOperations({ registry }: IotCore): Operations {
  const arnOf = (thingName: string) => registry.arn(`thing/${thingName}`);
  const nameIn = (input: Members, caller: Caller, action: string) => {
    const thingName = textIn(input, 'thingName');
    if (!NAME.test(thingName)) throw invalidRequest(`thingName must match ${NAME.source}, got ${JSON.stringify(thingName)}`);
    caller.authorize(`iot:${action}`, arnOf(thingName));
    return thingName;
  };
  const described = (thing: Thing) => {
    const { thingName, thingId, arn, thingTypeName, attributes, version, billingGroupName } = thing;
    return { defaultClientId: thingName, thingName, thingId, thingArn: arn, thingTypeName, attributes, version, billingGroupName };
  };
  const principals = (input: Members, caller: Caller, action: string) => {
    // IAM knows no resource of these actions.
    caller.authorize(`iot:${action}`, '*');
    const thingName = textIn(input, 'thingName');
    registry.thing(thingName);
    return registry.principalsOf(thingName).map(principal => ({ principal, thingPrincipalType: registry.attachmentType(thingName, principal)! }));
  };
  const things = (input: Members, caller: Caller, action: string) => {
    caller.authorize(`iot:${action}`, '*');
    const principal = textIn(input, 'principal');
    return registry.thingsOf(principal).map(thingName => ({ thingName, thingPrincipalType: registry.attachmentType(thingName, principal)! }));
  };
  const ofType = <T extends { thingPrincipalType: ThingPrincipalType }>(items: T[], input: Members) =>
    items.filter(({ thingPrincipalType }) => input.thingPrincipalType === undefined || input.thingPrincipalType === thingPrincipalType);

  return {
    CreateThing: (input, caller) => {
      const thingName = nameIn(input, caller, 'CreateThing');
      const { thingTypeName, billingGroupName, attributePayload } = input;
      const thing = registry.createThing(thingName, { thingTypeName, billingGroupName, attributes: attributePayload?.attributes ?? {} });
      return { thingName, thingArn: thing.arn, thingId: thing.thingId };
    },
    DescribeThing: (input, caller) => described(registry.thing(nameIn(input, caller, 'DescribeThing'))),
    UpdateThing: (input, caller) => {
      const thingName = nameIn(input, caller, 'UpdateThing');
      const { thingTypeName, removeThingType, expectedVersion, attributePayload } = input;
      if (removeThingType === true && thingTypeName !== undefined) throw invalidRequest('A thing type cannot be set and removed in one call');
      const given = attributePayload?.attributes as Thing['attributes'] | undefined;
      const attributes = given && { ...attributePayload.merge === true && registry.thing(thingName).attributes, ...given };
      registry.updateThing(thingName, {
        ...thingTypeName !== undefined && { thingTypeName },
        ...removeThingType === true && { thingTypeName: undefined },
        // An empty value takes the attribute away.
        ...attributes && { attributes: Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== '')) },
      }, expectedVersion);
    },
    DeleteThing: (input, caller) => {
      const thingName = nameIn(input, caller, 'DeleteThing');
      // AWS IoT answers the same where there is none.
      const { expectedVersion } = input;
      if (registry.findThing(thingName)) registry.deleteThing(thingName, expectedVersion === undefined ? undefined : Number(expectedVersion));
    },
    ListThings: (input, caller) => {
      caller.authorize('iot:ListThings', '*');
      const { attributeName, attributeValue, thingTypeName, usePrefixAttributeValue } = input;
      const hasAttribute = (value: string | undefined) => attributeValue === undefined ? value !== undefined
        : isTrue(usePrefixAttributeValue) ? value?.startsWith(attributeValue) === true : value === attributeValue;
      const found = registry.allThings().filter(thing => (thingTypeName === undefined || thing.thingTypeName === thingTypeName)
        && (attributeName === undefined || hasAttribute(thing.attributes[attributeName])));
      const { items, next } = page(found, input);
      return {
        things: items.map(({ thingName, arn, thingTypeName: type, attributes, version }) =>
          ({ thingName, thingArn: arn, thingTypeName: type, attributes, version })),
        nextToken: next,
      };
    },
    AttachThingPrincipal: (input, caller) => {
      caller.authorize('iot:AttachThingPrincipal', '*');
      registry.attachThingPrincipal(textIn(input, 'thingName'), textIn(input, 'principal'), input.thingPrincipalType);
    },
    DetachThingPrincipal: (input, caller) => {
      caller.authorize('iot:DetachThingPrincipal', '*');
      registry.thing(textIn(input, 'thingName'));
      registry.detachThingPrincipal(textIn(input, 'thingName'), textIn(input, 'principal'));
    },
    ListThingPrincipals: (input, caller) => {
      const { items, next } = page(principals(input, caller, 'ListThingPrincipals'), input);
      return { principals: items.map(({ principal }) => principal), nextToken: next };
    },
    ListThingPrincipalsV2: (input, caller) => {
      const { items, next } = page(ofType(principals(input, caller, 'ListThingPrincipalsV2'), input), input);
      return { thingPrincipalObjects: items, nextToken: next };
    },
    ListPrincipalThings: (input, caller) => {
      const { items, next } = page(things(input, caller, 'ListPrincipalThings'), input);
      return { things: items.map(({ thingName }) => thingName), nextToken: next };
    },
    ListPrincipalThingsV2: (input, caller) => {
      const { items, next } = page(ofType(things(input, caller, 'ListPrincipalThingsV2'), input), input);
      return { principalThingObjects: items, nextToken: next };
    },
  };
}
