// One graph's state on this server, as far as the log has it: the store, and the position in the log
// that it stands for. Entries are ingested in order, each checked against the one before (SAFETY 16).
//
// What cannot be applied quarantines the graph here, with a reason; it is never skipped (SAFETY 10).
// Both followers (`ingest`) and the leader (`publishOwn`) move it, with the same store code.

import type { Clock } from '../base/clock.js';
import { inPieces } from '../base/pieces.js';
import { failure } from '../errors/catalogue.js';
import type { ChangeSet } from '../graph/change-set.js';
import { decodeChangeSet } from '../graph/change-set-codec.js';
import { type Entry, FEATURE_LEVEL } from '../graph/entry.js';
import { decodeEntry, hashEntry } from '../graph/entry-codec.js';
import type { GraphStore, GraphVersion } from '../graph/store.js';
import { Outcomes } from './outcomes.js';
import { Waiters } from './waiters.js';

export const NO_HASH = '0'.repeat(64);

/** Raised by `ingest`; the graph is quarantined. */
export class Quarantined extends Error {
  override readonly name = 'Quarantined';
}

/** Told what was published; undefined where that is not at hand (a large transaction of this server's own). */
export type PublishedListener = (changeSets: readonly ChangeSet[] | undefined) => void;

interface UnfinishedParts {
  readonly requestId: string;
  readonly parts: Uint8Array[];
}

export class Replica {
  readonly store: GraphStore;
  readonly outcomes: Outcomes;
  #index: number;
  #hash: string;
  #incarnation: string;
  #featureLevel: number;
  #quarantine: string | undefined;
  #unfinished: UnfinishedParts | undefined;
  /** The end of the last `ingest` that was called. */
  #turn: Promise<void>;
  readonly #transactionWaiters: Waiters;
  readonly #indexWaiters: Waiters;
  readonly #listeners: Set<PublishedListener>;

  constructor(store: GraphStore, clock: Clock) {
    this.store = store;
    this.outcomes = new Outcomes(clock);
    this.#index = 0;
    this.#hash = NO_HASH;
    this.#incarnation = '';
    this.#featureLevel = 0;
    this.#quarantine = undefined;
    this.#unfinished = undefined;
    this.#turn = Promise.resolve();
    this.#transactionWaiters = new Waiters(clock);
    this.#indexWaiters = new Waiters(clock);
    this.#listeners = new Set();
  }

  /** Index of the last entry that is published here. */
  get index(): number {
    return this.#index;
  }
  /** Hash of that entry's bytes. */
  get hash(): string {
    return this.#hash;
  }
  /** Empty before the first entry. */
  get incarnation(): string {
    return this.#incarnation;
  }
  /** Of the last entry: whoever follows this history can apply so much. 0 before the first. */
  get featureLevel(): number {
    return this.#featureLevel;
  }
  get transactionId(): number {
    return this.store.published.transactionId;
  }
  /** Why apply stopped for good; undefined while sound. */
  get quarantine(): string | undefined {
    return this.#quarantine;
  }

