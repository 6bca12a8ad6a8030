import { ChildProcess } from 'child_process';
import { platform, setPriority } from 'os';

const LOWER_PRIORITY = 10;

/**
 * For `fork` and `spawn`: in a process group of its own, so that Ctrl+C in a terminal ends the sandbox alone, which needs its functions and
 * tables until what streams hold is delivered. They end with their channel to it, however it ended.
 */
export const OWN_GROUP = { detached: platform() !== 'win32' };

/**
 * Lets a process of ours wait for the one that runs the message broker, where both want the same processor: on AWS, functions and tables take
 * nothing from devices that connect.
 */
export function yielding<T extends ChildProcess>(child: T): T {
  try {
    setPriority(child.pid!, LOWER_PRIORITY);
  } catch {
    // It did not start, which its exit tells, or the system does not let us.
  }
  return child;
}
