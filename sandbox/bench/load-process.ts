import type { LoadAnswer, LoadCommand } from './load';
import { connectPipelined, PipelinedClient } from './pipelined-client';

// The inside of a load's process: does what it is told, and answers with the time that it took.
let clients: PipelinedClient[] = [];

async function run(command: LoadCommand): Promise<void> {
  if (command.do === 'disconnect') {
    await Promise.all(clients.map(client => client.disconnect()));
    clients = [];
  } else if (command.do === 'publish') {
    const { messages, payload, inFlight } = command;
    const of = (index: number) => Math.floor(messages * (index + 1) / clients.length) - Math.floor(messages * index / clients.length);
    await Promise.all(clients.map((client, index) => client.publish(of(index), Buffer.from(payload), inFlight)));
  } else {
    const waiting = [...command.devices];
    const connectNext = async (): Promise<void> => {
      for (let device = waiting.shift(); device; device = waiting.shift()) clients.push(await connectPipelined(command.target, device));
    };
    await Promise.all(Array.from({ length: command.atOnce }, connectNext));
  }
}

process.on('message', (command: LoadCommand) => {
  const begun = process.hrtime.bigint();
  const before = process.cpuUsage();
  const answer = (problem?: string): LoadAnswer => {
    const { user, system } = process.cpuUsage(before);
    return { seconds: Number(process.hrtime.bigint() - begun) / 1e9, processorSeconds: (user + system) / 1e6, problem };
  };
  run(command).then(() => process.send!(answer()), (error: Error) => process.send!(answer(error.message)));
});
process.on('disconnect', () => process.exit());
