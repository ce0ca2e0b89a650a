// A cluster of real processes that a run breaks: every server is `causeway server` with a configuration of its own, announces
// doors of the faulty network, and is started, stopped and killed by the pid that this file started.

import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { stringify } from 'yaml';
import { freePorts } from '../../src/cli/ports.js';
import { type EtcdRun, startEtcd } from '../etcd/etcd-processes.js';
import { PASSWORD, sleep } from '../support/story-cluster.js';
import { FaultyNetwork } from './network.js';

const ROOT = path.resolve(import.meta.dirname, '../..');
export const AUTHORIZATION = `Basic ${Buffer.from(`neo4j:${PASSWORD}`).toString('base64')}`;
const DISK_BYTES = 1024 ** 3;
const ETCD_DISK_BYTES = 512 * 1024 ** 2;
const PAGE_BYTES = 4096;
const ETCD_MEMBERS = 3;

export interface FaultServer {
  readonly name: string;
  readonly kind: 'CORE' | 'READ_REPLICA';
  /** Ports of its own listeners, which clients use. */
  readonly bolt: number;
  readonly http: number;
  readonly configFile: string;
  readonly folder: string;
}

export class FaultCluster {
  readonly folder: string;
  readonly servers: FaultServer[] = [];
  readonly network: FaultyNetwork;
  readonly #main: string;
  /** Beside the servers' disk: a full one of theirs is none of etcd's. */
  readonly #etcdFolder: string;
  readonly #children = new Map<string, ChildProcess>();
  /** Why disks cannot be filled; undefined when they can. */
  readonly diskSkipped: string | undefined;
  etcd: EtcdRun | undefined;

