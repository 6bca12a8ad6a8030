export { EventSourceMapping } from './event-source-mapping';
export type { Invoke, MappingDefinition, SqsRecord } from './event-source-mapping';
export { Queue } from './queue';
export type { QueueDefinition, ReceivedMessage } from './queue';
export { SqsService } from './sqs-service';
