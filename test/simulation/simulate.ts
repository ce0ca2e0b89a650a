// One run of the simulation from one seed: a cluster starts, clients work on it while faults come and go, everything is
// healed, and the history is checked. A run is a function of its seed.

import { sleep } from '../../src/base/clock.js';
import { below, randomId, seededRandom } from '../../src/base/random.js';
import type { Consistency } from '../../src/database/result.js';
import type { LogFaults } from '../../src/log/simulated/faults.js';
import { check, type Ends } from './checkers.js';
import { Client, READ_ALL, readAll } from './clients.js';
import { type DoorAnswer, DoorClient, type DoorRequest, type Statement } from './door.js';
import { FaultPlan } from './faults.js';
import { ACCOUNTS, type FinalState, History, LISTS, MONEY } from './history.js';
import type { Machine } from './machine.js';
import type { Bug } from './planted.js';
import { Reality } from './reality.js';
import { type Member, World } from './world.js';

const CLIENTS = 7;
const FAULTS_MS = 50_000;
const CALM_MS = 12_000;
const START_MS_MAX = 30_000;
const QUIET_MS_MAX = 40_000;
/** After all faults are healed every graph takes a write within this time. */
const WRITES_AGAIN_MS = 10_000;
const LOG_FAULTS: Partial<LogFaults> = { latencyMs: { min: 0.2, max: 2 } };
const OUTCOME_TRIES = 20;
const GRAPHS = ['neo4j', 'other'];

export interface Report {
  readonly seed: number;
  readonly violations: readonly string[];
  readonly faults: readonly string[];
  readonly simulatedMs: number;
  readonly counts: { readonly writes: number; readonly acknowledged: number; readonly unknown: number; readonly reads: number };
  /** Of everything that happened: two runs of one seed have the same. */
  readonly digest: string;
  readonly events: number;
}

export interface SimulationOptions {
  /** Planted for this run. */
  readonly bug?: Bug | undefined;
  /** Told what the servers log. */
  readonly say?: ((line: string) => void) | undefined;
}

export async function simulate(seed: number, { bug, say }: SimulationOptions = {}): Promise<Report> {
  const reality = new Reality();
  const undo = bug?.plant?.() ?? (() => {});
  const rejected = (error: unknown) => void rejections.push(String((error as Error)?.stack ?? error));
  const rejections: string[] = [];
  process.on('unhandledRejection', rejected);
  reality.enter();
  try {
    const random = seededRandom(seed ^ 0x5eed);
    const world = new World({
      seed,
      cores: below(random, 4) === 0 ? 5 : 3,
      replicas: 1 + below(random, 2),
      faults: LOG_FAULTS,
      guards: bug?.guards,
      reality,
      say,
    });
    const run = new Run(seed, world);
    await run.live();
    const escapes = [...reality.escapes].map((escape) => `real time or chance was used: ${escape}`);
    return run.report([...rejections.map((text) => `a rejection that nobody handled: ${text}`), ...escapes]);
  } finally {
    reality.leave();
    undo();
    process.off('unhandledRejection', rejected);
  }
}

class Run {
  readonly #seed: number;
  readonly #world: World;
  readonly #history = new History();
  readonly #faults: FaultPlan;
  readonly #operator: Machine;
  readonly #connections = new Map<string, DoorClient>();
  #violations: string[] = [];

  constructor(seed: number, world: World) {
    this.#seed = seed;
    this.#world = world;
    this.#faults = new FaultPlan(world, seededRandom(world.random.next()));
    this.#operator = world.machine('operator');
    this.#operator.boot();
  }

