// The one thing a front door is given: run statements and transactions on a graph by name, as a user.
// Routing (local, remote, waiting for an election) is behind it.

import type { ClusterView } from '../cluster/view.js';
import type { Target } from '../database/result.js';

/** What settled a request id (SAFETY 14). */
export type Outcome = { readonly kind: 'committed'; readonly bookmark: string } | { readonly kind: 'never' } | { readonly kind: 'pending' };

export interface Gateway extends Target {
  /**
   * The graph of that name or alias, in any case; without a name the user's home graph, else the default one. Raises
   * DatabaseNotFound.
   */
  resolve(name: string | undefined, user?: string): string;
  outcome(database: string, outcomeId: string): Promise<Outcome>;
  readonly cluster: ClusterView;
}

/** 32 hexadecimal digits for a client's `Idempotency-Key`, the same for the same user, graph and key. */
export type RequestIdOf = (user: string, database: string, idempotencyKey: string) => string;
