import { EventFilter, EventFilterError } from './event-filter';
import { FunctionDirectory, FunctionTarget } from './function-directory';
import { Account, AwsError } from '../account';
import { CreatedResource, ResourceRequest } from '../assembly/resource-type';
import { KnownProperties, unsupportedProperties } from '../assembly/unsupported-properties';
import { TemplateProperties } from '../iam/template-properties';
import { isObject } from '../json';
import { EventSourceMapping, SqsRecord } from '../sqs/event-source-mapping';
import { Queue } from '../sqs/queue';

export type QueueByArn = (arn: string) => Queue | undefined;

/** https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-parameters.html */
const DEFAULT_BATCH = 10;
const MAXIMUM_BATCH = 10_000;
const MAXIMUM_BATCH_WITHOUT_WINDOW = 10;
const MAXIMUM_WINDOW_SECONDS = 300;
const MAXIMUM_CONCURRENCY = 1000;
/** Lambda begins with five batches at once, and takes more as there is more to do. */
const INITIAL_CONCURRENCY = 5;
/** What Lambda does with a queue on behalf of the function. */
const QUEUE_ACTIONS = ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'];

const KNOWN: KnownProperties = {
  BatchSize: true,
  Enabled: true,
  EventSourceArn: true,
  FilterCriteria: { Filters: { Pattern: true } },
  FunctionName: true,
  FunctionResponseTypes: true,
  MaximumBatchingWindowInSeconds: true,
  ScalingConfig: { MaximumConcurrency: true },
  Tags: true,
};

interface Definition {
  readonly path: string;
  readonly target: FunctionTarget;
  readonly queueArn: string;
  readonly batchSize: number;
  readonly windowSeconds: number;
  readonly maximumConcurrency: number;
  readonly reportsFailures: boolean;
  readonly filters: readonly EventFilter[];
}

/** `AWS::Lambda::EventSourceMapping`: functions that Lambda polls a queue for, as their role may. */
export class EventSourceMappings {
  private readonly definitions: Definition[] = [];
  private running: EventSourceMapping[] = [];

  constructor(private readonly account: Account, private readonly functions: FunctionDirectory, private readonly queueByArn: QueueByArn) {}

  create(request: ResourceRequest): CreatedResource {
    this.account.hasNoEffect(request, unsupportedProperties(request.properties, KNOWN));
    const properties = new TemplateProperties(request);
    const definition = this.definitionOf(request, properties);
    if (properties.optionalText('Enabled') !== 'false') this.definitions.push(definition);
    const id = request.generatedName(64);
    return { ref: id, attributes: { Id: id, EventSourceMappingArn: this.account.arn('lambda', `event-source-mapping:${id}`) } };
  }

  start(): void {
    for (const definition of this.definitions) {
      const queue = this.queueByArn(definition.queueArn);
      if (!queue) this.tell(definition, `there is no queue ${definition.queueArn}`);
      else if (this.mayPoll(definition)) this.running.push(this.poll(queue, definition));
    }
  }

  async stop(): Promise<void> {
    await Promise.all(this.running.splice(0).map(mapping => mapping.stop()));
  }

