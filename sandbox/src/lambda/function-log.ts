import { Account, Caller } from '../account';

/**
 * The log of a function, written as its role may.
 *
 * A role that may not write loses the lines and the function runs on, as in AWS; the denial is recorded once.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs.html
 */
export class FunctionLog {
  private readonly streams = new Set<string>();
  private denied = false;

  constructor(private readonly account: Account, private readonly groupName: string, private readonly role: () => Caller) {}

  write(line: string, stream: string): void {
    if (this.mayWriteTo(stream)) this.account.logs.write(this.groupName, stream, line);
  }

  private mayWriteTo(stream: string): boolean {
    if (this.denied) return false;
    if (this.streams.has(stream)) return true;
    const group = this.account.arn('logs', `log-group:${this.groupName}`);
    try {
      const role = this.role();
      if (!this.account.logs.hasGroup(this.groupName)) {
        role.authorize('logs:CreateLogGroup', group);
        this.account.logs.addGroup(this.groupName);
      }
      role.authorize('logs:CreateLogStream', `${group}:log-stream:${stream}`);
      role.authorize('logs:PutLogEvents', `${group}:log-stream:${stream}`);
    } catch {
      this.denied = true;
      return false;
    }
    this.streams.add(stream);
    return true;
  }
}
