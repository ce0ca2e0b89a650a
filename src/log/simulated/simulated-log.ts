// One server's view of the simulated log. A request goes there and back over two drawn delays; where one of them
// meets a fault the sender is told what a sender over a real network would know, and no more.

import { assert } from '../../base/assert.js';
import { sleep } from '../../base/clock.js';
import { failure } from '../../errors/catalogue.js';
import { CausewayError } from '../../errors/error.js';
import type {
  AppendOutcome,
  AppendRequest,
  CampaignOutcome,
  GraphId,
  Leadership,
  LiveServer,
  Log,
  LogEvents,
  LogPosition,
  ReadResult,
  ServerRecord,
} from '../log.js';
import { type GraphState, type Holder, leadershipOf, positionOf } from '../rules.js';
import type { Surroundings, Way } from './simulated-cluster.js';
import type { StoreChange } from './store.js';

interface Followed {
  head: number;
  leadership: string;
}

/** By how many entries a stale answer is behind. */
const STALE_ENTRIES = { min: 1, max: 4 };

export class SimulatedLog implements Log {
  readonly description = { engine: 'simulated', durability: 'none: it lives in the memory of one process' };
  readonly serverName: string;
  readonly #around: Surroundings;
  readonly #followed = new Map<GraphId, Followed>();
  #events: LogEvents | undefined;
  #record: ServerRecord | undefined;
  #holder: Holder | undefined;
  #servers = '';
  #lastBeatMs = 0;
  #lastAliveMs = 0;
  #lossReported = false;
  #refreshPlanned = false;
  #ended = false;

  constructor(serverName: string, around: Surroundings) {
    this.serverName = serverName;
    this.#around = around;
  }

  get holder(): Holder | undefined {
    return this.#holder;
  }

  async open(server: ServerRecord, events: LogEvents): Promise<void> {
    assert(server.name === this.serverName, `the log of ${this.serverName} is opened as ${server.name}`);
    this.#record = server;
    this.#holder = await this.#request(() => this.#around.store.openSession(server, this.#around.leaseMs, this.#nowMs()));
    this.#events = events;
    this.#lastBeatMs = this.#nowMs();
    this.#lastAliveMs = this.#lastBeatMs;
    this.#planKeepalive();
    this.#planRefresh();
  }

  announce(server: ServerRecord): Promise<void> {
    this.#record = server;
    return this.#request(() => this.#around.store.announce(server));
  }

  servers(): Promise<readonly LiveServer[]> {
    return this.#request(() => this.#around.store.servers());
  }

  beat(): void {
    this.#lastBeatMs = this.#nowMs();
  }

