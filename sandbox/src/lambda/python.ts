import { execFile } from 'child_process';
import { promisify } from 'util';

let found: Promise<string | undefined> | undefined;

/**
 * Path of the Python that functions run with; undefined where the machine has none.
 *
 * Asked of Python itself: what stands on PATH may be a script that needs variables which a function does not get.
 */
export function pythonExecutable(): Promise<string | undefined> {
  found ??= promisify(execFile)('python3', ['-c', 'import sys; print(sys.executable)'], { timeout: 10_000 })
    .then(({ stdout }) => stdout.trim() || undefined, () => undefined);
  return found;
}