  /** Called after every publication. Returns the way to stop. */
  onPublished(listener: PublishedListener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Takes the entry at `index` from the log or a feed, in the order of the calls. Rejects with Quarantined when it cannot be applied. */
  ingest(index: number, bytes: Uint8Array): Promise<void> {
    const done = this.#turn.then(() => this.#ingest(index, bytes));
    this.#turn = done.catch(() => {});
    return done;
  }

  async #ingest(index: number, bytes: Uint8Array): Promise<void> {
    if (this.#quarantine !== undefined) throw new Quarantined(this.#quarantine);
    if (index <= this.#index) return;
    try {
      const entry = await inPieces(decodeEntry(bytes));
      const hash = await inPieces(hashEntry(bytes));
      // The leader's own no-op may have been published meanwhile.
      if (index <= this.#index) return;
      this.#check(index, entry);
      const changeSets = await this.#apply(entry);
      this.#moved(index, hash, entry, changeSets);
    } catch (error) {
      this.#quarantine = `entry ${index}: ${error instanceof Error ? error.message : String(error)}`;
      this.store.dropSpeculative();
      throw new Quarantined(this.#quarantine, { cause: error });
    }
  }

  /** The leader's own entry, with the hash of its bytes, is in the log: its speculative `version` becomes visible. */
  publishOwn(index: number, hash: string, entry: Entry, version: GraphVersion | undefined): void {
    // A leader deposed while its no-op was on the way may have read it back as a follower already.
    if (index <= this.#index) return;
    if (version !== undefined) this.store.publish(version);
    if (entry.content.kind === 'changes') for (const changeSet of entry.content.changeSets) this.outcomes.add(changeSet);
    this.#moved(index, hash, entry, entry.content.kind === 'changes' ? entry.content.changeSets : entry.content.kind === 'part' ? undefined : []);
  }

  /** Whether `transactionId` is published here within `timeoutMs`. */
  async waitForTransaction(transactionId: number, timeoutMs: number): Promise<boolean> {
    return this.transactionId >= transactionId || this.#transactionWaiters.wait(transactionId, timeoutMs);
  }

  async waitForIndex(index: number, timeoutMs: number): Promise<boolean> {
    return this.#index >= index || this.#indexWaiters.wait(index, timeoutMs);
  }

  #check(index: number, entry: Entry): void {
    if (index !== this.#index + 1) throw failure('unknownError', `gap in the log: index ${index} after ${this.#index}`);
    if (entry.featureLevel > FEATURE_LEVEL) {
      throw failure('unknownError', `needs feature level ${entry.featureLevel}, this server has ${FEATURE_LEVEL}: upgrade it`);
    }
    // A forced recovery begins another incarnation: with the no-op of a new term, which carries on what is here by its hash (SAFETY 16).
    if (this.#incarnation !== '' && entry.incarnation !== this.#incarnation && entry.content.kind !== 'noop') {
      throw failure('unknownError', `incarnation ${entry.incarnation} of the history, ${this.#incarnation} expected`);
    }
    if (entry.previousHash !== this.#hash) throw failure('unknownError', 'the hash of the entry before does not match: damaged or forked history');
  }

  /** Returns what was published. */
  async #apply(entry: Entry): Promise<readonly ChangeSet[]> {
    const { content } = entry;
    switch (content.kind) {
      case 'noop':
        // A new term voids what an older one left half-sent (SAFETY 8).
        this.#unfinished = undefined;
        return [];
      case 'changes':
        return this.#applyAll(content.changeSets);
      case 'part':
        return this.#applyPart(content.requestId, content.part, content.last, content.bytes);
      case 'digest':
        this.#compareDigest(content.transactionId, content.digest);
        return [];
    }
  }

  async #applyAll(changeSets: readonly ChangeSet[]): Promise<readonly ChangeSet[]> {
    let version: GraphVersion | undefined;
    for (const changeSet of changeSets) {
      const expected = this.store.newest.transactionId + 1;
      if (changeSet.transactionId !== expected) throw failure('unknownError', `transaction ${changeSet.transactionId} where ${expected} must be`);
      version = await inPieces(this.store.apply(changeSet));
    }
    if (version === undefined) return [];
    this.store.publish(version);
    for (const changeSet of changeSets) this.outcomes.add(changeSet);
    return changeSets;
  }

  async #applyPart(requestId: string, part: number, last: boolean, bytes: Uint8Array): Promise<readonly ChangeSet[]> {
    if (part === 0) this.#unfinished = { requestId, parts: [] };
    const unfinished = this.#unfinished;
    if (unfinished === undefined || unfinished.requestId !== requestId || unfinished.parts.length !== part) {
      throw failure('unknownError', `part ${part} of transaction ${requestId} without the parts before it`);
    }
    unfinished.parts.push(bytes);
    if (!last) return [];
    this.#unfinished = undefined;
    return this.#applyAll([await inPieces(decodeChangeSet(Buffer.concat(unfinished.parts)))]);
  }

  /** Every server compares the leader's digest with its own (SAFETY 9). */
  #compareDigest(transactionId: number, digest: string): void {
    if (transactionId !== this.transactionId) throw failure('unknownError', `digest of transaction ${transactionId} after ${this.transactionId}`);
    const own = this.store.digest(this.store.published);
    if (own !== digest) throw failure('unknownError', `content differs from the leader's after transaction ${transactionId}`);
  }

  #moved(index: number, hash: string, entry: Entry, changeSets: readonly ChangeSet[] | undefined): void {
    this.#index = index;
    this.#hash = hash;
    this.#incarnation = entry.incarnation;
    this.#featureLevel = entry.featureLevel;
    this.#indexWaiters.reached(index);
    this.#transactionWaiters.reached(this.transactionId);
    for (const listener of this.#listeners) listener(changeSets);
  }
}
