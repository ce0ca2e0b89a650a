// One statement that commits by itself, on this server.
//
// A reading one streams. A writing one runs to its end first, its rows kept, then commits, then gives its rows: so
// that a lost conflict can be run again without the client noticing (SAFETY 5), three times, the last one alone at the
// head of the pipeline. Rows beyond the buffer's bound are given before the commit; from then on it is not re-run.

import { type Soon, whenReady } from '../base/soon.js';
import { failure, isLeaderSwitchOrConflict } from '../errors/catalogue.js';
import type { RowSink } from '../runtime/execution.js';
import { detachRow } from '../values/detach.js';
import type { Row } from '../values/value.js';
import type { Database } from './database.js';
import type { LocalTransaction } from './local-transaction.js';
import type { AutoCommit, Notification, ResultSummary, StatementRequest, TransactionOptions } from './result.js';
import type { StatementRun } from './statement-run.js';

const BUFFERED_ROWS_MAX = 20_000;
const RERUNS_MAX = 3;

export class LocalAutoCommit implements AutoCommit {
  readonly columns: readonly string[];
  /** A relay ships rows and summary before the append (SAFETY 14), of each attempt. */
  onPrepared: ((summary: ResultSummary) => void | Promise<void>) | undefined;
  readonly #database: Database;
  readonly #request: StatementRequest;
  readonly #options: TransactionOptions;
  readonly #writes: boolean;
  #transaction: LocalTransaction;
  #run: StatementRun;
  #rows: Row[];
  #finished: ResultSummary | undefined;
  #terminated: Error | undefined;
  #rowsLeft: boolean;

  constructor(database: Database, request: StatementRequest, options: TransactionOptions, transaction: LocalTransaction, run: StatementRun, writes: boolean) {
    this.columns = run.columns;
    this.onPrepared = undefined;
    this.#database = database;
    this.#request = request;
    this.#options = options;
    this.#writes = writes;
    this.#transaction = transaction;
    this.#run = run;
    this.#rows = [];
    this.#finished = undefined;
    this.#terminated = undefined;
    this.#rowsLeft = false;
  }

  get summary(): ResultSummary | undefined {
    return this.#rows.length === 0 ? this.#finished : undefined;
  }

  pull(count: number, sink: RowSink): Soon<boolean> {
    return this.#finished === undefined && !this.#writes ? this.#pullReading(count, sink) : this.#pullWriting(count, sink);
  }

  async #pullWriting(count: number, sink: RowSink): Promise<boolean> {
    if (this.#finished === undefined) {
      const more = await this.#runWriting(count, sink);
      if (more !== undefined) return more;
    }
    for (const row of this.#rows.splice(0, Math.min(count, this.#rows.length))) sink.row(row);
    return this.#rows.length > 0;
  }

  async discard(): Promise<void> {
    while (await this.pull(Number.POSITIVE_INFINITY, { row: () => {} }));
  }

  terminate(reason: Error): void {
    this.#terminated = reason;
    this.#transaction.terminate(reason);
    if (this.#finished === undefined) void this.#transaction.rollback();
  }

  #pullReading(count: number, sink: RowSink): Soon<boolean> {
    return whenReady(this.#run.pull(count, sink), (more) => {
      if (!more) this.#finish(this.#run, this.#transaction.endReading());
      return more;
    });
  }

  /** undefined once it has committed and the rows wait in the buffer; otherwise as `pull`. */
  async #runWriting(count: number, sink: RowSink): Promise<boolean | undefined> {
    for (let attempt = 0; ; attempt++) {
      try {
        if (attempt < RERUNS_MAX) return await this.#attempt(count, sink, false);
        return await this.#database.exclusively(async () => {
          await this.#again();
          return this.#attempt(count, sink, true);
        });
      } catch (error) {
        const rerun = attempt < RERUNS_MAX && this.#terminated === undefined && !this.#rowsLeft && isLeaderSwitchOrConflict(error) === 'conflict';
        if (!rerun) throw error;
        if (attempt + 1 < RERUNS_MAX) await this.#again();
      }
    }
  }

  async #attempt(count: number, sink: RowSink, exclusive: boolean): Promise<boolean | undefined> {
    if (this.#rowsLeft) {
      if (await this.#run.pull(count, sink)) return true;
    } else {
      this.#rows = [];
      const keep: RowSink = { row: (values) => void this.#rows.push(detachRow(values)) };
      if (await this.#run.pull(BUFFERED_ROWS_MAX, keep)) return this.#overflow(count, sink);
    }
    const run = this.#run;
    if (this.onPrepared !== undefined && run.summary !== undefined) {
      this.#giveRows(sink);
      await this.onPrepared(run.summary);
    }
    this.#finish(run, await this.#transaction.commit(this.#options.requestId, exclusive));
    return this.#rows.length > 0 ? undefined : false;
  }

  /** More rows than are kept: they leave now, and with them the chance of a re-run. */
  #overflow(count: number, sink: RowSink): Promise<boolean | undefined> {
    this.#rowsLeft = true;
    this.#run.giveBack(this.#rows);
    this.#rows = [];
    return this.#attempt(count, sink, false);
  }

  /** To a relay, which keeps them until it hears of the commit: those of a later attempt take their place. */
  #giveRows(sink: RowSink): void {
    for (const row of this.#rows) sink.row(row);
    this.#rows = [];
  }

  async #again(): Promise<void> {
    this.#transaction = await this.#database.beginLocal(this.#options);
    this.#run = await this.#transaction.run(this.#request);
    if (this.#terminated !== undefined) throw this.#terminated;
  }

  #finish(run: StatementRun, bookmark: string): void {
    const summary = run.summary;
    if (summary === undefined) throw failure('unknownError', 'The statement ended without a summary.');
    this.#finished = { ...summary, bookmark };
  }
}

/** The answer to a request that took effect before (SAFETY 14): its bookmark and counters, no rows, and a notification. */
export class RepeatedAutoCommit implements AutoCommit {
  readonly columns: readonly string[];
  readonly summary: ResultSummary;

  constructor(columns: readonly string[], summary: Omit<ResultSummary, 'notifications'>) {
    this.columns = columns;
    this.summary = { ...summary, notifications: [repeatedRequest] };
  }

  pull(): Promise<boolean> {
    return Promise.resolve(false);
  }

  discard(): Promise<void> {
    return Promise.resolve();
  }

  terminate(): void {}
}

export const repeatedRequest: Notification = {
  code: 'Neo.ClientNotification.Statement.RepeatedRequest',
  gqlStatus: '03N00',
  title: 'This request took effect before.',
  description:
    'A request with the same id has committed already. It was not run again: the bookmark and the counters are those of the first time, and there are no rows.',
  severity: 'INFORMATION',
  category: 'GENERIC',
  position: undefined,
};
