// A reading statement on another server, its rows given on as they come: what the client does not take is not asked for.

import type { AutoCommit, ResultSummary, StatementRequest } from '../database/result.js';
import type { RowSink } from '../runtime/execution.js';
import type { CypherMap } from '../values/value.js';
import { type BoltClient, ConnectionLost } from '../wire/client.js';
import { decodeSummary } from '../wire/summary.js';
import { backToReady, LeaderLost } from './relayed.js';

export class RemoteRead implements AutoCommit {
  columns: readonly string[];
  summary: ResultSummary | undefined;
  readonly #client: BoltClient;
  readonly #term: number;
  readonly #release: () => void;
  #ended: boolean;

  constructor(client: BoltClient, term: number, release: () => void) {
    this.columns = [];
    this.summary = undefined;
    this.#client = client;
    this.#term = term;
    this.#release = release;
    this.#ended = false;
  }

  async start(request: StatementRequest, extra: CypherMap): Promise<void> {
    const fields = (await this.#guard(this.#client.run(request.text, request.parameters, extra))).get('fields');
    this.columns = Array.isArray(fields) ? fields.map(String) : [];
  }

  pull(count: number, sink: RowSink): Promise<boolean> {
    return this.#take(this.#client.pull(Number.isFinite(count) ? count : -1, (row) => sink.row(row)));
  }

  async discard(): Promise<void> {
    await this.#take(this.#client.discard());
  }

  /** The other server sees the connection close. */
  terminate(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#client.close();
  }

  async #take(answer: Promise<CypherMap>): Promise<boolean> {
    const metadata = await this.#guard(answer);
    if (metadata.get('has_more') === true) return true;
    this.summary = decodeSummary(metadata);
    this.#ended = true;
    this.#release();
    return false;
  }

  async #guard(answer: Promise<CypherMap>): Promise<CypherMap> {
    try {
      return await answer;
    } catch (error) {
      const ended = this.#ended;
      this.#ended = true;
      if (error instanceof ConnectionLost) throw new LeaderLost(error.message, this.#term, true);
      if (!ended) await backToReady(this.#client, this.#release);
      throw error;
    }
  }
}
