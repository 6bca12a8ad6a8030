import type { SQSEvent } from 'aws-lambda';
import { LifecycleEvent, parse } from './core';

/**
 * The presence events of a batch, one after the other. A record that is none is logged and noted as failed, so that it comes
 * again and at last waits in the dead-letter queue; it does not stop the others.
 */
export function* eventsOf(
  batch: SQSEvent, log: (line: Record<string, unknown>) => void, failed: string[],
): Generator<{ readonly messageId: string; readonly event: LifecycleEvent }> {
  for (const { messageId, body } of batch.Records) {
    const { event, problem } = parse(body);
    if (event) {
      yield { messageId, event };
    } else {
      log({ decision: 'malformed', messageId, reason: problem });
      failed.push(messageId);
    }
  }
}
