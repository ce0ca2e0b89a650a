// A writing auto-commit statement on its leader. It is taken whole before its first row is given on: rows and summary
// arrive before the leader appends (SAFETY 14), so that a leader lost in between costs the client nothing. Each attempt of the
// leader ends in its summary; rows that come after one are those of another attempt.

import type { AutoCommit, ResultSummary, StatementRequest } from '../database/result.js';
import { failure } from '../errors/catalogue.js';
import type { RowSink } from '../runtime/execution.js';
import type { CypherMap, Row, Value } from '../values/value.js';
import { type BoltClient, ConnectionLost } from '../wire/client.js';
import { decodeSummary } from '../wire/summary.js';
import { KeptResult } from './kept-result.js';
import { backToReady, LeaderLost } from './relayed.js';

const ROWS_KEPT_MAX = 1_000_000;

export class RemoteAutoCommit implements AutoCommit {
  columns: readonly string[];
  readonly #client: BoltClient;
  readonly #term: number;
  readonly #release: () => void;
  readonly #rows: Row[];
  #prepared: ResultSummary | undefined;
  #finished: Promise<CypherMap> | undefined;
  #kept: KeptResult | undefined;
  #overflow: boolean;

  constructor(client: BoltClient, term: number, release: () => void) {
    this.columns = [];
    this.#client = client;
    this.#term = term;
    this.#release = release;
    this.#rows = [];
    this.#prepared = undefined;
    this.#finished = undefined;
    this.#kept = undefined;
    this.#overflow = false;
  }

  get summary(): ResultSummary | undefined {
    return this.#kept?.summary;
  }

  async start(request: StatementRequest, extra: CypherMap): Promise<void> {
    const running = this.#client.run(request.text, request.parameters, extra);
    this.#finished = this.#client.pull(
      -1,
      (row) => this.#take(row),
      -1,
      (metadata) => {
        this.#newAttempt();
        this.#prepared = decodeSummary(metadata);
      },
    );
    this.#finished.catch(() => {});
    try {
      const fields = (await running).get('fields');
      this.columns = Array.isArray(fields) ? fields.map(String) : [];
    } catch (error) {
      throw await this.#failed(error);
    }
  }

  async pull(count: number, sink: RowSink): Promise<boolean> {
    this.#kept ??= await this.#finish();
    return this.#kept.pull(count, sink);
  }

  async discard(): Promise<void> {
    this.#kept ??= await this.#finish();
    await this.#kept.discard();
  }

  /** The leader sees the connection close and rolls back what has not committed. */
  terminate(): void {
    if (this.#kept === undefined) this.#client.close();
  }

  /** The leader ran it again, because it had lost a conflict: what came before counts no more. */
  #newAttempt(): void {
    if (this.#prepared === undefined) return;
    this.#rows.length = 0;
    this.#prepared = undefined;
  }

  #take(row: Row): void {
    this.#newAttempt();
    if (this.#rows.length < ROWS_KEPT_MAX) {
      this.#rows.push(row);
      return;
    }
    this.#overflow = true;
    this.#client.close();
  }

  async #finish(): Promise<KeptResult> {
    try {
      const metadata = (await this.#finished) ?? new Map<string, Value>();
      this.#release();
      return new KeptResult(this.columns, this.#rows, decodeSummary(metadata));
    } catch (error) {
      throw await this.#failed(error);
    }
  }

  async #failed(error: unknown): Promise<unknown> {
    if (this.#overflow) {
      return failure(
        'limitExceeded',
        `A writing statement gave more than ${ROWS_KEPT_MAX} rows through a server that does not lead the graph; nothing was changed. Return fewer rows, or send it to the leader.`,
      );
    }
    if (error instanceof ConnectionLost) return new LeaderLost(error.message, this.#term, true, this.columns, this.#rows, this.#prepared);
    await backToReady(this.#client, this.#release);
    return error;
  }
}
