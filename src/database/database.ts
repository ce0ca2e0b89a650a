// One graph on one server: its replica, its query engine, and, while this server leads it, the pipeline
// that commits. Everything of the graph that happens on this server goes through here.

import { type Clock, sleep } from '../base/clock.js';
import type { Logger } from '../base/logger.js';
import { type Random, seededRandom } from '../base/random.js';
import { type Soon, whenReady } from '../base/soon.js';
import { failure, forbiddenOnReadOnlyDatabase, notALeader, type RoleWord } from '../errors/catalogue.js';
import type { Effect } from '../graph/change-set.js';
import { levelOf } from '../graph/change-set-codec.js';
import type { GraphReader } from '../graph/reader.js';
import type { KeySchema } from '../graph/schema.js';
import type { GraphStore, IndexAhead } from '../graph/store.js';
import type { Leadership, Log } from '../log/log.js';
import type { ProcedureRegistry } from '../runtime/execution.js';
import { encodeBookmark } from '../wire/bookmark.js';
import { awaitBookmarks, type ReplicaOf } from './bookmarks.js';
import { SYSTEM } from './catalogue.js';
import { IndexPopulation } from './index-population.js';
import { LeaderPipeline, leaderSwitch } from './leader-pipeline.js';
import { LocalAutoCommit, RepeatedAutoCommit } from './local-auto-commit.js';
import { LocalTransaction } from './local-transaction.js';
import { LogFollower } from './log-follower.js';
import type { CommittedOutcome } from './outcomes.js';
import { type PreparedStatement, QueryEngine } from './query-engine.js';
import { Replica } from './replica.js';
import type { AutoCommit, StatementRequest, Target, TransactionOptions } from './result.js';

export interface DatabaseSettings {
  readonly commitTimeoutMs: number;
  readonly bookmarkTimeoutMs: number;
  readonly queryMemoryBytes: number;
}

export interface DatabaseOptions {
  readonly name: string;
  readonly graphId: string;
  /** A secondary copy never leads. */
  readonly copy: 'primary' | 'secondary';
  readonly life: string;
  readonly store: GraphStore;
  /** A READ_REPLICA has none: it is fed. */
  readonly log: Log | undefined;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly settings: DatabaseSettings;
  readonly procedures: ProcedureRegistry;
  /** What all servers of the cluster can apply (SAFETY 10). */
  readonly featureLevel: () => number;
  /** What it will be once the servers that are alive have been known for a while. */
  readonly featureLevelToBe: () => number;
  /** Bolt address of the leader, for errors that name it. */
  readonly leaderAddress: () => string | undefined;
  /** The replica of `system`, for its bookmarks. */
  readonly replicaOf: ReplicaOf;
  /** Whether a name (an alias, in any case) means this graph. */
  readonly answersTo: (name: string) => boolean;
}

const CATCH_UP_LOOK_MS = 10;
const FILL_LOOK_MS = 2;
/** More than it takes until a level is known. */
const LEVEL_WAIT_MS = 15_000;
const LEVEL_LOOK_MS = 100;
const STALE_AFTER_S = 5;

export class Database implements Target {
  readonly name: string;
  readonly graphId: string;
  readonly copy: 'primary' | 'secondary';
  readonly store: GraphStore;
  readonly replica: Replica;
  readonly clock: Clock;
  readonly settings: DatabaseSettings;
  readonly #options: DatabaseOptions;
  readonly #engine: QueryEngine;
  readonly #follower: LogFollower | undefined;
  readonly #indexes: IndexPopulation;
  #isHeld: boolean;
  /** Transactions that are open here. */
  readonly #open: Set<LocalTransaction>;
  #retired: Error | undefined;
  #pipeline: LeaderPipeline | undefined;
  /** The newest head heard of from a feed. */
  #fedHead: number;
  /** Once it has had all that the log had. */
  #caughtUp: boolean;
  #lastHeardMs: number;
  #lastBookmark: { readonly incarnation: string; readonly transactionId: number; readonly text: string } | undefined;
  /** Of the last head from a feeder. */
  #stamp: number;

