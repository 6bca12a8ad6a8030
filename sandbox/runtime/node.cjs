// The inside of a Lambda function's process: loads the handler, and answers each message with what the handler made of it.
// Plain JavaScript, because it runs as it is with nothing around it; its messages are in src/lambda/runtime-messages.ts.
'use strict';
const { existsSync } = require('fs');
const path = require('path');
const { pathToFileURL } = require('url');

const { LAMBDA_TASK_ROOT: root, _HANDLER: handlerName } = process.env;

async function loadHandler() {
  const dot = handlerName.lastIndexOf('.');
  const [file, exported] = [handlerName.slice(0, dot), handlerName.slice(dot + 1)];
  const found = ['.js', '.mjs', '.cjs'].map(extension => path.join(root, file) + extension).find(existsSync);
  if (!found) throw named('Runtime.ImportModuleError', `Error: Cannot find module '${file}'`);
  const module = found.endsWith('.mjs') ? await import(pathToFileURL(found).href) : require(found);
  if (typeof module[exported] !== 'function') throw named('Runtime.HandlerNotFound', `${handlerName} is undefined or not exported`);
  return module[exported];
}

function named(name, message) {
  return Object.assign(new Error(message), { name });
}

async function invoke(handler, { requestId, event, deadline, functionArn, traceId }) {
  process.env._X_AMZN_TRACE_ID = traceId;
  const context = {
    awsRequestId: requestId,
    callbackWaitsForEmptyEventLoop: true,
    functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: process.env.AWS_LAMBDA_FUNCTION_VERSION,
    invokedFunctionArn: functionArn,
    logGroupName: process.env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: process.env.AWS_LAMBDA_LOG_STREAM_NAME,
    memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()),
  };
  try {
    const result = await new Promise((resolve, reject) => {
      const returned = handler(event, context, (error, value) => error ? reject(error) : resolve(value));
      if (handler.length < 3 || typeof returned?.then === 'function') resolve(returned);
    });
    process.send({ type: 'result', requestId, payload: JSON.stringify(result) ?? 'null', memoryMiB: usedMiB() });
  } catch (error) {
    process.send({ type: 'error', requestId, error: describe(error), memoryMiB: usedMiB() });
  }
}

function usedMiB() {
  return Math.ceil(process.resourceUsage().maxRSS / 1024);
}

// Answers to CloudFormation go to the sandbox, which has no certificate for them; many functions know HTTPS only, and leave out the port.
function answerCustomResourcesWithoutTls() {
  const endpoint = URL.canParse(process.env.AWS_ENDPOINT_URL) ? new URL(process.env.AWS_ENDPOINT_URL) : undefined;
  if (endpoint?.protocol !== 'http:') return;
  const [http, https] = [require('http'), require('https')];
  const { request } = https;
  https.request = (...args) => {
    const [first, second] = args;
    const callback = args.find(argument => typeof argument === 'function');
    const url = typeof first === 'string' || first instanceof URL ? new URL(first) : undefined;
    const options = { ...url && { hostname: url.hostname, path: url.pathname + url.search }, ...url ? typeof second === 'object' && second : first };
    const isAnswer = (options.hostname ?? options.host) === endpoint.hostname && options.path?.startsWith('/-/custom-resource/');
    if (!isAnswer) return request.apply(https, args);
    return http.request({ ...options, protocol: 'http:', port: endpoint.port, agent: undefined }, callback);
  };
}

function describe(error) {
  return error instanceof Error
    ? { errorType: error.name, errorMessage: error.message, trace: (error.stack ?? '').split('\n') }
    : { errorType: typeof error, errorMessage: String(error), trace: [] };
}

// A parent that is gone leaves nobody to answer.
process.on('disconnect', () => process.exit());
answerCustomResourcesWithoutTls();
loadHandler().then(
  handler => {
    process.on('message', message => void invoke(handler, message));
    process.send({ type: 'ready' });
  },
  error => process.send({ type: 'failed', error: describe(error) }, () => process.disconnect()),
);
