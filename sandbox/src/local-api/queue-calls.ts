import { textOf } from './call-input';
import { LocalApi, LocalApiError } from './local-api';
import type { Sandbox } from '../sandbox';

const SHOWN_MESSAGES = 20;
const SHOWN_TEXT = 8000;

/** Queues and what waits in them, and alarms. Looking at a message does not receive it. */
export function addQueueCalls(api: LocalApi, sandbox: Sandbox): void {
  const { sqs, cloudWatch } = sandbox.services;

  api.add('GET queues', () => ({
    queues: sqs.queues.map(({ definition: { name, arn, redrive }, counts }) => ({
      name,
      ...counts,
      deadLetterQueue: redrive?.deadLetterQueueArn.split(':').at(-1),
      isDeadLetterQueueOf: sqs.queues.filter(other => other.definition.redrive?.deadLetterQueueArn === arn).map(other => other.definition.name),
    })),
  }));

  api.add('GET messages', input => {
    const name = textOf(input, 'queue');
    const queue = sqs.queues.find(({ definition }) => definition.name === name);
    if (!queue) throw new LocalApiError(`there is no queue '${name}'; there are ${sqs.queues.map(({ definition }) => definition.name).join(', ') || 'none'}`, 404);
    const all = queue.contents;
    return {
      total: all.length,
      messages: all.slice(0, SHOWN_MESSAGES).map(({ messageId, body, sentAt, messageAttributes }) => ({
        messageId,
        sentAt,
        body: body.slice(0, SHOWN_TEXT),
        isCut: body.length > SHOWN_TEXT,
        attributes: Object.entries(messageAttributes).map(([key, { StringValue, DataType }]) => ({ name: key, value: StringValue ?? DataType })),
      })),
    };
  });

  api.add('GET alarms', () => ({
    alarms: cloudWatch.alarms.map(({ definition: { name, description, metrics, threshold }, state, reason, updatedAt, notEvaluated }) => ({
      name, description, metrics: metrics.map(metric => `${metric.namespace} ${metric.name}`), threshold, state, reason, updatedAt, notEvaluated,
    })),
  }));
}
