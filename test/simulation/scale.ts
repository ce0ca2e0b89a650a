// A large cluster in one process: how evenly leaders are spread, how soon all graphs are led again after many COREs die at once, and
// how many messages a server sends as the cluster grows. Everything below the doors is the product's own code, as in all of the
// simulation; each graph has 3 primaries, allocated by the cluster itself. Voters are etcd's and not simulated: of 100 COREs
// 7 would carry one (`log.etcd.voters`), and the simulated log stands for them.

import { fraction, randomId, seededRandom } from '../../src/base/random.js';
import { SimulatedLog } from '../../src/log/simulated/simulated-log.js';
import { DoorClient, Refused, type Statement } from './door.js';
import type { Machine } from './machine.js';
import { Reality } from './reality.js';
import { type Member, World } from './world.js';

const GRAPH_BYTES = 512 * 1024;
const SYSTEM_BYTES = 16 * 1024 ** 2;
const TOGETHER = 250;
const SETTLE_MS_MAX = 240_000;
const QUIET_MS = 5000;
const BALANCED_MS_MAX = 60_000;

export interface ScaleOptions {
  readonly seed: number;
  readonly cores: number;
  readonly graphs: number;
  /** COREs that die at the same moment. */
  readonly deaths: number;
  readonly say?: (line: string) => void;
}

export interface ScaleReport {
  readonly cores: number;
  readonly graphs: number;
  /** Fewest and most graphs led by one CORE, once all is even. */
  readonly spread: readonly [number, number];
  readonly deaths: number;
  /** Simulated, until all graphs were led again. */
  readonly ledAgainMs: number;
  /** A minute later at most: it may not get even, because who holds a graph alone leads it. */
  readonly spreadAfter: readonly [number, number];
  /** Simulated, from the deaths until that. */
  readonly evenAgainMs: number;
  /** Between servers, of a quiet cluster, each counted at its sender. */
  readonly messagesPerServerSecond: number;
  readonly logRequestsPerServerSecond: number;
}

export async function measureScale({ seed, cores, graphs, deaths, say = () => {} }: ScaleOptions): Promise<ScaleReport> {
  const reality = new Reality();
  reality.enter();
  try {
    const settings = {
      graphs: { max: graphs + 10 },
      memory: { graph_bytes: GRAPH_BYTES, system_graph_bytes: SYSTEM_BYTES },
      transactions: { commit_timeout_ms: 30_000 },
    };
    const world = new World({ seed, cores, replicas: 0, faults: { latencyMs: { min: 0.2, max: 2 } }, reality, settings });
    return await new Scale(world, graphs, say).measure(deaths);
  } finally {
    reality.leave();
  }
}

class Scale {
  readonly #world: World;
  readonly #graphs: number;
  readonly #say: (line: string) => void;

  constructor(world: World, graphs: number, say: (line: string) => void) {
    this.#world = world;
    this.#graphs = graphs;
    this.#say = say;
  }

