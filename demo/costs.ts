/** A fleet that the costs are worked out for. */
export interface Fleet {
  readonly devices: number;
  readonly messagesPerMinute: number;
  readonly kibPerMessage: number;
}

export interface CostDriver {
  readonly what: string;
  readonly amount: string;
  readonly usd: number;
}

/** A record takes some 10 µs on a whole core (bench/README.md has half of that); a function of this size has two sevenths of one. */
const TRANSFORM_SECONDS = 35e-6;
const TRANSFORM_GB = 0.5;
const MINUTES_PER_MONTH = 43_800;

/**
 * List prices of us-east-1 in USD, 2026-11, first tier: AWS IoT Core, Firehose by 5 KB per record, Lambda on arm64, S3
 * Standard, CloudWatch alarms by metric, Secrets Manager. Other Regions differ; check them before you plan with them.
 */
const PRICE = {
  connectionMillionMinutes: 0.08,
  millionMessages: 1.00,
  millionRules: 0.15,
  millionActions: 0.15,
  firehoseGb: 0.029,
  lambdaGbSecond: 0.0000133334,
  lambdaMillionRequests: 0.20,
  s3GbMonth: 0.023,
  alarmMetric: 0.10,
  secret: 0.40,
};

/** What one message costs on its way, by what is metered. */
export function costDrivers(fleet: Fleet, buffersPerMinute: number, rawCopies: number): CostDriver[] {
  const messages = fleet.devices * fleet.messagesPerMinute * MINUTES_PER_MONTH;
  const million = messages / 1e6;
  const metered = Math.ceil(fleet.kibPerMessage / 5);
  const gigabytes = messages * fleet.kibPerMessage * 1024 / 1e9;
  const firehoseGb = messages * metered * 5 * 1024 / 1e9;
  const transforms = buffersPerMinute * MINUTES_PER_MONTH;
  const lambdaGbSeconds = messages * TRANSFORM_SECONDS * TRANSFORM_GB;
  return [
    { what: 'AWS IoT messages over MQTT (5 KB steps)', amount: `${round(million * metered)} M`, usd: million * metered * PRICE.millionMessages },
    { what: 'AWS IoT rule triggered, one action', amount: `${round(million)} M`, usd: million * (PRICE.millionRules + PRICE.millionActions) },
    { what: 'Firehose (each record counts as 5 KB)', amount: `${round(firehoseGb)} GB`, usd: firehoseGb * PRICE.firehoseGb },
    { what: 'AWS IoT connection minutes', amount: `${round(fleet.devices * MINUTES_PER_MONTH / 1e6)} M`, usd: fleet.devices * MINUTES_PER_MONTH / 1e6 * PRICE.connectionMillionMinutes },
    { what: 'S3, a month of data before compression', amount: `${round(gigabytes * (1 + rawCopies))} GB`, usd: gigabytes * (1 + rawCopies) * PRICE.s3GbMonth },
    {
      what: 'Lambda transform',
      amount: `${round(transforms / 1e6)} M runs`,
      usd: transforms / 1e6 * PRICE.lambdaMillionRequests + lambdaGbSeconds * PRICE.lambdaGbSecond,
    },
  ];
}

/** What is paid whatever the fleet does. */
export function fixedCosts(alarmMetrics: number, secrets: number): CostDriver[] {
  return [
    { what: 'CloudWatch alarms, by metric', amount: `${alarmMetrics}`, usd: alarmMetrics * PRICE.alarmMetric },
    ...secrets > 0 ? [{ what: 'Secret of the claim', amount: `${secrets}`, usd: secrets * PRICE.secret }] : [],
  ];
}

function round(value: number): string {
  return value >= 10 ? String(Math.round(value)) : value.toFixed(2);
}