  private definitionOf(request: ResourceRequest, properties: TemplateProperties): Definition {
    const queueArn = properties.text('EventSourceArn');
    if (!/^arn:[\w-]+:sqs:/.test(queueArn)) properties.fail('EventSourceArn', `only queues of SQS are modelled, got ${queueArn}`);
    const number = (name: string, text: string | undefined, least: number, most: number, otherwise: number) => {
      const value = text === undefined ? otherwise : Number(text);
      return Number.isInteger(value) && value >= least && value <= most ? value : properties.fail(name, `must be a whole number from ${least} to ${most}, got ${text}`);
    };
    const windowSeconds = number('MaximumBatchingWindowInSeconds', properties.optionalText('MaximumBatchingWindowInSeconds'), 0, MAXIMUM_WINDOW_SECONDS, 0);
    const { ScalingConfig } = request.properties;
    const concurrency = isObject(ScalingConfig) ? ScalingConfig.MaximumConcurrency : undefined;
    const batchSize = number('BatchSize', properties.optionalText('BatchSize'), 1, MAXIMUM_BATCH, DEFAULT_BATCH);
    if (batchSize > MAXIMUM_BATCH_WITHOUT_WINDOW && windowSeconds === 0) {
      properties.fail('MaximumBatchingWindowInSeconds', `must be at least 1 where BatchSize is over ${MAXIMUM_BATCH_WITHOUT_WINDOW}, which is ${batchSize}`);
    }
    return {
      path: request.path,
      target: this.targetOf(properties),
      queueArn,
      batchSize,
      windowSeconds,
      maximumConcurrency: number('ScalingConfig/MaximumConcurrency', concurrency === undefined ? undefined : String(concurrency), 2, MAXIMUM_CONCURRENCY, INITIAL_CONCURRENCY),
      reportsFailures: properties.texts('FunctionResponseTypes').includes('ReportBatchItemFailures'),
      filters: filtersOf(request, properties),
    };
  }

  private targetOf(properties: TemplateProperties): FunctionTarget {
    try {
      return this.functions.find(properties.text('FunctionName'));
    } catch (error) {
      if (error instanceof AwsError) properties.fail('FunctionName', error.message);
      throw error;
    }
  }

  /** Asked once; what is missing is recorded as a denial, and nothing is polled. */
  private mayPoll(definition: Definition): boolean {
    try {
      const role = definition.target.function.role();
      for (const action of QUEUE_ACTIONS) role.authorize(action, definition.queueArn);
      return true;
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      this.tell(definition, error.message);
      return false;
    }
  }

  private tell({ path, target }: Definition, reason: string): void {
    this.account.activity.record('problem', { message: `${path}: nothing is polled for ${target.function.definition.name}: ${reason}` });
  }

  private poll(queue: Queue, definition: Definition): EventSourceMapping {
    const { batchSize, windowSeconds, maximumConcurrency, reportsFailures, filters } = definition;
    return new EventSourceMapping(queue, {
      batchSize,
      batchingWindowSeconds: windowSeconds,
      maximumConcurrency,
      // What filters leave out is deleted, whatever becomes of the rest of the batch.
      reportsFailures: reportsFailures || filters.length > 0,
      region: this.account.environment.region,
    }, ({ Records }) => filters.length === 0 ? this.invoke(definition, Records) : this.invokeFiltered(definition, Records));
  }

  private async invoke({ target }: Definition, Records: SqsRecord[]): Promise<string | undefined> {
    const { failure, payload } = await target.function.invoke({ Records }, { functionArn: target.arn });
    return failure ? undefined : payload;
  }

  private async invokeFiltered(definition: Definition, records: SqsRecord[]): Promise<string> {
    const wanted = records.filter(record => definition.filters.some(filter => filter.matchesMessage(record)));
    const answer = wanted.length === 0 ? '{}' : await this.invoke(definition, wanted).catch(() => undefined);
    if (answer !== undefined) return definition.reportsFailures ? answer : '{}';
    return JSON.stringify({ batchItemFailures: wanted.map(({ messageId }) => ({ itemIdentifier: messageId })) });
  }
}

function filtersOf(request: ResourceRequest, properties: TemplateProperties): EventFilter[] {
  const { FilterCriteria } = request.properties;
  const filters = isObject(FilterCriteria) ? FilterCriteria.Filters ?? [] : [];
  if (!Array.isArray(filters)) return properties.fail('FilterCriteria/Filters', 'needs a list');
  return filters.map((filter, at) => {
    try {
      return EventFilter.of(isObject(filter) ? String(filter.Pattern) : '');
    } catch (error) {
      if (error instanceof EventFilterError) properties.fail(`FilterCriteria/Filters/${at}`, error.message);
      throw error;
    }
  });
}
