// One statement running on this server: drives its execution, giving rows into the client's sink and the
// event loop its turns.

import type { Clock } from '../base/clock.js';
import { turnOfEventLoop } from '../base/pieces.js';
import { asCausewayError, failure } from '../errors/catalogue.js';
import { type Counters, countersSince, noCounters } from '../graph/writer.js';
import type { Cancellation, Execution, RowSink } from '../runtime/execution.js';
import { detachRow } from '../values/detach.js';
import type { Row } from '../values/value.js';
import type { Notification, PlanDescription, ResultSummary, StatementResult } from './result.js';

export interface StatementRunOptions {
  readonly database: string;
  readonly columns: readonly string[];
  readonly writes: boolean;
  readonly schemaWrite: boolean;
  /** Present for EXPLAIN: nothing runs. */
  readonly plan: PlanDescription | undefined;
  readonly notifications: readonly Notification[];
  /** Absent for EXPLAIN. */
  readonly execution: Execution | undefined;
  /** Running totals of the transaction; the statement's share is the difference. */
  readonly counters: () => Counters;
  readonly cancellation: Cancellation;
  readonly clock: Clock;
  /** Called once, when the rows are at their end or the statement failed. */
  readonly onEnd: (error: Error | undefined) => void;
}

export class StatementRun implements StatementResult {
  readonly columns: readonly string[];
  readonly #options: StatementRunOptions;
  readonly #before: Counters;
  readonly #startedMs: number;
  #buffered: Row[];
  #ended: boolean;
  #summary: ResultSummary | undefined;

  constructor(options: StatementRunOptions) {
    this.columns = options.columns;
    this.#options = options;
    this.#before = { ...options.counters() };
    this.#startedMs = options.clock.nowMs();
    this.#buffered = [];
    this.#ended = false;
    this.#summary = undefined;
  }

  get summary(): ResultSummary | undefined {
    return this.#buffered.length === 0 ? this.#summary : undefined;
  }

  async pull(count: number, sink: RowSink): Promise<boolean> {
    const fromBuffer = this.#fromBuffer(count, sink);
    if (this.#buffered.length > 0) return true;
    if (!this.#ended) return this.#run(count - fromBuffer, sink);
    if (this.#summary === undefined)
      throw this.#options.cancellation.error ?? failure('transactionTerminated', 'The transaction that this result belongs to has ended.');
    return false;
  }

  async discard(): Promise<void> {
    this.#buffered = [];
    while (!this.#ended) await this.#run(Number.POSITIVE_INFINITY, { row: () => {} });
  }

  /** Runs to the end now, keeping the rows: before another statement of the same transaction changes what they show. */
  async buffer(): Promise<void> {
    const keep: RowSink = { row: (values) => void this.#buffered.push(detachRow(values)) };
    while (!this.#ended) await this.#run(Number.POSITIVE_INFINITY, keep);
  }

  /** Rows taken before, to be given (again) first. */
  giveBack(rows: readonly Row[]): void {
    this.#buffered = [...rows, ...this.#buffered];
  }

  /** Lets go of the execution; what was not read is gone. */
  close(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#options.execution?.close();
  }

  #fromBuffer(count: number, sink: RowSink): number {
    const rows = this.#buffered.splice(0, Math.min(count, this.#buffered.length));
    for (const row of rows) sink.row(row);
    return rows.length;
  }

  async #run(count: number, sink: RowSink): Promise<boolean> {
    const { execution, cancellation } = this.#options;
    let left = count;
    const counting: RowSink = {
      row(values) {
        left--;
        sink.row(values);
      },
    };
    try {
      while (execution !== undefined) {
        if (cancellation.error !== undefined) throw cancellation.error;
        const state = execution.next(counting, left);
        if (state === 'full') return true;
        if (state === 'done') break;
        if (state === 'pause') await turnOfEventLoop();
        else await state;
      }
      this.#end(undefined);
      return false;
    } catch (error) {
      const shown = asCausewayError(error);
      this.#end(shown);
      throw shown;
    }
  }

  #end(error: Error | undefined): void {
    if (this.#ended) return;
    this.#ended = true;
    const options = this.#options;
    options.execution?.close();
    const consumedAfterMs = Math.round(options.clock.nowMs() - this.#startedMs);
    const counters = options.execution === undefined ? noCounters() : countersSince(this.#before, options.counters());
    this.#summary = {
      database: options.database,
      type: options.schemaWrite ? 's' : options.writes ? (options.columns.length > 0 ? 'rw' : 'w') : 'r',
      counters,
      plan: options.plan,
      notifications: options.notifications,
      bookmark: undefined,
      availableAfterMs: 0,
      consumedAfterMs,
    };
    options.onEnd(error);
  }
}
