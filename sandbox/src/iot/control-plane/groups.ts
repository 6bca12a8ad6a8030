import { Caller, Operations } from '../../account';
import { Route } from '../../http';
import { invalidRequest, IotCore, isTrue, Members, page, seconds, textIn } from '../iot-core';

const PAGED = { nextToken: 'nextToken', maxResults: 'maxResults' };
const PREFIXED = { ...PAGED, namePrefixFilter: 'namePrefixFilter' };

export const GROUP_ROUTES: readonly Route[] = [
  { operation: 'CreateThingType', method: 'POST', path: '/thing-types/{thingTypeName}' },
  { operation: 'DescribeThingType', method: 'GET', path: '/thing-types/{thingTypeName}' },
  { operation: 'DeprecateThingType', method: 'POST', path: '/thing-types/{thingTypeName}/deprecate' },
  { operation: 'DeleteThingType', method: 'DELETE', path: '/thing-types/{thingTypeName}' },
  { operation: 'ListThingTypes', method: 'GET', path: '/thing-types', query: { ...PAGED, thingTypeName: 'thingTypeName' } },
  { operation: 'CreateThingGroup', method: 'POST', path: '/thing-groups/{thingGroupName}' },
  { operation: 'DescribeThingGroup', method: 'GET', path: '/thing-groups/{thingGroupName}' },
  { operation: 'DeleteThingGroup', method: 'DELETE', path: '/thing-groups/{thingGroupName}' },
  { operation: 'ListThingGroups', method: 'GET', path: '/thing-groups', query: { ...PREFIXED, parentGroup: 'parentGroup', recursive: 'recursive' } },
  { operation: 'AddThingToThingGroup', method: 'PUT', path: '/thing-groups/addThingToThingGroup' },
  { operation: 'RemoveThingFromThingGroup', method: 'PUT', path: '/thing-groups/removeThingFromThingGroup' },
  { operation: 'ListThingsInThingGroup', method: 'GET', path: '/thing-groups/{thingGroupName}/things', query: { ...PAGED, recursive: 'recursive' } },
  { operation: 'ListThingGroupsForThing', method: 'GET', path: '/things/{thingName}/thing-groups', query: PAGED },
  { operation: 'CreateBillingGroup', method: 'POST', path: '/billing-groups/{billingGroupName}' },
  { operation: 'DescribeBillingGroup', method: 'GET', path: '/billing-groups/{billingGroupName}' },
  { operation: 'ListBillingGroups', method: 'GET', path: '/billing-groups', query: PREFIXED },
  { operation: 'AddThingToBillingGroup', method: 'PUT', path: '/billing-groups/addThingToBillingGroup' },
  { operation: 'RemoveThingFromBillingGroup', method: 'PUT', path: '/billing-groups/removeThingFromBillingGroup' },
  { operation: 'ListThingsInBillingGroup', method: 'GET', path: '/billing-groups/{billingGroupName}/things', query: PAGED },
];

