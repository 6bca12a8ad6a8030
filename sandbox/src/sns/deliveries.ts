import { envelopeOf, filteredAttributesOf, lambdaEventOf, Notification } from './notification';
import { Subscription } from './subscription';
import { Account } from '../account';

/** What became of a notification at one subscription. `recorded`: it would have left the machine, and did not. */
export interface Delivery {
  readonly protocol: string;
  readonly endpoint: string;
  readonly result: 'delivered' | 'recorded' | 'filtered' | 'failed';
  readonly reason?: string;
}

/** Brings notifications to queues and functions, as SNS itself: their policies have to let it in. */
export class Deliveries {
  constructor(private readonly account: Account) {}

  /** What cannot be delivered goes to the dead-letter queue of the subscription, where it has one. SNS does not try again what is forbidden. */
  async deliver(notification: Notification, subscription: Subscription): Promise<Delivery> {
    const { protocol, endpoint, topicArn, deadLetterQueueArn } = subscription;
    if (!subscription.accepts(filteredAttributesOf(notification))) return { protocol, endpoint, result: 'filtered' };
    try {
      if (protocol === 'sqs') await this.send(notification, subscription, endpoint);
      else if (protocol === 'lambda') await this.invoke(notification, subscription);
      else return { protocol, endpoint, result: 'recorded' };
      return { protocol, endpoint, result: 'delivered' };
    } catch (error) {
      const reason = (error as Error).message;
      const kept = deadLetterQueueArn !== undefined && await this.send(notification, subscription, deadLetterQueueArn).then(() => true, () => false);
      if (!kept) this.account.activity.record('problem', { message: `${topicArn} could not deliver to ${endpoint}: ${reason}` });
      return { protocol, endpoint, result: 'failed', reason };
    }
  }

  private async send(notification: Notification, { arn, raw, topicArn }: Subscription, queueArn: string): Promise<void> {
    const [account, name] = queueArn.split(':').slice(4);
    await this.account.call('sqs', 'SendMessage', {
      QueueUrl: `${this.account.endpointUrl}/${account}/${name}`,
      MessageBody: raw ? notification.messageFor('sqs') : JSON.stringify(envelopeOf(notification, 'sqs', arn)),
      ...raw && { MessageAttributes: notification.attributes },
    }, this.sns(topicArn));
  }

  private async invoke(notification: Notification, { arn, endpoint, topicArn }: Subscription): Promise<void> {
    const Payload = Buffer.from(JSON.stringify(lambdaEventOf(notification, arn)));
    await this.account.call('lambda', 'Invoke', { FunctionName: endpoint, InvocationType: 'Event', Payload }, this.sns(topicArn));
  }

  private sns(topicArn: string) {
    return this.account.service('sns.amazonaws.com', { 'aws:SourceArn': topicArn });
  }
}
