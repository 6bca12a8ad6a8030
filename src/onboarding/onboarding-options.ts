import { Duration } from 'aws-cdk-lib';
import * as apigatewayv2 from 'aws-cdk-lib/aws-apigatewayv2';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as logs from 'aws-cdk-lib/aws-logs';
import { OnboardingIdentity } from './onboarding-identity';

/** Options of an OnboardingApi. */
export interface OnboardingOptions {
  /**
   * Who issues the tokens that calls come with.
   *
   * @default OnboardingIdentity.cognito() - a user pool without users, whose only client proves itself by a secret
   */
  readonly identity?: OnboardingIdentity;

  /**
   * How many calls a second the API takes over time: 1 to 10,000. More are answered 429. AWS IoT makes some 10 to 15 devices a second.
   *
   * @default 10
   */
  readonly rateLimit?: number;

  /**
   * How many calls it takes at one moment: 1 to 5,000.
   *
   * @default 20
   */
  readonly burstLimit?: number;

  /**
   * How long the access log is kept. The log of the functions is kept one month.
   *
   * @default logs.RetentionDays.ONE_YEAR
   */
  readonly accessLogRetention?: logs.RetentionDays;

  /**
   * Origins whose pages may call the API from a browser, such as `https://line.example.com`.
   *
   * @default - pages in a browser cannot call it: there is no CORS
   */
  readonly corsAllowOrigins?: string[];

  /**
   * A domain name of yours. The API is at `https://<domain>/api` then as well.
   *
   * @default - only the address that API Gateway gives
   */
  readonly domainName?: apigatewayv2.IDomainName;

  /**
   * How many answers with a status of 500 and above within five minutes raise the alarm: 1 to 100,000,000.
   *
   * @default 5
   */
  readonly errorAlarmThreshold?: number;

  /**
   * How long a connection event of a rotated device is tried again before it goes to the dead-letter queue: 1 to 14 days.
   *
   * @default Duration.days(4)
   */
  readonly rotationEventRetention?: Duration;

  /**
   * What happens when calls fail, or when an old certificate could not be retired.
   *
   * @default - the alarms show in CloudWatch and tell nobody
   */
  readonly alarmActions?: cloudwatch.IAlarmAction[];
}