  private constructor(build: string) {
    this.#main = path.join(build, 'dist/cli/main.js');
    this.folder = mkdtempSync(path.join(os.tmpdir(), 'causeway-faults-'));
    this.#etcdFolder = `${this.folder}-etcd`;
    this.diskSkipped = mountSmall(this.folder, DISK_BYTES);
    this.network = new FaultyNetwork(() => this.#pids());
    process.on('exit', this.#abandon);
  }

  /** `build` is a folder with the project compiled: this one where it is not given. */
  static async start(options: {
    readonly log: 'embedded' | 'etcd';
    readonly cores: number;
    readonly replicas: number;
    readonly build?: string;
    /** More of each server's configuration. */
    readonly settings?: Readonly<Record<string, unknown>>;
  }): Promise<FaultCluster> {
    const cluster = new FaultCluster(options.build ?? ROOT);
    try {
      if (options.log === 'etcd') cluster.etcd = await startEtcd({ members: ETCD_MEMBERS, folderOf: (member) => path.join(cluster.#diskOf(member), 'data') });
      await cluster.#configure(options.cores, options.replicas, options.settings ?? {});
      for (const { name } of cluster.servers) cluster.startServer(name);
      for (const { name } of cluster.servers) await cluster.available(name, 60_000);
    } catch (error) {
      await cluster.stop();
      throw error;
    }
    return cluster;
  }

  async #configure(cores: number, replicas: number, settings: Readonly<Record<string, unknown>>): Promise<void> {
    const names = [...Array.from({ length: cores }, (_, at) => `core${at + 1}`), ...Array.from({ length: replicas }, (_, at) => `replica${at + 1}`)];
    writeFileSync(path.join(this.folder, 'secret'), 'a secret of forty characters for the run', { mode: 0o600 });
    writeFileSync(path.join(this.folder, 'password'), PASSWORD, { mode: 0o600 });
    const ports = await freePorts(names.length * 3);
    const own = names.map((name, at) => ({ name, bolt: ports[at * 3] as number, http: ports[at * 3 + 1] as number, cluster: ports[at * 3 + 2] as number }));
    const doors = new Map<string, { readonly bolt: number; readonly http: number; readonly cluster: number }>();
    for (const { name, bolt, http, cluster } of own) {
      const door = (port: number) => this.network.door(name, port);
      doors.set(name, { bolt: await door(bolt), http: await door(http), cluster: await door(cluster) });
    }
    const seeds = names.slice(0, cores).map((name) => `127.0.0.1:${doors.get(name)?.cluster}`);
    for (const [at, { name, ...listen }] of own.entries()) {
      const kind = at < cores ? 'CORE' : 'READ_REPLICA';
      const folder = path.join(this.folder, name);
      mkdirSync(folder);
      const configFile = path.join(folder, 'config.yaml');
      const front = (which: 'bolt' | 'http' | 'cluster') => ({ listen: `127.0.0.1:${listen[which]}`, advertised: `127.0.0.1:${doors.get(name)?.[which]}` });
      const configuration = {
        server: { name, kind, data: path.join(folder, 'data') },
        bolt: front('bolt'),
        http: front('http'),
        cluster: { ...front('cluster'), secret_file: path.join(this.folder, 'secret'), seeds },
        log: kind === 'CORE' ? await this.#log(name) : { engine: this.etcd === undefined ? 'embedded' : 'etcd' },
        memory: { graph_bytes: 128 * 1024 ** 2 },
        security: { initial_password_file: path.join(this.folder, 'password') },
        ...settings,
      };
      writeFileSync(configFile, stringify(configuration));
      this.servers.push({ name, kind, bolt: listen.bolt, http: listen.http, configFile, folder });
    }
  }

  async #log(server: string): Promise<object> {
    if (this.etcd === undefined) return { engine: 'embedded', embedded: { folder: path.join(this.folder, 'log'), map_size: 8 * 1024 ** 3 } };
    const external: string[] = [];
    for (const [member, endpoint] of this.etcd.endpoints.entries())
      external.push(`http://127.0.0.1:${await this.network.door(`etcd${member}`, Number(new URL(endpoint).port), server)}`);
    return { engine: 'etcd', etcd: { external } };
  }

  #pids(): ReadonlyMap<number, string> {
    return new Map([...this.#children].flatMap(([name, { pid }]) => (pid === undefined ? [] : [[pid, name] as const])));
  }

  startServer(name: string): void {
    const { configFile, folder } = this.#named(name);
    const output = openSync(path.join(folder, 'output.log'), 'a');
    // Its standard input ends with this process, and it with that.
    const child = spawn(process.execPath, [this.#main, 'server', '--config', configFile], {
      stdio: ['pipe', output, output],
      env: { ...process.env, CAUSEWAY_KEEPER: 'stdin' },
    });
    closeSync(output);
    child.stdin?.on('error', () => {});
    this.#children.set(name, child);
  }

  isRunning(name: string): boolean {
    const child = this.#children.get(name);
    return child !== undefined && child.exitCode === null && child.signalCode === null;
  }

  signal(name: string, signal: NodeJS.Signals): void {
    if (this.isRunning(name)) this.#children.get(name)?.kill(signal);
  }

  /** Sends SIGTERM or SIGKILL and waits; one that does not end in order within 20 s is an error. */
  async end(name: string, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    this.signal(name, signal);
    for (let tries = 0; tries < 800; tries++) {
      if (!this.isRunning(name)) return;
      await sleep(25);
    }
    throw new Error(`${name} does not end after ${signal}`);
  }

  /** Until the server answers for its default graph. */
  async available(name: string, limitMs: number): Promise<void> {
    const { http } = this.#named(name);
    const endMs = performance.now() + limitMs;
    while (performance.now() < endMs) {
      const status = await fetch(`http://127.0.0.1:${http}/db/neo4j/cluster/available`, {
        headers: { authorization: AUTHORIZATION },
        signal: AbortSignal.timeout(2000),
      }).then(
        (answer) => answer.status,
        () => 0,
      );
      if (status === 200) return;
      if (!this.isRunning(name)) throw new Error(`${name} has ended: ${readFileSync(path.join(this.#named(name).folder, 'output.log'), 'utf8')}`);
      await sleep(50);
    }
    throw new Error(`${name} is not available after ${limitMs / 1000} s (see ${this.#named(name).folder}/output.log)`);
  }

  /** All that is free on the disk of the servers and of the embedded log; or on that of one member of etcd. */
  fillDisk(member?: number): void {
    fill(member === undefined ? this.folder : this.#diskOf(member));
  }

  emptyDisk(member?: number): void {
    const folder = member === undefined ? this.folder : this.#diskOf(member);
    for (const name of readdirSync(folder)) if (name.startsWith('ballast')) rmSync(path.join(folder, name), { force: true });
  }

  /** A small file system of the member's own, where one can be had; made when it is first asked for. */
  #diskOf(member: number): string {
    const folder = path.join(this.#etcdFolder, `m${member}`);
    if (!existsSync(folder)) {
      mkdirSync(folder, { recursive: true });
      if (this.diskSkipped === undefined) mountSmall(folder, ETCD_DISK_BYTES);
    }
    return folder;
  }

  /** `keep` leaves the servers' outputs where they are. */
  async stop(keep = false): Promise<void> {
    for (const name of this.#children.keys()) await this.end(name, 'SIGKILL');
    await this.etcd?.stop();
    this.network.close();
    process.off('exit', this.#abandon);
    if (!keep) this.#remove();
  }

  /** At an end of this process in the middle of a run: a stopped server would not notice it. */
  readonly #abandon = (): void => {
    for (const name of this.#children.keys()) this.signal(name, 'SIGKILL');
    this.#remove();
  };

  #remove(): void {
    // Processes that have just been killed may hold files for a moment longer.
    const disks = existsSync(this.#etcdFolder) ? readdirSync(this.#etcdFolder).map((name) => path.join(this.#etcdFolder, name)) : [];
    if (this.diskSkipped === undefined) for (const folder of [...disks, this.folder]) execFileSync('umount', ['--lazy', folder]);
    for (const folder of [this.#etcdFolder, this.folder]) rmSync(folder, { recursive: true, force: true });
  }

  #named(name: string): FaultServer {
    const server = this.servers.find((one) => one.name === name);
    if (server === undefined) throw new Error(`no server ${name}`);
    return server;
  }
}

function fill(folder: string): void {
  const free = () => Number(statfsSync(folder).bavail) * Number(statfsSync(folder).bsize);
  // A claim that others' writes have overtaken takes nothing at all: then it is made smaller.
  for (let number = 0, claim = free(); claim >= PAGE_BYTES; number++) {
    const { status } = spawnSync('fallocate', ['-l', String(claim), path.join(folder, `ballast${number}`)], { stdio: 'ignore' });
    claim = status === 0 ? free() : Math.floor(claim / 2);
  }
  if (free() >= PAGE_BYTES * 16) throw new Error(`the disk is not full: ${free()} bytes are free`);
}

function mountSmall(folder: string, bytes: number): string | undefined {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${bytes}`, 'tmpfs', folder], { stdio: 'pipe' });
    return undefined;
  } catch {
    return 'no right to mount a small file system';
  }
}
