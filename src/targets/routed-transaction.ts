// An explicit transaction on its leader. When that is lost, the transaction is gone (LeaderSwitch, transient), unless
// COMMIT was sent: then its request id tells what became of it (SAFETY 14, 26).

import type { Soon } from '../base/soon.js';
import type { StatementRequest, StatementResult, Transaction } from '../database/result.js';
import { failure } from '../errors/catalogue.js';
import type { RowSink } from '../runtime/execution.js';
import { caughtUp } from './catch-up.js';
import type { Graph } from './graphs.js';
import { isNotALeader, LeaderLost } from './relayed.js';
import type { RoutedServices } from './routed-auto-commit.js';

export class RoutedTransaction implements Transaction {
  readonly #inner: Transaction;
  readonly #graph: Graph;
  readonly #term: number;
  readonly #services: RoutedServices;

  constructor(inner: Transaction, graph: Graph, term: number, services: RoutedServices) {
    this.#inner = inner;
    this.#graph = graph;
    this.#term = term;
    this.#services = services;
  }

  async run(request: StatementRequest): Promise<StatementResult> {
    const result = await asLeaderSwitch(this.#inner.run(request));
    return {
      columns: result.columns,
      pull: (count: number, sink: RowSink) => asLeaderSwitch(result.pull(count, sink)),
      discard: () => asLeaderSwitch(result.discard()),
      get summary() {
        return result.summary;
      },
    };
  }

  async commit(requestId: string): Promise<string> {
    const bookmark = await this.#commit(requestId);
    await caughtUp(this.#graph, bookmark, this.#services.catchUpMs);
    return bookmark;
  }

  async #commit(requestId: string): Promise<string> {
    try {
      return await this.#inner.commit(requestId);
    } catch (error) {
      if (!(error instanceof LeaderLost) || !error.sent) throw shown(error);
      return this.#settle(requestId, error);
    }
  }

  rollback(): Promise<void> {
    return this.#inner.rollback();
  }

  terminate(reason: Error): void {
    this.#inner.terminate(reason);
  }

  async #settle(requestId: string, lost: LeaderLost): Promise<string> {
    const { settlement, search } = this.#services;
    const outcome = await settlement.settle(this.#graph, requestId, this.#term, search.deadline());
    if (outcome.kind === 'committed') return outcome.bookmark;
    if (outcome.kind === 'never') throw leaderLost(lost);
    throw failure(
      'commitFailed',
      `The leader was lost during COMMIT, and what became of it could not be settled in time. Look it up with the outcome id ${requestId}.`,
      {
        outcomeId: requestId,
        cause: lost,
      },
    );
  }
}

export async function asLeaderSwitch<T>(work: Soon<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw shown(error);
  }
}

/** That a server does not lead is told to nobody who may count on being passed on: what it held for the client is gone. */
export function shown(error: unknown): unknown {
  return error instanceof LeaderLost || isNotALeader(error) ? leaderLost(error) : error;
}

function leaderLost(cause: unknown): Error {
  return failure(
    'leaderSwitch',
    'Could not write to a database due to a cluster leader switch that occurred during the transaction. The transaction is gone; run it again.',
    { cause },
  );
}