  report(more: readonly string[]): Report {
    const { writes, reads } = this.#history;
    const { hash, events } = this.#world.digest();
    return {
      seed: this.#seed,
      violations: [...this.#violations, ...more, ...this.#world.failures],
      faults: this.#faults.happened,
      simulatedMs: this.#world.clock.nowMs(),
      counts: {
        writes: writes.length,
        acknowledged: writes.filter(({ status }) => status === 'ok').length,
        unknown: writes.filter(({ status }) => status === 'unknown').length,
        reads: reads.length,
      },
      digest: hash,
      events,
    };
  }

  async live(): Promise<void> {
    const { clock } = this.#world;
    if (!(await this.#within(START_MS_MAX, this.#start(), 'the cluster does not start'))) return;
    const clients = Array.from({ length: CLIENTS }, (_, index) => new Client(`client${index + 1}`, this.#world, this.#history, GRAPHS));
    const lives = clients.map((client) => client.live());
    this.#faults.plan(FAULTS_MS);
    await clock.advance(FAULTS_MS);
    await clock.settle(this.#heal(), QUIET_MS_MAX);
    const healedMs = clock.nowMs();
    await clock.advance(CALM_MS);
    for (const client of clients) client.stop();
    if (!(await this.#within(QUIET_MS_MAX * 2, Promise.all(lives), 'clients wait for answers although all is healed'))) return;
    this.#checkAvailability(healedMs);
    if (!(await this.#within(QUIET_MS_MAX, this.#quiet(), 'servers do not come to the same end'))) return this.#sayWhere();
    let ends: readonly Ends[] = [];
    const finished = this.#finish().then((found) => {
      ends = found;
    });
    if (!(await this.#within(QUIET_MS_MAX * 4, finished, 'the end cannot be read'))) return this.#sayWhere();
    this.#violations.push(...this.#divergence(), ...check(this.#history, ends));
  }

  /** Simulated time goes on until the work is done. */
  async #within(limitMs: number, work: Promise<unknown>, complaint: string): Promise<boolean> {
    try {
      await this.#world.clock.settle(work, limitMs);
      return true;
    } catch (error) {
      this.#violations.push(`availability: ${complaint} within ${limitMs} ms: ${(error as Error).message}`);
      return false;
    }
  }

  async #start(): Promise<void> {
    const world = this.#world;
    for (const member of world.members) world.boot(member);
    await world.until(() => world.members.every(({ server }) => server !== undefined));
    await this.#administer('system', 'CREATE DATABASE other IF NOT EXISTS');
    for (const graph of GRAPHS) {
      await this.#administer(graph, 'CREATE CONSTRAINT keys IF NOT EXISTS FOR (u:U) REQUIRE u.key IS UNIQUE');
      await this.#administer(graph, `UNWIND range(0, ${LISTS - 1}) AS k CREATE (:L {k: k, l: []})`);
      await this.#administer(graph, `UNWIND range(0, ${ACCOUNTS - 1}) AS k CREATE (:A {k: k, n: ${MONEY}})`);
    }
    await world.until(() => world.members.every(({ server }) => server?.graphs.byName('other') !== undefined));
    await this.#quiet();
  }

  /** Until it is done: nothing is broken yet. */
  async #administer(graph: string, text: string): Promise<void> {
    const wishes = { database: graph, access: 'WRITE', consistency: 'bookmark', bookmarks: [], requestId: randomId(this.#world.random) } as const;
    await this.#ask(this.#world.members[0] as Member, { kind: 'run', statement: { text, parameters: {} }, wishes });
  }

  async #heal(): Promise<void> {
    const world = this.#world;
    await this.#faults.heal();
    for (const member of world.members) if (!member.machine.isAlive) world.boot(member);
    world.trace('healed');
  }

  #checkAvailability(healedMs: number): void {
    for (const graph of GRAPHS) {
      const first = this.#history.writes
        .filter((write) => write.graph === graph && write.status === 'ok' && write.invokedMs >= healedMs)
        .reduce((least, write) => Math.min(least, write.endedMs), Number.POSITIVE_INFINITY);
      if (first - healedMs > WRITES_AGAIN_MS) this.#violations.push(`availability: ${graph} takes no write within ${WRITES_AGAIN_MS} ms after all was healed`);
    }
  }

  /** Every server serves, and has all there is of every graph. */
  #quiet(): Promise<void> {
    const world = this.#world;
    return world.until(() => {
      if (world.members.some(({ server }) => server === undefined)) return false;
      return ['system', ...GRAPHS].every((graph) => {
        const heads = world.members.map(({ server }) => server?.graphs.byName(graph)?.replica.index ?? -1);
        return world.leader(graph) !== undefined && new Set(heads).size === 1 && heads[0] !== 0;
      });
    });
  }

  #sayWhere(): void {
    for (const { name, server } of this.#world.members) {
      const graphs = server?.graphs
        .all()
        .map((database) => `${database.name} ${database.role} at ${database.replica.index} ${database.replica.quarantine ?? ''}`);
      this.#violations.push(`  ${name}: ${graphs?.join(', ') ?? 'does not serve'}`);
    }
  }

  /** Reads the end, and looks up what became of every write whose id is known. */
  async #finish(): Promise<readonly Ends[]> {
    const ends: Ends[] = [];
    for (const graph of GRAPHS) ends.push({ graph, state: await this.#state(graph) });
    let turn = 0;
    for (const write of this.#history.writes) {
      if (write.outcomeId === undefined || (write.status === 'ok' && write.kind !== 'batch')) continue;
      const member = this.#world.members[turn++ % this.#world.members.length] as Member;
      const outcome = await this.#outcome(member, write.graph, write.outcomeId);
      if (outcome !== undefined) this.#history.outcomes.set(write.outcomeId, outcome);
    }
    return ends;
  }

  /** A server whose connection to the leader breaks at this moment does not know, and is asked again. */
  async #outcome(member: Member, database: string, outcomeId: string): Promise<DoorAnswer['outcome']> {
    for (let tries = 1; ; tries++) {
      const { outcome } = await this.#ask(member, { kind: 'outcome', database, outcomeId });
      if (outcome !== 'pending' || tries === OUTCOME_TRIES) return outcome;
      await sleep(this.#world.clock, 250);
    }
  }

  async #state(graph: string): Promise<FinalState> {
    const query = async (text: string, consistency: Consistency) => {
      const statement: Statement = { text, parameters: {} };
      const wishes = { database: graph, access: 'READ', consistency, bookmarks: [], requestId: randomId(this.#world.random) } as const;
      return this.#ask(this.#world.members[0] as Member, { kind: 'run', statement, wishes });
    };
    const keys = await query('MATCH (u:U) RETURN u.key AS key, u.by AS by', 'linearizable');
    const batches = await query('MATCH (b:B) RETURN b.batch AS batch, count(*) AS size', 'linearizable');
    return {
      ...readAll(await query(READ_ALL, 'linearizable')),
      keys: keys.rows.map(([key, by]) => [String(key), Number(by)] as const),
      batches: batches.rows.map(([by, size]) => [Number(by), Number(size)] as const),
    };
  }

  async #ask(member: Member, request: DoorRequest): Promise<DoorAnswer> {
    for (let tries = 1; ; tries++) {
      try {
        const known = this.#connections.get(member.name);
        const clock = this.#operator.clock();
        const connection = known?.isLost === false ? known : await DoorClient.connect(this.#world.network.of(this.#operator), clock, member.door, 1000);
        this.#connections.set(member.name, connection);
        return await connection.ask(request, 10_000);
      } catch (error) {
        if (tries === 5) throw error;
        await sleep(this.#world.clock, 200);
      }
    }
  }

  /** Every server has the same content of every graph, and every structure of it is sound. */
  #divergence(): string[] {
    const found: string[] = [];
    for (const graph of ['system', ...GRAPHS]) {
      const digests = new Map<string, string[]>();
      for (const { name, server } of this.#world.members) {
        const database = server?.graphs.byName(graph);
        if (database === undefined) continue;
        const digest = database.store.digest(database.store.published);
        digests.set(digest, [...(digests.get(digest) ?? []), name]);
        for (const text of database.store.check()) found.push(`soundness: ${graph} on ${name}: ${text}`);
      }
      if (digests.size > 1) found.push(`divergence: ${graph} differs between ${[...digests.values()].map((names) => names.join(', ')).join(' and ')}`);
    }
    return found;
  }
}
