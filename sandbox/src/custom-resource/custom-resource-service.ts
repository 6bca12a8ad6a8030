import { createHash, randomBytes, randomUUID } from 'crypto';
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, writeFileSync } from 'fs';
import * as path from 'path';
import { Account, AwsError, Service } from '../account';
import { CreatedResource, ResourceRequest, ResourceType } from '../assembly/resource-type';
import { TemplateError } from '../assembly/template-error';
import { HttpAnswer, HttpHandler, HttpRequest } from '../http';
import { TemplateProperties } from '../iam/template-properties';
import { isObject, Json, JsonObject } from '../json';

/** Where functions put their answer; the runtimes of functions know it. */
const ANSWER_PREFIX = '/-/custom-resource/';
/** CloudFormation waits an hour for an answer. */
const DEFAULT_TIMEOUT_SECONDS = 3600;
/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/crpg-ref-responses.html */
const MAXIMUM_ANSWER_BYTES = 4096;

export interface CustomResourceOptions {
  /** `HttpEndpoint.addUnsigned`: answers come without a signature. */
  addUnsigned(prefix: string, handle: HttpHandler): void;
}

interface Answer { readonly Status: 'SUCCESS' | 'FAILED'; readonly Reason?: string; readonly PhysicalResourceId?: string; readonly Data: JsonObject }

/** What is kept of a resource between two starts. */
interface State {
  readonly serviceToken: string;
  readonly properties: JsonObject;
  readonly physicalId: string;
  readonly data: { readonly [name: string]: string };
}

/**
 * Custom resources: `AWS::CloudFormation::CustomResource` and every type that begins with `Custom::`.
 *
 * The function is invoked and has to put its answer to the address in the event, as with CloudFormation. It is invoked again only
 * where its properties are others than at the last start. A resource that is no longer in the template is not deleted.
 */
export class CustomResourceService implements Service {
  readonly types: ReadonlyMap<string, ResourceType>;
  readonly endpoints: ReadonlyMap<string, HttpHandler> = new Map();
  private readonly waiting = new Map<string, { readonly requestId: string; answered(answer: Answer): void }>();
  private readonly type: ResourceType = { takesTime: true, create: request => this.create(request) };

  constructor(private readonly account: Account, { addUnsigned }: CustomResourceOptions) {
    this.types = new Map([['AWS::CloudFormation::CustomResource', this.type]]);
    addUnsigned(ANSWER_PREFIX, request => this.receive(request));
  }

  /** For what `types` cannot list. */
  typeOf(name: string): ResourceType | undefined {
    return name.startsWith('Custom::') ? this.type : undefined;
  }

  private async create(request: ResourceRequest): Promise<CreatedResource> {
    const serviceToken = new TemplateProperties(request).text('ServiceToken');
    if (!/^arn:[\w-]+:lambda:/.test(serviceToken)) {
      throw new TemplateError(`Resources/${request.logicalId}/Properties/ServiceToken`, `only functions are modelled behind custom resources, got ${serviceToken}`);
    }
    const properties = texts(request.properties) as JsonObject;
    const file = this.fileOf(request);
    const old = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) as State : undefined;
    if (old && JSON.stringify(old.properties) === JSON.stringify(properties)) return { ref: old.physicalId, attributes: old.data };

