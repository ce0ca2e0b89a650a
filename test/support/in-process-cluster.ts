// Several servers in one process: the real parts over TCP on 127.0.0.1, with the simulated log between them, or another.

import { randomBytes, randomUUID } from 'node:crypto';
import { systemClock } from '../../src/base/clock.js';
import { noLogger } from '../../src/base/logger.js';
import { type Address, formatAddress } from '../../src/base/network.js';
import { seededRandom } from '../../src/base/random.js';
import { freePorts } from '../../src/cli/ports.js';
import type { Log } from '../../src/log/log.js';
import type { LogFaults } from '../../src/log/simulated/faults.js';
import { createSimulatedCluster, type SimulatedCluster } from '../../src/log/simulated/simulated-cluster.js';
import { checkConfiguration } from '../../src/server/configuration.js';
import { Server } from '../../src/server/server.js';
import { Cables } from './cables.js';
import { type MortalNetwork, mortalNetwork } from './mortal-network.js';

export const PASSWORD = 'correct-horse';

export interface ClusterMember {
  readonly name: string;
  readonly kind: 'CORE' | 'READ_REPLICA';
  readonly cluster: Address;
  readonly network: MortalNetwork;
  server: Server;
}

export interface ClusterOptions {
  readonly cores?: number;
  readonly replicas?: number;
  readonly seed?: number;
  readonly faults?: Partial<LogFaults>;
  /** Default 1500. */
  readonly leaseMs?: number;
  /** Sections of the configuration of every server. */
  readonly settings?: object;
  /** Whether servers take themselves for busy; by default they measure it. */
  readonly isBusy?: () => boolean;
  /** Another log than the simulated one; such a cluster's servers cannot be killed, only stopped. */
  readonly logFor?: (serverName: string) => Log;
}

/** Known before the server starts, because it advertises them. */
interface Addresses {
  readonly name: string;
  readonly kind: 'CORE' | 'READ_REPLICA';
  readonly cluster: Address;
  readonly bolt: Address;
  readonly http: Address;
}

export class InProcessCluster {
  readonly log: SimulatedCluster;
  readonly members: ClusterMember[];
  /** Between the servers' cluster listeners. */
  readonly cables: Cables;
  readonly #secret = randomBytes(24);
  readonly #killed: ClusterMember[] = [];

  private constructor(log: SimulatedCluster) {
    this.log = log;
    this.members = [];
    this.cables = new Cables();
  }

  static async start(options: ClusterOptions = {}): Promise<InProcessCluster> {
    const log = createSimulatedCluster({
      clock: systemClock,
      random: seededRandom(options.seed ?? 1),
      ...(options.faults === undefined ? {} : { faults: options.faults }),
      ...(options.leaseMs === undefined ? {} : { leaseMs: options.leaseMs }),
    });
    const cluster = new InProcessCluster(log);
    const cores = options.cores ?? 3;
    const replicas = options.replicas ?? 1;
    const addresses = (await freePorts(3 * (cores + replicas))).map((port) => ({ host: '127.0.0.1', port }));
    const clusterAddresses = addresses.slice(0, cores + replicas);
    const seeds = clusterAddresses.slice(0, cores);
    const starting = clusterAddresses.map(async (address, index) => {
      const [bolt, http] = addresses.slice(cores + replicas + 2 * index) as [Address, Address];
      const kind = index < cores ? ('CORE' as const) : ('READ_REPLICA' as const);
      const name = kind === 'CORE' ? `core${index + 1}` : `replica${index - cores + 1}`;
      const network = mortalNetwork(cluster.cables.networkOf(name, address));
      const server = await cluster.#startServer({ name, kind, cluster: address, bolt, http }, seeds, network, options);
      return { name, kind, cluster: address, network, server };
    });
    cluster.members.push(...(await Promise.all(starting)));
    return cluster;
  }

  member(name: string): ClusterMember {
    const member = this.members.find((one) => one.name === name);
    if (member === undefined) throw new Error(`no server ${name}`);
    return member;
  }

