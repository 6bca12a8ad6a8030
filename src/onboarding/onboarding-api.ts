import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import * as apigatewayv2 from 'aws-cdk-lib/aws-apigatewayv2';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { ONBOARDING_ENV, Topics } from './handler/env';
import { routeKey, ROUTES } from './handler/routes';
import { OnboardingIdentity } from './onboarding-identity';
import { OnboardingOptions } from './onboarding-options';
import { onboardingProblems } from './onboarding-problems';
import { mayOnboard, mayRemoveCertificates } from './onboarding-role';
import { RotationWatch } from './rotation-watch';
import { DeviceEndpoint } from '../landing-zone/device-endpoint';
import { acknowledgeKeyUse, acknowledgeLogWithoutKey, addActions } from '../private/acknowledge';
import { alarmFrom } from '../private/alarm';
import { HandlerFunction } from '../private/handler-function';
import { allowLogsToUse } from '../private/key-policy';
import { throwOnProblems } from '../private/validation';
import { DeviceRegistry, IDeviceRegistry } from '../provisioning/device-registry';
import { FleetProvisioning } from '../provisioning/fleet-provisioning';
import { partsOf } from '../provisioning/template-text';
import { IngestRule } from '../rules/ingest-rule';
import { RuleErrorQueue } from '../rules/rule-error-queue';
import { IThingPolicy } from '../thing-policy/thing-policy';
import { DEFAULT_COMMAND_TOPICS, DEFAULT_TELEMETRY_TOPICS } from '../thing-policy/topic-pattern';

export * from './onboarding-identity';
export * from './onboarding-options';

/** As in the addresses that programs of the AWS quickstart call. */
const STAGE = 'api';
const DEFAULT_RATE_LIMIT = 10;
const DEFAULT_BURST_LIMIT = 20;
const DEFAULT_ERROR_ALARM_THRESHOLD = 5;
const DEFAULT_EVENT_RETENTION = Duration.days(4);
const DEFAULT_SERIAL_NUMBER_PARAMETER = 'SerialNumber';
/** API Gateway waits 30 seconds, and a lease in the registry lasts longer than the function can. */
const TIMEOUT = Duration.seconds(29);
const MEMORY_MIB = 512;
/** What came in, and who, but no query, header or body. */
const ACCESS_LOG = {
  requestId: '$context.requestId',
  requestTime: '$context.requestTime',
  routeKey: '$context.routeKey',
  path: '$context.path',
  status: '$context.status',
  latencyMs: '$context.responseLatency',
  sourceIp: '$context.identity.sourceIp',
  clientId: '$context.authorizer.claims.client_id',
  denied: '$context.authorizer.error',
};

/** Properties of an OnboardingApi. */
export interface OnboardingApiProps extends OnboardingOptions {
  /** The policy that every device gets. */
  readonly policy: IThingPolicy;

  /**
   * The list of devices. Share it with fleet provisioning, so that a serial number is one device whichever way it comes.
   *
   * @default - a new registry, kept when the stack is deleted
   */
  readonly registry?: IDeviceRegistry;

  /**
   * For which template claims of five minutes are made.
   *
   * @default - no template: that route answers 404
   */
  readonly provisioning?: FleetProvisioning;

  /**
   * The table that says who is connected, as a LifecycleConnectivityTable keeps it.
   *
   * @default - the list of devices says Unknown
   */
  readonly connectivityTable?: dynamodb.ITable;

  /**
   * Name of the thing of a device: text and `${parameter}`. The serial number is `${SerialNumber}`; any other parameter has to be in `Parameters`
   * of the device in the registry. Say the same as to FleetProvisioning.
   *
   * @default '${SerialNumber}'
   */
  readonly thingName?: string;

  /**
   * The parameter in `thingName` that is the serial number.
   *
   * @default 'SerialNumber'
   */
  readonly serialNumberParameter?: string;

  /**
   * Host name that devices are told to connect to.
   *
   * @default - looked up when the stack is deployed
   */
  readonly mqttEndpoint?: string;

  /**
   * Topics that devices are told to publish to. It allows nothing: the policy does. Written as for a ThingPolicy.
   *
   * @default ['data/<thing>/*']
   */
  readonly telemetryTopics?: string[];

  /**
   * Whether devices may publish `telemetryTopics` through the message broker, and so are told of them.
   *
   * @default true
   */
  readonly telemetryOverBroker?: boolean;

