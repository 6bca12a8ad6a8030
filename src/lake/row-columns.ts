import { LakeColumn, LakeColumnType } from './lake-column';

/** What every row of a lake has, whatever the device: see the page of DataLake. */
export const ROW_COLUMNS: readonly LakeColumn[] = [
  { name: 'thing_name', type: LakeColumnType.STRING, comment: 'Thing whose policy let the message in' },
  { name: 'client_id', type: LakeColumnType.STRING, comment: 'MQTT client; n/a over HTTP' },
  { name: 'topic', type: LakeColumnType.STRING, comment: 'Topic of the message' },
  { name: 'device_id', type: LakeColumnType.STRING, comment: 'Device that the message names, else the thing' },
  { name: 'event_time', type: LakeColumnType.TIMESTAMP, comment: 'Time that the device says, else of arrival; UTC' },
  { name: 'arrival_time', type: LakeColumnType.TIMESTAMP, comment: 'When AWS IoT took the message; UTC' },
  { name: 'trace_id', type: LakeColumnType.STRING, comment: 'The same for all copies of one message' },
  { name: 'measurements', type: LakeColumnType.of('map<string,double>'), comment: 'Numbers by flattened path; flags are 0 and 1' },
  { name: 'attributes', type: LakeColumnType.of('map<string,string>'), comment: 'Texts, flags and lists by flattened path' },
];

/** What the transform finds the id of a device in, by precedence; the first is that of the quickstart. */
export const DEFAULT_DEVICE_ID_KEYS = ['device_device_id', 'device_id', 'serial_number'];
/** What the transform finds the time of an event in, by precedence. */
export const DEFAULT_EVENT_TIME_KEYS = ['event_time', 'ts', 'timestamp', 'time'];

/** Types of columns beside the maps: others have no value that a message could hold in one place. */
export const DECLARABLE_TYPES = ['string', 'double', 'float', 'bigint', 'int', 'integer', 'smallint', 'tinyint', 'boolean', 'timestamp'];

/** What Firehose writes of a record that failed, one JSON object a line; the SerDe does not mind capitals. */
export const ERROR_COLUMNS: readonly LakeColumn[] = [
  { name: 'errorcode', type: LakeColumnType.STRING },
  { name: 'errormessage', type: LakeColumnType.STRING },
  { name: 'attemptsmade', type: LakeColumnType.INT },
  { name: 'arrivaltimestamp', type: LakeColumnType.BIGINT, comment: 'Milliseconds since 1970' },
  { name: 'attemptendingtimestamp', type: LakeColumnType.BIGINT, comment: 'Milliseconds since 1970' },
  { name: 'lambdaarn', type: LakeColumnType.STRING },
  { name: 'lasterrorcode', type: LakeColumnType.STRING, comment: 'In place of errorcode where the conversion to Parquet failed' },
  { name: 'lasterrormessage', type: LakeColumnType.STRING, comment: 'In place of errormessage where the conversion to Parquet failed' },
  { name: 'rawdata', type: LakeColumnType.STRING, comment: 'The record in base64' },
];
