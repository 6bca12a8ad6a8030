import { required } from '../../private/environment';
import { NamePart } from '../../provisioning/hook-handler/env';

/** Names of the environment variables that OnboardingApi sets and its functions read. */
export const ONBOARDING_ENV = {
  registryTableName: 'REGISTRY_TABLE_NAME',
  rotationTableName: 'ROTATION_TABLE_NAME',
  /** Absent where nobody watches who is connected. */
  connectivityTableName: 'CONNECTIVITY_TABLE_NAME',
  policyName: 'POLICY_NAME',
  /** Absent where there is no template to make claims for. */
  templateName: 'TEMPLATE_NAME',
  mqttEndpoint: 'MQTT_ENDPOINT',
  /** JSON list of texts and `{"Ref": parameter}` that make the name of a thing. */
  thingNameParts: 'THING_NAME_PARTS',
  serialNumberParameter: 'SERIAL_NUMBER_PARAMETER',
  /** JSON of the topics that devices are told of, with `<thing>` for the name of the thing. */
  topics: 'TOPICS',
} as const;

export interface Topics {
  readonly telemetry: readonly string[];
  readonly basicIngest: readonly string[];
  readonly commands: readonly string[];
}

/** What both functions need to find a device. */
export interface NameSettings {
  readonly registryTableName: string;
  readonly rotationTableName: string;
  readonly thingNameParts: NamePart[];
  readonly serialNumberParameter: string;
}

export interface OnboardingSettings extends NameSettings {
  readonly connectivityTableName?: string;
  readonly policyName: string;
  readonly templateName?: string;
  readonly mqttEndpoint: string;
  readonly topics: Topics;
}

export function readNameSettings(env: NodeJS.ProcessEnv): NameSettings {
  return {
    registryTableName: required(env, ONBOARDING_ENV.registryTableName),
    rotationTableName: required(env, ONBOARDING_ENV.rotationTableName),
    thingNameParts: json(env, ONBOARDING_ENV.thingNameParts) as NamePart[],
    serialNumberParameter: required(env, ONBOARDING_ENV.serialNumberParameter),
  };
}

export function readSettings(env: NodeJS.ProcessEnv): OnboardingSettings {
  return {
    ...readNameSettings(env),
    connectivityTableName: env[ONBOARDING_ENV.connectivityTableName],
    policyName: required(env, ONBOARDING_ENV.policyName),
    templateName: env[ONBOARDING_ENV.templateName],
    mqttEndpoint: required(env, ONBOARDING_ENV.mqttEndpoint),
    topics: json(env, ONBOARDING_ENV.topics) as Topics,
  };
}

function json(env: NodeJS.ProcessEnv, name: string): unknown {
  const value = required(env, name);
  try {
    return JSON.parse(value);
  } catch {
    throw new Error(`environment variable ${name} is not JSON`);
  }
}
