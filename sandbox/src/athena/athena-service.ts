import { athenaOperations, NamedQuery } from './athena-operations';
import { LakeQuery, LakeQueryOptions } from './lake-query';
import { Account, Service } from '../account';
import { CreatedResource, ResourceRequest, ResourceType } from '../assembly/resource-type';
import { HttpHandler } from '../http/http-request';
import { jsonProtocol } from '../http/json-protocol';
import { isObject } from '../json';

const MAXIMUM_NAME = 128;

/** Athena as far as it runs here: workgroups with their limit, named queries, and the lake to ask. */
export class AthenaService implements Service {
  readonly types: ReadonlyMap<string, ResourceType>;
  readonly endpoints: ReadonlyMap<string, HttpHandler>;
  readonly lake: LakeQuery;
  readonly namedQueries: NamedQuery[] = [];
  readonly workGroups = new Set<string>();
  private readonly limits = new Map<string, number>();

  constructor(private readonly account: Account, options: Omit<LakeQueryOptions, 'bytesAtMost'>) {
    this.lake = new LakeQuery(account, { ...options, bytesAtMost: workGroup => this.limits.get(workGroup) });
    const operations = athenaOperations(account, this);
    account.addService('athena', operations);
    this.endpoints = new Map([['athena', jsonProtocol(operations, 'athena')]]);
    this.types = new Map<string, ResourceType>([
      ['AWS::Athena::WorkGroup', { create: request => this.workGroup(request) }],
      ['AWS::Athena::NamedQuery', { create: request => this.namedQuery(request) }],
      ['AWS::Athena::PreparedStatement', { create: request => this.preparedStatement(request) }],
    ]);
  }

  stop(): void {
    this.lake.stop();
  }

  private workGroup(request: ResourceRequest): CreatedResource {
    const { Name: given, WorkGroupConfiguration: configuration } = request.properties;
    const name = typeof given === 'string' ? given : request.generatedName(MAXIMUM_NAME);
    const limit = isObject(configuration) ? configuration.BytesScannedCutoffPerQuery : undefined;
    this.workGroups.add(name);
    if (limit !== undefined) this.limits.set(name, Number(limit));
    return { ref: name, attributes: { CreationTime: String(this.account.clock.now()) } };
  }

  private namedQuery(request: ResourceRequest): CreatedResource {
    const { Name: name, Database: database, QueryString: sql, Description: description, WorkGroup: workGroup } = request.properties;
    const id = request.generatedName(MAXIMUM_NAME);
    this.namedQueries.push({
      id,
      workGroup: typeof workGroup === 'string' ? workGroup : 'primary',
      name: typeof name === 'string' ? name : request.logicalId,
      database: String(database),
      sql: String(sql),
      ...typeof description === 'string' && { description },
    });
    return { ref: id, attributes: { NamedQueryId: id } };
  }

  private preparedStatement(request: ResourceRequest): CreatedResource {
    this.account.hasNoEffect(request, Object.keys(request.properties));
    return { ref: String(request.properties.StatementName), attributes: {} };
  }
}