  /**
   * Topics that devices are told to subscribe to.
   *
   * @default ['cmd/<thing>/*']
   */
  readonly commandTopics?: string[];

  /**
   * The rule whose Basic Ingest topics devices are told of.
   *
   * @default - devices are told of topics on the broker only
   */
  readonly basicIngestRule?: IngestRule;

  /**
   * Where connection events go whose rule action failed.
   *
   * @default - a new RuleErrorQueue
   */
  readonly errorQueue?: RuleErrorQueue;

  /**
   * Key that encrypts the logs, the settings of the functions, the queues, the table of rotations and the secret of the client.
   *
   * @default - keys of the services, at no charge
   */
  readonly encryptionKey?: kms.IKey;

  /**
   * What happens to the user pool, the secret, the registry, the table of rotations and the dead-letter queue when the construct is removed.
   *
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy;
}

/**
 * A web service that onboards devices by serial number: thing, certificate and policy, made once, shown, rotated and taken out.
 *
 * Calls come with a token. What a call that was cut short has left, the next one finishes or takes away.
 *
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html
 * @example
 * import { Stack } from 'aws-cdk-lib';
 * import { OnboardingApi, ThingPolicy } from 'cdk-iot-landing-zone';
 *
 * declare const stack: Stack;
 *
 * new OnboardingApi(stack, 'Onboarding', { policy: new ThingPolicy(stack, 'Policy') });
 */
export class OnboardingApi extends Construct {
  /** Address of the API with its stage: calls go to `<address>/onboard/<serial number>`. */
  public readonly address: string;
  /** Where the client gets its tokens; undefined for an issuer of your own. */
  public readonly tokenAddress?: string;
  /** Id of the client; undefined for an issuer of your own. */
  public readonly clientId?: string;
  /** Secret with `clientId`, `clientSecret` and `tokenAddress`; undefined for an issuer of your own. */
  public readonly clientSecret?: secretsmanager.ISecret;
  /** The API, for its metrics and its L1. */
  public readonly api: apigatewayv2.IHttpApi;
  /** The list of devices. */
  public readonly registry: IDeviceRegistry;
  /** Answers the calls. */
  public readonly function: lambda.IFunction;
  /** Deletes old certificates of devices that connected with a new one. */
  public readonly rotationFunction: lambda.IFunction;
  /** Connections of rotated devices whose old certificate could not be deleted. */
  public readonly deadLetterQueue: sqs.IQueue;
  /** Who called what, with which status. */
  public readonly accessLog: logs.ILogGroup;
  /** In alarm while calls fail. */
  public readonly errorAlarm: cloudwatch.IAlarm;
  /** In alarm while an old certificate could not be deleted. */
  public readonly rotationAlarm: cloudwatch.IAlarm;

  constructor(scope: Construct, id: string, props: OnboardingApiProps) {
    super(scope, id);
    const serialNumberParameter = props.serialNumberParameter ?? DEFAULT_SERIAL_NUMBER_PARAMETER;
    const thingName = props.thingName ?? `\${${serialNumberParameter}}`;
    const removalPolicy = props.removalPolicy ?? RemovalPolicy.RETAIN;
    throwOnProblems(this, onboardingProblems(this, props, thingName));
    const { encryptionKey, alarmActions = [] } = props;

    this.registry = props.registry ?? new DeviceRegistry(this, 'Registry', { encryptionKey, removalPolicy });
    const names = {
      [ONBOARDING_ENV.registryTableName]: this.registry.table.tableName,
      [ONBOARDING_ENV.thingNameParts]: JSON.stringify(partsOf(thingName)),
      [ONBOARDING_ENV.serialNumberParameter]: serialNumberParameter,
    };
    const watch = new RotationWatch(this, 'Rotation', {
      registry: this.registry,
      errorQueue: props.errorQueue ?? new RuleErrorQueue(this, 'Errors', { alarmActions, encryptionKey, removalPolicy }),
      environment: names,
      tableVariable: ONBOARDING_ENV.rotationTableName,
      eventRetention: props.rotationEventRetention ?? DEFAULT_EVENT_RETENTION,
      alarmActions,
      encryptionKey,
      removalPolicy,
    });
    this.rotationFunction = watch.function;
    this.rotationAlarm = watch.alarm;
    this.deadLetterQueue = watch.deadLetterQueue;

    const handler = this.createHandler({ ...names, [ONBOARDING_ENV.rotationTableName]: watch.table.tableName }, watch.table, props);
    this.function = handler.function;
    const identity = (props.identity ?? OnboardingIdentity.cognito())._bind(this, { encryptionKey, removalPolicy });
    ({ tokenAddress: this.tokenAddress, clientId: this.clientId, clientSecret: this.clientSecret } = identity);
    const api = this.createApi(props.corsAllowOrigins);
    this.api = api;
    this.createRoutes(api, handler, this.createAuthorizer(api, identity.issuer, identity.audience));
    this.accessLog = this.createAccessLog(props);
    const stage = this.createStage(api, props);
    this.address = stage.url.replace(/\/$/, '');
    this.errorAlarm = this.createErrorAlarm(stage, props.errorAlarmThreshold ?? DEFAULT_ERROR_ALARM_THRESHOLD, alarmActions);
  }

