import { createHash, randomUUID } from 'crypto';
import * as path from 'path';
import { Delivery, Deliveries } from './deliveries';
import { Notification } from './notification';
import { snsOperations } from './sns-operations';
import { Subscription, SubscriptionError, subscriptionOf, SubscriptionSettings } from './subscription';
import { Account, AwsError, Caller, Service } from '../account';
import { CreatedResource, ResourceRequest, ResourceType } from '../assembly/resource-type';
import { KnownProperties, unsupportedProperties } from '../assembly/unsupported-properties';
import { DurableFile } from '../durable-file';
import { HttpHandler } from '../http/http-request';
import { queryProtocol } from '../http/query-protocol';
import { TemplateProperties } from '../iam/template-properties';
import { isObject } from '../json';
import { KmsService } from '../kms/kms-service';

export interface Topic { readonly arn: string; readonly name: string; readonly displayName: string; readonly kmsKeyId?: string }
/** What was published, and what became of it. */
export interface Published {
  readonly time: number;
  readonly topicArn: string;
  readonly subject?: string;
  readonly message: string;
  readonly deliveries: readonly Delivery[];
}
interface Kept { readonly arn: string; readonly topicArn: string; readonly settings: SubscriptionSettings }

const NAME = /^[\w-]{1,256}$/;
const LAST = 200;
const SUBSCRIPTION = { Protocol: true, Endpoint: true } as const;
const TOPIC: KnownProperties = { TopicName: true, DisplayName: true, FifoTopic: true, KmsMasterKeyId: true, Subscription: SUBSCRIPTION, Tags: true };
const SUBSCRIPTION_RESOURCE: KnownProperties = {
  ...SUBSCRIPTION, TopicArn: true, RawMessageDelivery: true, FilterPolicy: true, FilterPolicyScope: true, RedrivePolicy: true,
};

/** Topics of SNS. Queues and functions get what is published; what would leave the machine is recorded instead. */
export class SnsService implements Service {
  readonly types: ReadonlyMap<string, ResourceType> = new Map([
    ['AWS::SNS::Topic', { create: (request: ResourceRequest) => this.createTopic(request) }],
    ['AWS::SNS::Subscription', { create: (request: ResourceRequest) => this.createSubscription(request) }],
    ['AWS::SNS::TopicInlinePolicy', { create: (request: ResourceRequest) => this.createPolicy(request) }],
  ]);
  readonly endpoints: ReadonlyMap<string, HttpHandler>;
  readonly topics = new Map<string, Topic>();
  readonly subscriptions = new Map<string, Subscription>();
  /** Oldest first. */
  readonly last: Published[] = [];
  private readonly deliveries: Deliveries;
  /** Subscriptions that clients made; those of a template come with it. */
  private readonly file: DurableFile<Kept[]>;
  private kept: Kept[];

  constructor(private readonly account: Account, private readonly kms: KmsService) {
    this.deliveries = new Deliveries(account);
    this.file = new DurableFile(path.join(account.folder('sns'), 'subscriptions.json'));
    this.kept = this.file.read() ?? [];
    for (const { arn, topicArn, settings } of this.kept) this.subscriptions.set(arn, subscriptionOf(arn, topicArn, settings));
    account.metrics.produces('AWS/SNS', ['NumberOfMessagesPublished', 'NumberOfNotificationsDelivered', 'NumberOfNotificationsFailed']);
    const operations = snsOperations(account, this);
    account.addService('sns', operations);
    this.endpoints = new Map([['sns', queryProtocol(operations, 'http://sns.amazonaws.com/doc/2010-03-31/', 'sns')]]);
  }

  subscriptionsOf(topicArn: string): Subscription[] {
    return [...this.subscriptions.values()].filter(subscription => subscription.topicArn === topicArn);
  }

  /** Makes a subscription that outlives the process. @throws AwsError */
  subscribe(topicArn: string, settings: SubscriptionSettings): Subscription {
    const same = this.subscriptionsOf(topicArn).find(({ protocol, endpoint }) => protocol === settings.Protocol && endpoint === settings.Endpoint);
    if (same) return same;
    try {
      const arn = `${topicArn}:${randomUUID()}`;
      const subscription = subscriptionOf(arn, topicArn, settings);
      this.keep([...this.kept, { arn, topicArn, settings }]);
      this.subscriptions.set(arn, subscription);
      return subscription;
    } catch (error) {
      if (error instanceof SubscriptionError) throw new AwsError('InvalidParameter', `Invalid parameter: ${error.message}`);
      throw error;
    }
  }

