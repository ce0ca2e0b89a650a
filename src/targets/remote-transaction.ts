// An explicit transaction on another server, over one connection; one that stays open there between requests has an
// id, and its connection is free in between.

import type { ResultSummary, StatementRequest, StatementResult, Transaction, TransactionOptions } from '../database/result.js';
import type { CypherMap } from '../values/value.js';
import { type BoltClient, ConnectionLost } from '../wire/client.js';
import { tags } from '../wire/messages.js';
import { encodeHeldClaim, type HeldClaim } from '../wire/relay.js';
import { decodeSummary } from '../wire/summary.js';
import { backToReady, extraOf, LeaderLost } from './relayed.js';

/** What goes with later messages of a transaction that has its options already. */
export function heldOptions({ user, database }: HeldClaim): TransactionOptions {
  const requestId = '0'.repeat(32);
  return { database, user, requestId, access: 'WRITE', bookmarks: [], consistency: 'bookmark', timeoutMs: 0, serverSideRouting: false };
}

export class RemoteTransaction implements Transaction {
  readonly #client: BoltClient;
  readonly #term: number;
  readonly #options: TransactionOptions;
  readonly #release: () => void;
  #ended: boolean;
  #id: string;

  constructor(client: BoltClient, term: number, options: TransactionOptions, release: () => void) {
    this.#client = client;
    this.#term = term;
    this.#options = options;
    this.#release = release;
    this.#ended = false;
    this.#id = '';
  }

  /** The id under which its server holds it; empty where it ends with this connection. */
  get id(): string {
    return this.#id;
  }

  async begin(hold: boolean): Promise<void> {
    const metadata = await this.#guard(this.#client.begin(extraOf(this.#options, this.#term, hold)), false);
    this.#id = String(metadata.get('tx') ?? '');
  }

  async take(claim: HeldClaim): Promise<void> {
    this.#id = claim.transaction;
    await this.#guard(this.#client.request(tags.TAKE, [encodeHeldClaim(claim)]), false);
  }

  async end(claim: HeldClaim): Promise<void> {
    await this.#guard(this.#client.request(tags.END, [encodeHeldClaim(claim)]), false);
    this.#end();
  }

  /** Lets it wait on its server for the next request; resolves with how long, in milliseconds. */
  async release(): Promise<number> {
    const metadata = await this.#guard(this.#client.request(tags.RELEASE, []), false);
    this.#end();
    return Number(metadata.get('stays') ?? 0);
  }

  async run(request: StatementRequest): Promise<StatementResult> {
    const metadata = await this.#guard(this.#client.run(request.text, request.parameters, extraOf(this.#options, this.#term)), false);
    const fields = metadata.get('fields');
    const queryId = metadata.get('qid');
    return this.#result(Array.isArray(fields) ? fields.map(String) : [], typeof queryId === 'number' ? queryId : -1);
  }

  async commit(requestId: string): Promise<string> {
    const metadata = await this.#guard(this.#client.commit(extraOf({ ...this.#options, requestId }, this.#term)), true);
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
