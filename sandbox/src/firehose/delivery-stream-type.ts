import * as path from 'path';
import { DeliveryStream, StreamSurroundings } from './delivery-stream';
import { ColumnsOfTable, DeliveryStreamProperties } from './delivery-stream-properties';
import { PrefixError } from './object-prefix';
import { StreamDefinition } from './stream-definition';
import { CreatedResource, ResourceRequest, ResourceType } from '../assembly/resource-type';
import { TemplateError } from '../assembly/template-error';

/** What all streams share. */
export interface DeliveryStreamsSurroundings {
  /** Each stream has a folder of its own in it. */
  readonly journalsFolder: string;
  readonly columnsOf: ColumnsOfTable;
  /** Buffers wait no longer than this, whatever the template says: a deviation from AWS for who does not want to wait. */
  readonly bufferSecondsAtMost?: number;
  /** What a stream has around it. */
  around(definition: StreamDefinition): Omit<StreamSurroundings, 'journalFolder'>;
  /** Told the properties that have no effect here. */
  onUnsupported(request: ResourceRequest, properties: string[]): void;
}

/** `AWS::KinesisFirehose::DeliveryStream`: direct puts into a bucket. */
export class DeliveryStreamType implements ResourceType {
  private readonly streams = new Map<string, DeliveryStream>();

  constructor(private readonly surroundings: DeliveryStreamsSurroundings) {}

  async create(request: ResourceRequest): Promise<CreatedResource> {
    const properties = new DeliveryStreamProperties(request, this.surroundings.columnsOf);
    const definition = this.hurried(properties.definition());
    const { unsupported } = properties;
    if (unsupported.length > 0) this.surroundings.onUnsupported(request, unsupported);
    const { journalsFolder, around } = this.surroundings;
    try {
      const journalFolder = path.join(journalsFolder, definition.name);
      this.streams.set(definition.name, await DeliveryStream.open(definition, { ...around(definition), journalFolder }));
    } catch (error) {
      if (!(error instanceof PrefixError)) throw error;
      throw new TemplateError(`Resources/${request.logicalId}/Properties/ExtendedS3DestinationConfiguration`, error.message);
    }
    return { ref: definition.name, attributes: { Arn: definition.arn } };
  }

  /** The stream of a name, as a rule's action or `PutRecord` gives it. */
  stream(name: string): DeliveryStream | undefined {
    return this.streams.get(name);
  }

  /** In the order of the template. */
  all(): readonly DeliveryStream[] {
    return [...this.streams.values()];
  }

  /** Stops all streams; what they hold is delivered. */
  async stop(): Promise<void> {
    await Promise.all([...this.streams.values()].map(stream => stream.stop()));
  }

  private hurried(definition: StreamDefinition): StreamDefinition {
    const { bufferSecondsAtMost: most = Infinity } = this.surroundings;
    const hurry = <B extends { readonly bufferSeconds: number }>(buffered: B): B =>
      ({ ...buffered, bufferSeconds: Math.min(buffered.bufferSeconds, most) });
    const { destination, transform, backup } = definition;
    return { ...definition, destination: hurry(destination), transform: transform && hurry(transform), backup: backup && hurry(backup) };
  }
}