  async append(requests: readonly AppendRequest[]): Promise<readonly AppendOutcome[]> {
    assert(new Set(requests.map((request) => request.graph)).size === requests.length, 'the requests of one append are of different graphs');
    const { store } = this.#around;
    const faults = this.#around.faults();
    const me = this.#me();
    const ambiguous = (reason: string): readonly AppendOutcome[] => requests.map(() => ({ kind: 'ambiguous', reason }));
    const { chance, clock } = this.#around;
    if (chance(faults.ambiguousNotApplied)) return this.#givenUp(ambiguous('the request was lost'));
    if (chance(faults.ambiguousAppliedLate)) {
      clock.after(faults.requestTimeoutMs + this.#around.draw(faults.lateMs), () => void store.append(requests, me));
      return this.#givenUp(ambiguous('the request is late'));
    }
    const answerLost = chance(faults.ambiguousApplied);
    try {
      const outcomes = await this.#request(() => store.append(requests, me));
      return answerLost ? ambiguous('the answer was lost') : outcomes;
    } catch (error) {
      if (error instanceof CausewayError) return ambiguous(error.message);
      throw error;
    }
  }

  async #givenUp<T>(answer: T): Promise<T> {
    await sleep(this.#around.clock, this.#around.faults().requestTimeoutMs);
    await this.#running();
    return answer;
  }

  position(graph: GraphId): Promise<LogPosition> {
    return this.#request(() => positionOf(this.#stateSeen(graph)));
  }

  read(graph: GraphId, fromIndex: number, limitBytes: number): Promise<ReadResult> {
    return this.#request(() => {
      const { head } = this.#stateSeen(graph);
      const result = this.#around.store.read(graph, fromIndex, limitBytes);
      return { ...result, head, entries: result.entries.filter(({ index }) => index <= head) };
    });
  }

  follow(graph: GraphId): void {
    if (this.#followed.has(graph)) return;
    this.#followed.set(graph, { head: -1, leadership: '' });
    this.#planRefresh();
  }

  unfollow(graph: GraphId): void {
    this.#followed.delete(graph);
  }

  truncate(graph: GraphId, term: number, index: number): Promise<'truncated' | 'termLost'> {
    const me = this.#me();
    return this.#request(() => this.#around.store.truncate(graph, term, index, me));
  }

  async campaign(graph: GraphId): Promise<CampaignOutcome> {
    const me = this.#me();
    try {
      return await this.#request<CampaignOutcome>(() => {
        this.#around.store.expireSessions(this.#nowMs());
        if (!this.#around.store.hasSession(me)) return { kind: 'unavailable', reason: 'this server has no session' };
        return this.#around.store.campaign(graph, me);
      });
    } catch (error) {
      if (error instanceof CausewayError) return { kind: 'unavailable', reason: error.message };
      throw error;
    }
  }

  leadership(graph: GraphId): Promise<Leadership> {
    return this.#request(() => leadershipOf(graph, this.#stateSeen(graph)));
  }

  resign(graph: GraphId, term: number): Promise<void> {
    const me = this.#me();
    return this.#request(() => this.#around.store.resign(graph, term, me));
  }

  handOver(graph: GraphId, term: number, to: string): Promise<'moved' | 'termLost' | 'noSuchServer'> {
    const me = this.#me();
    return this.#request(() => this.#around.store.handOver(graph, term, to, me));
  }

  expel(server: string, life: string): Promise<void> {
    return this.#request(() => this.#around.store.endSession(server, life));
  }

  barrier(graphs: readonly GraphId[]): Promise<ReadonlyMap<GraphId, number>> {
    return this.#request(() => new Map(graphs.map((graph) => [graph, this.#around.store.state(graph).head])));
  }

  async close(): Promise<void> {
    if (this.#ended) return;
    const holder = this.#holder;
    if (holder !== undefined && this.#reachable('to')) this.#around.store.endSession(holder.name, holder.life);
    this.die();
    this.#around.closed(this);
  }

  /** Nothing is sent, answered or told any more. */
  die(): void {
    this.#ended = true;
    this.#events = undefined;
  }

  /** Something changed in the store. */
  changed(change: StoreChange): void {
    if (change.servers || change.graphs.some((graph) => this.#followed.has(graph))) this.#planRefresh();
  }

  /** After a pause or a partition: what was missed is told. */
  wake(): void {
    this.#planRefresh();
  }

  /** The present state, or (`staleRead`) one of a moment before, with a lower head. */
  #stateSeen(graph: GraphId): GraphState {
    const { store, chance, faults, draw } = this.#around;
    const state = store.state(graph);
    if (!chance(faults().staleRead)) return state;
    const head = Math.max(state.floor, state.head - Math.round(draw(STALE_ENTRIES)));
    return head === 0 ? state : { ...state, head };
  }

  #reachable(way: Way): boolean {
    return this.#around.reachable(this.serverName, way);
  }

  #nowMs(): number {
    return this.#around.clock.nowMs();
  }

  #me(): Holder {
    assert(this.#holder !== undefined, 'the log is open');
    return this.#holder;
  }

  async #running(): Promise<void> {
    await this.#around.untilRunning(this.serverName);
    // One of its own: whoever waits for one that all share is kept as long as it.
    if (this.#ended) await new Promise<never>(() => {});
  }

  /** Sends, works in one atomic step, and brings the answer back. Rejects when the log cannot be reached on either way. */
  async #request<T>(work: () => T): Promise<T> {
    if (this.#ended) throw failure('databaseUnavailable', 'The log is closed.');
    await this.#way('to');
    const answer = work();
    await this.#way('from');
    return answer;
  }

  async #way(way: Way): Promise<void> {
    const { clock, draw, faults } = this.#around;
    await sleep(clock, draw(faults().latencyMs));
    await this.#running();
    if (this.#reachable(way)) return;
    await sleep(clock, faults().requestTimeoutMs);
    await this.#running();
    throw failure('databaseUnavailable', 'The log cannot be reached.');
  }

  #planKeepalive(): void {
    this.#around.clock.after(this.#around.leaseMs / 3, () => {
      if (this.#ended) return;
      if (!this.#around.paused(this.serverName)) this.#keepAlive();
      this.#planKeepalive();
    });
  }

  #keepAlive(): void {
    const { store, faults, chance, leaseMs, watchdogMs } = this.#around;
    const nowMs = this.#nowMs();
    const me = this.#me();
    if (!this.#reachable('to') || !this.#reachable('from')) {
      if (this.#reachable('to')) store.keepAlive(me, nowMs);
      if (nowMs - this.#lastAliveMs > leaseMs) this.#reportLoss('the log cannot be reached');
      return;
    }
    if (chance(faults().sessionLost)) store.endSession(me.name, me.life);
    if (nowMs - this.#lastBeatMs > watchdogMs) {
      store.endSession(me.name, me.life);
      this.#reportLoss(`the main loop did not beat for ${watchdogMs} ms`);
      return;
    }
    if (!store.keepAlive(me, nowMs)) this.#reopen(nowMs);
    this.#lastAliveMs = nowMs;
  }

  #reopen(nowMs: number): void {
    this.#reportLoss('the session ran out or was ended');
    if (this.#record !== undefined) this.#holder = this.#around.store.openSession(this.#record, this.#around.leaseMs, nowMs);
    this.#lossReported = false;
  }

  #reportLoss(reason: string): void {
    if (this.#lossReported) return;
    this.#lossReported = true;
    this.#events?.onSessionLost(reason);
  }

  #planRefresh(): void {
    if (this.#refreshPlanned || this.#ended) return;
    this.#refreshPlanned = true;
    const { clock, draw, faults } = this.#around;
    clock.after(draw(faults().eventDelayMs), () => {
      this.#refreshPlanned = false;
      if (!this.#ended && this.#reachable('from') && !this.#around.paused(this.serverName)) this.#refresh();
    });
  }

  #refresh(): void {
    const events = this.#events;
    if (events === undefined) return;
    const { chance, faults } = this.#around;
    for (const [graph, told] of this.#followed) {
      const state = this.#around.store.state(graph);
      const leadership = leadershipOf(graph, state);
      const signature = JSON.stringify(leadership);
      if (told.leadership !== signature) {
        told.leadership = signature;
        if (!chance(faults().lostEvent)) events.onLeadership(leadership);
      }
      if (told.head !== state.head) {
        told.head = state.head;
        if (!chance(faults().lostEvent)) events.onHead(graph, state.head);
      }
    }
    const servers = this.#around.store.servers();
    const signature = JSON.stringify(servers);
    if (signature === this.#servers) return;
    this.#servers = signature;
    events.onServers(servers);
  }
}