  async measure(deaths: number): Promise<ScaleReport> {
    const world = this.#world;
    for (const member of world.members) world.boot(member);
    await this.#settle(() => world.members.every(({ server }) => server !== undefined), 'all servers serve');
    await world.clock.settle(this.#createGraphs(), SETTLE_MS_MAX);
    await this.#settle(() => this.#allLed() && this.#isEven(), 'all graphs are led, evenly');
    const spread = this.#spread();
    const traffic = await this.#quietTraffic();

    const dying = this.#victims(deaths);
    for (const member of dying) world.crash(member, true);
    const diedMs = world.clock.nowMs();
    await this.#settle(() => this.#allLed(), `all graphs are led again after ${dying.length} COREs died`);
    const ledAgainMs = world.clock.nowMs() - diedMs;
    const enoughMs = world.clock.nowMs() + BALANCED_MS_MAX;
    await world.clock.settle(
      world.until(() => this.#isEven() || world.clock.nowMs() >= enoughMs),
      BALANCED_MS_MAX + 1000,
    );
    return {
      cores: world.members.length,
      graphs: this.#graphs,
      spread,
      deaths: dying.length,
      ledAgainMs,
      spreadAfter: this.#spread(),
      evenAgainMs: world.clock.nowMs() - diedMs,
      ...traffic,
    };
  }

  /** Any whose death leaves every graph a living primary: one without is led again when a holder of it is back, and not before. */
  #victims(count: number): readonly Member[] {
    const random = seededRandom(this.#world.random.next());
    const holders = new Map<string, number>();
    const heldBy = (member: Member) => (member.server?.graphs.all() ?? []).map((database) => database.graphId);
    for (const member of this.#world.members) for (const graph of heldBy(member)) holders.set(graph, (holders.get(graph) ?? 0) + 1);
    const left = [...this.#world.members];
    const victims: Member[] = [];
    while (victims.length < count && left.length > 0) {
      const [one] = left.splice(Math.floor(fraction(random) * left.length), 1) as [Member];
      if (heldBy(one).some((graph) => holders.get(graph) === 1)) continue;
      for (const graph of heldBy(one)) holders.set(graph, (holders.get(graph) as number) - 1);
      victims.push(one);
    }
    return victims;
  }

  async #settle(condition: () => boolean, what: string): Promise<void> {
    const startedMs = this.#world.clock.nowMs();
    try {
      await this.#world.clock.settle(this.#world.until(condition), SETTLE_MS_MAX);
    } catch (error) {
      const held = this.#alive().map(({ server }) => server?.graphs.all().length);
      throw new Error(`not within ${SETTLE_MS_MAX / 1000} simulated s: ${what}. Led: ${this.#led()}; held: ${held}`, { cause: error });
    }
    this.#say(`${what}: ${((this.#world.clock.nowMs() - startedMs) / 1000).toFixed(1)} simulated s`);
  }

  async #createGraphs(): Promise<void> {
    const world = this.#world;
    const operator = world.machine('operator');
    operator.boot();
    const primaries = Math.min(3, world.members.length);
    for (let made = 0; made < this.#graphs; made += TOGETHER) {
      const names = Array.from({ length: Math.min(TOGETHER, this.#graphs - made) }, (_, index) => `graph${made + index + 1}`);
      const statements = names.map((name) => ({ text: `CREATE DATABASE ${name} TOPOLOGY ${primaries} PRIMARIES`, parameters: {} }));
      while (!(await this.#ran(operator, statements)));
      this.#say(`${made + names.length} graphs created`);
    }
  }

  /** False: `system` changed its leader meanwhile. */
  async #ran(operator: Machine, statements: readonly Statement[]): Promise<boolean> {
    const world = this.#world;
    const client = await DoorClient.connect(world.network.of(operator), operator.clock(), (world.members[0] as Member).door, 1000);
    const wishes = { database: 'system', access: 'WRITE', consistency: 'bookmark', bookmarks: [], requestId: randomId(world.random) } as const;
    try {
      await client.ask({ kind: 'runAll', statements, wishes }, 60_000);
      return true;
    } catch (error) {
      if (error instanceof Refused && error.code.startsWith('Neo.TransientError')) return false;
      throw error;
    } finally {
      client.close();
    }
  }

  #alive(): readonly Member[] {
    return this.#world.members.filter(({ server }) => server !== undefined);
  }

  /** Graphs led by each living CORE. */
  #led(): readonly number[] {
    return this.#alive().map(({ server }) => server?.graphs.all().filter((database) => database.role === 'LEADER').length ?? 0);
  }

  #allLed(): boolean {
    return this.#led().reduce((sum, one) => sum + one, 0) === this.#graphs + 2;
  }

  #spread(): readonly [number, number] {
    const led = this.#led();
    return [Math.min(...led), Math.max(...led)];
  }

  #isEven(): boolean {
    const [least, most] = this.#spread();
    return this.#allLed() && most - least <= 1;
  }

  async #quietTraffic(): Promise<Pick<ScaleReport, 'messagesPerServerSecond' | 'logRequestsPerServerSecond'>> {
    const { clock, network, members } = this.#world;
    let messages = 0;
    const before = network.onArrival;
    network.onArrival = () => void messages++;
    const requests = countRequests();
    await clock.advance(QUIET_MS);
    network.onArrival = before;
    const per = (count: number) => count / members.length / (QUIET_MS / 1000);
    return { messagesPerServerSecond: per(messages), logRequestsPerServerSecond: per(requests()) };
  }
}

/** What servers ask of the log from now on, until the result is called: then how many it were. */
function countRequests(): () => number {
  let count = 0;
  const methods = ['append', 'read', 'position', 'barrier', 'campaign', 'leadership'] as const;
  const undo = methods.map((name) => {
    const original = SimulatedLog.prototype[name] as (this: SimulatedLog, ...given: unknown[]) => unknown;
    const counted = function (this: SimulatedLog, ...given: unknown[]): unknown {
      count++;
      return original.apply(this, given);
    };
    Object.defineProperty(SimulatedLog.prototype, name, { value: counted, configurable: true, writable: true });
    return () => Object.defineProperty(SimulatedLog.prototype, name, { value: original, configurable: true, writable: true });
  });
  return () => {
    for (const one of undo) one();
    return count;
  };
}
