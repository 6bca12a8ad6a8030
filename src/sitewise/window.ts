import { Duration } from 'aws-cdk-lib';
import { Problem } from '../private/validation';

const MINUTE = 60;
/** @see https://docs.aws.amazon.com/iot-sitewise/latest/APIReference/API_TumblingWindow.html */
const WINDOW_SECONDS = { min: MINUTE, max: 7 * 24 * 60 * MINUTE };
const UNITS = [['w', 7 * 24 * 60], ['d', 24 * 60], ['h', 60], ['m', 1]] as const;

/** A duration in the largest unit that fits, as SiteWise writes it: `1w`, `2d`, `18h`, `5m`. */
export function windowText(duration: Duration): string {
  const minutes = duration.toMinutes();
  const [unit, size] = UNITS.find(([, each]) => minutes % each === 0)!;
  return `${minutes / size}${unit}`;
}

export function windowProblems(prop: string, window: Duration, offset?: Duration): Problem[] {
  if (window.isUnresolved() || offset?.isUnresolved()) {
    return [{ prop: `${prop}.window`, got: 'a token', allowed: 'a duration known at synthesis', fix: 'pass Duration.minutes(15), for example' }];
  }
  const seconds = window.toSeconds({ integral: false });
  const problems: Problem[] = [];
  if (seconds < WINDOW_SECONDS.min || seconds > WINDOW_SECONDS.max || seconds % MINUTE !== 0) {
    problems.push({ prop: `${prop}.window`, got: window.toHumanString(), allowed: 'whole minutes from 1 minute to 7 days', fix: 'pass Duration.minutes(15), for example' });
  }
  const offsetSeconds = offset?.toSeconds({ integral: false });
  if (offsetSeconds !== undefined && (offsetSeconds < MINUTE || offsetSeconds >= seconds || offsetSeconds % MINUTE !== 0)) {
    problems.push({
      prop: `${prop}.offset`, got: offset!.toHumanString(), allowed: 'whole minutes, at least 1 and shorter than the window', fix: 'pass a shorter offset, or leave it out',
    });
  }
  return problems;
}
