export { DeliveryStream, FirehoseError } from './delivery-stream';
export type { PutRecordBatchAnswer, StreamSurroundings } from './delivery-stream';
export { DeliveryStreamType } from './delivery-stream-type';
export type { DeliveryStreamsSurroundings } from './delivery-stream-type';
export type { ColumnsOfTable } from './delivery-stream-properties';
export { compileErrorPrefix, compilePrefix, evaluateErrorPrefix, evaluatePrefix, PrefixError } from './object-prefix';
export type { CompiledPrefix, PrefixContext } from './object-prefix';
export type { Column, FormatConversion, LambdaTransform, ObjectDestination, StreamDefinition } from './stream-definition';
export type { InvokeFunction } from './transform';
