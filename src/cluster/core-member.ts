// A CORE among the others: its session in the log's engine, campaigns for vacant graphs, and the presence of the
// read replicas that are connected to it. What to do is decided in `elections.ts`; here it is done.

import { type Clock, sleep } from '../base/clock.js';
import type { Logger } from '../base/logger.js';
import { fraction, type Random } from '../base/random.js';
import type { Database } from '../database/database.js';
import { FEATURE_LEVEL_FLOOR } from '../graph/entry.js';
import type { Leadership, LiveServer, Log, ServerRecord } from '../log/log.js';
import { balanceMoves, type Move } from './balance.js';
import { campaignDelayMs, handOverTarget, isCloseBehind } from './elections.js';
import { FeatureLevel } from './feature-level.js';
import { Changes, type KnownGraph, type Membership } from './membership.js';

const BEAT_MS = 250;
const RETRY_CAMPAIGN_MS = 250;
const RETRY_GIVING_MS = 250;
const LOG_LOOK_MS = 20;
const RECHECK_MS = 2000;
const RECHECKED_AT_ONCE = 32;
const BALANCE_MS = 500;
const LEVEL_MS = 1000;
const MOVES_AT_ONCE_MAX = 4;
/** How long a hand-over waits for open write transactions (SAFETY 28). Nobody else may write meanwhile. */
const QUIET_MS = 150;
/** A transaction that has been open for longer will not be over by then: to balance, it is waited for before, while others write. */
const LASTING_MS = 100;
const PATIENCE_MS = 10_000;
/** How long a server may take to say how far it is: to balance, and when the server stops. */
const POSITIONS_MS = 1000;
const POSITIONS_AT_STOP_MS = 100;
/** What is not handed over by then ends with the session. */
const LEAVE_MS_MAX = 1500;

/** The log's last entry that the server has, of each graph it holds, by id. Rejects where it does not say so in time. */
export type Positions = (server: LiveServer, timeoutMs: number) => Promise<ReadonlyMap<string, number>>;

interface Hosted {
  readonly database: Database;
  cancelCampaign: () => void;
  campaigning: boolean;
  moving: boolean;
  /** Since when it would have been given away to balance, but for transactions that are open. */
  movableSinceMs: number | undefined;
}

export class CoreMember implements Membership {
  readonly #log: Log;
  readonly #self: ServerRecord;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #logger: Logger;
  readonly #positions: Positions;
  /** Names of the servers that are asked for theirs, to balance. */
  readonly #asked: Set<string>;
  readonly #hosted: Map<string, Hosted>;
  readonly #leaderships: Map<string, Leadership>;
  readonly #replicas: Map<string, LiveServer>;
  readonly #changes: Changes;
  readonly #graphs: Map<string, KnownGraph>;
  /** Names of the live servers that may lead a graph, by its id; emptied where that may have changed. */
  readonly #eligibleFor: Map<string, readonly string[]>;
  /** The last look gave nothing away, and nothing has changed since. */
  #isBalanced: boolean;
  /** The graph after which the next recheck goes on. */
  #rechecked: number;
  #servers: readonly LiveServer[];
  readonly #featureLevels: FeatureLevel;
  #featureLevel: number;
  #leaving: boolean;
  /** It stops soon: then all is handed over at once. */
  #keepsAll: boolean;
  #stopTimers: (() => void)[];

  constructor(log: Log, self: ServerRecord, clock: Clock, random: Random, logger: Logger, positions: Positions) {
    this.#log = log;
    this.#self = self;
    this.#clock = clock;
    this.#random = random;
    this.#logger = logger;
    this.#positions = positions;
    this.#asked = new Set();
    this.#hosted = new Map();
    this.#leaderships = new Map();
    this.#replicas = new Map();
    this.#changes = new Changes();
    this.#graphs = new Map();
    this.#eligibleFor = new Map();
    this.#isBalanced = false;
    this.#rechecked = 0;
    this.#servers = [];
    this.#featureLevels = new FeatureLevel(FEATURE_LEVEL_FLOOR);
    this.#featureLevel = FEATURE_LEVEL_FLOOR;
    this.#leaving = false;
    this.#keepsAll = false;
    this.#stopTimers = [];
  }

