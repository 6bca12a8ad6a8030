import { JsonObject } from '../json';

export interface GlueColumn { readonly name: string; readonly type: string }

/** A partition that somebody registered. */
export interface GluePartition { readonly values: readonly string[]; readonly location: string }

/** A table or a view of the catalog, as the template has it. */
export interface GlueTable {
  readonly databaseName: string;
  /** In small letters, as Glue keeps it. */
  readonly name: string;
  readonly tableType: string;
  readonly columns: readonly GlueColumn[];
  readonly partitionKeys: readonly GlueColumn[];
  readonly parameters: { readonly [name: string]: string };
  /** `s3://bucket/folder/`; a view has none. */
  readonly location?: string;
  readonly inputFormat?: string;
  readonly serde: { readonly library?: string; readonly parameters: { readonly [name: string]: string } };
  readonly viewOriginalText?: string;
  readonly partitions: GluePartition[];
  /** As it is in the template, for who asks for it. */
  readonly input: JsonObject;
  readonly createTime: number;
}

export interface GlueDatabase { readonly name: string; readonly input: JsonObject; readonly createTime: number }
