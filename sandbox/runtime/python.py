# The inside of a Lambda function's process in Python: loads the handler, and answers each message with what the handler made of it.
# It needs nothing but Python; its messages are in src/lambda/runtime-messages.ts, a line of JSON each, on descriptor 3.
import importlib
import json
import os
import resource
import socket
import sys
import time
import traceback

channel = socket.socket(fileno=3)
incoming = channel.makefile('r', encoding='utf-8', newline='\n')
# A process that the function starts must not hold the channel open.
os.set_inheritable(3, False)


def send(message):
    channel.sendall((json.dumps(message) + '\n').encode('utf-8'))


def described(error):
    return {
        'errorType': type(error).__name__,
        'errorMessage': str(error),
        'trace': [line.rstrip('\n') for line in traceback.format_exception(type(error), error, error.__traceback__)],
    }


def load_handler():
    root, name = os.environ['LAMBDA_TASK_ROOT'], os.environ['_HANDLER']
    sys.path[0] = root
    if '.' not in name:
        return None, {'errorType': 'Runtime.MalformedHandlerName', 'errorMessage': f"Bad handler '{name}': not enough values to unpack (expected 2, got 1)"}
    module_name, function = name.rsplit('.', 1)
    try:
        module = importlib.import_module(module_name.replace('/', '.'))
    except ImportError as error:
        return None, {**described(error), 'errorType': 'Runtime.ImportModuleError', 'errorMessage': f"Unable to import module '{module_name}': {error}"}
    except SyntaxError as error:
        return None, {**described(error), 'errorType': 'Runtime.UserCodeSyntaxError', 'errorMessage': f"Syntax error in module '{module_name}': {error}"}
    except BaseException as error:
        return None, described(error)
    handler = getattr(module, function, None)
    if not callable(handler):
        return None, {'errorType': 'Runtime.HandlerNotFound', 'errorMessage': f"Handler '{function}' missing on module '{module_name}'"}
    return handler, None


class Context:
    def __init__(self, message):
        self.aws_request_id = message['requestId']
        self.invoked_function_arn = message['functionArn']
        self.function_name = os.environ['AWS_LAMBDA_FUNCTION_NAME']
        self.function_version = os.environ['AWS_LAMBDA_FUNCTION_VERSION']
        self.memory_limit_in_mb = os.environ['AWS_LAMBDA_FUNCTION_MEMORY_SIZE']
        self.log_group_name = os.environ['AWS_LAMBDA_LOG_GROUP_NAME']
        self.log_stream_name = os.environ['AWS_LAMBDA_LOG_STREAM_NAME']
        self.identity = None
        self.client_context = None
        self._deadline = message['deadline']

    def get_remaining_time_in_millis(self):
        return max(0, int(self._deadline - time.time() * 1000))


def invoke(handler, message):
    os.environ['_X_AMZN_TRACE_ID'] = message['traceId']
    try:
        answer = {'type': 'result', 'payload': json.dumps(handler(message.get('event'), Context(message)), ensure_ascii=False)}
    except Exception as error:
        answer = {'type': 'error', 'error': described(error)}
    # Kilobytes on Linux, bytes on macOS.
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    send({**answer, 'requestId': message['requestId'], 'memoryMiB': used // (1024 * 1024 if sys.platform == 'darwin' else 1024)})


handler, failure = load_handler()
if failure:
    send({'type': 'failed', 'error': failure})
    sys.exit(1)
send({'type': 'ready'})
# Ends when the parent is gone, which leaves nobody to answer.
for line in incoming:
    invoke(handler, json.loads(line))
