import { PartitionColumns, quoted } from './lake-views';

/** A question that operators ask, saved in the workgroup. */
export interface LakeQuery {
  /** Id of the construct. */
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly sql: string;
}

/** Of the last days, found by the folders where these tell the day, and by the value of each column that a query has to name. */
function recent(days: number, partitions: PartitionColumns, injected: readonly string[]): string {
  const first = `current_date - INTERVAL '${days}' DAY`;
  const conditions = [
    ...injected.map(name => `${quoted(name)} = '?'`),
    ...partitions.some(({ name, type }) => name === 'dt' && type === 'string') ? [`"dt" >= CAST(CAST(${first} AS date) AS varchar)`] : [],
    `arrival_time >= CAST(${first} AS timestamp)`,
  ];
  return conditions.join('\n  AND ');
}

/** @param injected - columns without a list of values; the query has a question mark in place of theirs */
export function lakeQueries(partitions: PartitionColumns, injected: readonly string[]): LakeQuery[] {
  return [
    {
      id: 'LastValues',
      name: 'Last value per device',
      description: 'The newest value of every measurement of every device in the last day',
      sql: `SELECT thing_name, device_id, name, max_by(value, event_time) AS value, max(event_time) AS event_time
FROM telemetry_long
WHERE ${recent(1, partitions, injected)}
GROUP BY thing_name, device_id, name
ORDER BY thing_name, device_id, name`,
    },
    {
      id: 'SilentDevices',
      name: 'Silent devices',
      description: 'Devices that sent something in the last 7 days, but nothing in the last hour',
      sql: `SELECT thing_name, device_id, max(arrival_time) AS last_seen
FROM telemetry
WHERE ${recent(7, partitions, injected)}
GROUP BY thing_name, device_id
HAVING max(arrival_time) < CAST(current_timestamp AS timestamp) - INTERVAL '1' HOUR
ORDER BY last_seen`,
    },
    {
      id: 'HourlyAverages',
      name: 'Hourly averages',
      description: 'Mean, lowest and highest value of every measurement of every device in each hour of the last day',
      sql: `SELECT thing_name, device_id, name, date_trunc('hour', event_time) AS event_hour,
  avg(value) AS mean, min(value) AS lowest, max(value) AS highest, count(*) AS readings
FROM telemetry_long
WHERE ${recent(1, partitions, injected)}
GROUP BY thing_name, device_id, name, date_trunc('hour', event_time)
ORDER BY thing_name, device_id, name, event_hour`,
    },
    {
      id: 'DataVolume',
      name: 'Data volume per topic',
      description: 'Messages and values of every topic in the last 7 days',
      sql: `SELECT topic, count(*) AS messages, sum(cardinality(measurements) + cardinality(attributes)) AS readings,
  min(arrival_time) AS first_seen, max(arrival_time) AS last_seen
FROM telemetry
WHERE ${recent(7, partitions, injected)}
GROUP BY topic
ORDER BY messages DESC`,
    },
  ];
}
