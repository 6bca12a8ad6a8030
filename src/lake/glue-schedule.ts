import { Token } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import { Problem } from '../private/validation';

/** @see https://docs.aws.amazon.com/glue/latest/dg/monitor-data-warehouse-schedule.html */
export function glueScheduleProblems(prop: string, schedule?: events.Schedule): Problem[] {
  const got = schedule?.expressionString;
  if (got === undefined || Token.isUnresolved(got) || got.startsWith('cron(')) return [];
  return [{ prop, got, allowed: 'a cron(…) expression, since Glue takes no other', fix: "use events.Schedule.cron({ minute: '0', hour: '3' })" }];
}
