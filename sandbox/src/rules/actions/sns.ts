import { MakeAction } from '../action';

/** `Sns`: the result as the message; with the format JSON it holds one for each protocol. */
export const sns: MakeAction = properties => {
  const topic = properties.field('TargetArn');
  const format = properties.oneOf('MessageFormat', ['RAW', 'JSON']) ?? 'RAW';
  return {
    failedAction: 'SnsAction',
    resource: properties.text('TargetArn'),
    roleArn: properties.text('RoleArn'),
    call(result) {
      const TopicArn = topic(result);
      const Message = result.payload.toString('utf8');
      return { service: 'sns', operation: 'Publish', resource: TopicArn, input: { TopicArn, Message, ...format === 'JSON' && { MessageStructure: 'json' } } };
    },
  };
};
