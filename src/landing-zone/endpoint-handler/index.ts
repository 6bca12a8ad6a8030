import { DescribeEndpointCommand, IoTClient } from '@aws-sdk/client-iot';
import { answering, CustomResourceEvent, CustomResourceResult } from '../../private/custom-resource/answer';

let client: IoTClient | undefined;

/** The endpoint is only read, so every event is safe to repeat, and there is nothing to delete. */
async function lookUp(event: CustomResourceEvent): Promise<CustomResourceResult> {
  if (event.RequestType === 'Delete') return { physicalResourceId: event.PhysicalResourceId! };
  client ??= new IoTClient({});
  const { endpointAddress } = await client.send(new DescribeEndpointCommand({ endpointType: 'iot:Data-ATS' }));
  if (!endpointAddress) throw new Error('AWS IoT answered without an endpoint address');
  return { physicalResourceId: endpointAddress, data: { HostName: endpointAddress } };
}

export const handler = answering(lookUp);
