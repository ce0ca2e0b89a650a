// What became of a commit whose reply was lost (SAFETY 14): the leader of a later term is asked for its request id.
// Present: it is committed. Absent, under a later, proved term: it can never commit.

import type { Clock } from '../base/clock.js';
import type { Asker, OutcomeAnswer } from '../cluster/ask.js';
import type { Database } from '../database/database.js';
import type { Counters } from '../graph/writer.js';
import { noCounters } from '../graph/writer.js';
import type { Graph } from './graphs.js';
import type { Leader, LeaderSearch } from './leader-search.js';

export type Settled =
  | { readonly kind: 'committed'; readonly bookmark: string; readonly counters: Counters }
  | { readonly kind: 'never' }
  | { readonly kind: 'pending' };

const ASK_TIMEOUT_MS = 1000;

export class Settlement {
  readonly #search: LeaderSearch;
  readonly #asker: Asker;
  readonly #clock: Clock;

  constructor(search: LeaderSearch, asker: Asker, clock: Clock) {
    this.#search = search;
    this.#asker = asker;
    this.#clock = clock;
  }

  /** `term`: the one under which the request was sent. */
  async settle(graph: Graph, requestId: string, term: number, deadline: number): Promise<Settled> {
    for (;;) {
      const settled = await this.look(graph, requestId, term);
      if (settled.kind !== 'pending' || this.#clock.nowMs() >= deadline) return settled;
      await this.#search.changed();
    }
  }

  /** One look, without waiting for an election. */
  async look(graph: Graph, requestId: string, term: number): Promise<Settled> {
    const { local } = graph;
    const here = local?.outcome(requestId);
    if (local !== undefined && here !== undefined) return { kind: 'committed', bookmark: local.bookmark(here.transactionId), counters: here.counters };
    const leader = this.#search.known(graph);
    if (leader === undefined) return { kind: 'pending' };
    try {
      const answer = await this.#ask(leader, graph, requestId);
      if (answer.found !== undefined) return { kind: 'committed', bookmark: answer.found.bookmark, counters: answer.found.counters ?? noCounters() };
      return answer.settled && answer.term > term ? { kind: 'never' } : { kind: 'pending' };
    } catch {
      return { kind: 'pending' };
    }
  }

  #ask(leader: Leader, graph: Graph, requestId: string): Promise<OutcomeAnswer> {
    if (leader.kind === 'here') return Promise.resolve(answerOutcome(graph.local, requestId));
    return this.#asker.outcome(leader.server.cluster, graph.id, requestId, ASK_TIMEOUT_MS);
  }
}

/** What this server can say of a request id. */
export function answerOutcome(database: Database | undefined, requestId: string): OutcomeAnswer {
  if (database === undefined) return { found: undefined, settled: false, term: 0 };
  const outcome = database.outcome(requestId);
  const found =
    outcome === undefined
      ? undefined
      : { transactionId: outcome.transactionId, bookmark: database.bookmark(outcome.transactionId), counters: outcome.counters };
  return { found, settled: database.leadingTerm !== undefined && !database.mayYetCommit(requestId), term: database.leadingTerm ?? 0 };
}
