import { Account, AwsError, Operations, Service } from '../account';
import { HttpHandler, queryProtocol } from '../http';

const NAMESPACE = 'https://sts.amazonaws.com/doc/2011-06-15/';
const ROLE_ARN = /^arn:[^:]+:iam::\d{12}:role\/.+$/;

/** Who is calling, and taking on a role: what an operator checks first. */
export class StsService implements Service {
  readonly types = new Map();
  readonly endpoints: ReadonlyMap<string, HttpHandler>;

  constructor(private readonly account: Account) {
    account.addService('sts', this.operations);
    this.endpoints = new Map([['sts', queryProtocol(this.operations, NAMESPACE, 'sts')]]);
  }

  private get operations(): Operations {
    const { account } = this;
    return {
      GetCallerIdentity: (_input, caller) => ({ Arn: caller.arn, UserId: caller.arn.split('/').at(-1), Account: account.environment.account }),
      AssumeRole: ({ RoleArn, RoleSessionName, DurationSeconds = '3600' }: { RoleArn?: string; RoleSessionName?: string; DurationSeconds?: string }, caller) => {
        if (!ROLE_ARN.test(RoleArn ?? '')) throw new AwsError('ValidationError', `RoleArn must be the ARN of a role, got: ${RoleArn}`);
        if (!/^[\w+=,.@-]{2,64}$/.test(RoleSessionName ?? '')) throw new AwsError('ValidationError', `RoleSessionName must be 2 to 64 of letters, digits and +=,.@-, got: ${RoleSessionName}`);
        caller.authorize('sts:AssumeRole', RoleArn!);
        const Arn = account.sessionArn(RoleArn!, RoleSessionName!);
        const { accessKeyId, secretAccessKey, sessionToken } = account.credentials.issue(Arn);
        const Expiration = new Date(account.clock.now() + Number(DurationSeconds) * 1000);
        return {
          Credentials: { AccessKeyId: accessKeyId, SecretAccessKey: secretAccessKey, SessionToken: sessionToken, Expiration },
          AssumedRoleUser: { Arn, AssumedRoleId: `${accessKeyId}:${RoleSessionName}` },
        };
      },
    };
  }
}