  /** `onHead` hears of every graph, also of those that this server holds no copy of. */
  async join(onHead: (graph: string, head: number) => void): Promise<void> {
    let told = false;
    await this.#log.open(this.#self, {
      onHead: (graph, head) => {
        this.#hosted.get(graph)?.database.headMoved(head);
        onHead(graph, head);
      },
      onLeadership: (leadership) => this.#leadershipChanged(leadership),
      onServers: (servers) => {
        told = true;
        this.#serversAre(servers);
        this.#changes.tell();
      },
      onSessionLost: (reason) => this.#logger.warn({ reason }, 'the session with the log was lost; every leadership with it'),
    });
    const servers = await this.#log.servers();
    // An event that came before the answer may be newer than it.
    if (!told) this.#serversAre(servers);
    this.#every(BEAT_MS, () => this.#log.beat());
    this.#every(RECHECK_MS, () => this.#recheck());
    this.#every(LEVEL_MS, () => this.#lookAtLevels());
    this.#every(BALANCE_MS, () => this.#balance());
  }

  servers(): readonly LiveServer[] {
    return [...this.#servers, ...this.#replicas.values()];
  }

  leadership(graphId: string): Leadership | undefined {
    return this.#leaderships.get(graphId);
  }

  leaderships(): readonly Leadership[] {
    return [...this.#leaderships.values()];
  }

  featureLevel(): number {
    return this.#featureLevel;
  }

  onChange(listener: () => void): () => void {
    return this.#changes.add(listener);
  }

  /** A read replica is connected to this server, or was. */
  replicaPresent(record: ServerRecord, alive: boolean): void {
    const known = this.#replicas.get(record.name);
    if (!alive && known?.life !== record.life) return;
    this.#replicas.set(record.name, { ...record, alive });
    this.#changes.tell();
  }

  graphIs(graph: KnownGraph): void {
    const isNew = !this.#graphs.has(graph.id);
    this.#graphs.set(graph.id, graph);
    this.#eligibleFor.delete(graph.id);
    this.#isBalanced = false;
    if (!isNew) return;
    this.#log.follow(graph.id);
    void this.#ask(graph.id);
  }

  graphIsGone(graphId: string): void {
    this.#graphs.delete(graphId);
    this.#eligibleFor.delete(graphId);
    this.#leaderships.delete(graphId);
    this.#log.unfollow(graphId);
    this.#isBalanced = false;
  }

  register(database: Database): void {
    const hosted: Hosted = { database, cancelCampaign: () => {}, campaigning: false, moving: false, movableSinceMs: undefined };
    this.#hosted.set(database.graphId, hosted);
    const known = this.#leaderships.get(database.graphId);
    if (known === undefined) void this.#ask(database.graphId);
    else this.#follow(hosted, known);
  }

  async unregister(graphId: string): Promise<void> {
    const hosted = this.#hosted.get(graphId);
    if (hosted === undefined) return;
    this.#hosted.delete(graphId);
    await this.#giveAway(hosted);
    hosted.database.close();
  }

  suspect(server: LiveServer): void {
    if (server.kind !== 'CORE') return;
    this.expel(server, 'connectionRefused').catch((error) => this.#logger.debug({ error, server: server.name }, 'expel failed'));
  }

  expel(server: LiveServer, proof: 'connectionRefused' | 'majority'): Promise<void> {
    return this.#log.expel(server.name, server.life, proof);
  }

  /** Gives nothing away any more, until it leaves. */
  keepAll(): void {
    this.#keepsAll = true;
  }

  async leave(): Promise<void> {
    this.#leaving = true;
    for (const stop of this.#stopTimers) stop();
    const targets = this.#otherCores();
    const positions = await this.#positionsOf(targets.map(({ name }) => name));
    const stopped = [...this.#hosted.values()].map((hosted) => {
      const { graphId, replica } = hosted.database;
      const eligible = targets.filter(({ name }) => this.#eligible(graphId).includes(name));
      const ready = eligible.filter(({ name }) => isCloseBehind(positions.get(name)?.get(graphId), replica.index));
      const to = handOverTarget(ready.length > 0 ? ready : eligible);
      const target = targets.find(({ name }) => name === to);
      if (target !== undefined && hosted.database.role === 'LEADER') target.leaderships++;
      return this.#giveAway(hosted, to);
    });
    // The log may have lost its majority, as when the whole cluster stops.
    let cancel = () => {};
    const enough = new Promise<void>((resolve) => {
      cancel = this.#clock.after(LEAVE_MS_MAX, resolve);
    });
    await Promise.race([Promise.all(stopped), enough]);
    cancel();
    for (const { database } of this.#hosted.values()) database.close();
    await this.#log.close();
  }

  /** Of those that say so in time: what they have, by name. */
  async #positionsOf(names: readonly string[]): Promise<ReadonlyMap<string, ReadonlyMap<string, number>>> {
    if (![...this.#hosted.values()].some(({ database }) => database.role === 'LEADER')) return new Map();
    const asked = this.#servers.filter((server) => server.alive && names.includes(server.name));
    const answers = await Promise.allSettled(asked.map((server) => this.#positions(server, POSITIONS_AT_STOP_MS)));
    return new Map(answers.flatMap((answer, at) => (answer.status === 'fulfilled' ? [[(asked[at] as LiveServer).name, answer.value] as const] : [])));
  }

  /** Hands the leadership over, if there is one; to nobody in particular without `to`. */
  async #giveAway(hosted: Hosted, to?: string): Promise<void> {
    const { database, cancelCampaign } = hosted;
    cancelCampaign();
    const term = await database.stopLeading(QUIET_MS);
    if (term === undefined) return;
    // Nobody else leads while the log names us, and here writes are refused already: it is asked until it has heard.
    while (!(await this.#givenAway(database, term, to)) && !this.#leaving && this.#holds(database.graphId, term)) await sleep(this.#clock, RETRY_GIVING_MS);
  }

  async #givenAway({ graphId, name }: Database, term: number, to: string | undefined): Promise<boolean> {
    try {
      if (to === undefined || (await this.#log.handOver(graphId, term, to)) !== 'moved') await this.#log.resign(graphId, term);
      return true;
    } catch (error) {
      this.#logger.warn({ graph: name, error, next: this.#leaving ? 'the leadership ends with the session' : 'again soon' }, 'hand-over failed');
      return false;
    }
  }

  #holds(graphId: string, term: number): boolean {
    const known = this.#leaderships.get(graphId);
    return known?.term === term && known.life === this.#self.life;
  }

  #serversAre(servers: readonly LiveServer[]): void {
    this.#servers = servers;
    this.#eligibleFor.clear();
    this.#isBalanced = false;
  }

  /** Names of the live servers that may lead the graph. */
  #eligible(graphId: string): readonly string[] {
    const known = this.#eligibleFor.get(graphId);
    if (known !== undefined) return known;
    const graph = this.#graphs.get(graphId);
    const names = this.#servers.filter((server) => server.alive && graph?.mayLead(server) === true).map((server) => server.name);
    this.#eligibleFor.set(graphId, names);
    return names;
  }

  #balance(): void {
    if (this.#keepsAll || this.#leaving || this.#isBalanced) return;
    const cores = this.#servers.filter((server) => server.alive && server.kind === 'CORE');
    const servers = cores.map(({ name, prefersToLead }) => ({ name, prefers: prefersToLead }));
    const graphs = [...this.#graphs.values()].map(({ id, name }) => ({
      id,
      name,
      leader: this.#leaderships.get(id)?.holder,
      eligible: this.#eligible(id),
    }));
    const moves = balanceMoves(this.#self.name, servers, graphs, MOVES_AT_ONCE_MAX);
    this.#isBalanced = moves.length === 0;
    for (const to of new Set(moves.map((move) => move.to))) {
      const its = moves.filter((move) => move.to === to);
      void this.#moveTo(to, its);
    }
  }

  /** A server that is just starting, or does not answer, gets nothing yet: nobody could write meanwhile. */
  async #moveTo(to: string, moves: readonly Move[]): Promise<void> {
    const server = this.#servers.find(({ name }) => name === to);
    if (server === undefined || this.#asked.has(to)) return;
    this.#asked.add(to);
    // Where this server is when it asks: who keeps up has as much by the time it answers.
    const positioned = moves.map((move) => ({ move, own: this.#hosted.get(move.graph)?.database.replica.index ?? 0 }));
    try {
      const positions = await this.#positions(server, POSITIONS_MS);
      for (const { move, own } of positioned) if (isCloseBehind(positions.get(move.graph), own)) void this.#move(move);
    } catch (error) {
      this.#logger.debug({ server: to, error }, 'not balanced yet: the server does not say how far it is');
    } finally {
      this.#asked.delete(to);
    }
  }

  async #move({ graph, to }: Move): Promise<void> {
    const hosted = this.#hosted.get(graph);
    if (hosted === undefined || hosted.moving || this.#keepsAll || hosted.database.role !== 'LEADER') return;
    hosted.movableSinceMs ??= this.#clock.nowMs();
    if (hosted.database.hasWriterSince(LASTING_MS) && this.#clock.nowMs() - hosted.movableSinceMs < PATIENCE_MS) return;
    hosted.movableSinceMs = undefined;
    hosted.moving = true;
    this.#logger.info({ graph: hosted.database.name, to }, 'handing the leadership over, for balance');
    await this.#giveAway(hosted, to);
    hosted.moving = false;
  }

  #otherCores(): { name: string; leaderships: number }[] {
    const led = (name: string) => [...this.#leaderships.values()].filter((leadership) => leadership.holder === name).length;
    return this.#servers
      .filter((server) => server.alive && server.kind === 'CORE' && server.name !== this.#self.name)
      .map((server) => ({ name: server.name, leaderships: led(server.name) }));
  }

  #leadershipChanged(leadership: Leadership): void {
    const known = this.#leaderships.get(leadership.graph);
    // Events may overtake each other: a leadership never goes back to an older term.
    if (known !== undefined && leadership.term < known.term) return;
    this.#leaderships.set(leadership.graph, leadership);
    if (known?.term !== leadership.term || known.holder !== leadership.holder) this.#isBalanced = false;
    const hosted = this.#hosted.get(leadership.graph);
    hosted?.database.leadershipChanged(leadership);
    if (hosted !== undefined) this.#follow(hosted, leadership);
    this.#changes.tell();
  }

  #follow(hosted: Hosted, leadership: Leadership): void {
    if (leadership.holder === undefined) this.#campaignSoon(hosted);
    // Handed over to this very process (SAFETY 28): it was won for us.
    else if (leadership.life === this.#self.life && leadership.term > 0) this.#lead(hosted, leadership.term);
  }

  #campaignSoon(hosted: Hosted): void {
    const { database } = hosted;
    if (this.#leaving || hosted.campaigning || database.copy !== 'primary') return;
    const { lag } = database;
    if (lag === undefined) {
      // Before the log was asked, an old copy looks like a new one.
      hosted.cancelCampaign();
      hosted.cancelCampaign = this.#clock.after(LOG_LOOK_MS, () => this.#campaignSoon(hosted));
      return;
    }
    const delayMs = campaignDelayMs({
      lag,
      leaderships: [...this.#leaderships.values()].filter((leadership) => leadership.life === this.#self.life).length,
      resigned: false,
      tieBreak: fraction(this.#random),
    });
    hosted.cancelCampaign();
    hosted.cancelCampaign = this.#clock.after(delayMs, () => void this.#campaign(hosted));
  }

  async #campaign(hosted: Hosted): Promise<void> {
    if (this.#leaving || hosted.campaigning || hosted.database.replica.quarantine !== undefined) return;
    hosted.campaigning = true;
    try {
      const outcome = await this.#log.campaign(hosted.database.graphId);
      if (outcome.kind === 'won') this.#lead(hosted, outcome.term);
      if (outcome.kind === 'held') this.#leadershipChanged(outcome.leadership);
      if (outcome.kind === 'unavailable') this.#retry(hosted);
    } catch (error) {
      this.#logger.warn({ graph: hosted.database.name, error }, 'campaign failed');
      this.#retry(hosted);
    } finally {
      hosted.campaigning = false;
    }
  }

  #retry(hosted: Hosted): void {
    hosted.cancelCampaign = this.#clock.after(RETRY_CAMPAIGN_MS, () => void this.#campaign(hosted));
  }

  #lead(hosted: Hosted, term: number): void {
    if (this.#leaving) return;
    hosted.database.lead(term).then(
      () => this.#changes.tell(),
      (error) => this.#logger.error({ graph: hosted.database.name, term, error }, 'taking over failed'),
    );
  }

  async #ask(graphId: string): Promise<void> {
    try {
      this.#leadershipChanged(await this.#log.leadership(graphId));
    } catch (error) {
      this.#logger.debug({ graphId, error }, 'asking for the leadership failed');
    }
  }

  #lookAtLevels(): void {
    const level = this.#featureLevels.level(this.servers(), this.#clock.nowMs());
    if (level !== this.#featureLevel) this.#logger.info({ level, before: this.#featureLevel }, 'the feature level of the cluster changed');
    this.#featureLevel = level;
  }

  /** Events are hints: what was missed is found here. A few graphs at a time, or thousands would keep the log busy with questions. */
  #recheck(): void {
    const ids = [...this.#graphs.keys()];
    const count = Math.min(ids.length, RECHECKED_AT_ONCE);
    for (let asked = 0; asked < count; asked++) void this.#ask(ids[(this.#rechecked + asked) % ids.length] as string);
    this.#rechecked = ids.length === 0 ? 0 : (this.#rechecked + count) % ids.length;
  }

  #every(periodMs: number, act: () => void): void {
    let cancel = () => {};
    const again = () => {
      act();
      cancel = this.#clock.after(periodMs, again);
    };
    cancel = this.#clock.after(periodMs, again);
    this.#stopTimers.push(() => cancel());
  }
}
