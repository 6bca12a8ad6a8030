// The inside of dynalite's process: keeps items in the folder that the argument names, listens on a free port of 127.0.0.1, and tells that port.
// Plain JavaScript, because it runs as it is; src/dynamodb/dynalite.ts starts it. It ends with the process that did, however that one ended.
'use strict';
const { request } = require('http');
const dynalite = require('dynalite');

const [folder] = process.argv.slice(2);
const STOP_MS = 5_000;

process.on('disconnect', () => process.exit());

const server = dynalite({ path: folder, createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 });
// A connection that idles must not be gone when it is used again.
server.keepAliveTimeout = 0;
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address();
  // Its first call opens the files. It ends the process where another one still has them.
  const headers = {
    'content-type': 'application/x-amz-json-1.0',
    'x-amz-target': 'DynamoDB_20120810.ListTables',
    'x-amz-date': '20260101T000000Z',
    'authorization': 'AWS4-HMAC-SHA256 Credential=sandbox/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0',
  };
  request({ host: '127.0.0.1', port, method: 'POST', headers }, response => {
    response.resume();
    if (response.statusCode !== 200) throw new Error(`dynalite answered ${response.statusCode}`);
    process.send({ port });
  }).end('{}');
});

process.on('message', () => {
  setTimeout(() => server.closeAllConnections(), STOP_MS).unref();
  server.closeIdleConnections();
  server.close(error => process.exit(error ? 1 : 0));
});
