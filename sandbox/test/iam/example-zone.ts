import { readFileSync } from 'fs';
import * as path from 'path';
import { deploy } from '../../src/assembly/deployment';
import { CreatedResource, ResourceRequest, ResourceType } from '../../src/assembly/resource-type';
import { templateOf } from '../../src/assembly/template';
import { IamDirectory, iamResourceTypes } from '../../src/iam';

export const ACCOUNT = '111122223333';
export const REGION = 'eu-west-1';

/** A template as the tests change it. */
export interface ChangeableTemplate { Resources: { [id: string]: { Type: string; Properties: any } } }

export function exampleTemplate(): ChangeableTemplate {
  return JSON.parse(readFileSync(path.join(__dirname, '..', 'bundled-example', 'Sensors.template.json'), 'utf8'));
}

/** What Ref and Fn::GetAtt give of resources that nothing runs here, in the forms of the CloudFormation reference. */
function named(service: string, resourceOf: (name: string) => string, refOf: (arn: string, name: string) => string, arnSuffix = ''): ResourceType {
  return {
    create: (request: ResourceRequest) => {
      const name = request.generatedName(60);
      const arn = `arn:aws:${service}:${service === 's3' ? '::' : `${REGION}:${ACCOUNT}:`}${resourceOf(name)}`;
      return { ref: refOf(arn, name), attributes: { Arn: `${arn}${arnSuffix}`, QueueName: name } };
    },
  };
}

const byName = (_arn: string, name: string) => name;
const byArn = (arn: string) => arn;
const OTHERS: [string, ResourceType][] = [
  ['AWS::SQS::Queue', named('sqs', name => name, (_arn, name) => `https://sqs.${REGION}.amazonaws.com/${ACCOUNT}/${name}`)],
  ['AWS::SNS::Topic', named('sns', name => name, byArn)],
  ['AWS::DynamoDB::Table', named('dynamodb', name => `table/${name}`, byName)],
  ['AWS::Logs::LogGroup', named('logs', name => `log-group:${name}`, byName, ':*')],
  ['AWS::S3::Bucket', named('s3', name => name.toLowerCase(), (_arn, name) => name.toLowerCase())],
  ['AWS::Lambda::Function', named('lambda', name => `function:${name}`, byName)],
  ['AWS::SecretsManager::Secret', named('secretsmanager', name => `secret:${name}-AbCdEf`, byArn)],
  ['AWS::Events::Rule', named('events', name => `rule/${name}`, byName)],
  ['AWS::KinesisFirehose::DeliveryStream', named('firehose', name => `deliverystream/${name}`, byName)],
];

export class ExampleZone {
  static async deploy(template: ChangeableTemplate = exampleTemplate()): Promise<ExampleZone> {
    const directory = new IamDirectory();
    const stack = { id: 'Sensors', stackName: 'Sensors', template: templateOf(template, 'Sensors.template.json'), assets: [], dependsOn: [] };
    const [{ resources }] = await deploy([stack], { types: new Map([...OTHERS, ...iamResourceTypes(directory)]), account: ACCOUNT, region: REGION });
    return new ExampleZone(directory, id => resources.get(id)!);
  }

  private readonly ids = Object.keys(exampleTemplate().Resources);

  private constructor(readonly directory: IamDirectory, private readonly resource: (id: string) => CreatedResource) {}

  /** @param id - without the hash that CDK appends */
  arn(id: string): string {
    const { ref, attributes } = this.resource(this.idOf(id));
    return attributes.Arn ?? ref;
  }

  ref(id: string): string {
    return this.resource(this.idOf(id)).ref;
  }

  ruleName(id: string): string {
    return exampleTemplate().Resources[this.idOf(id)].Properties.RuleName;
  }

  /** Of the script of a Glue job, where the aws-cdk CLI puts it. */
  scriptArn(id: string): string {
    const url: string = exampleTemplate().Resources[this.idOf(id)].Properties.Command.ScriptLocation['Fn::Sub'];
    return url.replace('s3://', 'arn:aws:s3:::').replace('${AWS::AccountId}', ACCOUNT).replace('${AWS::Region}', REGION);
  }

  private idOf(id: string): string {
    const [found, ...others] = this.ids.filter(other => other.startsWith(id) && /^[0-9A-F]{8,10}$/.test(other.slice(id.length)));
    if (found === undefined || others.length > 0) throw new Error(`${id}: ${[found, ...others]}`);
    return found;
  }
}
