import { createHash, randomBytes } from 'crypto';

export interface Credentials { readonly accessKeyId: string; readonly secretAccessKey: string; readonly sessionToken: string }

/** Temporary credentials of roles, told apart by their access key. Signatures are not verified: everything is on loopback. */
export class CredentialDirectory {
  private readonly sessions = new Map<string, string>();
  private readonly salt = randomBytes(16);

  /** Credentials of a session of a role, the same for the same session. @param sessionArn - `arn:…:sts::…:assumed-role/<role>/<session>` */
  issue(sessionArn: string): Credentials {
    const digest = createHash('sha512').update(this.salt).update(sessionArn).digest('hex').toUpperCase();
    const accessKeyId = `ASIA${digest.slice(0, 16)}`;
    this.sessions.set(accessKeyId, sessionArn);
    return { accessKeyId, secretAccessKey: digest.slice(16, 56), sessionToken: digest.slice(56) };
  }

  /** ARN of the session that has this access key; undefined for any other one, which is the operator's. */
  sessionOf(accessKeyId: string): string | undefined {
    return this.sessions.get(accessKeyId);
  }
}
