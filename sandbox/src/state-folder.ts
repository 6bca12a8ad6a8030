import { accessSync, closeSync, constants, existsSync, mkdirSync, openSync, readFileSync, rmSync, statSync, writeSync } from 'fs';
import { join, resolve } from 'path';

/** The state folder cannot be used: what is wrong with it, and what to do. */
export class StateFolderError extends Error {
  public override readonly name = 'StateFolderError';
}

/** The folder that holds all that outlives a run, used by one process at a time. */
export class StateFolder {
  /** @throws StateFolderError where it cannot be written, or a sandbox that is running uses it */
  static take(folder: string): StateFolder {
    const absolute = resolve(folder);
    try {
      mkdirSync(absolute, { recursive: true, mode: 0o700 });
      for (const permission of [constants.R_OK, constants.W_OK, constants.X_OK]) accessSync(absolute, permission);
      if (!statSync(absolute).isDirectory()) throw new Error('it is no folder');
    } catch (error) {
      throw new StateFolderError(`The state folder ${absolute} cannot be used (${(error as Error).message}): choose another with --state, or give its owner read and write permission.`);
    }
    const lock = join(absolute, 'lock');
    for (let attempt = 0; attempt < 3; attempt++) {
      try {
        const file = openSync(lock, 'wx', 0o600);
        writeSync(file, `${process.pid} ${startOf(process.pid)}`);
        closeSync(file);
        return new StateFolder(absolute, lock);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw new StateFolderError(`The state folder ${absolute} cannot be used: ${(error as Error).message}`);
        const holder = holderOf(lock);
        if (holder !== undefined) {
          throw new StateFolderError(`The state folder ${absolute} is in use by the sandbox with process id ${holder}: end it, or choose another folder with --state.`);
        }
        rmSync(lock, { force: true });
      }
    }
    throw new StateFolderError(`The state folder ${absolute} is being taken by another sandbox: choose another with --state.`);
  }

  /** Removes all that is in it. @throws StateFolderError where a sandbox that is running uses it */
  static empty(folder: string): void {
    const { path } = StateFolder.take(folder);
    rmSync(path, { recursive: true, force: true });
  }

  private constructor(readonly path: string, private readonly lock: string) {}

  release(): void {
    rmSync(this.lock, { force: true });
  }
}

/** Process id of the sandbox that holds the lock; undefined where it is gone, also when its id has been given to another process since. */
function holderOf(lock: string): number | undefined {
  if (!existsSync(lock)) return undefined;
  const [pid, start] = readFileSync(lock, 'utf8').split(' ');
  const id = Number(pid);
  if (!Number.isInteger(id) || id <= 0) return undefined;
  try {
    process.kill(id, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return undefined;
  }
  return startOf(id) === start ? id : undefined;
}

/** When a process began, where the system tells it: with its id that names a process for good. */
function startOf(pid: number): string {
  try {
    const status = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return status.slice(status.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return 'unknown';
  }
}
