import { EngineClient } from './engine-client';
import { TableDefinition } from './table-properties';
import { TemplateError } from '../assembly/template-error';
import { isObject, Json, JsonObject } from '../json';

const API = 'DynamoDB_20120810';
const WAIT_MS = 50;

/**
 * Makes the table, or takes up one that is there: indexes and streams follow the template, items stay.
 *
 * @returns the engine's description of it
 * @throws TemplateError where its key is another, which would replace the table in AWS
 */
export async function makeTable(engine: EngineClient, definition: TableDefinition, logicalId: string): Promise<JsonObject> {
  const { name, keySchema } = definition;
  const found = await describe(engine, name);
  if (!found) return (await engine.call(API, 'CreateTable', createInputOf(definition))).TableDescription as JsonObject;
  if (keyText(found.KeySchema) !== keyText(keySchema)) {
    throw new TemplateError(`Resources/${logicalId}/Properties/KeySchema`,
      `is ${keyText(keySchema)}, but the state has the table ${name} with the key ${keyText(found.KeySchema)}: AWS would replace the table; start with another state folder`);
  }
  await updateIndexes(engine, definition, found, logicalId);
  await updateStream(engine, definition, found);
  return (await describe(engine, name))!;
}

async function describe(engine: EngineClient, name: string): Promise<JsonObject | undefined> {
  try {
    return (await engine.call(API, 'DescribeTable', { TableName: name })).Table as JsonObject;
  } catch (error) {
    if ((error as Error).name === 'ResourceNotFoundException') return undefined;
    throw error;
  }
}

/** Nothing is throttled here, whatever throughput the template asks for. */
function createInputOf(definition: TableDefinition): JsonObject {
  const { name, keySchema, attributeDefinitions, globalIndexes, localIndexes, streamViewType } = definition;
  return {
    TableName: name,
    KeySchema: keySchema,
    AttributeDefinitions: attributeDefinitions,
    BillingMode: 'PAY_PER_REQUEST',
    ...globalIndexes.length > 0 && { GlobalSecondaryIndexes: globalIndexes },
    ...localIndexes.length > 0 && { LocalSecondaryIndexes: localIndexes },
    ...streamViewType !== undefined && { StreamSpecification: { StreamEnabled: true, StreamViewType: streamViewType } },
  };
}

/** One change at a time, as the service wants it. */
async function updateIndexes(
  engine: EngineClient, definition: TableDefinition, found: JsonObject, logicalId: string,
): Promise<void> {
  const { name, globalIndexes, attributeDefinitions } = definition;
  const there = (Array.isArray(found.GlobalSecondaryIndexes) ? found.GlobalSecondaryIndexes : []).filter(isObject);
  const wanted = new Map(globalIndexes.map(index => [index.IndexName, index]));
  const changed = (index: JsonObject) => keyText(index.KeySchema) !== keyText(wanted.get(index.IndexName)?.KeySchema ?? null);
  const kept = new Set(there.filter(index => !changed(index)).map(({ IndexName }) => IndexName));
  const changes: JsonObject[] = [
    ...there.filter(changed).map(({ IndexName }) => ({ Delete: { IndexName } })),
    ...globalIndexes.filter(({ IndexName }) => !kept.has(IndexName)).map(index => ({ Create: index })),
  ];
  // It takes the change and ignores it. An index too many does no harm.
  if (engine.name === 'dynalite') {
    const added = changes.flatMap(({ Create }) => isObject(Create) ? [String(Create.IndexName)] : []);
    if (added.length === 0) return;
    throw new TemplateError(`Resources/${logicalId}/Properties/GlobalSecondaryIndexes`,
      `has ${added.join(', ')}, but the state has the table ${name} without, and dynalite cannot add an index: start with another state folder, or install a JDK for DynamoDB Local`);
  }
  for (const change of changes) {
    await engine.call(API, 'UpdateTable', { TableName: name, AttributeDefinitions: attributeDefinitions, GlobalSecondaryIndexUpdates: [change] });
    await settled(engine, name);
  }
}

async function updateStream(engine: EngineClient, definition: TableDefinition, table: JsonObject): Promise<void> {
  const { name, streamViewType } = definition;
  const { StreamSpecification: found } = table;
  const current = isObject(found) && found.StreamEnabled === true ? found.StreamViewType : undefined;
  if (current === streamViewType) return;
  if (current !== undefined) await engine.call(API, 'UpdateTable', { TableName: name, StreamSpecification: { StreamEnabled: false } });
  if (streamViewType === undefined) return;
  await settled(engine, name);
  await engine.call(API, 'UpdateTable', { TableName: name, StreamSpecification: { StreamEnabled: true, StreamViewType: streamViewType } });
}

async function settled(engine: EngineClient, name: string): Promise<void> {
  for (;;) {
    const table = await describe(engine, name);
    const states = [table, ...Array.isArray(table?.GlobalSecondaryIndexes) ? table.GlobalSecondaryIndexes : []].filter(isObject);
    if (states.every(({ TableStatus, IndexStatus }) => (TableStatus ?? IndexStatus) === 'ACTIVE')) return;
    await new Promise(resolve => setTimeout(resolve, WAIT_MS));
  }
}

function keyText(schema: Json): string {
  return (Array.isArray(schema) ? schema : []).filter(isObject).map(({ AttributeName, KeyType }) => `${String(AttributeName)} ${String(KeyType)}`).sort().join(', ');
}
