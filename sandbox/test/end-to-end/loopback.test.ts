import 'reflect-metadata';
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'fs';
import * as path from 'path';
import { lambda } from './clients';
import { clientOf, Workplace } from './small-zone';

jest.setTimeout(60_000);

interface SocketEntry { readonly address: string; readonly remote: string; readonly state: string; readonly inode: string }
const LISTEN = '0A';
const LOOPBACK = /^(127(\.\d+){3}|::1|::ffff:127(\.\d+){3})$/;

/** Sockets of a kind in the network of this machine, as Linux lists them. @see https://www.kernel.org/doc/Documentation/networking/proc_net_tcp.txt */
function sockets(file: 'tcp' | 'tcp6' | 'udp' | 'udp6'): SocketEntry[] {
  if (!existsSync(`/proc/net/${file}`)) return [];
  return readFileSync(`/proc/net/${file}`, 'utf8').trim().split('\n').slice(1).map(line => {
    const [, local, remote, state, , , , , , inode] = line.trim().split(/\s+/);
    return { address: addressOf(local), remote: addressOf(remote), state, inode };
  });
}

/** Words of four bytes, each the other way round. */
function addressOf(hexadecimal: string): string {
  const bytes = Buffer.from(hexadecimal.split(':')[0], 'hex');
  for (let at = 0; at < bytes.length; at += 4) bytes.subarray(at, at + 4).reverse();
  if (bytes.length === 4) return bytes.join('.');
  if (bytes.subarray(0, 12).equals(Buffer.from('00000000000000000000ffff', 'hex'))) return `::ffff:${bytes.subarray(12).join('.')}`;
  const text = bytes.toString('hex');
  return /^0{31}1$/.test(text) ? '::1' : text;
}

/** A process and all that it started. */
function treeOf(root: number): number[] {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc').filter(each => /^\d+$/.test(each))) {
    try {
      const status = readFileSync(`/proc/${name}/stat`, 'utf8');
      parents.set(Number(name), Number(status.slice(status.lastIndexOf(')') + 2).split(' ')[1]));
    } catch { /* it ended meanwhile */ }
  }
  const tree = [root];
  for (const pid of tree) tree.push(...[...parents].filter(([, parent]) => parent === pid).map(([child]) => child));
  return tree;
}

function inodesOf(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).flatMap(name => {
      try {
        return /^socket:\[(\d+)\]$/.exec(readlinkSync(path.join('/proc', String(pid), 'fd', name)))?.[1] ?? [];
      } catch {
        return [];
      }
    });
  } catch {
    return [];
  }
}

const onLinux = existsSync('/proc/net/tcp') ? test : ((name: string) => test(`only Linux lists sockets, so that nobody checks: ${name}`, () => undefined)) as unknown as typeof test;

onLinux('the sandbox and its functions listen on loopback and speak to nobody else', async () => {
  const at = new Workplace();
  const before = new Set(treeOf(process.pid).flatMap(inodesOf));
  const sandbox = await at.start();
  try {
    await new lambda.LambdaClient(clientOf(sandbox)).send(new lambda.InvokeCommand({ FunctionName: 'double', Payload: Buffer.from('{"n":1}') }));
    const own = new Set(treeOf(process.pid).flatMap(inodesOf).filter(inode => !before.has(inode)));
    const found = (['tcp', 'tcp6', 'udp', 'udp6'] as const).flatMap(sockets).filter(({ inode }) => own.has(inode));
    const listening = found.filter(({ state }) => state === LISTEN);
    // HTTP, MQTT, and the table engine.
    expect(listening.length).toBeGreaterThanOrEqual(2);
    for (const { address } of found) expect(address).toMatch(LOOPBACK);
    for (const { remote, state } of found) if (state !== LISTEN) expect(remote).toMatch(LOOPBACK);
  } finally {
    await at.remove();
  }
});
