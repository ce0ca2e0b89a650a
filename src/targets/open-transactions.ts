// The transactions that this server keeps open between requests. Each is in the hands of at most one request, works
// only for its user and graph, ends when nobody asks for it for a while, and there is a bound on how many there are.
//
//   open ──▶ BUSY ──release──▶ IDLE ──take──▶ BUSY       rollback, a failure, the idle timeout: gone
//                                             BUSY ──commit──▶ COMMITTING ──▶ gone
//
// A COMMIT that has begun is not interrupted, not even by the loss of who asked for it: whoever sends it again waits for
// its end, and is then told by its outcome (SAFETY 14).

import type { Clock } from '../base/clock.js';
import type { Random } from '../base/random.js';
import type { Soon } from '../base/soon.js';
import type { StatementRequest, StatementResult, Transaction } from '../database/result.js';
import { failure } from '../errors/catalogue.js';
import type { HeldTransaction, TransactionClaim } from './gateway.js';
import { commitRequestId, mintTransactionId, type TransactionIdParts } from './transaction-id.js';

export interface OpenTransactionsOptions {
  readonly owner: string;
  readonly life: string;
  readonly clock: Clock;
  readonly random: Random;
  /** `transactions.idle_timeout_ms` */
  readonly idleTimeoutMs: number;
  /** `transactions.open_max` */
  readonly countMax: number;
}

interface Slot {
  readonly id: string;
  readonly user: string;
  readonly database: string;
  readonly transaction: Transaction;
  state: 'busy' | 'committing' | 'idle';
  cancelIdle: () => void;
  /** Resolves when the COMMIT under way has ended, however. */
  ended: Promise<void>;
}

export class OpenTransactions {
  readonly #options: OpenTransactionsOptions;
  readonly #slots: Map<string, Slot>;
  #opening: number;

  constructor(options: OpenTransactionsOptions) {
    this.#options = options;
    this.#slots = new Map();
    this.#opening = 0;
  }

  get count(): number {
    return this.#slots.size;
  }

  /** Whether this server, in this life, minted the id. */
  isOwn({ owner, life }: TransactionIdParts): boolean {
    return owner === this.#options.owner && life === this.#options.life;
  }

  /** Keeps what `begin` gives. `term`, asked for when it has begun: the leadership that it writes under, 0 for none. */
  async open(claim: Pick<TransactionClaim, 'user' | 'database'>, term: () => number, begin: () => Promise<Transaction>): Promise<HeldTransaction> {
    const { countMax, owner, life, random } = this.#options;
    if (this.#slots.size + this.#opening >= countMax) throw tooMany(countMax);
    this.#opening++;
    try {
      const transaction = await begin();
      const slot: Slot = {
        id: mintTransactionId({ owner, life, term: term() }, random),
        user: claim.user,
        database: claim.database,
        transaction,
        state: 'busy',
        cancelIdle: () => {},
        ended: Promise.resolve(),
      };
      this.#slots.set(slot.id, slot);
      return this.#held(slot);
    } finally {
      this.#opening--;
    }
  }

  /** For one request. Rejects with TransactionNotFound, or TransactionAccessedConcurrently while another has it. */
  async take(id: string, claim: TransactionClaim): Promise<HeldTransaction> {
    const slot = this.#find(id, claim);
    if (slot.state === 'committing' && claim.committing) {
      await slot.ended;
      throw transactionNotFound();
    }
    if (slot.state !== 'idle') throw accessedConcurrently();
    slot.cancelIdle();
    slot.state = 'busy';
    return this.#held(slot);
  }

  /** Rolls it back, interrupting what it runs. A COMMIT that has begun is not interrupted. */
  async end(id: string, claim: TransactionClaim): Promise<void> {
    const slot = this.#find(id, claim);
    if (slot.state === 'committing') throw accessedConcurrently();
    const wasBusy = slot.state === 'busy';
    this.#remove(slot);
    if (wasBusy) slot.transaction.terminate(failure('transactionTerminated', 'The transaction was rolled back by another request.'));
    else await slot.transaction.rollback();
  }

  /** Ends all of them: the server stops. */
  close(): void {
    for (const slot of [...this.#slots.values()]) {
      if (slot.state === 'committing') continue;
      this.#remove(slot);
      slot.transaction.terminate(failure('leaderSwitch', 'The server that held the transaction was stopped. The transaction is gone; run it again.'));
    }
  }

  #find(id: string, claim: TransactionClaim): Slot {
    const slot = this.#slots.get(id);
    // Another user's, or another graph's, is not told apart from one that never was.
    if (slot === undefined || slot.user !== claim.user || slot.database !== claim.database) throw transactionNotFound();
    return slot;
  }

  #held(slot: Slot): HeldTransaction {
    return new LocalHeldTransaction(slot, {
      owner: this.#options.owner,
      remove: () => this.#remove(slot),
      idle: () => this.#idle(slot),
    });
  }

  #idle(slot: Slot): number {
    const { clock, idleTimeoutMs } = this.#options;
    if (!this.#slots.has(slot.id)) throw failure('transactionTerminated', 'The transaction was rolled back by another request.');
    slot.state = 'idle';
    slot.cancelIdle = clock.after(idleTimeoutMs, () => {
      this.#remove(slot);
      slot.transaction.terminate(failure('transactionTimedOut', `No request came for ${idleTimeoutMs} ms (transactions.idle_timeout_ms).`));
    });
    return idleTimeoutMs;
  }

  #remove(slot: Slot): void {
    slot.cancelIdle();
    this.#slots.delete(slot.id);
  }
}

interface Keeper {
  readonly owner: string;
  remove(): void;
  /** How long it stays, in milliseconds. */
  idle(): number;
}

class LocalHeldTransaction implements HeldTransaction {
  readonly id: string;
  readonly owner: string;
  readonly commitId: string;
  readonly #slot: Slot;
  readonly #keeper: Keeper;

  constructor(slot: Slot, keeper: Keeper) {
    this.id = slot.id;
    this.owner = keeper.owner;
    this.commitId = commitRequestId(slot.id, slot.user);
    this.#slot = slot;
    this.#keeper = keeper;
  }

  run(request: StatementRequest): Soon<StatementResult> {
    return this.#slot.transaction.run(request);
  }

  async commit(requestId: string): Promise<string> {
    const committing = this.#slot.transaction.commit(requestId);
    this.#slot.state = 'committing';
    this.#slot.ended = committing.then(
      () => {},
      () => {},
    );
    try {
      return await committing;
    } finally {
      this.#keeper.remove();
    }
  }

  async rollback(): Promise<void> {
    if (this.#slot.state === 'committing') return;
    this.#keeper.remove();
    await this.#slot.transaction.rollback();
  }

  terminate(reason: Error): void {
    if (this.#slot.state === 'committing') return;
    this.#keeper.remove();
    this.#slot.transaction.terminate(reason);
  }

  async release(): Promise<number> {
    return this.#keeper.idle();
  }
}

export function transactionNotFound(): Error {
  return failure('transactionNotFound', 'Unrecognized transaction id. Transaction may have timed out and been rolled back.');
}

function accessedConcurrently(): Error {
  return failure('transactionAccessedConcurrently', 'The requested transaction is being used concurrently by another request.');
}

function tooMany(countMax: number): Error {
  return failure(
    'transactionLimitReached',
    `This server keeps ${countMax} transactions open between requests, and no more (transactions.open_max). Commit or roll back some, or try again later.`,
  );
}
