export type DataType = 'STRING' | 'INTEGER' | 'DOUBLE' | 'BOOLEAN' | 'STRUCT';
export type PropertyKind = 'Measurement' | 'Attribute' | 'Transform' | 'Metric';

/** A property as its model defines it. */
export interface ModelProperty {
  readonly id: string;
  readonly name: string;
  readonly dataType: DataType;
  readonly unit?: string;
  readonly kind: PropertyKind;
  readonly defaultValue?: string;
  /** What assets and other properties of the template know it by. */
  readonly logicalId: string;
}

export interface ModelHierarchy { readonly id: string; readonly name: string; readonly childAssetModelId: string; readonly logicalId: string }

export interface AssetModel {
  readonly id: string;
  readonly arn: string;
  readonly name: string;
  readonly description: string;
  readonly type: string;
  readonly properties: readonly ModelProperty[];
  readonly hierarchies: readonly ModelHierarchy[];
  readonly createdAt: number;
}

export interface AssetProperty { readonly property: ModelProperty; readonly alias?: string; readonly unit?: string }

export interface Asset {
  readonly id: string;
  readonly arn: string;
  readonly name: string;
  readonly description: string;
  readonly model: AssetModel;
  readonly properties: readonly AssetProperty[];
  readonly createdAt: number;
}

/** Models and assets as templates make them, and how assets hang together. */
export class AssetDirectory {
  readonly models = new Map<string, AssetModel>();
  readonly assets = new Map<string, Asset>();
  private readonly aliases = new Map<string, { asset: Asset; property: AssetProperty }>();
  private readonly parents = new Map<string, Set<string>>();
  private readonly children = new Map<string, { hierarchyId: string; assetId: string }[]>();
  private readonly pathsOf = new Map<string, readonly string[]>();

  addAsset(asset: Asset, children: readonly { hierarchyId: string; assetId: string }[]): void {
    this.assets.set(asset.id, asset);
    for (const property of asset.properties) if (property.alias !== undefined) this.aliases.set(property.alias, { asset, property });
    this.children.set(asset.id, [...children]);
    for (const { assetId } of children) this.parents.set(assetId, (this.parents.get(assetId) ?? new Set()).add(asset.id));
    this.pathsOf.clear();
  }

  byAlias(alias: string): { readonly asset: Asset; readonly property: AssetProperty } | undefined {
    return this.aliases.get(alias);
  }

  childrenOf(assetId: string): readonly { readonly hierarchyId: string; readonly assetId: string }[] {
    return this.children.get(assetId) ?? [];
  }

  isChild(assetId: string): boolean {
    return this.parents.has(assetId);
  }

  /** `/root/…/asset`, one for each way from a root: what `iotsitewise:assetHierarchyPath` is compared with. */
  paths(assetId: string): readonly string[] {
    let paths = this.pathsOf.get(assetId);
    if (!paths) {
      const above = [...this.parents.get(assetId) ?? []].flatMap(parent => this.paths(parent));
      this.pathsOf.set(assetId, paths = above.length === 0 ? [`/${assetId}`] : above.map(path => `${path}/${assetId}`));
    }
    return paths;
  }
}
