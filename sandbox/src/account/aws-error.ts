import { JsonObject } from '../json';

/** What a service of AWS answers instead of a result: the code that its clients know, and what to do. */
export class AwsError extends Error {
  /** @param details - further members of the error's shape, such as `resourceArn` */
  constructor(public override readonly name: string, message: string, readonly statusCode = 400, readonly details: JsonObject = {}) {
    super(message);
  }
}

/** A call that IAM denies. Query and S3 protocols know the code without `Exception`, and their adaptors write it so. */
export function accessDenied(message: string): AwsError {
  return new AwsError('AccessDeniedException', message, 403);
}
