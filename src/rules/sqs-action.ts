import * as sqs from 'aws-cdk-lib/aws-sqs';
import { IngestRule } from './ingest-rule';
import { IRuleAction, RuleActionConfig } from './rule-action';
import { throwOnProblems } from '../private/validation';

/** Properties of an SqsAction. */
export interface SqsActionProps {
  /**
   * Whether the message is encoded as base64, for payloads that are not text.
   *
   * @default false
   */
  readonly useBase64?: boolean;
}

/**
 * Puts each message that a rule selects into an SQS queue.
 *
 * The queue must be a standard one: AWS IoT rules cannot send to FIFO queues. Neither the order of the messages nor that
 * each comes once is guaranteed.
 *
 * @see https://docs.aws.amazon.com/iot/latest/developerguide/sqs-rule-action.html
 */
export class SqsAction implements IRuleAction {
  private readonly useBase64: boolean;

  /**
   * @param queue the queue that takes the messages
   * @param props how they are written
   */
  constructor(private readonly queue: sqs.IQueue, props: SqsActionProps = {}) {
    this.useBase64 = props.useBase64 ?? false;
  }

  /**
   * Called by the rule: lets its role send to the queue.
   *
   * @param rule the rule that the action was added to
   */
  public bind(rule: IngestRule): RuleActionConfig {
    throwOnProblems(rule, this.queue.fifo ? [{
      prop: 'queue',
      got: this.queue.node.path,
      allowed: 'a standard queue',
      fix: 'AWS IoT rules cannot send to FIFO queues; leave `fifo` out and order by the content of the messages',
    }] : []);
    this.queue.grantSendMessages(rule.role);
    return { configuration: { sqs: { queueUrl: this.queue.queueUrl, roleArn: rule.role.roleArn, useBase64: this.useBase64 } } };
  }
}
