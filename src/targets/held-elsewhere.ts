// Open transactions by id, wherever they are held: here, or on the server that the id names (SAFETY 21, 26).
//
// A gone owner is LeaderSwitch, unless the request is a COMMIT: then the id's own request id tells what became of the
// one that may have been sent before (SAFETY 14), and a COMMIT that took effect is answered again as it was.

import type { StatementResult, TransactionOptions } from '../database/result.js';
import { codes, failure } from '../errors/catalogue.js';
import { CausewayError } from '../errors/error.js';
import type { HeldTransaction, TransactionClaim } from './gateway.js';
import type { Graph } from './graphs.js';
import type { LeaderThere } from './leader-search.js';
import { transactionNotFound } from './open-transactions.js';
import { LeaderLost } from './relayed.js';
import type { RemoteTransaction } from './remote-transaction.js';
import type { RoutedServices } from './routed-auto-commit.js';
import { asLeaderSwitch, RoutedTransaction, shown } from './routed-transaction.js';
import { commitRequestId, parseTransactionId, type TransactionIdParts } from './transaction-id.js';

export class HeldElsewhere {
  readonly #services: RoutedServices;

  constructor(services: RoutedServices) {
    this.#services = services;
  }

  async open(graph: Graph, { server, term }: Pick<LeaderThere, 'server' | 'term'>, options: TransactionOptions): Promise<HeldTransaction> {
    const inner = await this.#services.remote.open(server, term, options);
    return new RoutedHeldTransaction(inner, { owner: server.name, user: options.claimant ?? options.user, term }, graph, this.#services);
  }

  async take(id: string, graph: Graph, claim: TransactionClaim): Promise<HeldTransaction> {
    const parts = partsOf(id);
    try {
      if (this.#services.open.isOwn(parts)) return await this.#services.open.take(id, claim);
      return await this.#takeThere(id, parts, graph, claim);
    } catch (error) {
      if (!claim.committing || parts.term === 0) throw claim.serverSideRouting ? shown(error) : error;
      return this.#committedBefore(id, parts, graph, claim.user, error);
    }
  }

  async end(id: string, claim: TransactionClaim): Promise<void> {
    const parts = partsOf(id);
    if (this.#services.open.isOwn(parts)) return this.#services.open.end(id, claim);
    const { search, remote } = this.#services;
    const server = search.living(parts.owner, parts.life);
    // Gone with its owner: rolled back as asked.
    if (server === undefined) return;
    if (!claim.serverSideRouting) throw notHere(parts.owner);
    try {
      await remote.end(server, parts.term, { transaction: id, ...claim });
    } catch (error) {
      if (!(error instanceof LeaderLost)) throw error;
    }
  }

  async #takeThere(id: string, parts: TransactionIdParts, graph: Graph, claim: TransactionClaim): Promise<HeldTransaction> {
    const { search, remote } = this.#services;
    const server = search.living(parts.owner, parts.life);
    if (server === undefined) throw new LeaderLost(`${parts.owner} is gone`, parts.term, false);
    if (!claim.serverSideRouting) throw notHere(parts.owner);
    const inner = await remote.take(server, parts.term, { transaction: id, ...claim });
    return new RoutedHeldTransaction(inner, { owner: parts.owner, user: claim.user, term: parts.term }, graph, this.#services);
  }

  /** The transaction is not there for this COMMIT. Was it committed before, or may it still be? */
  async #committedBefore(id: string, parts: TransactionIdParts, graph: Graph, user: string, error: unknown): Promise<HeldTransaction> {
    const { settlement, search } = this.#services;
    const requestId = commitRequestId(id, user);
    const gone = error instanceof LeaderLost;
    if (!gone && !(error instanceof CausewayError && error.code === codes.transactionNotFound.code)) throw error;
    // An owner that lives and no longer has it sends nothing more: its own word, under its own term, will do.
    const term = gone ? parts.term : parts.term - 1;
    const outcome = await settlement.settle(graph, requestId, term, search.deadline());
    if (outcome.kind === 'committed') return new CommittedTransaction(id, parts.owner, requestId, outcome.bookmark);
    if (outcome.kind === 'never') throw shown(error);
    throw failure('commitFailed', `Whether the transaction committed before could not be settled in time. Look it up with the outcome id ${requestId}.`, {
      outcomeId: requestId,
      cause: error,
    });
  }
}

class RoutedHeldTransaction extends RoutedTransaction implements HeldTransaction {
  readonly id: string;
  readonly owner: string;
  readonly commitId: string;
  readonly #remote: RemoteTransaction;

  constructor(
    remote: RemoteTransaction,
    { owner, user, term }: { readonly owner: string; readonly user: string; readonly term: number },
    graph: Graph,
    services: RoutedServices,
  ) {
    super(remote, graph, term, services);
    this.id = remote.id;
    this.owner = owner;
    this.commitId = commitRequestId(remote.id, user);
    this.#remote = remote;
  }

  release(): Promise<number> {
    return asLeaderSwitch(this.#remote.release());
  }
}

/** One whose COMMIT took effect before, for the client that sends it again. */
class CommittedTransaction implements HeldTransaction {
  readonly id: string;
  readonly owner: string;
  readonly commitId: string;
  readonly #bookmark: string;

  constructor(id: string, owner: string, commitId: string, bookmark: string) {
    this.id = id;
    this.owner = owner;
    this.commitId = commitId;
    this.#bookmark = bookmark;
  }

  run(): Promise<StatementResult> {
    return Promise.reject(failure('transactionNotFound', 'This transaction has committed already. The COMMIT may be repeated, but without statements.'));
  }

  commit(): Promise<string> {
    return Promise.resolve(this.#bookmark);
  }

  rollback(): Promise<void> {
    return Promise.resolve();
  }

  terminate(): void {}

  release(): Promise<number> {
    return Promise.reject(transactionNotFound());
  }
}

function partsOf(id: string): TransactionIdParts {
  const parts = parseTransactionId(id);
  if (parts === undefined) throw transactionNotFound();
  return parts;
}

function notHere(owner: string): Error {
  return failure('requestInvalid', `The transaction is held by the server ${owner}, and passing requests on is switched off here or for this request.`);
}