/** Types, groups and billing groups, and the things in them. */
export function groupOperations({ registry }: IotCore): Operations {
  const { classes } = registry;
  const named = (member: string, kind: string) => (input: Members, caller: Caller, action: string) => {
    const name = textIn(input, member);
    caller.authorize(`iot:${action}`, registry.arn(`${kind}/${name}`));
    return name;
  };
  const typeIn = named('thingTypeName', 'thingtype');
  const groupIn = named('thingGroupName', 'thinggroup');
  const billingGroupIn = named('billingGroupName', 'billinggroup');
  /** A thing or a group may be given by its name or by its ARN. */
  const either = (input: Members, kind: string, member: string) => {
    const { [`${member}Name`]: name, [`${member}Arn`]: arn } = input;
    const found = typeof name === 'string' ? name : typeof arn === 'string' ? arn.split(`:${kind}/`)[1] : undefined;
    if (!found) throw invalidRequest(`${member}Name or ${member}Arn must be there`);
    return found;
  };
  const pair = (input: Members, caller: Caller, action: string, kind: string, member: string) => {
    const [group, thing] = [either(input, kind, member), either(input, 'thing', 'thing')];
    caller.authorize(`iot:${action}`, registry.arn(`${kind}/${group}`));
    caller.authorize(`iot:${action}`, registry.arn(`thing/${thing}`));
    return { group, thing };
  };
  const nameAndArn = ({ name, arn }: { name: string; arn: string }) => ({ groupName: name, groupArn: arn });
  const startsAsAsked = (input: Members) => ({ name }: { name: string }) => name.startsWith(String(input.namePrefixFilter ?? ''));

  return {
    CreateThingType: (input, caller) => {
      const { name, arn, id } = classes.createType(typeIn(input, caller, 'CreateThingType'), input.thingTypeProperties ?? {});
      return { thingTypeName: name, thingTypeArn: arn, thingTypeId: id };
    },
    DescribeThingType: (input, caller) => {
      const { name, arn, id, properties, deprecatedAt, createdAt } = classes.type(typeIn(input, caller, 'DescribeThingType'));
      const deprecationDate = deprecatedAt === undefined ? undefined : seconds(deprecatedAt);
      return {
        thingTypeName: name,
        thingTypeId: id,
        thingTypeArn: arn,
        thingTypeProperties: properties,
        thingTypeMetadata: { deprecated: deprecatedAt !== undefined, deprecationDate, creationDate: seconds(createdAt) },
      };
    },
    DeprecateThingType: (input, caller) => classes.deprecateType(typeIn(input, caller, 'DeprecateThingType'), input.undoDeprecate !== true),
    DeleteThingType: (input, caller) => registry.deleteThingType(typeIn(input, caller, 'DeleteThingType')),
    ListThingTypes: (input, caller) => {
      caller.authorize('iot:ListThingTypes', '*');
      const { items, next } = page(classes.allTypes().filter(({ name }) => input.thingTypeName === undefined || name === input.thingTypeName), input);
      return {
        thingTypes: items.map(({ name, arn, properties, deprecatedAt, createdAt }) => ({
          thingTypeName: name,
          thingTypeArn: arn,
          thingTypeProperties: properties,
          thingTypeMetadata: { deprecated: deprecatedAt !== undefined, creationDate: seconds(createdAt) },
        })),
        nextToken: next,
      };
    },

    CreateThingGroup: (input, caller) => {
      const { name, arn, id } = classes.createGroup(groupIn(input, caller, 'CreateThingGroup'), input.parentGroupName, input.thingGroupProperties ?? {});
      return { thingGroupName: name, thingGroupArn: arn, thingGroupId: id };
    },
    DescribeThingGroup: (input, caller) => {
      const { name, arn, id, parent, properties, version, createdAt } = classes.group(groupIn(input, caller, 'DescribeThingGroup'));
      const above = parent === undefined ? [] : classes.withAncestors(parent).reverse();
      return {
        thingGroupName: name,
        thingGroupId: id,
        thingGroupArn: arn,
        version,
        thingGroupProperties: properties,
        thingGroupMetadata: { parentGroupName: parent, rootToParentThingGroups: above.map(nameAndArn), creationDate: seconds(createdAt) },
      };
    },
    DeleteThingGroup: (input, caller) => registry.deleteGroup(groupIn(input, caller, 'DeleteThingGroup')),
    ListThingGroups: (input, caller) => {
      caller.authorize('iot:ListThingGroups', '*');
      const { parentGroup, recursive } = input;
      const isRecursive = recursive === undefined || isTrue(recursive);
      const found = parentGroup === undefined ? classes.allGroups().filter(({ parent }) => isRecursive || parent === undefined)
        : isRecursive ? classes.withDescendants(parentGroup).slice(1) : classes.childrenOf(parentGroup);
      const { items, next } = page(found.filter(startsAsAsked(input)), input);
      return { thingGroups: items.map(nameAndArn), nextToken: next };
    },
    AddThingToThingGroup: (input, caller) => {
      const { group, thing } = pair(input, caller, 'AddThingToThingGroup', 'thinggroup', 'thingGroup');
      registry.addThingToGroup(thing, group);
    },
    RemoveThingFromThingGroup: (input, caller) => {
      const { group, thing } = pair(input, caller, 'RemoveThingFromThingGroup', 'thinggroup', 'thingGroup');
      registry.thing(thing);
      classes.group(group);
      registry.removeThingFromGroup(thing, group);
    },
    ListThingsInThingGroup: (input, caller) => {
      const name = groupIn(input, caller, 'ListThingsInThingGroup');
      const groups = isTrue(input.recursive) ? classes.withDescendants(name) : [classes.group(name)];
      const { items, next } = page([...new Set(groups.flatMap(group => registry.thingsIn(group.name)))], input);
      return { things: items, nextToken: next };
    },
    ListThingGroupsForThing: (input, caller) => {
      const thingName = named('thingName', 'thing')(input, caller, 'ListThingGroupsForThing');
      registry.thing(thingName);
      const { items, next } = page(registry.groupsOf(thingName).map(name => nameAndArn(classes.group(name))), input);
      return { thingGroups: items, nextToken: next };
    },

    CreateBillingGroup: (input, caller) => {
      const { name, arn, id } = classes.createBillingGroup(billingGroupIn(input, caller, 'CreateBillingGroup'), input.billingGroupProperties ?? {});
      return { billingGroupName: name, billingGroupArn: arn, billingGroupId: id };
    },
    DescribeBillingGroup: (input, caller) => {
      const { name, arn, id, properties, version, createdAt } = classes.billingGroup(billingGroupIn(input, caller, 'DescribeBillingGroup'));
      return {
        billingGroupName: name,
        billingGroupId: id,
        billingGroupArn: arn,
        version,
        billingGroupProperties: properties,
        billingGroupMetadata: { creationDate: seconds(createdAt) },
      };
    },
    ListBillingGroups: (input, caller) => {
      caller.authorize('iot:ListBillingGroups', '*');
      const { items, next } = page(classes.allBillingGroups().filter(startsAsAsked(input)), input);
      return { billingGroups: items.map(nameAndArn), nextToken: next };
    },
    AddThingToBillingGroup: (input, caller) => {
      const { group, thing } = pair(input, caller, 'AddThingToBillingGroup', 'billinggroup', 'billingGroup');
      registry.updateThing(thing, { billingGroupName: group });
    },
    RemoveThingFromBillingGroup: (input, caller) => {
      const { thing } = pair(input, caller, 'RemoveThingFromBillingGroup', 'billinggroup', 'billingGroup');
      registry.updateThing(thing, { billingGroupName: undefined });
    },
    ListThingsInBillingGroup: (input, caller) => {
      const name = billingGroupIn(input, caller, 'ListThingsInBillingGroup');
      classes.billingGroup(name);
      const { items, next } = page(registry.allThings().filter(({ billingGroupName }) => billingGroupName === name), input);
      return { things: items.map(({ thingName }) => thingName), nextToken: next };
    },
  };
}