    const event = {
      ServiceToken: serviceToken,
      StackId: request.stack.stackId,
      LogicalResourceId: request.logicalId,
      ResourceType: request.type,
      ResourceProperties: properties,
    };
    const answer = await this.ask(request, old
      ? { ...event, RequestType: 'Update', PhysicalResourceId: old.physicalId, OldResourceProperties: old.properties } : { ...event, RequestType: 'Create' });
    const physicalId = answer.PhysicalResourceId ?? old?.physicalId ?? request.generatedName(64);
    const textOf = (value: Json) => isObject(value) || Array.isArray(value) ? JSON.stringify(value) : String(value);
    const data = Object.fromEntries(Object.entries(answer.Data).map(([name, value]) => [name, textOf(value)]));
    const state: State = { serviceToken, properties, physicalId, data };
    keep(file, JSON.stringify(state));
    // Another physical id than before is a replacement: the old resource goes once the new one is there.
    if (old && physicalId !== old.physicalId) {
      await this.ask(request, { ...event, RequestType: 'Delete', PhysicalResourceId: old.physicalId, ResourceProperties: old.properties })
        .catch((error: Error) => this.account.activity.record('problem', { message: `${request.path}: the replaced ${old.physicalId} could not be deleted: ${error.message}` }));
    }
    return { ref: physicalId, attributes: data };
  }

  private fileOf({ stack, logicalId }: ResourceRequest): string {
    const digest = createHash('sha256').update(`${stack.stackId}/${logicalId}`).digest('hex').slice(0, 32);
    return path.join(this.account.folder('cloudformation'), `${digest}.json`);
  }

  /** Invokes the function and waits for its answer. @throws TemplateError with the reason where it fails */
  private async ask(request: ResourceRequest, event: JsonObject): Promise<Answer> {
    const fail = (problem: string): never => {
      throw new TemplateError(`Resources/${request.logicalId}`, `${String(event.RequestType)} of the custom resource ${request.path}: ${problem}`);
    };
    const [key, requestId] = [randomBytes(24).toString('hex'), randomUUID()];
    const ResponseURL = `${this.account.endpointUrl}${ANSWER_PREFIX}${key}`;
    const seconds = Number(request.properties.ServiceTimeout ?? DEFAULT_TIMEOUT_SECONDS);
    const answered = new Promise<Answer>(resolve => this.waiting.set(key, { requestId, answered: resolve }));
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<undefined>(resolve => { timer = setTimeout(() => resolve(undefined), seconds * 1000); });
    // An answer may come after the function has returned, and one that failed may have answered before.
    const failed = this.invoke(String(event.ServiceToken), { ...event, RequestId: requestId, ResponseURL })
      .then(failure => failure ?? new Promise<never>(() => undefined));
    try {
      const answer = await Promise.race([answered, failed, late]);
      if (answer === undefined) return fail(`no answer came within ${seconds} seconds`);
      if (typeof answer === 'string') return fail(answer);
      return answer.Status === 'SUCCESS' ? answer : fail(answer.Reason ?? 'the function answered FAILED without a Reason');
    } finally {
      clearTimeout(timer);
      this.waiting.delete(key);
    }
  }

  /** @returns why the function can no longer answer; undefined where it ran to its end, and may have left the answer to another one */
  private async invoke(serviceToken: string, event: JsonObject): Promise<string | undefined> {
    try {
      const payload = Buffer.from(JSON.stringify(event));
      // The person who deploys invokes it, and may.
      const { FunctionError, Payload } = await this.account.call('lambda', 'Invoke', { FunctionName: serviceToken, Payload: payload }, this.account.operator) as
        { FunctionError?: string; Payload: Buffer };
      return FunctionError === undefined ? undefined : `the function failed: ${Payload.toString('utf8').slice(0, 2000)}`;
    } catch (error) {
      if (error instanceof AwsError) return `the function could not be invoked: ${error.message}`;
      throw error;
    }
  }

  private receive({ method, path: address, body }: HttpRequest): HttpAnswer {
    const key = address.slice(ANSWER_PREFIX.length);
    const waiting = this.waiting.get(key);
    if (!waiting) return { status: 404, body: 'nobody waits for an answer here' };
    if (method !== 'PUT') return { status: 405, body: 'an answer comes by PUT' };
    const answer = answerOf(body, waiting.requestId);
    this.waiting.delete(key);
    waiting.answered(answer);
    return { status: 200 };
  }
}

/** What CloudFormation would not take is a failure that says why. */
function answerOf(body: Buffer, requestId: string): Answer {
  const failed = (Reason: string): Answer => ({ Status: 'FAILED', Reason, Data: {} });
  if (body.length > MAXIMUM_ANSWER_BYTES) return failed(`Response object is too long: an answer has at most ${MAXIMUM_ANSWER_BYTES} bytes, this has ${body.length}`);
  let answer: unknown;
  try {
    answer = JSON.parse(body.toString('utf8'));
  } catch {
    return failed('Invalid Response object: the answer is not JSON');
  }
  if (!isObject(answer)) return failed('Invalid Response object: the answer is no JSON object');
  const { Status, Reason, PhysicalResourceId, Data = {}, RequestId } = answer;
  if (Status !== 'SUCCESS' && Status !== 'FAILED') return failed(`Invalid Response object: Status must be SUCCESS or FAILED, got ${JSON.stringify(Status ?? null)}`);
  if (RequestId !== requestId) return failed('Invalid Response object: RequestId is not that of the event');
  return {
    Status,
    Reason: typeof Reason === 'string' ? Reason : undefined,
    PhysicalResourceId: typeof PhysicalResourceId === 'string' && PhysicalResourceId !== '' ? PhysicalResourceId : undefined,
    Data: isObject(Data) ? Data : {},
  };
}

/** Functions get numbers and booleans as text. */
function texts(value: Json): Json {
  if (Array.isArray(value)) return value.map(texts);
  if (isObject(value)) return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, texts(inner)]));
  return value === null ? value : String(value);
}

/** On disk and whole before anything goes on, also where the process is killed. */
function keep(file: string, text: string): void {
  const next = `${file}.next`;
  const descriptor = openSync(next, 'w', 0o600);
  writeFileSync(descriptor, text);
  fsyncSync(descriptor);
  closeSync(descriptor);
  renameSync(next, file);
}
