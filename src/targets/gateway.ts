// The one thing a front door is given: run statements and transactions on a graph by name, as a user.
// Routing (local, remote, waiting for an election) is behind it.

import type { Soon } from '../base/soon.js';
import type { ClusterView } from '../cluster/view.js';
import type { Target, Transaction, TransactionOptions } from '../database/result.js';

/** What settled a request id (SAFETY 14). */
export type Outcome = { readonly kind: 'committed'; readonly bookmark: string } | { readonly kind: 'never' } | { readonly kind: 'pending' };

/** Who may go on with an open transaction, and how. */
export interface TransactionClaim {
  readonly user: string;
  /** Resolved. */
  readonly database: string;
  /** False: do not ask the server that holds it. */
  readonly serverSideRouting: boolean;
  /** The request is a COMMIT: it may be the repetition of one whose reply was lost. */
  readonly committing: boolean;
}

/** A transaction that stays open between requests, in the hands of one of them. It ends with `commit`, `rollback`, `terminate` or `release`. */
export interface HeldTransaction extends Transaction {
  /** URL-safe; on every server the same (SAFETY 26). */
  readonly id: string;
  /** Name of the server that holds it. */
  readonly owner: string;
  /** The request id for `commit`. */
  readonly commitId: string;
  /** Lets it wait for the next request. Resolves with how long it will, in milliseconds. */
  release(): Promise<number>;
}

export interface Gateway extends Target {
  /**
   * The graph of that name or alias, in any case; without a name the user's home graph, else the default one. Waits a
   * moment for a name that is not known here yet, then raises DatabaseNotFound.
   */
  resolve(name: string | undefined, user?: string): Soon<string>;
  outcome(database: string, outcomeId: string): Promise<Outcome>;
  /** Whether the bookmark is of the present history of this graph alone; false also for what is no bookmark. */
  knows(database: string, bookmark: string): boolean;
  /** Begins a transaction that stays open between requests. */
  open(options: TransactionOptions): Promise<HeldTransaction>;
  /**
   * Goes on with an open transaction, wherever it is held. Rejects with TransactionNotFound, TransactionAccessedConcurrently,
   * or LeaderSwitch where its owner is gone.
   */
  take(id: string, claim: TransactionClaim): Promise<HeldTransaction>;
  /** Rolls it back, interrupting what it runs. */
  end(id: string, claim: TransactionClaim): Promise<void>;
  readonly cluster: ClusterView;
}
