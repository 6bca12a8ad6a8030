import { AsyncLocalStorage } from 'async_hooks';
import { ActionFailure, MakeAction } from '../action';

/** AWS IoT has no such bound and would go on, at a price: more turns than this are taken for a rule that listens on what it publishes. */
const MAXIMUM_TURNS = 16;

/** How often the message that is under way was republished. */
const turns = new AsyncLocalStorage<number>();

/** `Republish`: to subscribers, and through the rules again. */
export const republish: MakeAction = properties => {
  const topicField = properties.field('Topic', { doubledDollar: true });
  const qosField = properties.optionalField('Qos');
  return {
    failedAction: 'RepublishAction',
    resource: properties.text('Topic'),
    roleArn: properties.text('RoleArn'),
    call(result) {
      const topic = topicField(result);
      const qos = Number(qosField?.(result) ?? 0);
      if (qos !== 0 && qos !== 1) throw new ActionFailure(`Qos must be 0 or 1, got ${JSON.stringify(qosField?.(result))}`);
      const input = { topic, qos, payload: result.payload };
      return {
        service: 'iotdata',
        operation: 'Publish',
        resource: topic,
        input,
        send: async (account, caller) => {
          const turn = (turns.getStore() ?? 0) + 1;
          if (turn > MAXIMUM_TURNS) throw new ActionFailure(`the message was republished ${MAXIMUM_TURNS} times: the rule reaches itself through ${topic}`);
          await turns.run(turn, () => account.call('iotdata', 'Publish', input, caller));
        },
      };
    },
  };
};
