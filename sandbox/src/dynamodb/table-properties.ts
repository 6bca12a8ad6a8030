import { ResourceRequest } from '../assembly/resource-type';
import { KnownProperties, unsupportedProperties } from '../assembly/unsupported-properties';
import { TemplateProperties } from '../iam/template-properties';
import { isObject, Json, JsonObject } from '../json';

/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html */
const MAXIMUM_NAME = 255;
const SSE: KnownProperties = { SSEEnabled: true, SSEType: true, KMSMasterKeyId: true };
const INDEX: KnownProperties = { IndexName: true, KeySchema: true, Projection: true };
const COMMON: KnownProperties = {
  TableName: true,
  KeySchema: true,
  AttributeDefinitions: true,
  BillingMode: true,
  GlobalSecondaryIndexes: INDEX,
  LocalSecondaryIndexes: INDEX,
  SSESpecification: SSE,
  TimeToLiveSpecification: { AttributeName: true, Enabled: true },
  StreamSpecification: { StreamViewType: true },
  Tags: true,
  ResourcePolicy: true,
  DeletionProtectionEnabled: true,
};
const REPLICA: KnownProperties = {
  Region: true, SSESpecification: SSE, Tags: true, ResourcePolicy: true, DeletionProtectionEnabled: true,
};

/** A table as a template wants it. */
export interface TableDefinition {
  readonly name: string;
  readonly keySchema: JsonObject[];
  readonly attributeDefinitions: JsonObject[];
  readonly globalIndexes: JsonObject[];
  readonly localIndexes: JsonObject[];
  readonly streamViewType?: string;
  /** Attribute that says when an item expires, in seconds since 1970. */
  readonly expiryAttribute?: string;
  /** Of a key of the customer: ARN, id or alias as the template has it. */
  readonly encryptionKey?: string;
  readonly resourcePolicy?: Json;
  /** Of the template, without effect here. */
  readonly withoutEffect: string[];
}

/** `AWS::DynamoDB::Table`, and `AWS::DynamoDB::GlobalTable` with its replica in the Region of the stack. */
export function tableDefinitionOf(request: ResourceRequest): TableDefinition {
  const { properties, type, stack } = request;
  const template = new TemplateProperties(request);
  const objects = (name: string) => template.list(name).map(item => isObject(item) ? item : template.fail(name, `needs objects, got ${JSON.stringify(item)}`));
  const replicas = objects('Replicas');
  const replica = replicas.find(({ Region }) => Region === stack.region);
  if (type.endsWith('GlobalTable') && !replica) template.fail('Replicas', `must have one in the Region ${stack.region} of the stack`);
  if (objects('KeySchema').length === 0) template.fail('KeySchema', 'must be there');
  const [encryption, policy] = ['SSESpecification', 'ResourcePolicy'].map(name => objectIn(replica, name) ?? objectIn(properties, name));
  const timeToLive = objectIn(properties, 'TimeToLiveSpecification');
  const streams = objectIn(properties, 'StreamSpecification');
  return {
    name: template.optionalText('TableName') ?? request.generatedName(MAXIMUM_NAME),
    keySchema: objects('KeySchema'),
    attributeDefinitions: objects('AttributeDefinitions'),
    globalIndexes: objects('GlobalSecondaryIndexes').map(indexOf),
    localIndexes: objects('LocalSecondaryIndexes').map(indexOf),
    ...streams && { streamViewType: String(streams.StreamViewType) },
    ...timeToLive && isOn(timeToLive.Enabled) && { expiryAttribute: String(timeToLive.AttributeName) },
    ...typeof encryption?.KMSMasterKeyId === 'string' && { encryptionKey: encryption.KMSMasterKeyId },
    ...policy && { resourcePolicy: policy.PolicyDocument },
    withoutEffect: [
      ...unsupportedProperties(properties, { ...COMMON, Replicas: REPLICA }),
      ...replicas.filter(other => other !== replica).map(({ Region }) => `Replicas (${String(Region)})`),
    ],
  };
}

/** A throughput is not a part: nothing is throttled here. */
function indexOf({ IndexName, KeySchema, Projection }: JsonObject): JsonObject {
  return { IndexName, KeySchema, Projection };
}

function objectIn(properties: JsonObject | undefined, name: string): JsonObject | undefined {
  const found = properties?.[name];
  return isObject(found) ? found : undefined;
}

/** CloudFormation takes texts for booleans. */
function isOn(value: Json): boolean {
  return String(value) === 'true';
}
