import fc from 'fast-check';
import { Queue, ReceivedMessage } from '../../src/sqs/queue';

const VISIBILITY_SECONDS = 30;
const step = fc.oneof(
  fc.record({ kind: fc.constant('send' as const) }),
  fc.record({ kind: fc.constant('receive' as const), maximum: fc.integer({ min: 1, max: 10 }) }),
  fc.record({ kind: fc.constant('delete' as const), which: fc.nat(20) }),
  fc.record({ kind: fc.constant('release' as const), which: fc.nat(20), seconds: fc.integer({ min: 0, max: 60 }) }),
  fc.record({ kind: fc.constant('wait' as const), seconds: fc.integer({ min: 1, max: 40 }) }),
  fc.record({ kind: fc.constant('restart' as const) }),
);

test('no message is lost that was not deleted, and none is with two receivers at once', () => {
  fc.assert(fc.property(fc.array(step, { maxLength: 60 }), steps => {
    let now = 1_700_000_000_000;
    let kept = new Map<string, Parameters<Queue['restore']>[0]>();
    const queues = new Map<string, Queue>();
    const make = () => {
      const dead = { name: 'dead', arn: 'dead', url: 'dead', visibilityTimeoutSeconds: VISIBILITY_SECONDS, retentionSeconds: 1e6, delaySeconds: 0 };
      for (const definition of [dead, { ...dead, name: 'work', arn: 'work', redrive: { deadLetterQueueArn: 'dead', maxReceiveCount: 3 } }]) {
        const { arn } = definition;
        const queue = new Queue(definition, {
          now: () => now,
          queueByArn: other => queues.get(other),
          onChange: change => change.kind === 'sent' ? kept.set(`${arn}/${change.messageId}`, change) : kept.delete(`${arn}/${change.messageId}`),
        });
        for (const [key, change] of [...kept]) if (key.startsWith(`${arn}/`)) queue.restore(change);
        queues.set(arn, queue);
      }
    };
    make();
    const expected = new Set<string>();
    /** Until when nobody else may have it. */
    const held = new Map<string, number>();
    let receipts: { queue: Queue; message: ReceivedMessage }[] = [];
    for (const action of steps) {
      if (action.kind === 'send') expected.add(queues.get('work')!.send('x').messageId);
      if (action.kind === 'wait') now += action.seconds * 1000;
      if (action.kind === 'restart') {
        kept = new Map(JSON.parse(JSON.stringify([...kept])));
        make();
        held.clear();
        receipts = [];
      }
      if (action.kind === 'receive') {
        for (const queue of queues.values()) {
          for (const message of queue.receive(action.maximum)) {
            expect(held.get(message.messageId) ?? 0).toBeLessThanOrEqual(now);
            held.set(message.messageId, now + VISIBILITY_SECONDS * 1000);
            receipts = [...receipts.filter(one => one.message.messageId !== message.messageId), { queue, message }];
          }
        }
      }
      const chosen = 'which' in action && receipts.length > 0 ? receipts[action.which % receipts.length] : undefined;
      if (chosen && action.kind === 'delete') {
        chosen.queue.delete(chosen.message.receiptHandle);
        expected.delete(chosen.message.messageId);
        receipts = receipts.filter(one => one !== chosen);
      }
      if (chosen && action.kind === 'release') {
        chosen.queue.changeVisibility(chosen.message.receiptHandle, action.seconds);
        held.set(chosen.message.messageId, now + action.seconds * 1000);
      }
    }
    const left = [...queues.values()].flatMap(({ contents }) => contents.map(({ messageId }) => messageId)).sort();
    expect(left).toEqual([...expected].sort());
  }), { numRuns: 300 });
});
