import { AwsError } from '../account';
import { Clock } from '../time/clock';

/** Waits before the second, third and fourth attempt. AWS documents numbers only for the HTTP action: up to three tries more. */
const WAITS_MS = [50, 100, 200];
const TRANSIENT = /^(ServiceUnavailable|InternalFailure|InternalServerError|Throttling|TooManyRequests|RequestLimitExceeded|ProvisionedThroughputExceeded|SlowDown)/;

/** Whether the same call may succeed a moment later. */
export function isTransient(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const status = error instanceof AwsError ? error.statusCode : 0;
  return TRANSIENT.test(error.name) || status === 429 || (status >= 500 && status !== 501);
}

/** Tries again what fails for the moment. @throws the last error */
export async function withAttempts<T>(clock: Pick<Clock, 'after'>, attempt: () => Promise<T>): Promise<T> {
  for (const wait of WAITS_MS) {
    try {
      return await attempt();
    } catch (error) {
      if (!isTransient(error)) throw error;
      await new Promise<void>(resolve => clock.after(wait, resolve));
    }
  }
  return attempt();
}
