import { page, textIn } from './iot-core';
import { AwsError, bytesOf, Operations } from '../account';
import { basicIngest, publishProblem } from '../broker/limits';
import { MqttBroker } from '../broker/mqtt-broker';
import { RetainedMessages } from '../broker/retained-messages';
import { TakenMessage } from '../broker/taken-message';
import { Route } from '../http';
import { Registry } from '../registry/registry';

export const DATA_ROUTES: readonly Route[] = [
  { operation: 'Publish', method: 'POST', path: '/topics/{topic+}', query: { qos: 'qos', retain: 'retain' }, payload: 'payload' },
  { operation: 'GetConnection', method: 'GET', path: '/connections/{clientId}' },
  { operation: 'DeleteConnection', method: 'DELETE', path: '/connections/{clientId}', status: 200 },
  { operation: 'ListRetainedMessages', method: 'GET', path: '/retainedMessage', query: { nextToken: 'nextToken', maxResults: 'maxResults' } },
  { operation: 'GetRetainedMessage', method: 'GET', path: '/retainedMessage/{topic+}' },
];

export interface DataPlane {
  readonly registry: Registry;
  readonly retained: RetainedMessages;
  /** Undefined before the start. */
  broker(): MqttBroker | undefined;
  /** What the rules see. */
  onMessage(message: TakenMessage): Promise<void>;
}

/** Publishing and connections over HTTP. Device shadows are not modelled. */
export function dataOperations({ registry, retained, broker, onMessage }: DataPlane): Operations {
  return {
    Publish: async (input, caller) => {
      const topic = textIn(input, 'topic');
      const [qos, retain] = [Number(input.qos ?? 0), input.retain === true || input.retain === 'true'];
      const payload = bytesOf(input.payload ?? Buffer.alloc(0));
      caller.authorize('iot:Publish', registry.arn(`topic/${topic}`));
      if (retain) caller.authorize('iot:RetainPublish', registry.arn(`topic/${topic}`));
      const problem = publishProblem({ topic, qos, payloadBytes: payload.length }) ?? (/[+#]/.test(topic) ? 'a topic has no wildcards' : undefined);
      if (problem !== undefined) throw new AwsError('InvalidRequestException', problem);
      const ingest = basicIngest(topic);
      await onMessage({ topic: ingest?.topic ?? topic, ruleName: ingest?.ruleName, payload, qos: qos as 0 | 1 });
      if (!ingest) await broker()?.send(topic, payload, qos as 0 | 1, retain);
    },
    GetConnection: (input, caller) => {
      const clientId = textIn(input, 'clientId');
      caller.authorize('iot:GetConnection', registry.arn(`client/${clientId}`));
      const client = broker()?.client(clientId);
      if (!client) throw new AwsError('ResourceNotFoundException', `Connection ${clientId} not found`, 404);
      const { connected, thingName, connectedSince, disconnectedSince, disconnectReason, cleanSession, keepAliveSeconds } = client;
      return {
        connected,
        clientId,
        thingName,
        cleanSession,
        keepAliveDuration: keepAliveSeconds,
        ...connected ? { connectedSince } : { disconnectedSince, disconnectReason },
      };
    },
    DeleteConnection: (input, caller) => {
      const clientId = textIn(input, 'clientId');
      caller.authorize('iot:DeleteConnection', registry.arn(`client/${clientId}`));
      if (!broker()?.disconnect(clientId, 'API_INITIATED_DISCONNECT')) throw new AwsError('ResourceNotFoundException', `Connection ${clientId} not found`, 404);
    },
    GetRetainedMessage: (input, caller) => {
      const topic = textIn(input, 'topic');
      caller.authorize('iot:GetRetainedMessage', registry.arn(`topic/${topic}`));
      const found = retained.find(topic);
      if (!found) throw new AwsError('ResourceNotFoundException', `No retained message on ${topic}`, 404);
      return found;
    },
    ListRetainedMessages: (input, caller) => {
      caller.authorize('iot:ListRetainedMessages', '*');
      const { items, next } = page(retained.all(), input);
      const retainedTopics = items.map(({ payload, ...summary }) => ({ ...summary, payloadSize: Buffer.from(payload, 'base64').length }));
      return { retainedTopics, nextToken: next };
    },
  };
}
