export type { NamedQuery } from './athena-operations';
export { AthenaService } from './athena-service';
export { LakeQuery } from './lake-query';
export type { LakeQueryOptions, QueryAnswer, QueryRequest, ReadTable } from './lake-query';
export { AthenaError } from './projected-column';
