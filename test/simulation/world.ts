// The simulated cluster: whole servers, each on a machine of its own, over one simulated clock, network and log. All
// that happens is decided by the seed. What is real here is everything in `src/server`, `cluster`, `database`, `targets`
// and below; what stands in for it is time, the network, the engine of the log, password hashing and the HTTP door.

import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { type Logger, noLogger } from '../../src/base/logger.js';
import type { Address } from '../../src/base/network.js';
import { formatAddress } from '../../src/base/network.js';
import { type Random, randomBytes, randomId, randomUuid, seededRandom } from '../../src/base/random.js';
import type { LogFaults } from '../../src/log/simulated/faults.js';
import { createSimulatedClock, type SimulatedClock } from '../../src/log/simulated/simulated-clock.js';
import { createSimulatedCluster, type SimulatedCluster } from '../../src/log/simulated/simulated-cluster.js';
import type { Guards } from '../../src/log/simulated/store.js';
import type { Passwords } from '../../src/security/passwords.js';
import { checkConfiguration } from '../../src/server/configuration.js';
import { Server } from '../../src/server/server.js';
import { serveDoor } from './door.js';
import { Machine } from './machine.js';
import { SimulatedNetwork } from './network.js';
import type { Reality } from './reality.js';

export const LEASE_MS = 1500;
const RESTART_MS = 2000;
const GRAPH_BYTES = 24 * 1024 ** 2;

/** Nobody logs in here: the doors of the simulation know their users. */
const plainPasswords: Passwords = {
  hash: (password) => Promise.resolve(`plain$${password}`),
  verify: (password, stored) => Promise.resolve(stored === `plain$${password}`),
  unmatchable: () => 'plain$',
};

export interface WorldOptions {
  readonly seed: number;
  readonly cores: number;
  readonly replicas: number;
  readonly faults: Partial<LogFaults>;
  readonly guards?: Guards | undefined;
  readonly reality: Reality;
  /** Told what the servers log. */
  readonly say?: ((line: string) => void) | undefined;
  /** Other than the simulation's own: parts of each server's configuration. */
  readonly settings?: Readonly<Record<string, unknown>> | undefined;
}

export interface Member {
  readonly name: string;
  readonly kind: 'CORE' | 'READ_REPLICA';
  readonly machine: Machine;
  readonly door: Address;
  serverId: string;
  /** Once it serves; undefined while it starts, and when it is dead. */
  server: Server | undefined;
}

export class World {
  readonly clock: SimulatedClock;
  readonly network: SimulatedNetwork;
  readonly log: SimulatedCluster;
  readonly members: Member[];
  /** What the seed decides beside the network and the log: each has its own stream, so that one more draw here moves nothing there. */
  readonly random: Random;
  readonly #secret: Buffer;
  readonly #seeds: readonly Address[];
  readonly #trace;
  readonly #say: ((line: string) => void) | undefined;
  readonly #settings: Readonly<Record<string, unknown>>;
  #traceCount: number;
  /** Why a server did not start or ended by itself. */
  readonly failures: string[];

  constructor({ seed, cores, replicas, faults, guards, reality, say, settings }: WorldOptions) {
    const root = seededRandom(seed);
    const stream = () => seededRandom(root.next());
    this.clock = createSimulatedClock(0, undefined, () => reality.settled());
    this.network = new SimulatedNetwork(this.clock, stream());
    this.log = createSimulatedCluster({ clock: this.clock, random: stream(), faults, leaseMs: LEASE_MS, ...(guards === undefined ? {} : { guards }) });
    this.random = stream();
    this.#secret = randomBytes(this.random, 24);
    this.#trace = createHash('sha256');
    this.#traceCount = 0;
    this.#say = say;
    this.#settings = settings ?? {};
    this.failures = [];
    this.network.onArrival = (from, to, bytes) => this.trace(`${from}>${to} ${bytes.length} ${crc32(bytes)}`);
    const member = (kind: Member['kind'], name: string): Member => {
      const machine = this.machine(name);
      return { name, kind, machine, door: { host: name, port: 7474 }, serverId: randomUuid(this.random), server: undefined };
    };
    const numbered = (count: number, kind: Member['kind'], name: string) => Array.from({ length: count }, (_, index) => member(kind, `${name}${index + 1}`));
    this.members = [...numbered(cores, 'CORE', 'core'), ...numbered(replicas, 'READ_REPLICA', 'replica')];
    this.#seeds = this.members.filter(({ kind }) => kind === 'CORE').map(({ name }) => ({ host: name, port: 7000 }));
  }

  get cores(): readonly Member[] {
    return this.members.filter(({ kind }) => kind === 'CORE');
  }

  /** One more machine on the network. */
  machine(name: string): Machine {
    const machine = new Machine(name, this.clock);
    this.network.add(machine);
    return machine;
  }

