import { MetricFilter, MetricFilterError } from './metric-filter';
import { Account, AwsError, Operations, Service } from '../account';
import { CreatedResource, ResourceRequest, ResourceType } from '../assembly/resource-type';
import { KnownProperties, unsupportedProperties } from '../assembly/unsupported-properties';
import { HttpHandler, jsonProtocol } from '../http';
import { TemplateProperties } from '../iam/template-properties';
import { isObject } from '../json';

const MAXIMUM_NAME = 512;
const MAXIMUM_EVENTS = 10_000;
const KNOWN_OF_GROUPS: KnownProperties = { LogGroupName: true, LogGroupClass: true, Tags: true };
const KNOWN_OF_FILTERS: KnownProperties = {
  FilterName: true,
  FilterPattern: true,
  LogGroupName: true,
  MetricTransformations: { MetricName: true, MetricNamespace: true, MetricValue: true, Dimensions: true },
};

interface Find {
  readonly logGroupName: string;
  readonly logStreamName?: string;
  readonly startTime?: number;
  readonly endTime?: number;
  readonly limit?: number;
}

/** CloudWatch Logs: groups and streams, metrics out of lines, and the last lines for clients. Nothing expires. */
export class LogsService implements Service {
  readonly types: ReadonlyMap<string, ResourceType>;
  readonly endpoints: ReadonlyMap<string, HttpHandler>;
  private readonly filters = new Map<string, MetricFilter[]>();

  constructor(private readonly account: Account) {
    const operations = this.operations();
    account.addService('logs', operations);
    this.endpoints = new Map([['logs', jsonProtocol(operations, 'logs')]]);
    this.types = new Map([
      ['AWS::Logs::LogGroup', { create: request => this.createGroup(request) }],
      ['AWS::Logs::LogStream', { create: request => this.createStream(request) }],
      ['AWS::Logs::MetricFilter', { create: request => this.createFilter(request) }],
    ]);
    account.logs.watch(({ group, message }) => {
      for (const filter of this.filters.get(group) ?? []) filter.take(message, (...metric) => account.metrics.put(...metric));
    });
  }

  stop(): void {
    this.account.logs.flush();
  }

  private createGroup(request: ResourceRequest): CreatedResource {
    this.account.hasNoEffect(request, unsupportedProperties(request.properties, KNOWN_OF_GROUPS));
    const name = new TemplateProperties(request).optionalText('LogGroupName') ?? request.generatedName(MAXIMUM_NAME);
    this.account.logs.addGroup(name);
    return { ref: name, attributes: { Arn: this.account.arn('logs', `log-group:${name}:*`) } };
  }

  private createStream(request: ResourceRequest): CreatedResource {
    const properties = new TemplateProperties(request);
    this.account.logs.addGroup(properties.text('LogGroupName'));
    return { ref: properties.optionalText('LogStreamName') ?? request.generatedName(MAXIMUM_NAME), attributes: {} };
  }

  /** @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html */
  private createFilter(request: ResourceRequest): CreatedResource {
    this.account.hasNoEffect(request, unsupportedProperties(request.properties, KNOWN_OF_FILTERS));
    const properties = new TemplateProperties(request);
    const group = properties.text('LogGroupName');
    const transformations = properties.list('MetricTransformations');
    const [transformation] = transformations;
    if (transformations.length !== 1 || !isObject(transformation)) return properties.fail('MetricTransformations', 'needs exactly one transformation');
    try {
      const filter = MetricFilter.of(properties.optionalText('FilterPattern') ?? '', transformation);
      this.filters.set(group, [...this.filters.get(group) ?? [], filter]);
    } catch (error) {
      if (error instanceof MetricFilterError) return properties.fail('FilterPattern', error.message);
      throw error;
    }
    return { ref: properties.optionalText('FilterName') ?? request.generatedName(MAXIMUM_NAME), attributes: {} };
  }

  private operations(): Operations {
    const { account } = this;
    const arnOf = (group: string) => account.arn('logs', `log-group:${group}`);
    const linesOf = ({ logGroupName, logStreamName, startTime = 0, endTime = Infinity, limit = MAXIMUM_EVENTS }: Find) => {
      if (!account.logs.hasGroup(logGroupName)) throw new AwsError('ResourceNotFoundException', 'The specified log group does not exist.');
      return account.logs.last(logGroupName, MAXIMUM_EVENTS)
        .filter(({ stream, time }) => (logStreamName === undefined || stream === logStreamName) && time >= startTime && time <= endTime)
        .slice(-limit);
    };
    return {
      DescribeLogGroups: ({ logGroupNamePrefix = '' }: { logGroupNamePrefix?: string }, caller) => {
        caller.authorize('logs:DescribeLogGroups', arnOf('*'));
        const names = account.logs.groupNames.filter(name => name.startsWith(logGroupNamePrefix));
        return { logGroups: names.map(name => ({ logGroupName: name, arn: `${arnOf(name)}:*` })) };
      },
      GetLogEvents: (input: Find, caller) => {
        caller.authorize('logs:GetLogEvents', `${arnOf(input.logGroupName)}:log-stream:${input.logStreamName}`);
        return { events: linesOf(input).map(({ time, message }) => ({ timestamp: time, ingestionTime: time, message })) };
      },
      FilterLogEvents: ({ filterPattern = '', ...input }: Find & { filterPattern?: string }, caller) => {
        caller.authorize('logs:FilterLogEvents', arnOf(input.logGroupName));
        const matches = patternOf(filterPattern);
        return {
          events: linesOf(input).filter(({ message }) => matches(message))
            .map(({ stream, time, message }, at) => ({ logStreamName: stream, timestamp: time, ingestionTime: time, message, eventId: `${time}-${at}` })),
        };
      },
    };
  }
}

function patternOf(text: string): (message: string) => boolean {
  try {
    return MetricFilter.matcher(text);
  } catch (error) {
    if (error instanceof MetricFilterError) throw new AwsError('InvalidParameterException', error.message);
    throw error;
  }
}
