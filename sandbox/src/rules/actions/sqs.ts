import { MakeAction } from '../action';

/** `Sqs`: a message to a standard queue. */
export const sqs: MakeAction = properties => {
  const queue = properties.field('QueueUrl');
  const encoding = properties.flag('UseBase64') ? 'base64' : 'utf8';
  return {
    failedAction: 'SqsAction',
    resource: properties.text('QueueUrl'),
    roleArn: properties.text('RoleArn'),
    call(result) {
      const QueueUrl = queue(result);
      return { service: 'sqs', operation: 'SendMessage', resource: QueueUrl, input: { QueueUrl, MessageBody: result.payload.toString(encoding) } };
    },
  };
};
