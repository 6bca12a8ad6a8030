import { readFileSync } from 'fs';
import { AddressInfo } from 'net';
import { createServer } from 'tls';
import { Aedes } from 'aedes';

// The broker that is inside of the sandbox, alone: TLS with client certificates, and nothing done with what comes.
async function main([certFile, keyFile, caFile]: string[]): Promise<void> {
  const aedes = await Aedes.createBroker();
  const server = createServer({
    cert: readFileSync(certFile), key: readFileSync(keyFile), ca: readFileSync(caFile), requestCert: true, rejectUnauthorized: true, ALPNProtocols: ['mqtt'], noDelay: true,
  }, aedes.handle);
  server.listen(0, '127.0.0.1', () => console.log(`port ${(server.address() as AddressInfo).port}`));
  process.on('SIGTERM', () => process.exit());
}

void main(process.argv.slice(2));
