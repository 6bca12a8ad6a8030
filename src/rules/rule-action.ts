import * as iot from 'aws-cdk-lib/aws-iot';
import { IngestRule } from './ingest-rule';

/** What an action adds to a topic rule. */
export interface RuleActionConfig {
  /** The action in CloudFormation's shape, with exactly one of its properties set. */
  readonly configuration: iot.CfnTopicRule.ActionProperty;
}

/**
 * Something that a rule does with every message that its SQL selects.
 *
 * Write a class with this one method to use an AWS IoT action that the library has no class for.
 *
 * @see https://docs.aws.amazon.com/iot/latest/developerguide/iot-rule-actions.html
 * @subclassable
 */
export interface IRuleAction {
  /**
   * Called once, when the action is added: grants `rule.role` what the action needs and returns its configuration.
   *
   * @param rule the rule that the action was added to
   */
  bind(rule: IngestRule): RuleActionConfig;
}
