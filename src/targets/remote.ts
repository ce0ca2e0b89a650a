// Statements and transactions on another server: Bolt with the relay's extension over connections that proved the
// cluster's secret, kept open and used again.
//
// A relayed auto-commit statement is taken whole before its first row is given on: rows and summary arrive before
// the leader appends (SAFETY 14), so that a leader lost in between costs the client nothing.

import type { Logger } from '../base/logger.js';
import type { Network } from '../base/network.js';
import { openChannel } from '../cluster/channel.js';
import type { Membership } from '../cluster/membership.js';
import type { AutoCommit, ResultSummary, StatementRequest, StatementResult, Transaction, TransactionOptions } from '../database/result.js';
import { failure } from '../errors/catalogue.js';
import type { Counters } from '../graph/writer.js';
import type { LiveServer } from '../log/log.js';
import type { RowSink } from '../runtime/execution.js';
import type { CypherMap, Row, Value } from '../values/value.js';
import { BoltClient, ConnectionLost } from '../wire/client.js';
import { encodeRelayExtra } from '../wire/relay.js';
import { decodeSummary } from '../wire/summary.js';

const CONNECT_TIMEOUT_MS = 1000;
const IDLE_KEPT_MAX = 64;
const ROWS_KEPT_MAX = 1_000_000;

/** The server that was to run it is gone. `sent` false: it never got the request. */
export class LeaderLost extends Error {
  override readonly name = 'LeaderLost';
  readonly sent: boolean;
  readonly term: number;
  readonly #columns: readonly string[];
  readonly #rows: readonly Row[];
  readonly #summary: ResultSummary | undefined;

  constructor(message: string, term: number, sent: boolean, columns: readonly string[] = [], rows: readonly Row[] = [], summary?: ResultSummary) {
    super(message);
    this.sent = sent;
    this.term = term;
    this.#columns = columns;
    this.#rows = rows;
    this.#summary = summary;
  }

  /** The result, once it is known that the commit stands: from what was shipped before the append. */
  prepared(bookmark: string, counters: Counters, database: string): AutoCommit {
    const shipped = this.#summary;
    const summary: ResultSummary =
      shipped === undefined
        ? { database, type: 'w', counters, plan: undefined, notifications: [], bookmark, availableAfterMs: 0, consumedAfterMs: 0 }
        : { ...shipped, bookmark };
    return new KeptResult(this.#columns, shipped === undefined ? [] : this.#rows, summary);
  }
}

interface RemoteOptions {
  readonly network: Network;
  readonly secret: Buffer;
  readonly membership: Membership;
  readonly logger: Logger;
}

export class RemoteServers {
  readonly #options: RemoteOptions;
  /** Idle connections by the life of the server. */
  readonly #idle: Map<string, BoltClient[]>;

  constructor(options: RemoteOptions) {
    this.#options = options;
    this.#idle = new Map();
  }