  /**
   * Lets a program read the secret of the client, to get tokens with it.
   *
   * @param grantee who may
   */
  public grantReadSecret(grantee: iam.IGrantable): iam.Grant {
    if (!this.clientSecret) throw new Error(`${this.node.path}: the issuer of your own knows the secrets of its clients: there is none here`);
    return this.clientSecret.grantRead(grantee);
  }

  /**
   * Number of answers with a status of 500 and above.
   *
   * @param options how to aggregate
   */
  public metricServerErrors(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metricOf('5xx', options);
  }

  /**
   * Number of calls.
   *
   * @param options how to aggregate
   */
  public metricCalls(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metricOf('Count', options);
  }

  private metricOf(metricName: string, options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return new cloudwatch.Metric({
      namespace: 'AWS/ApiGateway', metricName, dimensionsMap: { ApiId: this.api.apiId, Stage: STAGE }, period: Duration.minutes(5), statistic: 'Sum', ...options,
    }).attachTo(this);
  }

  private createHandler(environment: { [name: string]: string }, rotationTable: dynamodb.ITable, props: OnboardingApiProps): HandlerFunction {
    const { policy, provisioning, connectivityTable, encryptionKey } = props;
    const mqttEndpoint = props.mqttEndpoint ?? new DeviceEndpoint(this, 'Endpoint', { encryptionKey }).hostName;
    const handler = new HandlerFunction(this, 'Handler', {
      asset: 'onboarding',
      description: 'Onboards devices by serial number',
      timeout: TIMEOUT,
      memoryMiB: MEMORY_MIB,
      onFailure: 'API Gateway calls it and waits for the answer; the caller is told of a failure and repeats the call, and an alarm goes off.',
      environment: {
        ...environment,
        [ONBOARDING_ENV.policyName]: policy.policyName,
        [ONBOARDING_ENV.mqttEndpoint]: mqttEndpoint,
        [ONBOARDING_ENV.topics]: JSON.stringify(topicsOf(props)),
        ...provisioning ? { [ONBOARDING_ENV.templateName]: provisioning.templateName } : {},
        ...connectivityTable ? { [ONBOARDING_ENV.connectivityTableName]: connectivityTable.tableName } : {},
      },
      encryptionKey,
    });
    if (encryptionKey ?? this.registry.table.encryptionKey ?? connectivityTable?.encryptionKey) acknowledgeKeyUse(this);
    this.registry.grantClaim(handler.role);
    iam.Grant.addToPrincipal({ grantee: handler.role, actions: ['dynamodb:PutItem', 'dynamodb:Scan'], resourceArns: [this.registry.table.tableArn] });
    rotationTable.grant(handler.role, 'dynamodb:DeleteItem', 'dynamodb:PutItem');
    rotationTable.encryptionKey?.grantEncryptDecrypt(handler.role);
    connectivityTable?.grant(handler.role, 'dynamodb:BatchGetItem');
    connectivityTable?.encryptionKey?.grantDecrypt(handler.role);
    mayOnboard(this, handler);
    mayRemoveCertificates(this, handler);
    provisioning?.grantCreateClaim(handler.role);
    return handler;
  }

  private createApi(corsAllowOrigins: string[] = []): apigatewayv2.HttpApi {
    const { GET, POST, DELETE } = apigatewayv2.CorsHttpMethod;
    return new apigatewayv2.HttpApi(this, 'Api', {
      description: `Onboards devices, for ${this.node.path}`,
      createDefaultStage: false,
      corsPreflight: corsAllowOrigins.length === 0 ? undefined : {
        allowOrigins: corsAllowOrigins, allowHeaders: ['authorization', 'content-type'], allowMethods: [GET, POST, DELETE],
      },
    });
  }

