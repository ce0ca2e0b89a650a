// The statements and the transaction that one Bolt session has open, and how their rows go out.
//
// At most one auto-commit statement, or one explicit transaction with several results by `qid`. Rows are asked
// for in portions of about 60 KB, and the next portion waits until the client has taken the last one: a client that
// does not read costs one portion. What is there already is answered in the same turn of the event loop.

import type { Clock } from '../base/clock.js';
import { limits } from '../base/limits.js';
import { turnOfEventLoop } from '../base/pieces.js';
import { type Soon, whenReady } from '../base/soon.js';
import type { AutoCommit, ResultSummary, StatementRequest, StatementResult, Transaction, TransactionOptions } from '../database/result.js';
import { failure } from '../errors/catalogue.js';
import type { Gateway, HeldTransaction, TransactionClaim } from '../targets/gateway.js';
import type { CypherMap, Value } from '../values/value.js';
import { carrying } from '../wire/bookmark.js';
import { tags } from '../wire/messages.js';
import { encodeSummary } from '../wire/summary.js';
import type { Outgoing } from './outgoing.js';
import { isWanted, type NotificationFilter } from './requests.js';

const PORTION_BYTES = 60 * 1024;
const PORTION_ROWS_MAX = 4096;
/** Rows may be large: the first portion shows how large. */
const PORTION_ROWS_FIRST = 32;
const OPEN_RESULTS_MAX = 1000;

interface OpenResult {
  readonly result: StatementResult;
  readonly filter: NotificationFilter;
  /** Rows that it gave, or undefined when some were passed over uncounted. */
  rowCount: number | undefined;
}

/** What an auto-commit statement or a transaction is begun with. */
export interface Beginning {
  readonly options: TransactionOptions;
  readonly filter: NotificationFilter;
  /** Told to the client that named no database (Bolt 5.8). */
  readonly homeDatabase: string | undefined;
  /** The transaction stays open between requests (wire/relay.ts). */
  readonly hold?: boolean;
}

export class Statements {
  readonly #gateway: Gateway;
  readonly #out: Outgoing;
  readonly #clock: Clock;
  /** Summaries carry GQL status objects (Bolt 5.6). */
  readonly #statuses: boolean;
  #auto: AutoCommit | undefined;
  #transaction: Transaction | undefined;
  /** The transaction, where it outlives this session's use of it. */
  #held: HeldTransaction | undefined;
  #filter: NotificationFilter | undefined;
  /** What the client has seen, to be carried by the bookmark that it is given. */
  #seen: readonly string[];
  readonly #results: Map<number, OpenResult>;
  #lastQueryId: number;
  /** What to end a begin or run with that is still on its way. */
  #terminated: Error | undefined;

  constructor(gateway: Gateway, out: Outgoing, clock: Clock, statuses: boolean) {
    this.#gateway = gateway;
    this.#out = out;
    this.#clock = clock;
    this.#statuses = statuses;
    this.#auto = undefined;
    this.#transaction = undefined;
    this.#held = undefined;
    this.#filter = undefined;
    this.#seen = [];
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
  runAutoCommit(request: StatementRequest, { options, filter, homeDatabase }: Beginning, relayed: boolean): Soon<CypherMap> {
    const startMs = this.#clock.nowMs();
    return whenReady(this.#gateway.run(request, options), (auto) => {
      this.#refuseTerminated((reason) => auto.terminate(reason));
      if (relayed) auto.onPrepared = (summary) => this.#prepared(summary);
      this.#auto = auto;
      this.#seen = relayed ? [] : options.bookmarks;
      this.#lastQueryId = 0;
      this.#results.set(0, { result: auto, filter, rowCount: 0 });
      const metadata = this.#runMetadata(auto, startMs);
      if (homeDatabase !== undefined) metadata.set('db', homeDatabase);
      return metadata;
    });
  }

  #runMetadata(result: StatementResult, startMs: number): Map<string, Value> {
    return new Map<string, Value>([
      ['fields', result.columns],
      ['t_first', Math.round(this.#clock.nowMs() - startMs)],
    ]);
  }

  #prepared(summary: ResultSummary): Promise<void> {
    this.#out.message(tags.PREPARED, encodeSummary({ ...summary, bookmark: undefined }));
    this.#out.flush();
    return this.#out.drained();
  }

