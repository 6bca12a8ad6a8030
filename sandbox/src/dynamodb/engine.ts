import { startDynalite } from './dynalite';
import { startDynamoDbLocal, whyNotDynamoDbLocal } from './dynamodb-local';

export type EngineName = 'local' | 'dynalite';

/** What keeps the items, listening on 127.0.0.1 only. */
export interface Engine {
  readonly name: EngineName;
  readonly port: number;
  /** How its ARNs begin: `arn:aws:dynamodb:ddblocal:000000000000:`. */
  readonly arnPrefix: string;
  /** Settles when it ended, for whatever reason. */
  readonly ended: Promise<void>;
  stop(): Promise<void>;
}

export interface StartedEngine {
  readonly engine: Engine;
  /** For the start to print: which one, and why. */
  readonly description: string;
}

/**
 * Starts the real DynamoDB Local where Java can run it, else dynalite.
 *
 * @param asked - `auto` takes dynalite where DynamoDB Local cannot run; `local` fails then
 * @param folderOf - where an engine keeps its data; each has a folder of its own, since neither reads the other's
 */
export async function startEngine(asked: EngineName | 'auto', folderOf: (name: EngineName) => string): Promise<StartedEngine> {
  const dynalite = async (why: string): Promise<StartedEngine> =>
    ({ engine: await startDynalite(folderOf('dynalite')), description: `dynalite, because ${why}: no streams, no transactions` });
  if (asked === 'dynalite') return dynalite('the options ask for it');
  const whyNot = await whyNotDynamoDbLocal();
  try {
    if (whyNot !== undefined) throw new Error(whyNot);
    return { engine: await startDynamoDbLocal(folderOf('local')), description: 'DynamoDB Local' };
  } catch (error) {
    const { message } = error as Error;
    if (asked === 'local') throw new Error(`DynamoDB Local does not run: ${message}. Install a JDK of version 17 or later, or choose the engine 'dynalite'`);
    return dynalite(message);
  }
}
