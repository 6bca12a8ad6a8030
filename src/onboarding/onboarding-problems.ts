import { Duration } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import type { OnboardingApiProps } from './onboarding-api';
import { durationProblems, kindProblems, Kinds, numberProblems, Problem, textProblems } from '../private/validation';
import { parametersOf } from '../provisioning/template-text';

const KINDS: Kinds<OnboardingApiProps> = {
  texts: ['mqttEndpoint', 'thingName', 'serialNumberParameter'],
  textLists: ['corsAllowOrigins', 'telemetryTopics', 'commandTopics'],
  lists: ['alarmActions'],
};
/** @see https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html */
const RATE = { min: 1, max: 10_000, unit: 'calls a second' };
const BURST = { min: 1, max: 5_000, unit: 'calls' };
const THRESHOLD = { min: 1, max: 100_000_000, unit: 'answers' };
const ORIGIN = { max: 2_048, pattern: /^https:\/\/[^\s/*]+$/, characters: 'one origin, such as https://line.example.com' };
const MIN_RETENTION = Duration.days(1);
const MAX_RETENTION = Duration.days(14);

/** What an OnboardingApi cannot work with. */
export function onboardingProblems(scope: Construct, props: OnboardingApiProps, thingName: string): Problem[] {
  const kinds = kindProblems(props, KINDS);
  if (kinds.length > 0) return kinds;
  return [
    ...props.identity?._problems(scope) ?? [],
    ...numberProblems('rateLimit', props.rateLimit, RATE),
    ...numberProblems('burstLimit', props.burstLimit, BURST),
    ...numberProblems('errorAlarmThreshold', props.errorAlarmThreshold, THRESHOLD),
    ...durationProblems('rotationEventRetention', props.rotationEventRetention, {
      min: MIN_RETENTION.toSeconds(), max: MAX_RETENTION.toSeconds(), allowed: `from ${MIN_RETENTION.toHumanString()} to ${MAX_RETENTION.toHumanString()}`, fix: 'pass for example Duration.days(4)',
    }),
    ...(props.corsAllowOrigins ?? []).flatMap((origin, at) => textProblems(`corsAllowOrigins[${at}]`, origin, ORIGIN)),
    ...parametersOf(thingName).length > 0 ? [] : [{
      prop: 'thingName', got: thingName, allowed: 'a name with at least one ${parameter}', fix: 'write for example pump-${SerialNumber}, since each device needs a name of its own',
    }],
  ];
}
