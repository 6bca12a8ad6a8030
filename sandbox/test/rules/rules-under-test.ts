import { mkdtempSync, rmSync } from 'fs';
import { tmpdir } from 'os';
import * as path from 'path';
import { Account, AwsError, Operations } from '../../src/account';
import { deploy, DeployedStack } from '../../src/assembly/deployment';
import { ResourceType } from '../../src/assembly/resource-type';
import { templateOf } from '../../src/assembly/template';
import { TakenMessage } from '../../src/broker/mqtt-broker';
import { iamResourceTypes } from '../../src/iam';
import { JsonObject } from '../../src/json';
import { RulesService } from '../../src/rules';

export const ACCOUNT_ID = '111122223333';
export const REGION = 'eu-west-1';
export const NOW = Date.UTC(2026, 10, 21, 10);

export interface Called { readonly service: string; readonly operation: string; readonly input: any; readonly caller: string }

/** Rules between a broker and services that only note what they are called with. */
export class RulesUnderTest {
  readonly folder = mkdtempSync(path.join(tmpdir(), 'rules-'));
  readonly calls: Called[] = [];
  readonly waits: number[] = [];
  readonly clock = {
    now: () => NOW,
    after: (milliseconds: number, call: () => void) => {
      this.waits.push(milliseconds);
      setImmediate(call);
      return () => undefined;
    },
  };
  readonly account = new Account({ environment: { account: ACCOUNT_ID, region: REGION, partition: 'aws' }, stateFolder: this.folder, clock: this.clock });
  readonly rules = new RulesService(this.account);

  /** @param answer - of an operation; what it throws is what the service refuses */
  serve(service: string, action: string, answers: { [operation: string]: (input: any) => unknown }): void {
    const operations = Object.entries(answers).map(([operation, answer]): [string, Operations[string]] => [operation, async (input, caller) => {
      caller.authorize(`${action}:${operation === 'Invoke' ? 'InvokeFunction' : operation}`, '*');
      this.calls.push({ service, operation, input, caller: caller.arn });
      return answer(input);
    }]);
    this.account.addService(service, Object.fromEntries(operations));
  }

  deploy(resources: JsonObject, types: Iterable<[string, ResourceType]> = []): Promise<DeployedStack[]> {
    const template = templateOf({ Resources: resources }, 'Site.template.json');
    const running = new Map<string, ResourceType>([...iamResourceTypes(this.account.iam), ...this.rules.types, ...types]);
    return deploy([{ id: 'Site', stackName: 'Site', template, assets: [], dependsOn: [] }], { types: running, account: ACCOUNT_ID, region: REGION });
  }

  async publish(topic: string, payload: unknown, more: Partial<TakenMessage> = {}): Promise<void> {
    const bytes = Buffer.isBuffer(payload) ? payload : Buffer.from(typeof payload === 'string' ? payload : JSON.stringify(payload));
    await this.rules.take({ topic, payload: bytes, clientId: 'gateway-1', certificateId: 'c'.repeat(64), sourceIp: '127.0.0.1', qos: 1, ...more });
  }

  metric(name: string, dimensions: { [name: string]: string }): number {
    return this.account.metrics.datapoints('AWS/IoT', name, dimensions).reduce((sum, point) => sum + point.sum, 0);
  }

  remove(): void {
    rmSync(this.folder, { recursive: true });
  }
}

export const transient = () => new AwsError('ServiceUnavailableException', 'not now', 503);

/** A role that AWS IoT may assume for one rule, with everything or nothing allowed. */
export function role(ruleName = 'press', actions: string | string[] = '*'): JsonObject {
  return {
    Type: 'AWS::IAM::Role',
    Properties: {
      RoleName: 'rule-role',
      AssumeRolePolicyDocument: {
        Version: '2012-10-17',
        Statement: [{
          Effect: 'Allow',
          Action: 'sts:AssumeRole',
          Principal: { Service: 'iot.amazonaws.com' },
          Condition: { ArnLike: { 'aws:SourceArn': `arn:aws:iot:${REGION}:${ACCOUNT_ID}:rule/${ruleName}` } },
        }],
      },
      Policies: [{ PolicyName: 'all', PolicyDocument: { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: actions, Resource: '*' }] } }],
    },
  };
}

export const ROLE_ARN = { 'Fn::GetAtt': ['Role', 'Arn'] };

/** One rule with its role. */
export function resourcesOf(sql: string, actions: JsonObject[], more: JsonObject = {}, ruleName = 'press'): JsonObject {
  return {
    Role: role(ruleName),
    Rule: { Type: 'AWS::IoT::TopicRule', Properties: { RuleName: ruleName, TopicRulePayload: { Sql: sql, AwsIotSqlVersion: '2016-03-23', Actions: actions, ...more } } },
  };
}