  /** Runs the statement on `server`, which is believed to lead under `term`. */
  async run(server: LiveServer, term: number, request: StatementRequest, options: TransactionOptions): Promise<AutoCommit> {
    const client = await this.#acquire(server, term);
    const result = new RemoteAutoCommit(client, term, () => this.#release(server, client));
    await result.start(request, extraOf(options, term, true));
    return result;
  }

  /** Runs a reading statement on a server that has a copy of the graph; rows come as they are asked for. */
  async read(server: LiveServer, request: StatementRequest, options: TransactionOptions): Promise<AutoCommit> {
    const client = await this.#acquire(server, 0);
    const result = new RemoteRead(client, () => this.#release(server, client));
    await result.start(request, extraOf({ ...options, access: 'READ' }, 0, true));
    return result;
  }

  async begin(server: LiveServer, term: number, options: TransactionOptions): Promise<Transaction> {
    const client = await this.#acquire(server, term);
    const transaction = new RemoteTransaction(client, term, options, () => this.#release(server, client));
    await transaction.begin();
    return transaction;
  }

  close(): void {
    for (const clients of this.#idle.values()) for (const client of clients) client.close();
    this.#idle.clear();
  }

  async #acquire(server: LiveServer, term: number): Promise<BoltClient> {
    const idle = this.#idle.get(server.life);
    for (let client = idle?.pop(); client !== undefined; client = idle?.pop()) if (!client.isClosed) return client;
    try {
      return BoltClient.trusted(await openChannel(this.#options.network, server.cluster, this.#options.secret, 'relay', CONNECT_TIMEOUT_MS));
    } catch (error) {
      this.#options.logger.debug({ server: server.name, error }, 'no connection to another server');
      // Nobody listens there: proof that the process is gone (SAFETY 27).
      if ((error as { code?: unknown }).code === 'ECONNREFUSED') this.#options.membership.suspect(server);
      throw new LeaderLost(`no connection to ${server.name}`, term, false);
    }
  }

  #release(server: LiveServer, client: BoltClient): void {
    if (client.isClosed) return;
    const idle = this.#idle.get(server.life) ?? [];
    if (idle.length === 0) this.#idle.set(server.life, idle);
    if (idle.length < IDLE_KEPT_MAX) idle.push(client);
    else client.close();
    for (const life of this.#idle.keys()) if (!this.#options.membership.servers().some((one) => one.life === life)) this.#forget(life);
  }

  #forget(life: string): void {
    for (const client of this.#idle.get(life) ?? []) client.close();
    this.#idle.delete(life);
  }
}

function extraOf(options: TransactionOptions, term: number, autoCommit: boolean): CypherMap {
  const { bookmarks, database, user, requestId, access, consistency, timeoutMs } = options;
  return new Map<string, Value>([
    ['bookmarks', bookmarks],
    ['db', database],
    ['mode', access === 'READ' ? 'r' : 'w'],
    ...(timeoutMs > 0 ? ([['tx_timeout', timeoutMs]] as const) : []),
    ['causeway', encodeRelayExtra({ user, requestId, access: autoCommit || term === 0 ? access : 'WRITE', consistency, term, timeoutMs })],
  ]);
}

/** Rows that are here already, with their summary. */
class KeptResult implements AutoCommit {
  readonly columns: readonly string[];
  readonly #rows: Row[];
  readonly #summary: ResultSummary;

  constructor(columns: readonly string[], rows: readonly Row[], summary: ResultSummary) {
    this.columns = columns;
    this.#rows = [...rows];
    this.#summary = summary;
  }

  get summary(): ResultSummary | undefined {
    return this.#rows.length === 0 ? this.#summary : undefined;
  }

  pull(count: number, sink: RowSink): Promise<boolean> {
    for (const row of this.#rows.splice(0, Math.min(count, this.#rows.length))) sink.row(row);
    return Promise.resolve(this.#rows.length > 0);
  }

  discard(): Promise<void> {
    this.#rows.length = 0;
    return Promise.resolve();
  }

  terminate(): void {}
}

class RemoteAutoCommit implements AutoCommit {
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

  #take(row: Row): void {
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

class RemoteRead implements AutoCommit {
  columns: readonly string[];
  summary: ResultSummary | undefined;
  readonly #client: BoltClient;
  readonly #release: () => void;

  constructor(client: BoltClient, release: () => void) {
    this.columns = [];
    this.summary = undefined;
    this.#client = client;
    this.#release = release;
  }

  async start(request: StatementRequest, extra: CypherMap): Promise<void> {
    try {
      const fields = (await this.#client.run(request.text, request.parameters, extra)).get('fields');
      this.columns = Array.isArray(fields) ? fields.map(String) : [];
    } catch (error) {
      if (error instanceof ConnectionLost) throw new LeaderLost(error.message, 0, false);
      await backToReady(this.#client, this.#release);
      throw error;
    }
  }

  pull(count: number, sink: RowSink): Promise<boolean> {
    return this.#take(this.#client.pull(Number.isFinite(count) ? count : -1, (row) => sink.row(row), -1));
  }

  async discard(): Promise<void> {
    if (this.summary === undefined) await this.#take(this.#client.discard(-1, -1));
  }

  terminate(): void {
    if (this.summary === undefined) this.#client.close();
  }

  async #take(answer: Promise<CypherMap>): Promise<boolean> {
    try {
      const metadata = await answer;
      if (metadata.get('has_more') === true) return true;
      this.summary = decodeSummary(metadata);
      this.#release();
      return false;
    } catch (error) {
      if (error instanceof ConnectionLost) {
        throw failure('databaseUnavailable', 'The server that was reading for this one was lost. Nothing was changed; run the statement again.', {
          cause: error,
        });
      }
      await backToReady(this.#client, this.#release);
      throw error;
    }
  }
}

class RemoteTransaction implements Transaction {
  readonly #client: BoltClient;
  readonly #term: number;
  readonly #options: TransactionOptions;
  readonly #release: () => void;
  #ended: boolean;

  constructor(client: BoltClient, term: number, options: TransactionOptions, release: () => void) {
    this.#client = client;
    this.#term = term;
    this.#options = options;
    this.#release = release;
    this.#ended = false;
  }

  async begin(): Promise<void> {
    await this.#guard(this.#client.begin(extraOf(this.#options, this.#term, false)), false);
  }

  async run(request: StatementRequest): Promise<StatementResult> {
    const metadata = await this.#guard(this.#client.run(request.text, request.parameters, extraOf(this.#options, this.#term, false)), false);
    const fields = metadata.get('fields');
    const queryId = metadata.get('qid');
    return this.#result(Array.isArray(fields) ? fields.map(String) : [], typeof queryId === 'number' ? queryId : -1);
  }

  async commit(requestId: string): Promise<string> {
    const metadata = await this.#guard(this.#client.commit(extraOf({ ...this.#options, requestId }, this.#term, false)), true);
    this.#end();
    const bookmark = metadata.get('bookmark');
    return typeof bookmark === 'string' ? bookmark : '';
  }

  async rollback(): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    await backToReady(this.#client, this.#release);
  }

  terminate(): void {
    this.#ended = true;
    this.#client.close();
  }

  #result(columns: readonly string[], queryId: number): StatementResult {
    let summary: ResultSummary | undefined;
    const take = async (metadata: Promise<CypherMap>): Promise<boolean> => {
      const answer = await this.#guard(metadata, false);
      if (answer.get('has_more') === true) return true;
      summary = decodeSummary(answer);
      return false;
    };
    return {
      columns,
      pull: (count, sink) => take(this.#client.pull(Number.isFinite(count) ? count : -1, (row) => sink.row(row), queryId)),
      discard: async () => void (await take(this.#client.discard(-1, queryId))),
      get summary() {
        return summary;
      },
    };
  }

  async #guard(answer: Promise<CypherMap>, committing: boolean): Promise<CypherMap> {
    try {
      return await answer;
    } catch (error) {
      if (error instanceof ConnectionLost) {
        this.#ended = true;
        throw new LeaderLost(error.message, this.#term, committing);
      }
      if (!this.#ended) {
        this.#ended = true;
        await backToReady(this.#client, this.#release);
      }
      throw error;
    }
  }

  #end(): void {
    this.#ended = true;
    this.#release();
  }
}

/** After a failure, or to roll back: RESET, then it may be used again. */
async function backToReady(client: BoltClient, release: () => void): Promise<void> {
  try {
    await client.reset();
    release();
  } catch {
    client.close();
  }
}
