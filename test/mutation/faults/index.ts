import { CONNECTIVITY_FAULTS } from './connectivity';
import { FIREHOSE_BATCH_FAULTS } from './firehose-batch';
import { LAKE_FAULTS } from './lake';
import { LANDING_ZONE_FAULTS } from './landing-zone';
import { ONBOARDING_FAULTS } from './onboarding';
import { PRIVATE_FAULTS } from './private';
import { PROVISIONING_FAULTS } from './provisioning';
import { RULES_FAULTS } from './rules';
import { SITEWISE_FAULTS } from './sitewise';
import { THING_POLICY_FAULTS } from './thing-policy';

/** Chosen by hand: each is a mistake that somebody could make and that a user would pay for. */
export const FAULTS = [
  ...PRIVATE_FAULTS,
  ...RULES_FAULTS,
  ...THING_POLICY_FAULTS,
  ...PROVISIONING_FAULTS,
  ...LAKE_FAULTS,
  ...FIREHOSE_BATCH_FAULTS,
  ...CONNECTIVITY_FAULTS,
  ...SITEWISE_FAULTS,
  ...ONBOARDING_FAULTS,
  ...LANDING_ZONE_FAULTS,
];
