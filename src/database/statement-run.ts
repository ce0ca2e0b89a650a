// One statement running on this server: drives its execution, giving rows into the client's sink and the
// event loop its turns.

import type { Clock } from '../base/clock.js';
import { turnOfEventLoop } from '../base/pieces.js';
import type { Soon } from '../base/soon.js';
import { asCausewayError, failure } from '../errors/catalogue.js';
import { type Counters, countersSince, noCounters } from '../graph/writer.js';
import type { Profiles } from '../planner/explain.js';
import type { Cancellation, Execution, RowSink } from '../runtime/execution.js';
import { detachRow } from '../values/detach.js';
import type { Row } from '../values/value.js';
import type { Notification, PlanDescription, ResultSummary, StatementResult } from './result.js';

export interface StatementRunOptions {
  readonly database: string;
  readonly columns: readonly string[];
  readonly writes: boolean;
  readonly schemaWrite: boolean;
  readonly mode: 'run' | 'explain' | 'profile';
  /** The plan, which EXPLAIN and PROFILE show. */
  readonly describe: (profiles?: Profiles) => PlanDescription;
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

  pull(count: number, sink: RowSink): Soon<boolean> {
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

  /** As `pull`, in one turn of the event loop when it takes no longer than a time slice. */
  #run(count: number, sink: RowSink): Soon<boolean> {
    const counting = new CountingSink(sink, count);
    const state = this.#step(counting);
    return typeof state === 'boolean' ? state : this.#runOn(counting, state);
  }

  async #runOn(counting: CountingSink, paused: 'pause' | Promise<void>): Promise<boolean> {
    for (let state: boolean | 'pause' | Promise<void> = paused; ; state = this.#step(counting)) {
      if (typeof state === 'boolean') return state;
      if (state === 'pause') await turnOfEventLoop();
      else await state.catch((error: unknown) => this.#failed(error));
    }
  }

  /** Whether there may be more, or what to wait for before the next step. */
  #step(counting: CountingSink): boolean | 'pause' | Promise<void> {
    const { execution, cancellation } = this.#options;
    try {
      if (execution !== undefined) {
        if (cancellation.error !== undefined) throw cancellation.error;
        const state = execution.next(counting, counting.left);
        if (state === 'full') return true;
        if (state !== 'done') return state;
      }
      this.#end(undefined);
      return false;
    } catch (error) {
      return this.#failed(error);
    }
  }

  #failed(error: unknown): never {
    const shown = asCausewayError(error);
    this.#end(shown);
    throw shown;
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
      plan: options.mode === 'run' ? undefined : options.describe(options.execution?.profile()),
      notifications: options.notifications,
      bookmark: undefined,
      availableAfterMs: 0,
      consumedAfterMs,
    };
    options.onEnd(error);
  }
}

class CountingSink implements RowSink {
  left: number;
  readonly #sink: RowSink;

  constructor(sink: RowSink, left: number) {
    this.left = left;
    this.#sink = sink;
  }

  row(values: Row): void {
    this.left--;
    this.#sink.row(values);
  }
}