  unsubscribe(arn: string): void {
    this.subscriptions.delete(arn);
    this.keep(this.kept.filter(kept => kept.arn !== arn));
  }

  /** Answers when all queues have it on disk and all functions have taken it, so that nothing acknowledged is lost. */
  async publish(notification: Notification): Promise<void> {
    const { topicArn, subject, time } = notification;
    const deliveries = await Promise.all(this.subscriptionsOf(topicArn).map(subscription => this.deliveries.deliver(notification, subscription)));
    this.last.push({ time, topicArn, subject, message: notification.messageFor('default'), deliveries });
    if (this.last.length > LAST) this.last.shift();
    const put = (metric: string, value: number) => this.account.metrics.put('AWS/SNS', metric, { TopicName: topicArn.split(':')[5] }, value);
    put('NumberOfMessagesPublished', 1);
    const failed = deliveries.filter(({ result }) => result === 'failed').length;
    const delivered = deliveries.filter(({ result }) => result === 'delivered' || result === 'recorded').length;
    if (failed > 0) put('NumberOfNotificationsFailed', failed);
    if (delivered > 0) put('NumberOfNotificationsDelivered', delivered);
  }

  /** Returns where the caller may use the key of the topic. */
  authorizeKey(caller: Caller, { arn, kmsKeyId }: Topic): void {
    this.kms.authorize(caller, kmsKeyId, 'sns', ['GenerateDataKey', 'Decrypt'], { 'aws:sns:topicArn': arn });
  }

  private keep(kept: Kept[]): void {
    this.file.write(kept);
    this.kept = kept;
  }

  private createTopic(request: ResourceRequest): CreatedResource {
    const properties = new TemplateProperties(request);
    this.account.hasNoEffect(request, unsupportedProperties(request.properties, TOPIC));
    const name = properties.optionalText('TopicName') ?? request.generatedName(256);
    if (String(request.properties.FifoTopic) === 'true' || name.endsWith('.fifo')) properties.fail('FifoTopic', 'FIFO topics are not modelled: leave it out to run a standard topic');
    if (!NAME.test(name)) properties.fail('TopicName', `needs 1 to 256 letters, digits, hyphens and underscores, got ${JSON.stringify(name)}`);
    const arn = this.account.arn('sns', name);
    this.topics.set(arn, { arn, name, displayName: properties.optionalText('DisplayName') ?? '', kmsKeyId: properties.optionalText('KmsMasterKeyId') || undefined });
    properties.list('Subscription').filter(isObject).forEach((settings, at) => this.add(properties, `Subscription/${at}/`, idOf(`${arn}/${at}`), arn, settings));
    return { ref: arn, attributes: { TopicArn: arn, TopicName: name } };
  }

  private createSubscription(request: ResourceRequest): CreatedResource {
    const properties = new TemplateProperties(request);
    this.account.hasNoEffect(request, unsupportedProperties(request.properties, SUBSCRIPTION_RESOURCE));
    const { arn } = this.add(properties, '', idOf(request.generatedName(128)), properties.text('TopicArn'), request.properties);
    return { ref: arn, attributes: { Arn: arn } };
  }

  private add(properties: TemplateProperties, place: string, id: string, topicArn: string, settings: object): Subscription {
    try {
      const subscription = subscriptionOf(`${topicArn}:${id}`, topicArn, settings as SubscriptionSettings);
      this.subscriptions.set(subscription.arn, subscription);
      return subscription;
    } catch (error) {
      if (error instanceof SubscriptionError) properties.fail(`${place}${error.setting}`, error.problem);
      throw error;
    }
  }

  private createPolicy(request: ResourceRequest): CreatedResource {
    const properties = new TemplateProperties(request);
    const arn = properties.text('TopicArn');
    properties.taking('PolicyDocument', () => this.account.iam.setResourcePolicy(arn, { name: request.path, document: properties.document('PolicyDocument') }));
    return { ref: arn, attributes: {} };
  }
}

function idOf(name: string): string {
  const digest = createHash('sha256').update(name).digest('hex');
  return [digest.slice(0, 8), digest.slice(8, 12), digest.slice(12, 16), digest.slice(16, 20), digest.slice(20, 32)].join('-');
}
