import { MakeAction } from '../action';

/** `Lambda`: an asynchronous invocation. No role: the function's policy must let AWS IoT in. */
export const lambda: MakeAction = properties => {
  const functionArn = properties.field('FunctionArn');
  return {
    failedAction: 'LambdaAction',
    resource: properties.text('FunctionArn'),
    call(result) {
      const FunctionName = functionArn(result);
      return { service: 'lambda', operation: 'Invoke', resource: FunctionName, input: { FunctionName, InvocationType: 'Event', Payload: result.payload } };
    },
  };
};
