import * as path from 'path';
import { LongPolls } from './long-polls';
import { Queue } from './queue';
import { QueueJournal } from './queue-journal';
import { QueueProperties } from './queue-properties';
import { sqsOperations } from './sqs-operations';
import { Account, Caller, Service } from '../account';
import { CreatedResource, ResourceRequest, ResourceType } from '../assembly/resource-type';
import { HttpHandler } from '../http/http-request';
import { jsonProtocol } from '../http/json-protocol';
import { KmsService } from '../kms/kms-service';

const SAMPLED = ['Visible', 'NotVisible', 'Delayed'].map(what => `ApproximateNumberOfMessages${what}`).concat('ApproximateAgeOfOldestMessage');

/** Queues of SQS. What is acknowledged is on disk. */
export class SqsService implements Service {
  readonly types: ReadonlyMap<string, ResourceType> = new Map([['AWS::SQS::Queue', { create: request => this.create(request) }]]);
  readonly endpoints: ReadonlyMap<string, HttpHandler>;
  private readonly byArn = new Map<string, { readonly queue: Queue; readonly kmsKeyId?: string }>();
  private readonly journal: QueueJournal;
  private readonly polls: LongPolls;

  constructor(private readonly account: Account, private readonly kms: KmsService) {
    this.journal = new QueueJournal(path.join(account.folder('sqs'), 'queues.jsonl'), () => this.queues.map(queue => [queue.definition.name, queue.contents] as const));
    for (const message of this.journal.damage) account.activity.record('problem', { message });
    this.polls = new LongPolls(account.clock);
    const operations = sqsOperations(account, this);
    account.addService('sqs', operations);
    account.metrics.produces('AWS/SQS', ['NumberOfMessagesSent', 'NumberOfMessagesReceived', 'NumberOfEmptyReceives', 'NumberOfMessagesDeleted', ...SAMPLED]);
    account.metrics.onSample(() => this.sample());
    this.endpoints = new Map([['sqs', jsonProtocol(operations, 'sqs')]]);
  }

  get queues(): Queue[] {
    return [...this.byArn.values()].map(({ queue }) => queue);
  }

  queueByArn(arn: string): Queue | undefined {
    return this.byArn.get(arn)?.queue;
  }

  /** Returns where the caller may use the key of the queue for this. */
  authorizeKey(caller: Caller, { definition: { arn } }: Queue, actions: readonly string[]): void {
    this.kms.authorize(caller, this.byArn.get(arn)?.kmsKeyId, 'sqs', actions, { 'aws:sqs:arn': arn });
  }

  /** Answers when all that was sent and deleted until now is on disk. */
  synced(): Promise<void> {
    return this.journal.synced();
  }

  /** Answers when a message may be there; false where the time is over. */
  waitForMessage(queue: Queue, until: number): Promise<boolean> {
    return this.polls.wait(queue, until);
  }

  /** Ends the receives that wait, with what they have, and closes the journal. */
  async stop(): Promise<void> {
    this.polls.end();
    await this.journal.close();
  }

  private create(request: ResourceRequest): CreatedResource {
    const { account, journal } = this;
    const properties = new QueueProperties(request);
    account.hasNoEffect(request, properties.unsupported);
    const definition = properties.definition(account.endpointUrl, name => account.arn('sqs', name));
    const { name, arn, url } = definition;
    const queue = new Queue(definition, {
      now: () => account.clock.now(),
      queueByArn: other => this.queueByArn(other),
      onChange: change => journal.append(name, change),
      onMetric: (metric, by) => account.metrics.put('AWS/SQS', metric, { QueueName: name }, by),
    });
    for (const message of journal.take(name)) queue.restore(message);
    this.byArn.set(arn, { queue, kmsKeyId: properties.kmsKeyId });
    return { ref: url, attributes: { Arn: arn, QueueName: name, QueueUrl: url } };
  }

  private sample(): void {
    for (const { definition: { name }, counts: { visible, inFlight, delayed, oldestSeconds } } of this.queues) {
      const put = (metric: string, value: number) => this.account.metrics.put('AWS/SQS', metric, { QueueName: name }, value);
      put('ApproximateNumberOfMessagesVisible', visible);
      put('ApproximateNumberOfMessagesNotVisible', inFlight);
      put('ApproximateNumberOfMessagesDelayed', delayed);
      put('ApproximateAgeOfOldestMessage', oldestSeconds);
    }
  }
}
