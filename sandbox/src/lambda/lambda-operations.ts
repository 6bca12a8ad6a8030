import { AsynchronousInvocations } from './asynchronous-invocations';
import { DeployedFunction } from './deployed-function';
import { FunctionDirectory } from './function-directory';
import { AwsError, bytesOf, Operations } from '../account';
import { Route } from '../http';

/** Of synchronous and of asynchronous invocations. https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const SYNCHRONOUS_BYTES = 6 * 1024 * 1024;
const ASYNCHRONOUS_BYTES = 1024 * 1024;

interface Named { readonly FunctionName: string; readonly Qualifier?: string }

/** What clients call. */
export function lambdaOperations(functions: FunctionDirectory, asynchronous: AsynchronousInvocations): Operations {
  return {
    Invoke: async ({ FunctionName, Qualifier, InvocationType = 'RequestResponse', Payload = Buffer.alloc(0) }: Named & { InvocationType?: string; Payload?: unknown }, caller) => {
      caller.authorize('lambda:InvokeFunction', functions.arnFor(FunctionName, Qualifier));
      const target = functions.find(FunctionName, Qualifier);
      if (!['RequestResponse', 'Event', 'DryRun'].includes(InvocationType)) {
        throw new AwsError('InvalidParameterValueException', `InvocationType must be RequestResponse, Event or DryRun, got ${InvocationType}`);
      }
      if (InvocationType === 'DryRun') return { StatusCode: 204, ExecutedVersion: target.version };
      const payload = textOf(bytesOf(Payload), InvocationType === 'Event' ? ASYNCHRONOUS_BYTES : SYNCHRONOUS_BYTES);
      if (InvocationType === 'Event') {
        await asynchronous.accept(target, payload);
        return { StatusCode: 202 };
      }
      const result = await target.function.invoke(JSON.parse(payload), { functionArn: target.arn });
      return {
        StatusCode: 200,
        ExecutedVersion: target.version,
        ...result.failure && { FunctionError: 'Unhandled' },
        Payload: Buffer.from(result.payload),
      };
    },
    GetFunction: ({ FunctionName, Qualifier }: Named, caller) => {
      caller.authorize('lambda:GetFunction', functions.arnFor(FunctionName, Qualifier));
      const target = functions.find(FunctionName, Qualifier);
      return { Configuration: configurationOf(target.function, target.version), Code: { RepositoryType: 'S3', Location: `file://${target.function.definition.codeFolder}` } };
    },
    GetFunctionConfiguration: ({ FunctionName, Qualifier }: Named, caller) => {
      caller.authorize('lambda:GetFunctionConfiguration', functions.arnFor(FunctionName, Qualifier));
      const target = functions.find(FunctionName, Qualifier);
      return configurationOf(target.function, target.version);
    },
    ListFunctions: (_input, caller) => {
      caller.authorize('lambda:ListFunctions', '*');
      return { Functions: functions.all.map(deployed => configurationOf(deployed, '$LATEST')) };
    },
  };
}

export const LAMBDA_ROUTES: readonly Route[] = [
  {
    operation: 'Invoke',
    method: 'POST',
    path: '/2015-03-31/functions/{FunctionName}/invocations',
    query: { Qualifier: 'Qualifier' },
    headers: { 'x-amz-invocation-type': 'InvocationType' },
    payload: 'Payload',
    outputPayload: 'Payload',
    outputHeaders: { 'x-amz-function-error': 'FunctionError', 'x-amz-executed-version': 'ExecutedVersion' },
    outputStatus: 'StatusCode',
  },
  { operation: 'GetFunction', method: 'GET', path: '/2015-03-31/functions/{FunctionName}', query: { Qualifier: 'Qualifier' } },
  { operation: 'GetFunctionConfiguration', method: 'GET', path: '/2015-03-31/functions/{FunctionName}/configuration', query: { Qualifier: 'Qualifier' } },
  { operation: 'ListFunctions', method: 'GET', path: '/2015-03-31/functions' },
];

function textOf(payload: Buffer, maximum: number): string {
  if (payload.length > maximum) throw new AwsError('RequestTooLargeException', `Request must be smaller than ${maximum} bytes for the InvokeFunction operation`, 413, { Type: 'User' });
  const text = payload.length === 0 ? '{}' : payload.toString('utf8');
  try {
    JSON.parse(text);
  } catch (error) {
    throw new AwsError('InvalidRequestContentException', `Could not parse request body into json: ${(error as Error).message}`, 400, { Type: 'User' });
  }
  return text;
}

function configurationOf({ definition }: DeployedFunction, version: string) {
  const { name, arn, runtime, roleArn, handler, timeoutSeconds, memoryMiB, environment, logGroupName, description = '', deadLetterArn } = definition;
  return {
    FunctionName: name,
    FunctionArn: version === '$LATEST' ? arn : `${arn}:${version}`,
    Runtime: runtime,
    Role: roleArn,
    Handler: handler,
    Description: description,
    Timeout: timeoutSeconds,
    MemorySize: memoryMiB,
    Version: version,
    State: 'Active',
    LastUpdateStatus: 'Successful',
    PackageType: 'Zip',
    ...Object.keys(environment).length > 0 && { Environment: { Variables: environment } },
    ...deadLetterArn !== undefined && { DeadLetterConfig: { TargetArn: deadLetterArn } },
    LoggingConfig: { LogFormat: 'Text', LogGroup: logGroupName },
  };
}
