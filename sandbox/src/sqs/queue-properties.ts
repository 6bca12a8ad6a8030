import { MAXIMUM_MESSAGE_BYTES, QueueDefinition } from './queue';
import { ResourceRequest } from '../assembly/resource-type';
import { KnownProperties, unsupportedProperties } from '../assembly/unsupported-properties';
import { TemplateProperties } from '../iam/template-properties';
import { isObject, Json } from '../json';

/** Limits and defaults. @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html */
export const QUEUE_ATTRIBUTES = {
  DelaySeconds: { least: 0, most: 900, otherwise: 0, member: 'delaySeconds' },
  MaximumMessageSize: { least: 1024, most: MAXIMUM_MESSAGE_BYTES, otherwise: MAXIMUM_MESSAGE_BYTES, member: 'maximumMessageBytes' },
  MessageRetentionPeriod: { least: 60, most: 1_209_600, otherwise: 345_600, member: 'retentionSeconds' },
  ReceiveMessageWaitTimeSeconds: { least: 0, most: 20, otherwise: 0, member: 'receiveWaitSeconds' },
  VisibilityTimeout: { least: 0, most: 43_200, otherwise: 30, member: 'visibilityTimeoutSeconds' },
} as const;
export type QueueAttribute = keyof typeof QUEUE_ATTRIBUTES;

const MAXIMUM_RECEIVES = 1000;
const NAME = /^[\w-]{1,80}$/;
const KNOWN: KnownProperties = {
  QueueName: true,
  FifoQueue: true,
  RedrivePolicy: true,
  KmsMasterKeyId: true,
  // Nothing is encrypted here; who may use the key is checked.
  KmsDataKeyReusePeriodSeconds: true,
  SqsManagedSseEnabled: true,
  Tags: true,
  ...Object.fromEntries(Object.keys(QUEUE_ATTRIBUTES).map(name => [name, true] as const)),
};

/** Reads `AWS::SQS::Queue`. */
export class QueueProperties {
  private readonly properties: TemplateProperties;

  constructor(private readonly request: ResourceRequest) {
    this.properties = new TemplateProperties(request);
  }

  /** What the template says that nothing here reads. */
  get unsupported(): string[] {
    return unsupportedProperties(this.request.properties, KNOWN);
  }

  get kmsKeyId(): string | undefined {
    return this.properties.optionalText('KmsMasterKeyId') || undefined;
  }

  /** @throws TemplateError for what CloudFormation would refuse, and for FIFO queues */
  definition(endpointUrl: string, arnOf: (name: string) => string): QueueDefinition {
    const name = this.properties.optionalText('QueueName') ?? this.request.generatedName(80);
    if (String(this.request.properties.FifoQueue) === 'true' || name.endsWith('.fifo')) {
      this.properties.fail('FifoQueue', 'FIFO queues are not modelled: leave it out to run a standard queue');
    }
    if (!NAME.test(name)) this.properties.fail('QueueName', `needs 1 to 80 letters, digits, hyphens and underscores, got ${JSON.stringify(name)}`);
    const arn = arnOf(name);
    return {
      name,
      arn,
      url: `${endpointUrl}/${arn.split(':')[4]}/${name}`,
      delaySeconds: this.number('DelaySeconds'),
      maximumMessageBytes: this.number('MaximumMessageSize'),
      retentionSeconds: this.number('MessageRetentionPeriod'),
      receiveWaitSeconds: this.number('ReceiveMessageWaitTimeSeconds'),
      visibilityTimeoutSeconds: this.number('VisibilityTimeout'),
      redrive: this.redrive(),
    };
  }

  private number(name: QueueAttribute): number {
    const { least, most, otherwise } = QUEUE_ATTRIBUTES[name];
    const given = this.properties.optionalText(name);
    const number = given === undefined ? otherwise : Number(given);
    if (!(Number.isInteger(number) && number >= least && number <= most)) this.properties.fail(name, `must be from ${least} to ${most}, got ${JSON.stringify(given)}`);
    return number;
  }

  private redrive(): QueueDefinition['redrive'] {
    const given = this.request.properties.RedrivePolicy;
    if (given === undefined || given === null) return undefined;
    try {
      return redriveOf(given);
    } catch (error) {
      return this.properties.fail('RedrivePolicy', (error as Error).message);
    }
  }
}

/** A redrive policy as an object or as the text of one. @throws Error where it is none */
export function redriveOf(given: Json): QueueDefinition['redrive'] {
  if (given === '') return undefined;
  const policy: unknown = typeof given === 'string' ? JSON.parse(given) : given;
  const { deadLetterTargetArn, maxReceiveCount } = isObject(policy) ? policy : {};
  const count = Number(maxReceiveCount);
  if (typeof deadLetterTargetArn !== 'string' || !(Number.isInteger(count) && count >= 1 && count <= MAXIMUM_RECEIVES)) {
    throw new Error(`needs a deadLetterTargetArn and a maxReceiveCount from 1 to ${MAXIMUM_RECEIVES}, got ${JSON.stringify(given)}`);
  }
  return { deadLetterQueueArn: deadLetterTargetArn, maxReceiveCount: count };
}
