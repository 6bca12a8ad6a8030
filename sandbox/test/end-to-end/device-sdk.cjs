// A device as AWS's own device SDK makes one: enrols with a claim, by keys or by a signing request, connects as its thing and publishes.
// `node device-sdk.cjs '{ host, port, ca, cert, key, flow, template, parameters, topic?, payload? }'`; prints what it got as JSON.
require('reflect-metadata');
const x509 = require('@peculiar/x509');
const { io, iot, iotidentity, mqtt } = require('aws-iot-device-sdk-v2');

const KEY = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

async function main({ host, port, ca, cert, key, clientId, flow, template, parameters, topic, payload }) {
  const connect = async (id, certificate, privateKey) => {
    const config = iot.AwsIotMqttConnectionConfigBuilder.new_mtls_builder(certificate, privateKey)
      .with_certificate_authority(ca).with_clean_session(true).with_client_id(id).with_endpoint(host).with_port(port).build();
    const connection = new mqtt.MqttClient(new io.ClientBootstrap()).new_connection(config);
    await connection.connect();
    return connection;
  };

  const claim = await connect(clientId, cert, key);
  let device;
  try {
    const identity = iotidentity.IotIdentityClientv2.newFromMqtt311(claim, {
      maxRequestResponseSubscriptions: 4, maxStreamingSubscriptions: 1, operationTimeoutInSeconds: 30,
    });
    if (flow === 'keys') {
      device = await identity.createKeysAndCertificate({});
    } else {
      const keys = await crypto.subtle.generateKey(KEY, true, ['sign', 'verify']);
      const request = await x509.Pkcs10CertificateRequestGenerator.create({ name: 'CN=device', keys, signingAlgorithm: KEY });
      const made = await identity.createCertificateFromCsr({ certificateSigningRequest: request.toString('pem') });
      device = { ...made, privateKey: x509.PemConverter.encode(await crypto.subtle.exportKey('pkcs8', keys.privateKey), 'PRIVATE KEY') };
    }
    const registered = await identity.registerThing({ templateName: template, certificateOwnershipToken: device.certificateOwnershipToken, parameters });
    device = { ...device, ...registered };
    identity.close();
  } finally {
    await claim.disconnect();
  }

  const { certificatePem, privateKey, thingName, certificateId, deviceConfiguration } = device;
  if (topic) {
    const own = await connect(thingName, certificatePem, privateKey);
    await own.publish(topic.replace('<thing>', thingName), payload, mqtt.QoS.AtLeastOnce);
    await own.disconnect();
  }
  return { certificatePem, privateKey, thingName, certificateId, deviceConfiguration };
}

main(JSON.parse(process.argv[2])).then(
  device => { process.stdout.write(`${JSON.stringify(device)}\n`, () => process.exit(0)); },
  error => { process.stdout.write(`${JSON.stringify({ error: String(error), modeled: error.modeledError })}\n`, () => process.exit(1)); },
);
