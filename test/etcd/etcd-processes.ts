// Real etcd members for tests: on free ports, in a temporary folder, stopped by the pid that was started.

import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePorts } from '../../src/cli/ports.js';
import type { EtcdTls } from '../../src/log/etcd/rpc/channels.js';

/** Why tests with etcd cannot run here; undefined when they can. */
export const etcdMissing: string | undefined = (() => {
  try {
    execFileSync('etcd', ['--version'], { stdio: 'pipe' });
    return undefined;
  } catch {
    return 'no etcd in the PATH';
  }
})();

export interface EtcdRun {
  readonly endpoints: readonly string[];
  pid(member: number): number;
  kill(member: number, signal: NodeJS.Signals): Promise<void>;
  isRunning(member: number): boolean;
  restart(member: number): Promise<void>;
  stop(): Promise<void>;
}

export interface EtcdOptions {
  readonly members?: number;
  readonly tls?: EtcdTls;
  readonly flags?: readonly string[];
  /** Where each member has its data, by its number: a temporary folder where it is not given. */
  readonly folderOf?: (member: number) => string;
}

export async function startEtcd(options: EtcdOptions = {}): Promise<EtcdRun> {
  const folder = mkdtempSync(join(tmpdir(), 'causeway-etcd-'));
  const folderOf = options.folderOf ?? ((member) => join(folder, `m${member}`));
  const count = options.members ?? 1;
  const ports = await freePorts(count * 2);
  const scheme = options.tls === undefined ? 'http' : 'https';
  const clientUrl = (member: number) => `${scheme}://127.0.0.1:${ports[member]}`;
  const peerUrl = (member: number) => `http://127.0.0.1:${ports[count + member]}`;
  const names = Array.from({ length: count }, (_, member) => `m${member}`);
  const children: ChildProcess[] = [];
  const secured = options.tls === undefined ? [] : tlsFlags(options.tls);
  const start = (member: number) => {
    const flags = [
      ...['--name', names[member] as string, '--data-dir', folderOf(member)],
      ...['--listen-client-urls', clientUrl(member), '--advertise-client-urls', clientUrl(member)],
      ...['--listen-peer-urls', peerUrl(member), '--initial-advertise-peer-urls', peerUrl(member)],
      ...['--initial-cluster', names.map((name, at) => `${name}=${peerUrl(at)}`).join(','), '--initial-cluster-state', 'new'],
      ...['--heartbeat-interval', '50', '--election-timeout', '500', '--pre-vote=true', '--snapshot-count', '1000', '--log-level', 'error'],
    ];
    children[member] = spawn('etcd', [...flags, ...secured, ...(options.flags ?? [])], { stdio: 'ignore' });
  };
  names.forEach((_, member) => void start(member));
  const run: EtcdRun = {
    endpoints: names.map((_, member) => clientUrl(member)),
    pid: (member) => children[member]?.pid ?? 0,
    kill: (member, signal) => ended(children[member] as ChildProcess, signal),
    isRunning: (member) => children[member]?.exitCode === null && children[member]?.signalCode === null,
    async restart(member) {
      start(member);
      await listening(ports[member] as number);
    },
    async stop() {
      await Promise.all(children.map((child) => ended(child, 'SIGKILL')));
      rmSync(folder, { recursive: true, force: true });
    },
  };
  try {
    await Promise.all(names.map((_, member) => listening(ports[member] as number)));
  } catch (error) {
    await run.stop();
    throw error;
  }
  return run;
}

function tlsFlags({ caFile, certFile, keyFile }: EtcdTls): readonly string[] {
  return ['--client-cert-auth', '--trusted-ca-file', caFile, '--cert-file', certFile, '--key-file', keyFile];
}

/** A stopped (SIGSTOP) or told child is only signalled; one that is to end is waited for. */
function ended(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  child.kill(signal);
  if (signal !== 'SIGKILL' && signal !== 'SIGTERM') return Promise.resolve();
  return new Promise((resolve) => child.once('exit', () => resolve()));
}

/** An etcd listens for clients once it has joined a majority. */
async function listening(port: number): Promise<void> {
  for (let tries = 0; tries < 400; tries++) {
    const connected = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => {
        socket.destroy();
        resolve(true);
      });
      socket.on('error', () => resolve(false));
    });
    if (connected) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error(`no etcd listens on port ${port} after 10 s`);
}
