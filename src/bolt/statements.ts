// The statements and the transaction that one Bolt session has open, and how their rows go out.
//
// At most one auto-commit statement, or one explicit transaction with several results by `qid`. Rows are asked
// for in portions of about 60 KB, and the next portion waits until the client has taken the last one.

import type { Clock } from '../base/clock.js';
import type { AutoCommit, ResultSummary, StatementRequest, StatementResult, Transaction, TransactionOptions } from '../database/result.js';
import { failure } from '../errors/catalogue.js';
import type { Gateway } from '../targets/gateway.js';
import type { CypherMap, Value } from '../values/value.js';
import { mapOf, tags } from '../wire/messages.js';
import { encodeSummary } from '../wire/summary.js';
import type { Outgoing } from './outgoing.js';
import { isWanted, type NotificationFilter } from './requests.js';

const PORTION_BYTES = 60 * 1024;
const PORTION_ROWS_MAX = 4096;
const PORTION_ROWS_FIRST = 256;
const OPEN_RESULTS_MAX = 1000;

interface OpenResult {
  readonly result: StatementResult;
  readonly filter: NotificationFilter;
}

export class Statements {
  readonly #gateway: Gateway;
  readonly #out: Outgoing;
  readonly #clock: Clock;
  #auto: AutoCommit | undefined;
  #transaction: Transaction | undefined;
  readonly #results: Map<number, OpenResult>;
  #lastQueryId: number;
  /** What to end a begin or run with that is still on its way. */
  #terminated: Error | undefined;

  constructor(gateway: Gateway, out: Outgoing, clock: Clock) {
    this.#gateway = gateway;
    this.#out = out;
    this.#clock = clock;
    this.#auto = undefined;
    this.#transaction = undefined;
    this.#results = new Map();
    this.#lastQueryId = -1;
    this.#terminated = undefined;
  }

  get inTransaction(): boolean {
    return this.#transaction !== undefined;
  }

  get openResultCount(): number {
    return this.#results.size;
  }

  /** Runs by itself. `relayed`: PREPARED is sent when all rows are out, before the append. */
  async runAutoCommit(request: StatementRequest, options: TransactionOptions, filter: NotificationFilter, relayed: boolean): Promise<CypherMap> {
    const startMs = this.#clock.nowMs();
    const auto = await this.#gateway.run(request, options);
    this.#refuseTerminated((reason) => auto.terminate(reason));
    if (relayed) auto.onPrepared = (summary) => this.#prepared(summary);
    this.#auto = auto;
    this.#lastQueryId = 0;
    this.#results.set(0, { result: auto, filter });
    return mapOf({ fields: auto.columns, t_first: Math.round(this.#clock.nowMs() - startMs) });
  }

  #prepared(summary: ResultSummary): Promise<void> {
    this.#out.message(tags.PREPARED, encodeSummary({ ...summary, bookmark: undefined }));
    this.#out.flush();
    return this.#out.drained();
  }

  async begin(options: TransactionOptions): Promise<void> {
    const transaction = await this.#gateway.begin(options);
    this.#refuseTerminated((reason) => transaction.terminate(reason));
    this.#transaction = transaction;
    this.#lastQueryId = -1;
  }

  #refuseTerminated(end: (reason: Error) => void): void {
    if (this.#terminated === undefined) return;
    end(this.#terminated);
    throw this.#terminated;
  }

  async runInTransaction(request: StatementRequest, filter: NotificationFilter): Promise<CypherMap> {
    if (this.#results.size >= OPEN_RESULTS_MAX) throw failure('limitExceeded', `More than ${OPEN_RESULTS_MAX} open results in one transaction.`);
    const startMs = this.#clock.nowMs();
    const result = await this.#open().run(request);
    const queryId = ++this.#lastQueryId;
    this.#results.set(queryId, { result, filter });
    return mapOf({ fields: result.columns, t_first: Math.round(this.#clock.nowMs() - startMs), qid: queryId });
  }

  #open(): Transaction {
    if (this.#transaction === undefined) throw failure('transactionNotFound', 'There is no open transaction.');
    return this.#transaction;
  }

  #result(queryId: number): { readonly id: number; readonly open: OpenResult } {
    const id = queryId === -1 ? this.#lastQueryId : queryId;
    const open = this.#results.get(id);
    if (open === undefined) throw failure('requestInvalid', `There is no open result with the id ${id}.`);
    return { id, open };
  }

  /** Gives up to `count` rows, then the metadata of the answer. */
  async pull(count: number, queryId: number): Promise<CypherMap> {
    const { id, open } = this.#result(queryId);
    const out = this.#out;
    const firstRow = out.rowCount;
    const firstByte = out.byteCount;
    let portion = PORTION_ROWS_FIRST;
    for (;;) {
      const given = out.rowCount - firstRow;
      if (given >= count) return mapOf({ has_more: true });
      if (!(await open.result.pull(Math.min(portion, count - given), out))) return this.#finished(id, open);
      const rows = Math.max(1, out.rowCount - firstRow);
      portion = Math.max(1, Math.min(PORTION_ROWS_MAX, Math.floor((PORTION_BYTES * rows) / (out.byteCount - firstByte + 1))));
      await out.drained();
    }
  }

  /** Runs on without giving rows; `count` rows only, when it is finite. */
  async discard(count: number, queryId: number): Promise<CypherMap> {
    const { id, open } = this.#result(queryId);
    if (count === Number.POSITIVE_INFINITY) await open.result.discard();
    else if (await open.result.pull(count, { row: () => {} })) return mapOf({ has_more: true });
    return this.#finished(id, open);
  }

  #finished(id: number, open: OpenResult): CypherMap {
    this.#results.delete(id);
    if (open.result === this.#auto) this.#auto = undefined;
    const { summary } = open.result;
    if (summary === undefined) throw failure('unknownError', 'The statement ended without a summary.');
    return encodeSummary({ ...summary, notifications: summary.notifications.filter((each) => isWanted(each, open.filter)) });
  }

  /** Results still open are run to their end first: their writes belong to the transaction. */
  async commit(requestId: string): Promise<Value> {
    const transaction = this.#open();
    for (const [id, { result }] of this.#results) {
      await result.discard();
      this.#results.delete(id);
    }
    const bookmark = await transaction.commit(requestId);
    this.#transaction = undefined;
    return bookmark;
  }

  async rollback(): Promise<void> {
    const transaction = this.#transaction;
    this.#forget();
    await transaction?.rollback();
  }

  #forget(): void {
    this.#transaction = undefined;
    this.#auto = undefined;
    this.#results.clear();
  }

  /** Interrupts whatever runs or is about to; `clear` must follow before anything new. */
  terminate(reason: Error): void {
    this.#terminated = reason;
    this.#auto?.terminate(reason);
    this.#transaction?.terminate(reason);
  }

  /** Nothing is open afterwards. */
  async clear(reason: Error): Promise<void> {
    this.#auto?.terminate(reason);
    await this.rollback();
    this.#terminated = undefined;
  }
}
