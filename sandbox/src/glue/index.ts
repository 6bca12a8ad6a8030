export { columnTypeOf } from './column-type';
export type { ColumnType, PrimitiveName } from './column-type';
export { GlueService } from './glue-service';
export type { GlueColumn, GlueDatabase, GluePartition, GlueTable } from './glue-table';
