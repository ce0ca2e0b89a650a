// A writing statement on its way to the leader, wherever that is, taking effect exactly once (SAFETY 5, 13, 14).
//
// Refused by a server that does not lead (any more): not executed, so it goes to the next leader.
// Lost with its leader: the next leader is asked for the request id under its proved term; present: success;
// absent: it can never commit, and is run again, once. What cannot be settled in time is "outcome unknown".

import type { Clock } from '../base/clock.js';
import type { AutoCommit, ResultSummary, StatementRequest, TransactionOptions } from '../database/result.js';
import { codes, failure } from '../errors/catalogue.js';
import { CausewayError } from '../errors/error.js';
import type { RowSink } from '../runtime/execution.js';
import { caughtUp } from './catch-up.js';
import type { Graph } from './graphs.js';
import type { Leader, LeaderSearch } from './leader-search.js';
import type { OpenTransactions } from './open-transactions.js';
import type { Readers } from './readers.js';
import { LeaderLost, ledElsewhere } from './relayed.js';
import type { RemoteServers } from './remote.js';
import type { Settlement } from './settlement.js';

export interface RoutedServices {
  readonly search: LeaderSearch;
  readonly remote: RemoteServers;
  readonly settlement: Settlement;
  readonly clock: Clock;
  readonly open: OpenTransactions;
  readonly readers: Readers;
  /** `routing.catch_up_ms` */
  readonly catchUpMs: number;
}

export class RoutedAutoCommit implements AutoCommit {
  readonly columns: readonly string[];
  onPrepared: ((summary: ResultSummary) => void | Promise<void>) | undefined;
  readonly #services: RoutedServices;
  readonly #graph: Graph;
  readonly #request: StatementRequest;
  readonly #options: TransactionOptions;
  readonly #deadline: number;
  #inner: AutoCommit | undefined;
  #given: number;
  #reruns: number;
  #terminated: Error | undefined;

  constructor(services: RoutedServices, graph: Graph, columns: readonly string[], request: StatementRequest, options: TransactionOptions) {
    this.columns = columns;
    this.onPrepared = undefined;
    this.#services = services;
    this.#graph = graph;
    this.#request = request;
    this.#options = options;
    this.#deadline = services.search.deadline();
    this.#inner = undefined;
    this.#given = 0;
    this.#reruns = 0;
    this.#terminated = undefined;
  }

  get summary(): ResultSummary | undefined {
    return this.#inner?.summary;
  }

  async pull(count: number, sink: RowSink): Promise<boolean> {
    const counting: RowSink = {
      row: (values) => {
        this.#given++;
        sink.row(values);
      },
    };
    let failed: { life: string; term: number } | undefined;
    for (;;) {
      const leader: Leader | undefined = this.#inner === undefined ? await this.#services.search.find(this.#graph, this.#deadline, failed) : undefined;
      if (this.#terminated !== undefined) throw this.#terminated;
      try {
        this.#inner ??= await this.#start(leader as Leader);
        return await this.#ended(await this.#inner.pull(count, counting));
      } catch (error) {
        if (this.#given > 0 || this.#terminated !== undefined) throw error;
        const settled = await this.#afterFailure(error);
        if (settled !== undefined) {
          this.#inner = settled;
          return this.#ended(await settled.pull(count, counting));
        }
        this.#inner = undefined;
        // A server that refuses may be about to lead (it has won, and proves its term now); one that is gone will not.
        failed = error instanceof LeaderLost && leader?.kind === 'there' ? { life: leader.server.life, term: leader.term } : undefined;
      }
    }
  }

  async discard(): Promise<void> {
    while (await this.pull(Number.POSITIVE_INFINITY, { row: () => {} }));
  }

  terminate(reason: Error): void {
    this.#terminated = reason;
    this.#inner?.terminate(reason);
  }

  /** The last rows are out: what was committed elsewhere is to be seen here, too. */
  async #ended(more: boolean): Promise<boolean> {
    const bookmark = this.#inner?.summary?.bookmark;
    if (!more && bookmark !== undefined && this.#options.consistency !== 'eventual') await caughtUp(this.#graph, bookmark, this.#services.catchUpMs);
    return more;
  }

  #start(leader: Leader): Promise<AutoCommit> {
    if (leader.kind === 'here') return this.#startHere();
    return this.#services.remote.run(leader.server, leader.term, this.#request, this.#options);
  }

  async #startHere(): Promise<AutoCommit> {
    const { local } = this.#graph;
    // The copy was closed between the search and now: another server leads by now, or will.
    if (local === undefined) throw failure('notALeader', 'This server holds no copy of the database any more.');
    const result = await local.run(this.#request, this.#options);
    if (this.onPrepared !== undefined) result.onPrepared = this.onPrepared;
    return result;
  }

  /** Throws what the client must see; the settled result; or undefined: run it again. */
  async #afterFailure(error: unknown): Promise<AutoCommit | undefined> {
    if (error instanceof LeaderLost) return this.#settle(error);
    if (!(error instanceof CausewayError)) throw error;
    if (ledElsewhere(error)) return this.#waitForChange();
    // The term was lost before the append: it is in no log and never will be (SAFETY 13).
    if (error.code === codes.leaderSwitch.code) return this.#rerun(error);
    throw error;
  }

  async #settle(lost: LeaderLost): Promise<AutoCommit | undefined> {
    if (!lost.sent) return this.#waitForChange();
    const { requestId } = this.#options;
    const outcome = await this.#services.settlement.settle(this.#graph, requestId, lost.term, this.#deadline);
    if (outcome.kind === 'committed') return lost.prepared(outcome.bookmark, outcome.counters, this.#options.database);
    if (outcome.kind === 'never') return this.#rerun(lost);
    throw failure(
      'commitFailed',
      `The server that ran the statement was lost, and what became of it could not be settled in time. Look the outcome up with the outcome id ${requestId}; do not repeat the statement before.`,
      { outcomeId: requestId },
    );
  }

  /** At most once: a statement that kills its leaders must not walk through the cluster (SAFETY 5). */
  async #rerun(error: unknown): Promise<undefined> {
    if (this.#reruns === 1) {
      throw failure('leaderSwitch', 'The leader was lost twice while it ran this statement. Nothing was changed; it is not run again by itself.', {
        cause: error,
      });
    }
    this.#reruns++;
    return undefined;
  }

  async #waitForChange(): Promise<undefined> {
    if (this.#services.clock.nowMs() >= this.#deadline) {
      throw failure(
        'databaseUnavailable',
        `No leader of database '${this.#graph.name}' took the statement in time (routing.hold_ms). Nothing was changed; try again.`,
      );
    }
    await this.#services.search.changed();
    return undefined;
  }
}
