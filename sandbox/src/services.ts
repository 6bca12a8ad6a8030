import { Account, Service } from './account';
import { ApiGatewayService, EXECUTE_API_PATH } from './apigatewayv2/api-gateway-service';
import { ResourceType } from './assembly/resource-type';
import { AthenaService } from './athena';
import { CloudFormationService } from './cloudformation/cloudformation-service';
import { CloudWatchService } from './cloudwatch/cloudwatch-service';
import { LogsService } from './cloudwatch-logs';
import { COGNITO_PATH, CognitoService } from './cognito/cognito-service';
import { CustomResourceService } from './custom-resource';
import { DynamoDbService } from './dynamodb/dynamodb-service';
import { FirehoseService } from './firehose';
import { GlueService } from './glue';
import { HttpEndpoint } from './http';
import { iamResourceTypes } from './iam';
import { IotService } from './iot/iot-service';
import { SiteWiseService } from './iotsitewise';
import { KmsService } from './kms/kms-service';
import { LambdaService } from './lambda';
import { LOCAL_API_PATH, LocalApi } from './local-api/local-api';
import { PageFiles } from './local-api/page-files';
import { RulesService } from './rules';
import { S3Service } from './s3/s3-service';
import { SandboxOptions } from './sandbox-options';
import { SecretsManagerService } from './secretsmanager/secrets-manager-service';
import { SnsService } from './sns/sns-service';
import { SqsService } from './sqs';
import { StsService } from './sts/sts-service';

export interface BrokerPlace { readonly host: string; readonly port: number }

/** All services of one sandbox, and what each needs of the others. */
export class Services {
  /** @param at - where the message broker will listen */
  static async open(account: Account, endpoint: HttpEndpoint, options: SandboxOptions, at: BrokerPlace): Promise<Services> {
    const rules = new RulesService(account);
    const { presenceFaults } = options;
    const iot = await IotService.open(account, { mqttHost: at.host, mqttPort: at.port, onMessage: message => rules.take(message), presenceFaults });
    return new Services(account, endpoint, options, { rules, iot });
  }

  readonly localApi = new LocalApi();
  readonly kms: KmsService;
  readonly sqs: SqsService;
  readonly sns: SnsService;
  readonly secretsManager: SecretsManagerService;
  readonly cloudWatch: CloudWatchService;
  readonly logs: LogsService;
  readonly lambda: LambdaService;
  readonly customResources: CustomResourceService;
  readonly dynamoDb: DynamoDbService;
  readonly s3: S3Service;
  readonly glue: GlueService;
  readonly athena: AthenaService;
  readonly firehose: FirehoseService;
  readonly rules: RulesService;
  readonly siteWise: SiteWiseService;
  readonly cognito: CognitoService;
  readonly apiGateway: ApiGatewayService;
  readonly cloudFormation: CloudFormationService;
  /** From where messages come in to where they end, so that each finds the next still there. */
  readonly inOrderOfStopping: readonly Service[];
  readonly types: ReadonlyMap<string, ResourceType>;

  readonly iot: IotService;

  private constructor(
    account: Account, endpoint: HttpEndpoint, options: SandboxOptions,
    { rules, iot }: { readonly rules: RulesService; readonly iot: IotService },
  ) {
    this.rules = rules;
    this.iot = iot;
    this.kms = new KmsService(account);
    this.sqs = new SqsService(account, this.kms);
    this.sns = new SnsService(account, this.kms);
    this.secretsManager = new SecretsManagerService(account, this.kms);
    this.cloudWatch = new CloudWatchService(account);
    this.logs = new LogsService(account);
    this.lambda = new LambdaService(account, { queueByArn: arn => this.sqs.queueByArn(arn), waitFactor: options.retryFactor });
    this.customResources = new CustomResourceService(account, { addUnsigned: (prefix, handle) => endpoint.addUnsigned(prefix, handle) });
    this.dynamoDb = new DynamoDbService(account, { engine: options.dynamodb });
    this.s3 = new S3Service(account);
    this.glue = new GlueService(account);
    this.athena = new AthenaService(account, {
      store: this.s3.store, table: (database, name) => this.glue.table(database, name), tables: () => this.glue.tables(),
    });
    this.firehose = new FirehoseService(account, {
      columnsOf: (database, table) => this.glue.columnsOf(database, table), bufferSecondsAtMost: options.bufferSeconds,
    });
    this.siteWise = new SiteWiseService(account);
    this.cognito = new CognitoService(account);
    this.apiGateway = new ApiGatewayService(account, { poolOfIssuer: issuer => this.cognito.poolOfIssuer(issuer) });
    this.cloudFormation = new CloudFormationService(account);
    this.inOrderOfStopping = [
      this.iot, this.apiGateway, this.rules, this.sns, this.firehose, this.customResources, this.lambda, this.siteWise, this.cloudWatch,
      this.sqs, this.secretsManager, this.dynamoDb, this.athena, this.glue, this.s3, this.cognito, this.logs, this.kms, this.cloudFormation,
      new StsService(account),
    ];
    this.types = new Map([...iamResourceTypes(account.iam), ...this.inOrderOfStopping.flatMap(({ types }) => [...types])]);
    for (const { endpoints } of this.inOrderOfStopping) for (const [name, handler] of endpoints) endpoint.addService(name, handler);
    endpoint.addUnsigned(COGNITO_PATH, request => this.cognito.handle(request));
    endpoint.addUnsigned(EXECUTE_API_PATH, request => this.apiGateway.handle(request));
    endpoint.addUnsigned(LOCAL_API_PATH, request => this.localApi.handle(request));
    const page = new PageFiles();
    endpoint.addUnsigned('/', request => page.handle(request));
  }

  /** Types that are known by a part of their name. */
  typeOf(name: string): ResourceType | undefined {
    return this.customResources.typeOf(name);
  }
}
