/** What CloudFormation sends to the function behind a custom resource. */
export interface CustomResourceEvent {
  readonly RequestType: 'Create' | 'Update' | 'Delete';
  readonly ResponseURL: string;
  readonly StackId: string;
  readonly RequestId: string;
  readonly LogicalResourceId: string;
  readonly PhysicalResourceId?: string;
  readonly ResourceProperties: Record<string, unknown>;
  readonly OldResourceProperties?: Record<string, unknown>;
}

export interface CustomResourceResult {
  /** Another id than before makes CloudFormation send a Delete for the old one. */
  readonly physicalResourceId: string;
  /** Attributes for GetAtt. Never a secret: anybody who may describe the stack reads them. */
  readonly data?: Record<string, string>;
}

/** CloudFormation refuses an answer over 4,096 bytes, and then waits an hour for one. */
const MAX_REASON_LENGTH = 500;
/** Each takes six bytes in JSON. */
// eslint-disable-next-line no-control-regex
const CONTROL_CHARACTERS = /[\u0000-\u001f\ud800-\udfff]/g;
const ATTEMPTS = 3;

/**
 * Wraps the work of a custom resource so that CloudFormation always gets an answer.
 *
 * An answer that cannot be sent throws: Lambda then runs the event again, so `work` must be safe to repeat.
 *
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-responses.html
 */
export const answering = (work: (event: CustomResourceEvent) => Promise<CustomResourceResult>) =>
  async (event: CustomResourceEvent): Promise<void> => {
    let answer: Record<string, unknown>;
    try {
      const { physicalResourceId, data } = await work(event);
      answer = { Status: 'SUCCESS', PhysicalResourceId: physicalResourceId, Data: data ?? {} };
    } catch (error) {
      const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
      console.error(JSON.stringify({ decision: 'failed', request: event.RequestType, resource: event.LogicalResourceId, reason }));
      // A Create that failed has no id yet; CloudFormation sends the Delete of the rollback with the one given here.
      answer = { Status: 'FAILED', PhysicalResourceId: event.PhysicalResourceId ?? CREATE_FAILED, Reason: reason.slice(0, MAX_REASON_LENGTH).replace(CONTROL_CHARACTERS, ' ') };
    }
    await put(event.ResponseURL, JSON.stringify({
      ...answer, StackId: event.StackId, RequestId: event.RequestId, LogicalResourceId: event.LogicalResourceId,
    }));
  };

/** Physical id of a resource whose creation failed: its Delete has nothing to do. */
export const CREATE_FAILED = 'create-failed';

async function put(url: string, body: string): Promise<void> {
  let failure: unknown;
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    try {
      // The signature of the URL covers an empty content type.
      const response = await fetch(url, { method: 'PUT', body, headers: { 'content-type': '' } });
      if (response.ok) return;
      failure = new Error(`CloudFormation answered ${response.status}`);
    } catch (error) {
      failure = error;
    }
    await new Promise(resolve => setTimeout(resolve, 200 * attempt));
  }
  throw failure;
}
