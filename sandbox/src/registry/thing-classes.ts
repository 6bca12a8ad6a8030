import { randomUUID } from 'crypto';
import { KeptMap } from './kept-map';
import { RecordFile } from './record-file';
import { invalid, notFound, RegistryError } from './registry-error';
import { JsonObject } from '../json';

interface Named { readonly name: string; readonly arn: string; readonly id: string; readonly createdAt: number }
export interface ThingType extends Named { readonly properties: JsonObject; readonly deprecatedAt?: number }
export interface ThingGroup extends Named { readonly parent?: string; readonly properties: JsonObject; readonly version: number }
export interface BillingGroup extends Named { readonly properties: JsonObject; readonly version: number }

/** What things are sorted into: types, groups with their parents, billing groups. */
export class ThingClasses {
  private readonly types: KeptMap<ThingType>;
  private readonly groups: KeptMap<ThingGroup>;
  private readonly billingGroups: KeptMap<BillingGroup>;

  constructor(
    private readonly arn: (resource: string) => string, private readonly now: () => number, file: RecordFile | undefined, changed: () => void,
  ) {
    this.types = new KeptMap('type', file, changed);
    this.groups = new KeptMap('group', file, changed);
    this.billingGroups = new KeptMap('billingGroup', file, changed);
  }

  createType(name: string, properties: JsonObject = {}): ThingType {
    const known = this.types.get(name);
    return known ? sameOr(known, { properties }, 'Thing type') : this.types.set(name, { ...this.named('thingtype', name), properties });
  }

  type(name: string): ThingType {
    return found(this.types.get(name), 'Thing type', name);
  }

  allTypes(): ThingType[] {
    return this.types.values();
  }

  /** Things can be of it that are already; no others. */
  deprecateType(name: string, isDeprecated: boolean): void {
    const { deprecatedAt, ...type } = this.type(name);
    this.types.set(name, isDeprecated ? { ...type, deprecatedAt: deprecatedAt ?? this.now() } : type);
  }

  /** AWS wants five minutes after the deprecation as well. */
  deleteType(name: string): void {
    if (this.type(name).deprecatedAt === undefined) throw invalid(`Thing type ${name} must be deprecated before it can be deleted`);
    this.types.delete(name);
  }

  createGroup(name: string, parent?: string, properties: JsonObject = {}): ThingGroup {
    if (parent !== undefined) found(this.groups.get(parent), 'Thing group', parent);
    const known = this.groups.get(name);
    if (known) return sameOr(known, { parent, properties }, 'Thing group');
    return this.groups.set(name, { ...this.named('thinggroup', name), ...parent !== undefined && { parent }, properties, version: 1 });
  }

  group(name: string): ThingGroup {
    return found(this.groups.get(name), 'Thing group', name);
  }

  hasGroup(name: string): boolean {
    return this.groups.has(name);
  }

  allGroups(): ThingGroup[] {
    return this.groups.values();
  }

  childrenOf(name: string): ThingGroup[] {
    return this.groups.values().filter(({ parent }) => parent === name);
  }

  /** The group and all below it. */
  withDescendants(name: string): ThingGroup[] {
    return [this.group(name), ...this.childrenOf(name).flatMap(child => this.withDescendants(child.name))];
  }

  /** The group and all above it, the root last. */
  withAncestors(name: string): ThingGroup[] {
    const group = this.groups.get(name);
    return group ? [group, ...group.parent === undefined ? [] : this.withAncestors(group.parent)] : [];
  }

  deleteGroup(name: string): void {
    if (this.childrenOf(name).length > 0) throw invalid(`Cannot delete thing group ${name}: it has child groups`);
    this.groups.delete(name);
  }

  createBillingGroup(name: string, properties: JsonObject = {}): BillingGroup {
    const known = this.billingGroups.get(name);
    if (known) return sameOr(known, { properties }, 'Billing group');
    return this.billingGroups.set(name, { ...this.named('billinggroup', name), properties, version: 1 });
  }

  billingGroup(name: string): BillingGroup {
    return found(this.billingGroups.get(name), 'Billing group', name);
  }

  allBillingGroups(): BillingGroup[] {
    return this.billingGroups.values();
  }

  deleteBillingGroup(name: string): void {
    this.billingGroups.delete(name);
  }

  private named(kind: string, name: string): Named {
    return { name, arn: this.arn(`${kind}/${name}`), id: randomUUID(), createdAt: this.now() };
  }
}

function found<T>(value: T | undefined, what: string, name: string): T {
  if (value === undefined) throw notFound(what, name);
  return value;
}

/** Creating what is there with the same settings succeeds. */
function sameOr<T extends Named>(known: T, wanted: Partial<T>, what: string): T {
  const differs = Object.entries(wanted).some(([name, value]) => JSON.stringify(value) !== JSON.stringify(known[name as keyof T]));
  if (differs) throw new RegistryError('ResourceAlreadyExistsException', `${what} ${known.name} already exists with different properties`);
  return known;
}
