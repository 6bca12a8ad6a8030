import { Connection, Environment } from './connection';

/** One thing that a client wants to do. */
export interface Request {
  /** `iot:Publish`, `iot:Connect`, … */
  readonly action: string;
  /** Of publish, receive and the retained kinds. */
  readonly topic?: string;
  /** Of subscribe. */
  readonly topicFilter?: string;
  /** Of connect; the connection's, when absent. */
  readonly clientId?: string;
  /** Of connect: whether the session shall outlive the connection. */
  readonly persistent?: boolean;
  /** Of connect. */
  readonly lastWill?: { readonly topic: string; readonly retain?: boolean };
  /** Of the HTTPS shadow and jobs calls. */
  readonly thingName?: string;
  /** Of iot:AssumeRoleWithCertificate. */
  readonly roleAlias?: string;
  /** Whether a publish has the RETAIN flag; only the broker as a whole asks for that. */
  readonly retain?: boolean;
}

/** Kind of the resource of each action: what follows the account in its ARN. @see https://docs.aws.amazon.com/iot/latest/developerguide/iot-action-resources.html */
const RESOURCES: Record<string, (request: Request, connection: Connection) => string | undefined> = {
  'iot:connect': (request, connection) => named('client', request.clientId ?? connection.clientId ?? undefined),
  'iot:subscribe': request => named('topicfilter', request.topicFilter),
  'iot:publish': request => named('topic', request.topic),
  'iot:receive': request => named('topic', request.topic),
  'iot:retainpublish': request => named('topic', request.topic),
  'iot:getretainedmessage': request => named('topic', request.topic),
  'iot:assumerolewithcertificate': request => named('rolealias', request.roleAlias),
};

/** ARN that the resources of policies are compared with; `*` for actions that have no resource. */
export function resourceOf(request: Request, connection: Connection, environment: Environment): string {
  const known = RESOURCES[request.action.toLowerCase()] ?? ((asked: Request) => named('thing', asked.thingName));
  const resource = known(request, connection);
  return resource === undefined ? '*' : arnOf(resource, environment);
}

export function arnOf(resource: string, { partition, region, account }: Environment): string {
  return `arn:${partition}:iot:${region}:${account}:${resource}`;
}

/** What a connect asks for beyond a plain one. */
export function connectAttributesOf(request: Request): string[] {
  return [...(request.persistent ? ['PersistentConnect'] : []), ...(request.lastWill ? ['LastWill'] : [])];
}

function named(kind: string, name: string | undefined): string | undefined {
  return name === undefined ? undefined : `${kind}/${name}`;
}