  private createAuthorizer(httpApi: apigatewayv2.HttpApi, jwtIssuer: string, jwtAudience: string[]): apigatewayv2.HttpAuthorizer {
    return new apigatewayv2.HttpAuthorizer(this, 'Authorizer', {
      httpApi, type: apigatewayv2.HttpAuthorizerType.JWT, identitySource: ['$request.header.Authorization'], jwtIssuer, jwtAudience,
    });
  }

  /** The routes that the validator and the OpenAPI document know, and no others. */
  private createRoutes(api: apigatewayv2.HttpApi, handler: HandlerFunction, authorizer: apigatewayv2.HttpAuthorizer): void {
    const integration = new apigatewayv2.HttpIntegration(this, 'Integration', {
      httpApi: api,
      integrationType: apigatewayv2.HttpIntegrationType.AWS_PROXY,
      integrationUri: handler.function.functionArn,
      payloadFormatVersion: apigatewayv2.PayloadFormatVersion.VERSION_2_0,
    });
    for (const route of ROUTES) {
      new apigatewayv2.CfnRoute(this, route.operationId[0].toUpperCase() + route.operationId.slice(1), {
        apiId: api.apiId,
        routeKey: routeKey(route),
        target: `integrations/${integration.integrationId}`,
        authorizationType: 'JWT',
        authorizerId: authorizer.authorizerId,
        authorizationScopes: [route.scope],
      });
    }
    new lambda.CfnPermission(this, 'Invocation', {
      action: 'lambda:InvokeFunction',
      functionName: handler.function.functionArn,
      principal: 'apigateway.amazonaws.com',
      // It holds the account, too. That API Gateway sends aws:SourceAccount, no page says.
      sourceArn: api.arnForExecuteApi('*', '/*', STAGE),
    });
  }

  private createAccessLog({ accessLogRetention, encryptionKey }: OnboardingApiProps): logs.LogGroup {
    const log = new logs.LogGroup(this, 'AccessLog', {
      retention: accessLogRetention ?? logs.RetentionDays.ONE_YEAR, encryptionKey, removalPolicy: RemovalPolicy.DESTROY,
    });
    if (encryptionKey) allowLogsToUse(this, encryptionKey);
    else acknowledgeLogWithoutKey(log);
    return log;
  }

  private createStage(httpApi: apigatewayv2.HttpApi, { rateLimit, burstLimit, domainName }: OnboardingApiProps): apigatewayv2.HttpStage {
    const stage = new apigatewayv2.HttpStage(this, 'Stage', {
      httpApi,
      stageName: STAGE,
      autoDeploy: true,
      throttle: { rateLimit: rateLimit ?? DEFAULT_RATE_LIMIT, burstLimit: burstLimit ?? DEFAULT_BURST_LIMIT },
      detailedMetricsEnabled: true,
      domainMapping: domainName && { domainName, mappingKey: STAGE },
    });
    const l1 = stage.node.defaultChild as apigatewayv2.CfnStage;
    l1.accessLogSettings = { destinationArn: this.accessLog.logGroupArn, format: JSON.stringify(ACCESS_LOG) };
    return stage;
  }

  private createErrorAlarm(stage: apigatewayv2.HttpStage, threshold: number, actions: cloudwatch.IAlarmAction[]): cloudwatch.Alarm {
    const alarm = new cloudwatch.Alarm(this, 'ErrorAlarm', alarmFrom(threshold, this.metricServerErrors(),
      'Calls to the onboarding API fail. Lines with the decision FAILED in the log of the function say why.'));
    alarm.node.addDependency(stage);
    addActions(alarm, actions);
    return alarm;
  }
}

function topicsOf(props: OnboardingApiProps): Topics {
  const { telemetryTopics = DEFAULT_TELEMETRY_TOPICS, commandTopics = DEFAULT_COMMAND_TOPICS, basicIngestRule } = props;
  return {
    telemetry: props.telemetryOverBroker ?? true ? telemetryTopics : [],
    basicIngest: basicIngestRule ? telemetryTopics.map(topic => basicIngestRule.basicIngestTopicFor(topic)) : [],
    commands: commandTopics,
  };
}
