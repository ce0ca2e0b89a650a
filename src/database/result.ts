// What running a statement gives, wherever it runs: the same shape from a local graph, a remote server or,
// later, a composite graph. The front doors know nothing else. What is there at once is given at once: a failure may be
// thrown as well as rejected with.

import type { Soon } from '../base/soon.js';
import type { Counters } from '../graph/writer.js';
import type { PlanDescription } from '../planner/explain.js';
import type { RowSink } from '../runtime/execution.js';
import type { Parameters } from '../values/value.js';

export type { PlanDescription };

/** A statement and what comes with it. */
export interface StatementRequest {
  readonly text: string;
  readonly parameters: Parameters;
}

export type Consistency = 'eventual' | 'bookmark' | 'linearizable';

/** What a client asked of its transaction. */
export interface TransactionOptions {
  /** Graph by name; resolved already. */
  readonly database: string;
  /** READ forbids writes. WRITE: the client said so, or said nothing. */
  readonly access: 'READ' | 'WRITE';
  /** Texts as the client sent them. */
  readonly bookmarks: readonly string[];
  readonly consistency: Consistency;
  /** How long to wait for the bookmarks; `bookmarks.timeout_ms` where it is absent. */
  readonly bookmarkWaitMs?: number | undefined;
  /** 0: the server's own limit. */
  readonly timeoutMs: number;
  readonly user: string;
  /** Who may go on with a transaction that stays open, where that is not `user`: the one who acts as `user`. */
  readonly claimant?: string | undefined;
  /** 32 hexadecimal digits; minted by the entry server, or derived from the client's `Idempotency-Key` (SAFETY 14). */
  readonly requestId: string;
  /** The transaction of `system` that the entry server had applied, where it passes the request on (SAFETY 22). */
  readonly systemTransaction?: number | undefined;
  /** False: answer NotALeader rather than pass it to the leader. */
  readonly serverSideRouting: boolean;
}

export interface Notification {
  readonly code: string;
  readonly gqlStatus: string;
  readonly title: string;
  readonly description: string;
  readonly severity: 'WARNING' | 'INFORMATION';
  readonly category: string;
  readonly position: { readonly offset: number; readonly line: number; readonly column: number } | undefined;
}

export interface ResultSummary {
  readonly database: string;
  readonly type: 'r' | 'rw' | 'w' | 's';
  readonly counters: Counters;
  readonly plan: PlanDescription | undefined;
  readonly notifications: readonly Notification[];
  /** Set once an auto-commit statement has committed. */
  readonly bookmark: string | undefined;
  readonly availableAfterMs: number;
  readonly consumedAfterMs: number;
}

/** Rows on their way. One call at a time. */
export interface StatementResult {
  readonly columns: readonly string[];
  /** Gives up to `count` rows into the sink; true while there may be more. After false the summary is there. Rejects with a CausewayError. */
  pull(count: number, sink: RowSink): Soon<boolean>;
  /** Runs to the end without giving rows. */
  discard(): Promise<void>;
  readonly summary: ResultSummary | undefined;
}

/** An explicit transaction. After a rejected call it is gone: only `rollback` is allowed, and does nothing. */
export interface Transaction {
  run(request: StatementRequest): Soon<StatementResult>;
  /** Resolves with the bookmark once the commit is durable. `requestId` settles a lost reply (SAFETY 14). */
  commit(requestId: string): Promise<string>;
  rollback(): Promise<void>;
  /** Interrupts whatever runs; the transaction is rolled back. */
  terminate(reason: Error): void;
}

/** What a statement or transaction is run against: a local graph, or a remote server. */
export interface Target {
  begin(options: TransactionOptions): Promise<Transaction>;
  /** One statement that commits by itself when its rows are at their end. */
  run(request: StatementRequest, options: TransactionOptions): Soon<AutoCommit>;
}

export interface AutoCommit extends StatementResult {
  /** Called once when all rows were given and the commit is about to be appended: a relay ships them (SAFETY 14). */
  onPrepared?: ((summary: ResultSummary) => void | Promise<void>) | undefined;
  /** Interrupts it; nothing of it takes effect unless it has committed already. */
  terminate(reason: Error): void;
}