  /** The server that leads the graph now; waits up to 10 s. */
  async leader(graph = 'neo4j'): Promise<ClusterMember> {
    for (let tries = 0; tries < 500; tries++) {
      const leader = this.members.find(({ server }) => server.graphs.byName(graph)?.role === 'LEADER');
      if (leader !== undefined) return leader;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    throw new Error(`no leader of ${graph}`);
  }

  /** Waits, up to 10 s, until leaderships are spread evenly: none is moved any more. */
  async balanced(): Promise<void> {
    const ledBy = ({ server }: ClusterMember) => server.graphs.all().filter((database) => database.role === 'LEADER').length;
    for (let tries = 0; tries < 500; tries++) {
      const led = this.members.filter(({ kind }) => kind === 'CORE').map(ledBy);
      if (Math.max(...led) - Math.min(...led) <= 1 && led.some((count) => count > 0)) return;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    throw new Error('leaderships are not spread evenly');
  }

  /** kill -9: its log and its connections to other servers end at once, nothing is handed over. */
  async kill(target: ClusterMember | string): Promise<void> {
    const member = typeof target === 'string' ? this.member(target) : target;
    this.cables.isolate(member.name);
    this.members.splice(this.members.indexOf(member), 1);
    this.#killed.push(member);
    if (member.kind === 'CORE') this.log.kill(member.name);
    await member.network.kill();
  }

  async stop(): Promise<void> {
    await Promise.all(this.members.map(({ server }) => server.stop()));
    // A dead log answers nothing, so that an orderly stop may not end; its doors, which come first, are closed then.
    await Promise.all(this.#killed.map(({ server }) => Promise.race([server.stop(), new Promise((resolve) => setTimeout(resolve, 500))])));
  }

  #startServer(
    { name, kind, cluster, bolt, http }: Addresses,
    seeds: readonly Address[],
    network: MortalNetwork,
    { settings, isBusy, logFor = (name) => this.log.logFor(name) }: ClusterOptions,
  ): Promise<Server> {
    const configuration = checkConfiguration(
      {
        server: { name, kind, data: '/nonexistent' },
        bolt: { listen: formatAddress(bolt) },
        http: { listen: formatAddress(http), goodbye_ms: 0 },
        cluster: { listen: formatAddress(cluster), secret_file: '/nonexistent', seeds: seeds.map(formatAddress) },
        log: { engine: 'embedded', embedded: { folder: '/nonexistent' } },
        memory: { graph_bytes: 64 * 1024 ** 2, system_graph_bytes: 16 * 1024 ** 2 },
        ...settings,
      },
      name,
    );
    return Server.start({
      configuration,
      serverId: randomUUID(),
      life: randomBytes(16).toString('hex'),
      secret: this.#secret,
      initialPassword: () => Promise.resolve(PASSWORD),
      log: kind === 'CORE' ? logFor(name) : undefined,
      network,
      clock: systemClock,
      random: seededRandom(randomBytes(4).readUInt32LE()),
      logger: noLogger,
      ...(isBusy === undefined ? {} : { isBusy }),
    });
  }
}

/**
 * Held together until all are known, so that none is given twice; below the ports that the system gives to outgoing
 * connections, one of which might take a port before its server does.
 */
export interface LegacyAnswer {
  readonly results: { columns: string[]; data: { row: unknown[]; meta: unknown[] }[] }[];
  readonly errors: { code: string; message: string; leader?: string }[];
  readonly lastBookmarks?: string[];
}

/** One statement over the legacy HTTP API. */
export async function post(
  http: Address,
  statement: string,
  parameters: object = {},
  headers: Record<string, string> = {},
  database = 'neo4j',
): Promise<LegacyAnswer> {
  const response = await fetch(`http://${formatAddress(http)}/db/${database}/tx/commit`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Basic ${Buffer.from(`neo4j:${PASSWORD}`).toString('base64')}`, ...headers },
    body: JSON.stringify({ statements: [{ statement, parameters }] }),
  });
  return (await response.json()) as LegacyAnswer;
}
