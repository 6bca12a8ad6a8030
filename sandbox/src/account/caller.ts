import { Activity } from './activity';
import { accessDenied } from './aws-error';
import { Context, Decision, IamDirectory } from '../iam';

/** Who makes a call, and what it may do. */
export interface Caller {
  /** ARN of a session or a user, or the name of a service. */
  readonly arn: string;
  /**
   * Returns where the call may be made.
   *
   * @param action - `sqs:SendMessage`
   * @param resource - ARN; `*` where the action knows no resources
   * @param context - condition keys that the call brings
   * @throws AwsError AccessDeniedException, naming action and resource; the denial is recorded
   */
  authorize(action: string, resource: string, context?: Context): void;
}

/** The person at the machine: administrator of the account. */
export function operatorOf(account: string, partition: string): Caller {
  return { arn: `arn:${partition}:iam::${account}:user/operator`, authorize: () => undefined };
}

/** A role, one of its sessions, or a service: as IAM says. */
export class CheckedCaller implements Caller {
  /** @param context - what is true of all its calls, such as `aws:SourceArn` for a service */
  constructor(
    readonly arn: string, private readonly iam: IamDirectory, private readonly activity: Activity, private readonly context: Context = {},
  ) {}

  authorize(action: string, resource: string, context: Context = {}): void {
    const decision = this.iam.authorize({ principal: this.arn, action, resource, context: { ...this.context, ...context } });
    if (decision.decision === 'deny') throw this.denied(decision);
  }

  private denied({ action, resource, cause, reason }: Decision): Error {
    this.activity.record('iamDenial', { caller: this.arn, action, resource, reason });
    const because = cause === 'explicit-deny' ? 'with an explicit deny' : `because no policy allows the ${action} action`;
    const what = `is not authorized to perform: ${action} on resource: ${resource}`;
    return accessDenied(`User: ${this.arn} ${what} ${because} (${reason})`);
  }
}
