import { Cell } from './known-paths';
import { timestampOf, timestampOfNumber } from './timestamps';
import { LakeRowPlan } from '../lake-row-plan';

const QUOTE = 0x22, MINUS = 0x2d, ZERO = 0x30, NINE = 0x39, OPEN_ARRAY = 0x5b, OPEN_OBJECT = 0x7b, LOWER_T = 0x74, LOWER_F = 0x66;

/** Longer numbers may not fit a double, or not exactly. */
const SAFE_DIGITS = 15;

/** What the rule adds; each is a column of its own in the lake. */
const ADDED = ['iot_thing_name', 'iot_client_id', 'iot_topic', 'iot_trace_id', 'iot_timestamp'];
const [THING_NAME, CLIENT_ID, TOPIC, TRACE_ID, TIMESTAMP] = ADDED.keys();

/** What becomes of the values of one column; worked out once, since devices repeat their keys. */
export interface Treatment {
  /** Its place in what the rule adds, or -1. */
  readonly added: number;
  /** Its place among the keys that may hold the id of the device: the first has precedence. */
  readonly deviceId: number;
  readonly eventTime: number;
  /** The type of the column beside the maps. */
  readonly declared?: string;
  readonly isPlain: boolean;
}

/** Writes a row as the lake has it: who, where and when in columns, everything else in two maps. */
export class LakeRowWriter {
  private readonly added: (string | undefined)[] = ADDED.map(() => undefined);
  private readonly declared: ReadonlyMap<string, string>;

  constructor(private readonly plan: LakeRowPlan) {
    this.declared = new Map(Object.entries(plan.columns).flatMap(([type, names]) => names.map(name => [name, type])));
  }

  /**
   * @param cells - the columns of the values, undefined where the same key comes again later
   * @param valueAt - a value as it stands in the text
   * @param arrivedAt - when the record came, in milliseconds, for rows without a time of AWS IoT
   */
  write(count: number, cells: readonly (Cell | undefined)[], valueAt: (index: number) => string, arrivedAt?: number): string {
    let measurements = '';
    let attributes = '';
    let columns = '';
    const { added } = this;
    added.fill(undefined);
    let deviceId: string | undefined;
    let eventTime: string | undefined;
    let deviceIdRank = Infinity;
    let eventTimeRank = Infinity;
    for (let index = 0; index < count; index += 1) {
      const cell = cells[index];
      if (!cell) continue;
      const { label } = cell;
      const value = valueAt(index);
      const code = value.charCodeAt(0);
      const treatment = cell.treatment ??= this.treatmentOf(cell.name);
      if (!treatment.isPlain) {
        if (treatment.added >= 0) {
          added[treatment.added] = value;
          continue;
        }
        if (treatment.deviceId < deviceIdRank) {
          const text = code === QUOTE ? value : isNumber(code) ? `"${value}"` : undefined;
          if (text !== undefined && text !== '""') {
            deviceId = text;
            deviceIdRank = treatment.deviceId;
          }
        }
        if (treatment.eventTime < eventTimeRank) {
          const time = timestampOf(value, code === QUOTE);
          if (time !== undefined) {
            eventTime = time;
            eventTimeRank = treatment.eventTime;
          }
        }
        if (treatment.declared !== undefined) {
          const fitting = fittingValue(value, code, treatment.declared);
          if (fitting !== undefined) columns += `,${label}${fitting}`;
        }
      }
      if (code === QUOTE) {
        attributes += `,${label}${value}`;
      } else if (isNumber(code)) {
        if (value.length <= SAFE_DIGITS && !value.includes('e') && !value.includes('E')) {
          measurements += `,${label}${value}`;
          continue;
        }
        const number = Number(value);
        if (Number.isFinite(number)) measurements += `,${label}${value}`;
        if (!isExact(value, number)) attributes += `,${label}"${value}"`;
      } else if (code === LOWER_T) {
        measurements += `,${label}1`;
        attributes += `,${label}"true"`;
      } else if (code === LOWER_F) {
        measurements += `,${label}0`;
        attributes += `,${label}"false"`;
      } else if (code === OPEN_ARRAY || code === OPEN_OBJECT) {
        attributes += `,${label}${JSON.stringify(value)}`;
      }
      // What is null says nothing.
    }
    const thing = textOf(added[THING_NAME]);
    const arrival = timestampOf(added[TIMESTAMP] ?? '', false) ?? timestampOfNumber(arrivedAt) ?? 'null';
    return `{"thing_name":${thing},"client_id":${textOf(added[CLIENT_ID])},"topic":${textOf(added[TOPIC])},"device_id":${deviceId ?? thing},`
      + `"event_time":${eventTime ?? arrival},"arrival_time":${arrival},"trace_id":${textOf(added[TRACE_ID])},`
      + `"measurements":{${measurements.slice(1)}},"attributes":{${attributes.slice(1)}}${columns}}\n`;
  }

  private treatmentOf(name: string): Treatment {
    const rank = (keys: readonly string[]) => {
      const at = keys.indexOf(name);
      return at < 0 ? Infinity : at;
    };
    const [added, declared] = [ADDED.indexOf(name), this.declared.get(name)];
    const [deviceId, eventTime] = [rank(this.plan.deviceIdKeys), rank(this.plan.eventTimeKeys)];
    return { added, deviceId, eventTime, declared, isPlain: added < 0 && deviceId === Infinity && eventTime === Infinity && declared === undefined };
  }
}

function isNumber(code: number): boolean {
  return code === MINUS || (code >= ZERO && code <= NINE);
}

/** Fractions are rounded as everywhere; of whole numbers every digit may count, and what is infinite is no measurement. */
function isExact(text: string, number: number): boolean {
  if (!Number.isFinite(number)) return false;
  return !/^-?\d+$/.test(text) || Number.isSafeInteger(number) || BigInt(number) === BigInt(text);
}

function textOf(value: string | undefined): string {
  if (value === undefined) return 'null';
  return value.startsWith('"') || value === 'null' ? value : JSON.stringify(value);
}

const INTEGER_LIMITS: { readonly [type: string]: readonly [bigint, bigint] } = {
  tinyint: [-128n, 127n],
  smallint: [-32_768n, 32_767n],
  int: [-(2n ** 31n), 2n ** 31n - 1n],
  integer: [-(2n ** 31n), 2n ** 31n - 1n],
  bigint: [-(2n ** 63n), 2n ** 63n - 1n],
};

/** A value for a column of a type, or undefined where it does not fit: then the column is null, and the maps have it. */
function fittingValue(value: string, code: number, type: string): string | undefined {
  if (type === 'string') {
    if (code === QUOTE) return value;
    return value === 'null' ? undefined : JSON.stringify(value);
  }
  if (type === 'timestamp') return timestampOf(value, code === QUOTE);
  if (type === 'boolean') return code === LOWER_T || code === LOWER_F ? value : undefined;
  if (!isNumber(code)) return undefined;
  const limits = INTEGER_LIMITS[type];
  if (limits === undefined) return Number.isFinite(type === 'float' ? Math.fround(Number(value)) : Number(value)) ? value : undefined;
  if (!/^-?\d+$/.test(value)) return undefined;
  const integer = BigInt(value);
  return integer >= limits[0] && integer <= limits[1] ? value : undefined;
}
