import { randomUUID } from 'node:crypto';
import { toTruncatedInt } from '../conversion';
import { Message } from '../message';
import { Value } from '../value';
import { ofMessage, SqlFunction } from './function';

/** @see https://docs.aws.amazon.com/iot/latest/developerguide/iot-sql-functions.html */
export const CONTEXT: Record<string, SqlFunction> = {
  accountid: ofMessage(0, ({ context }) => context.accountId),
  clientid: ofMessage(0, ({ context }) => context.clientId ?? 'n/a'),
  principal: ofMessage(0, ({ context }) => context.principal),
  sourceip: ofMessage(0, ({ context }) => context.sourceIp),
  traceid: ofMessage(0, ({ context }) => context.traceId),
  timestamp: ofMessage(0, ({ context }) => context.timestamp),
  newuuid: ofMessage(0, () => randomUUID()),
  sql_version: ofMessage(0, () => '2016-03-23'),
  topic: ofMessage(1, topic),
  get_mqtt_property: ofMessage(1, ({ context }, [name]) => {
    const properties = context.mqttProperties ?? {};
    return typeof name === 'string' && Object.hasOwn(properties, name) ? properties[name] : undefined;
  }, 1),
  get_user_properties: ofMessage(1, ({ context: { userProperties = [] } }, args) => {
    const [key] = args;
    const found = args.length === 0
      ? userProperties.map(([name, value]) => new Map([[name, value]]))
      : userProperties.filter(([name]) => name === key).map(([, value]) => value);
    return found.length > 0 ? found : undefined;
  }),
};

/** The whole topic, or one of its levels counted from 1. */
function topic(message: Message, args: readonly Value[]): Value {
  if (args.length === 0) return message.topic;
  const level = toTruncatedInt(args[0]);
  return level === undefined ? undefined : message.topicLevels[Number(level) - 1];
}
