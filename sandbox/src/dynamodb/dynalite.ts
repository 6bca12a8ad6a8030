import { Server } from 'http';
import { AddressInfo } from 'net';
import type { Engine } from './engine';

/** How long requests that are under way may take when it stops. */
const STOP_MS = 5_000;

interface DynaliteServer extends Server {
  close(callback?: (error?: Error) => void): this;
}

/** Starts dynalite in this process. What it acknowledged was written to a file before, and is there after a kill of the process. */
export async function startDynalite(folder: string): Promise<Engine> {
  // It has no types, and only this one use; it takes a moment to load.
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  const dynalite = require('dynalite') as (options: object) => DynaliteServer;
  const server = dynalite({ path: folder, createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 });
  // A connection that idles must not be gone when it is used again.
  server.keepAliveTimeout = 0;
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  const region = process.env.AWS_REGION ?? process.env.AWS_DEFAULT_REGION ?? 'us-east-1';
  const account = (process.env.AWS_ACCOUNT_ID ?? '0000-0000-0000').replace(/\D/g, '');
  return {
    name: 'dynalite',
    port: (server.address() as AddressInfo).port,
    arnPrefix: `arn:aws:dynamodb:${region}:${account}:`,
    ended: new Promise(() => undefined),
    stop: () => new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => server.closeAllConnections(), STOP_MS);
      server.closeIdleConnections();
      server.close(error => {
        clearTimeout(timer);
        if (error) reject(error);
        else resolve();
      });
    }),
  };
}