  constructor(options: DatabaseOptions) {
    this.name = options.name;
    this.graphId = options.graphId;
    this.copy = options.copy;
    this.store = options.store;
    this.clock = options.clock;
    this.settings = options.settings;
    this.#options = options;
    this.#open = new Set();
    this.#retired = undefined;
    this.replica = new Replica(options.store, options.clock);
    this.#indexes = new IndexPopulation(options.store, options.clock);
    this.replica.onPublished(() => this.#indexes.wake());
    this.#engine = new QueryEngine({
      database: options.name,
      procedures: options.procedures,
      clock: options.clock,
      random: seededRandom(options.random.next()),
      memoryLimitBytes: options.settings.queryMemoryBytes,
    });
    this.#isHeld = false;
    this.#pipeline = undefined;
    this.#fedHead = 0;
    this.#caughtUp = false;
    this.#lastHeardMs = options.clock.nowMs();
    this.#lastBookmark = undefined;
    this.#stamp = 0;
    this.#follower = options.log === undefined ? undefined : new LogFollower(options.log, options.graphId, this.replica, options.clock, options.logger);
  }

  // ------------------------------------------------------------ role

  get role(): RoleWord {
    if (this.copy === 'secondary') return 'READ_REPLICA';
    return this.#pipeline?.isOpen === true ? 'LEADER' : 'FOLLOWER';
  }

  /** The term this server leads under, if it does. */
  get leadingTerm(): number | undefined {
    return this.#pipeline?.isOpen === true ? this.#pipeline.term : undefined;
  }

  /** Whether it can ask the log where its end is (a read replica cannot). */
  get reachesLog(): boolean {
    return this.#options.log !== undefined;
  }

  /** The newest head of the log heard of. */
  get headIndex(): number {
    return Math.max(this.replica.index, this.#follower?.head ?? 0, this.#fedHead);
  }

  /** Entries that it is behind the newest head it knows; undefined before the log was asked. */
  get lag(): number | undefined {
    return this.#follower?.hasAsked === false ? undefined : Math.max(0, this.headIndex - this.replica.index);
  }

  get millisSinceHeard(): number {
    return this.role === 'LEADER' ? 0 : Math.round(this.clock.nowMs() - this.#lastHeardMs);
  }

  /** The log's hint that the head moved. */
  headMoved(head: number): void {
    this.#lastHeardMs = this.clock.nowMs();
    if (this.#pipeline === undefined) this.#follower?.wake(head);
  }

  /** Reads the log now: somebody knows of a commit whose hint from the log may still be on its way. */
  lookAhead(head = 0): void {
    if (this.#pipeline === undefined) this.#follower?.wake(head);
  }

  /** A feeder's entries and the head it knows. Rejects with Quarantined. */
  fed(index: number, payload: Uint8Array, head: number): Promise<void> {
    this.#fedHead = Math.max(this.#fedHead, head);
    return this.replica.ingest(index, payload);
  }

  /** Whether this secondary copy is to stay as it is. */
  get isHeld(): boolean {
    return this.#isHeld;
  }

  /** A secondary copy takes nothing more in, until it is let go on or its server is started again. Raises where the copy is a primary. */
  hold(held: boolean): void {
    if (this.copy !== 'secondary') {
      throw failure('argumentError', `The copy of database '${this.name}' on this server is a primary; only a secondary can be paused.`);
    }
    if (held && !this.#caughtUp) {
      if (this.#isBehind) throw this.#starting();
      this.#caughtUp = true;
    }
    this.#isHeld = held;
    if (held) this.#follower?.pause();
    else this.#follower?.resume();
  }

  /** A head that a CORE vouched for `ageMs` ago; the same stamp is the same news, however often it is passed on (SAFETY 24). */
  heardFromFeeder(head: number, stamp: number, ageMs: number): void {
    this.#fedHead = Math.max(this.#fedHead, head);
    if (stamp === this.#stamp) return;
    this.#stamp = stamp;
    this.#lastHeardMs = Math.max(this.#lastHeardMs, this.clock.nowMs() - ageMs);
  }

  /** When a CORE last vouched for the head, as it is passed on to those who are fed from here. */
  get heard(): { readonly stamp: number; readonly ageMs: number } {
    const ageMs = this.role === 'LEADER' ? 0 : this.clock.nowMs() - this.#lastHeardMs;
    return { stamp: this.#options.log === undefined ? this.#stamp : this.clock.nowMs() - ageMs, ageMs };
  }

  /** Words for people when nothing was heard for long; empty else. */
  get staleness(): string {
    if (this.#isHeld) return 'this copy is paused: CALL dbms.cluster.secondaryReplicationDisable(name, false) on this server lets it go on';
    const seconds = Math.floor(this.millisSinceHeard / 1000);
    return seconds < STALE_AFTER_S ? '' : `nothing heard of the log for ${seconds} s: what is read here may be that old`;
  }

  /** Takes over under a term that this process won. Resolves when open for writes, or when it is lost again. */
  async lead(term: number): Promise<boolean> {
    const { log, logger, clock, random, featureLevel } = this.#options;
    if (log === undefined || this.replica.quarantine !== undefined) return false;
    // Told twice of one term (by an event, and by the campaign), the second call finds what the first has begun.
    for (let before = this.#pipeline; before !== undefined; before = this.#pipeline) {
      if (before.term >= term) return before.isOpen;
      before.depose(`a newer term ${term} was won`);
      await before.idle();
    }
    this.#follower?.pause();
    const onLost = (reason: string) => {
      logger.warn({ graph: this.name, term, reason }, 'leadership lost');
      if (this.#pipeline !== pipeline) return;
      this.#pipeline = undefined;
      this.#follower?.resume();
    };
    const { replica, graphId: graph } = this;
    const pipeline: LeaderPipeline = new LeaderPipeline({ log, graph, term, replica, clock, random, featureLevel, onLost });
    this.#pipeline = pipeline;
    const open = await pipeline.open();
    if (open) logger.info({ graph: this.name, term }, 'leading');
    return open;
  }

  /** The log's word on who leads. A younger leadership, or one of somebody else, ends ours. */
  leadershipChanged(leadership: Leadership): void {
    this.#lastHeardMs = this.clock.nowMs();
    const pipeline = this.#pipeline;
    if (pipeline === undefined) return;
    const mine = leadership.term === pipeline.term && leadership.life === this.#options.life;
    if (!mine && leadership.term >= pipeline.term) pipeline.depose(`the log names ${leadership.holder ?? 'nobody'} for term ${leadership.term}`);
  }

  /** Stops admitting writes and settles what is open or on its way, within `quietMs`: before a hand-over (SAFETY 28). Returns the term held. */
  async stopLeading(quietMs: number): Promise<number | undefined> {
    const pipeline = this.#pipeline;
    if (pipeline === undefined) return undefined;
    await pipeline.close(quietMs);
    return pipeline.term;
  }

  close(): void {
    this.#indexes.stop();
    this.#follower?.stop();
  }

  // ------------------------------------------------------------ queries

  /** Parsed, checked, planned; raises the user's errors. */
  prepare(text: string, reader: GraphReader = this.store.published): PreparedStatement {
    return this.#engine.prepare(text, reader);
  }

  /** Raises where a statement does not belong on this graph: USE of another one, a command that administers. */
  refuseForeign(prepared: PreparedStatement, text: string): void {
    if (prepared.use !== undefined && !this.#options.answersTo(prepared.use)) {
      throw failure(
        'accessMode',
        `A transaction works on one database: it is on '${this.name}', and the statement uses '${prepared.use}'. Begin a transaction there.`,
      );
    }
    if (this.name !== SYSTEM && prepared.administration !== undefined) {
      throw failure(
        'unsupportedOperation',
        `This is an administration command and it should be executed against the system database: ${prepared.administration.words}`,
      );
    }
    if (this.name === SYSTEM && prepared.touchesGraph) {
      throw failure('unsupportedAdministrationCommand', `Unsupported administration command: ${text.slice(0, 200)}`);
    }
  }

  /** Neo4j's refusal of a write on a server that does not lead. */
  refusal(): Error {
    const leader = this.#options.leaderAddress();
    return this.copy === 'secondary' ? forbiddenOnReadOnlyDatabase(leader) : notALeader('FOLLOWER', leader);
  }

  /** Every read gives one, and most the same as the last. */
  bookmark(transactionId: number): string {
    const { incarnation } = this.replica;
    const last = this.#lastBookmark;
    if (last !== undefined && last.transactionId === transactionId && last.incarnation === incarnation) return last.text;
    const text = encodeBookmark([{ graphId: this.graphId, incarnation, transactionId }]);
    this.#lastBookmark = { incarnation, transactionId, text };
    return text;
  }

  outcome(requestId: string): CommittedOutcome | undefined {
    return this.replica.outcomes.find(requestId);
  }

  /** Whether the request may yet commit under this server's own leadership. */
  mayYetCommit(requestId: string): boolean {
    return this.#pipeline?.holds(requestId) === true;
  }

  async begin(options: TransactionOptions): Promise<LocalTransaction> {
    await this.#ready(options);
    return this.beginLocal(options);
  }

  beginLocal(options: TransactionOptions): LocalTransaction {
    if (this.#retired !== undefined) throw this.#retired;
    const pipeline = options.access === 'READ' ? undefined : this.#pipeline;
    return new LocalTransaction(this, options, this.store.published, pipeline?.isOpen === true ? pipeline : undefined);
  }

  /** Fills the index that a constraint will own, so that writes go on meanwhile. Its release is the caller's; `isEnded` ends the wait. */
  async fillAhead(keys: KeySchema, isEnded: () => boolean): Promise<IndexAhead | undefined> {
    const ahead = this.store.fillAhead(keys);
    if (ahead === undefined) return undefined;
    const release = () => {
      ahead.release();
      this.#indexes.wake();
    };
    this.#indexes.wake();
    for (;;) {
      const { state, failure: why } = ahead.population();
      if (state === 'ONLINE' || isEnded()) return { ...ahead, release };
      if (state === 'FAILED') {
        release();
        throw failure('memoryPoolOutOfMemory', why);
      }
      await sleep(this.clock, FILL_LOOK_MS);
    }
  }

  /**
   * A change of the schema may need more than is known of all servers in the first seconds of a cluster (SAFETY 10): it waits for them.
   * Where that is not enough, the pipeline refuses.
   */
  async untilAllCan(effects: readonly Effect[], isEnded: () => boolean): Promise<void> {
    const level = effects.reduce((most, effect) => Math.max(most, levelOf(effect)), 0);
    const { featureLevel, featureLevelToBe } = this.#options;
    const until = this.clock.nowMs() + LEVEL_WAIT_MS;
    while (level > Math.max(this.replica.featureLevel, featureLevel()) && level <= featureLevelToBe() && this.clock.nowMs() < until && !isEnded()) {
      await sleep(this.clock, LEVEL_LOOK_MS);
    }
  }

  opened(transaction: LocalTransaction): void {
    this.#open.add(transaction);
  }

  ended(transaction: LocalTransaction): void {
    this.#open.delete(transaction);
  }

  /** The graph was dropped or stopped: nothing begins here any more, and what is open ends. */
  retire(reason: Error): void {
    this.#retired = reason;
    for (const transaction of [...this.#open]) transaction.terminate(reason);
  }

  /** Whether a transaction that may write has been open for so long. */
  hasWriterSince(ms: number): boolean {
    for (const transaction of this.#open) if (transaction.mayWrite && transaction.ageMs >= ms) return true;
    return false;
  }

  /** The graph takes no writes any more. */
  endWriters(reason: Error): void {
    for (const transaction of [...this.#open]) if (transaction.hasWritten) transaction.terminate(reason);
  }

  run(request: StatementRequest, options: TransactionOptions): Soon<AutoCommit> {
    return whenReady(this.#ready(options), () => this.#start(request, options));
  }

  #start(request: StatementRequest, options: TransactionOptions): Soon<AutoCommit> {
    const prepared = this.prepare(request.text);
    const writes = prepared.writes && prepared.mode !== 'explain';
    if (writes) {
      const known = this.outcome(options.requestId);
      if (known !== undefined) return this.#repeated(prepared, known);
      this.replica.outcomes.refuseReused(options.requestId);
    }
    const transaction = this.beginLocal(options);
    return whenReady(transaction.run(request), (run) => new LocalAutoCommit(this, request, options, transaction, run, writes));
  }

  /** Runs `work` alone at the head of the pipeline. */
  exclusively<T>(work: () => Promise<T>): Promise<T> {
    return this.#pipeline === undefined ? Promise.reject(leaderSwitch()) : this.#pipeline.exclusive(work);
  }

  /** Waits for what the request says it must see. */
  #ready(options: TransactionOptions): Soon<void> {
    if (this.replica.quarantine !== undefined) {
      throw failure('databaseUnavailable', `Database '${this.name}' is quarantined on this server: ${this.replica.quarantine}`);
    }
    const { consistency, bookmarks } = options;
    const mayStart = this.#caughtUp && (consistency === 'eventual' || (consistency === 'bookmark' && bookmarks.length === 0));
    return mayStart ? undefined : this.#becomeReady(options);
  }

  async #becomeReady(options: TransactionOptions): Promise<void> {
    const { bookmarkTimeoutMs } = this.settings;
    if (!this.#caughtUp) await this.#catchUp(bookmarkTimeoutMs);
    if (options.consistency === 'linearizable') await this.#linearize(bookmarkTimeoutMs);
    if (options.consistency !== 'eventual' && options.bookmarks.length > 0) {
      this.lookAhead();
      await awaitBookmarks(
        options.bookmarks,
        (id) => (id === this.graphId ? this.replica : this.#options.replicaOf(id)),
        options.bookmarkWaitMs ?? bookmarkTimeoutMs,
      );
    }
  }

  /** A copy that was just opened reads the log first: it must not pass for an empty graph. */
  async #catchUp(timeoutMs: number): Promise<void> {
    const until = this.clock.nowMs() + timeoutMs;
    while (this.#isBehind) {
      if (this.clock.nowMs() >= until) throw this.#starting();
      await sleep(this.clock, CATCH_UP_LOOK_MS);
    }
    this.#caughtUp = true;
  }

  get #isBehind(): boolean {
    return this.replica.index === 0 || this.replica.index < this.headIndex;
  }

  #starting(): Error {
    return failure('databaseUnavailable', `Database '${this.name}' is still starting on this server. Try again.`);
  }

  /** At least everything acknowledged anywhere before now: one barrier, then wait until it is applied (SAFETY 25). */
  async #linearize(timeoutMs: number): Promise<void> {
    const { log } = this.#options;
    const unavailable = () =>
      failure(
        'databaseUnavailable',
        'A linearizable read needs the log, and it did not answer in time. Try again, or ask with less: Causeway-Consistency: bookmark.',
      );
    if (log === undefined) throw failure('databaseUnavailable', 'A read replica cannot serve a linearizable read; send it to a core server.');
    let head: number;
    try {
      head = (await log.barrier([this.graphId])).get(this.graphId) ?? 0;
    } catch {
      throw unavailable();
    }
    this.lookAhead(head);
    if (!(await this.replica.waitForIndex(head, timeoutMs))) throw unavailable();
  }

  #repeated(prepared: PreparedStatement, known: CommittedOutcome): AutoCommit {
    return new RepeatedAutoCommit(prepared.columns, {
      database: this.name,
      type: prepared.columns.length > 0 ? 'rw' : 'w',
      counters: known.counters,
      plan: undefined,
      bookmark: this.bookmark(known.transactionId),
      availableAfterMs: 0,
      consumedAfterMs: 0,
    });
  }
}