  /** Part of what two runs of one seed must have in common. */
  trace(what: string): void {
    this.#traceCount++;
    this.#trace.update(`${this.clock.nowMs().toFixed(3)} ${what}\n`);
  }

  digest(): { readonly hash: string; readonly events: number } {
    return { hash: this.#trace.copy().digest('hex'), events: this.#traceCount };
  }

  /** Who leads the graph, as the servers themselves see it. */
  leader(graph: string): Member | undefined {
    return this.members.find(({ server }) => server?.graphs.byName(graph)?.role === 'LEADER');
  }

  // ------------------------------------------------------------ lives

  /** Starts the server's process; `server` is there when it serves. */
  boot(member: Member): void {
    const { machine, name, kind } = member;
    const life = machine.boot();
    this.network.powered();
    this.trace(`boot ${name}`);
    const clock = machine.clock();
    const network = this.network.of(machine);
    const starting = Server.start({
      configuration: this.#configurationOf(member),
      serverId: member.serverId,
      life: randomId(this.random),
      secret: this.#secret,
      initialPassword: () => Promise.resolve('correct-horse'),
      log: kind === 'CORE' ? this.log.logFor(name) : undefined,
      network,
      clock,
      random: seededRandom(this.random.next()),
      logger: this.#say === undefined ? noLogger : this.#logger({ server: name }, this.#say),
      isBusy: () => false,
      passwords: plainPasswords,
      withoutHttp: true,
      processId: 1000 + life,
    });
    starting
      .then(async (server) => {
        if (machine.life !== life || !machine.isAlive) return;
        await serveDoor(network, member.door, server.gateway);
        member.server = server;
        this.trace(`serves ${name}`);
      })
      .catch((error: unknown) => {
        if (machine.life !== life || !machine.isAlive) return;
        this.trace(`${name} does not start: ${(error as Error).message}`);
        // Whoever keeps the processes running starts it again.
        this.crash(member, true);
        this.clock.after(RESTART_MS, () => {
          if (!machine.isAlive && machine.isPowered) this.boot(member);
        });
      });
  }

  /** Everything in memory is lost. `powered` false: nobody is told of it. */
  crash(member: Member, powered: boolean): void {
    const { machine, name, kind } = member;
    this.trace(`crash ${name} ${powered}`);
    member.server = undefined;
    machine.die(powered);
    this.network.died(machine);
    if (kind !== 'CORE') return;
    if (powered) this.log.kill(name);
    else this.log.powerOff(name);
  }

  pause(member: Member): void {
    this.trace(`pause ${member.name}`);
    member.machine.pause();
    this.log.pause(member.name);
  }

  resume(member: Member): void {
    this.trace(`resume ${member.name}`);
    member.machine.resume();
    this.log.resume(member.name);
  }

  /** An orderly stop; the process ends when it is done, or after 5 s. */
  async stop(member: Member): Promise<void> {
    this.trace(`stop ${member.name}`);
    const { server, machine } = member;
    const { life } = machine;
    member.server = undefined;
    let stopped = false;
    server?.stop().then(
      () => {
        stopped = true;
      },
      (error: unknown) => void this.failures.push(`${member.name} did not stop: ${(error as Error).stack}`),
    );
    const until = this.clock.nowMs() + 5000;
    await this.until(() => stopped || machine.life !== life || !machine.isAlive || this.clock.nowMs() >= until);
    if (machine.life === life && machine.isAlive) this.crash(member, true);
  }

  #logger(fields: object, say: (line: string) => void): Logger {
    const write = (more: object, line: string) => say(`${this.clock.nowMs().toFixed(1)} ms: ${line} ${JSON.stringify({ ...fields, ...more }, errorsAsText)}`);
    return { debug: write, info: write, warn: write, error: write, child: (more) => this.#logger({ ...fields, ...more }, say) };
  }

  /** Looks every 10 ms. */
  until(condition: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = () => (condition() ? resolve() : void this.clock.after(10, look));
      look();
    });
  }

  #configurationOf({ name, kind }: Member) {
    const at = (port: number) => formatAddress({ host: name, port });
    return checkConfiguration(
      {
        server: { name, kind, data: '/nonexistent' },
        bolt: { listen: at(7687) },
        http: { listen: at(7474) },
        cluster: { listen: at(7000), secret_file: '/nonexistent', seeds: this.#seeds.map(formatAddress) },
        log: { engine: 'embedded', embedded: { folder: '/nonexistent' } },
        memory: { graph_bytes: GRAPH_BYTES, system_graph_bytes: 8 * 1024 ** 2 },
        transactions: { commit_timeout_ms: 5000, idle_timeout_ms: 8000 },
        bookmarks: { timeout_ms: 4000 },
        routing: { hold_ms: 6000 },
        ...this.#settings,
      },
      name,
    );
  }
}

function errorsAsText(_key: string, value: unknown): unknown {
  return value instanceof Error ? `${value.message}${value.cause instanceof Error ? ` (${value.cause.stack})` : ''}` : value;
}