  begin({ options, filter, homeDatabase, hold }: Beginning): Soon<CypherMap> {
    if (hold === true) return this.#hold(this.#gateway.open(options), filter);
    return whenReady(this.#gateway.begin(options), (transaction) => {
      this.#use(transaction, filter);
      this.#seen = options.bookmarks;
      return new Map<string, Value>(homeDatabase === undefined ? [] : [['db', homeDatabase]]);
    });
  }

  /** Goes on with a transaction that stayed open. */
  take(id: string, claim: TransactionClaim, filter: NotificationFilter): Promise<CypherMap> {
    return this.#hold(this.#gateway.take(id, claim), filter);
  }

  /** Lets it wait for the next request; resolves with how long, in milliseconds. */
  async release(): Promise<number> {
    if (this.#held === undefined) throw failure('transactionNotFound', 'There is no transaction to release.');
    for (const { result } of this.#results.values()) await result.discard();
    const staysMs = await this.#held.release();
    this.#forget();
    return staysMs;
  }

  async #hold(coming: Promise<HeldTransaction>, filter: NotificationFilter): Promise<CypherMap> {
    const held = await coming;
    this.#use(held, filter);
    this.#held = held;
    return new Map([['tx', held.id]]);
  }

  #use(transaction: Transaction, filter: NotificationFilter): void {
    this.#refuseTerminated((reason) => transaction.terminate(reason));
    this.#transaction = transaction;
    this.#filter = filter;
    this.#seen = [];
    this.#lastQueryId = -1;
  }

  #refuseTerminated(end: (reason: Error) => void): void {
    if (this.#terminated === undefined) return;
    end(this.#terminated);
    throw this.#terminated;
  }

  runInTransaction(request: StatementRequest): Soon<CypherMap> {
    if (this.#results.size >= OPEN_RESULTS_MAX) throw failure('limitExceeded', `More than ${OPEN_RESULTS_MAX} open results in one transaction.`);
    const startMs = this.#clock.nowMs();
    const { transaction, filter } = this.#open();
    return whenReady(transaction.run(request), (result) => {
      const queryId = ++this.#lastQueryId;
      this.#results.set(queryId, { result, filter, rowCount: 0 });
      return this.#runMetadata(result, startMs).set('qid', queryId);
    });
  }

  #open(): { readonly transaction: Transaction; readonly filter: NotificationFilter } {
    if (this.#transaction === undefined || this.#filter === undefined) throw failure('transactionNotFound', 'There is no open transaction.');
    return { transaction: this.#transaction, filter: this.#filter };
  }

  #result(queryId: number): { readonly id: number; readonly open: OpenResult } {
    const id = queryId === -1 ? this.#lastQueryId : queryId;
    const open = this.#results.get(id);
    if (open === undefined) throw failure('requestInvalid', `There is no open result with the id ${id}.`);
    return { id, open };
  }

  /** Gives up to `count` rows, then the metadata of the answer. */
  pull(count: number, queryId: number): Soon<CypherMap> {
    const { id, open } = this.#result(queryId);
    const firstRow = this.#out.rowCount;
    const firstByte = this.#out.byteCount;
    return whenReady(open.result.pull(Math.min(PORTION_ROWS_FIRST, count), this.#out), (more) => {
      if (!more) {
        this.#counted(open, firstRow);
        return this.#finished(id, open);
      }
      return this.#pullOn(id, open, { count, firstRow, firstByte });
    });
  }

  async #pullOn(id: number, open: OpenResult, from: { readonly count: number; readonly firstRow: number; readonly firstByte: number }): Promise<CypherMap> {
    const out = this.#out;
    const { count, firstRow, firstByte } = from;
    let more = true;
    let turnMs = this.#clock.nowMs();
    while (more && out.rowCount - firstRow < count) {
      if (out.isFull) {
        await out.drained();
        turnMs = this.#clock.nowMs();
      } else if (this.#clock.nowMs() - turnMs > limits.timeSliceMs) {
        await turnOfEventLoop();
        turnMs = this.#clock.nowMs();
      }
      const given = out.rowCount - firstRow;
      const fitting = Math.floor((PORTION_BYTES * Math.max(1, given)) / (out.byteCount - firstByte + 1));
      const portion = Math.max(1, Math.min(PORTION_ROWS_MAX, fitting, given * 4));
      more = await open.result.pull(Math.min(portion, count - given), out);
    }
    this.#counted(open, firstRow);
    return more ? hasMore : this.#finished(id, open);
  }

  #counted(open: OpenResult, firstRow: number): void {
    if (open.rowCount !== undefined) open.rowCount += this.#out.rowCount - firstRow;
  }

  /** Runs on without giving rows; `count` rows only, when it is finite. */
  async discard(count: number, queryId: number): Promise<CypherMap> {
    const { id, open } = this.#result(queryId);
    open.rowCount = undefined;
    if (count === Number.POSITIVE_INFINITY) await open.result.discard();
    else if (await open.result.pull(count, { row: () => {} })) return hasMore;
    return this.#finished(id, open);
  }

  #finished(id: number, open: OpenResult): CypherMap {
    this.#results.delete(id);
    if (open.result === this.#auto) this.#auto = undefined;
    const given = open.result.summary;
    if (given === undefined) throw failure('unknownError', 'The statement ended without a summary.');
    const summary = given.bookmark === undefined || this.#seen.length === 0 ? given : { ...given, bookmark: carrying(given.bookmark, this.#seen) };
    const wanted =
      summary.notifications.length === 0 ? summary : { ...summary, notifications: summary.notifications.filter((each) => isWanted(each, open.filter)) };
    if (!this.#statuses) return encodeSummary(wanted);
    return encodeSummary(wanted, { hasColumns: open.result.columns.length > 0, rows: open.rowCount === 0 ? 'none' : 'some' });
  }

  /** Results still open are run to their end first: their writes belong to the transaction. */
  async commit(requestId: string): Promise<string> {
    const { transaction } = this.#open();
    for (const [id, { result }] of this.#results) {
      await result.discard();
      this.#results.delete(id);
    }
    const bookmark = await transaction.commit(requestId);
    this.#forget();
    return carrying(bookmark, this.#seen);
  }

  async rollback(): Promise<void> {
    const transaction = this.#transaction;
    this.#forget();
    await transaction?.rollback();
  }

  #forget(): void {
    this.#transaction = undefined;
    this.#held = undefined;
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
    try {
      await this.rollback();
    } finally {
      this.#terminated = undefined;
    }
  }
}

const hasMore: CypherMap = new Map([['has_more', true]]);
