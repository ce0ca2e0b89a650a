// The leader's way from a finished transaction to an acknowledged one.
//
//   commit() ─▶ queue ─▶ gather: judge each against the newest version, apply speculatively ─▶ one entry
//     ▲                                                                                         │ append, one in flight
//     └────────── conflict, lost, unknown ◀── definite outcome ◀────────────────────────────────┘ ─▶ publish, answer
//
// Always true: nobody is answered before the log has the entry (and it is synced); a verdict that depends on a
// commit still on its way waits for its fate (SAFETY 3): such a request stays in the queue until the next round.

import type { Clock } from '../base/clock.js';
import { sleep } from '../base/clock.js';
import { limits } from '../base/limits.js';
import { inPieces, turnOfEventLoop } from '../base/pieces.js';
import { type Random, randomId } from '../base/random.js';
import { asCausewayError, failure } from '../errors/catalogue.js';
import type { ChangeSet, Effect } from '../graph/change-set.js';
import { encodeChangeSet } from '../graph/change-set-codec.js';
import type { Entry, EntryContent } from '../graph/entry.js';
import { encodeEntry, hashEntry } from '../graph/entry-codec.js';
import type { GraphVersion, IdReservation } from '../graph/store.js';
import type { Counters } from '../graph/writer.js';
import type { AppendOutcome, AppendRequest, GraphId, Log } from '../log/log.js';
import { ConflictTable, type Footprint, footprintOf } from './footprint.js';
import { ownerOf } from './outcomes.js';
import type { Replica } from './replica.js';

export interface CommitRequest {
  readonly requestId: string;
  readonly effects: readonly Effect[];
  readonly counters: Counters;
  /** Transaction id and schema version of the published version that the transaction read. */
  readonly snapshot: number;
  readonly schemaVersion: number;
  /** How long the client waits. Afterwards it is told what is known (SAFETY 13). */
  readonly timeoutMs: number;
  /** Runs inside `exclusive`. */
  readonly exclusive: boolean;
}

export interface LeaderPipelineOptions {
  readonly log: Log;
  readonly graph: GraphId;
  readonly term: number;
  readonly replica: Replica;
  readonly clock: Clock;
  readonly random: Random;
  /** What all servers can apply (SAFETY 10). */
  readonly featureLevel: () => number;
  /** The term is lost. */
  readonly onLost: (reason: string) => void;
}

interface Pending {
  readonly request: CommitRequest;
  /** Once it has been looked at. */
  footprint: Footprint | undefined;
  /** It is, or is about to be, in an append. */
  sent: boolean;
  settled: boolean;
  readonly resolve: (transactionId: number) => void;
  readonly reject: (error: Error) => void;
}

/** A pending commit with its place in the batch. */
interface Admitted {
  readonly pending: Pending;
  readonly footprint: Footprint;
  readonly changeSet: ChangeSet;
  readonly bytes: Uint8Array;
}

const RESEND_AFTER_MS = 20;
const RESEND_AFTER_MS_MAX = 500;
const QUIET_LOOK_MS = 10;
const PRUNE_ABOVE = 100_000;

export class LeaderPipeline {
  readonly graph: GraphId;
  readonly term: number;
  readonly ids: IdReservation;
  readonly #log: Log;
  readonly #replica: Replica;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #featureLevel: () => number;
  /** The log's: after a forced recovery it is another than that of the entries before (SAFETY 16). */
  #incarnation: string;
  readonly #onLost: (reason: string) => void;
  /** closing: nothing new begins, what is open may still commit. */
  #state: 'opening' | 'open' | 'closing' | 'closed' | 'lost';
  #queue: Pending[];
  /** Taken from the queue, to be judged. */
  #gathering: readonly Pending[];
  #draining: boolean;
  #exclusive: boolean;
  #exclusiveTurn: Promise<void>;
  #conflicts: ConflictTable;
  #idle: (() => void)[];
  readonly #openSnapshots: Map<number, number>;
  /** Request ids in the append on its way. */
  #sentIds: ReadonlySet<string>;

  constructor({ log, graph, term, replica, clock, random, featureLevel, onLost }: LeaderPipelineOptions) {
    this.graph = graph;
    this.term = term;
    this.#log = log;
    this.#replica = replica;
    this.#clock = clock;
    this.#random = random;
    this.#featureLevel = featureLevel;
    this.#onLost = onLost;
    this.#incarnation = '';
    this.#state = 'opening';
    this.#queue = [];
    this.#gathering = [];
    this.#draining = false;
    this.#exclusive = false;
    this.#exclusiveTurn = Promise.resolve();
    this.#conflicts = new ConflictTable();
    this.#idle = [];
    this.#openSnapshots = new Map();
    this.#sentIds = new Set();
    let nextNode = 0;
    let nextRelationship = 0;
    this.ids = {
      // Above every id in the log, also after a failover; holes are allowed (SAFETY 6).
      node: () => {
        nextNode = Math.max(nextNode, replica.store.nextNodeId());
        return nextNode++;
      },
      relationship: () => {
        nextRelationship = Math.max(nextRelationship, replica.store.nextRelationshipId());
        return nextRelationship++;
      },
    };
  }

  get isOpen(): boolean {
    return this.#state === 'open';
  }

  /** Reads the log to its end and proves the term by a no-op at head + 1 (SAFETY 11). False: the term is lost. */
  async open(): Promise<boolean> {
    for (;;) {
      await this.#catchUp();
      await this.#fillKeys();
      if (this.#isLost()) return false;
      const outcome = await this.#appendUntilDefinite({ kind: 'noop' }, undefined, []);
      if (this.#isLost()) return false;
      if (outcome.kind === 'appended') {
        this.#state = 'open';
        this.#wake();
        return true;
      }
      if (outcome.kind === 'full') {
        await sleep(this.#clock, RESEND_AFTER_MS_MAX);
      }
    }
  }

  /** Resolves with the transaction id once the commit is durable. */
  commit(request: CommitRequest): Promise<number> {
    if (this.#state === 'lost' || this.#state === 'closed') return Promise.reject(leaderSwitch());
    return new Promise((resolve, reject) => {
      const cancel = this.#clock.after(request.timeoutMs, () => this.#expire(pending));
      const settle = () => {
        cancel();
        pending.settled = true;
      };
      const pending: Pending = {
        request,
        footprint: undefined,
        sent: false,
        settled: false,
        resolve: (transactionId) => {
          settle();
          resolve(transactionId);
        },
        reject: (error) => {
          settle();
          reject(error);
        },
      };
      this.#queue.push(pending);
      this.#wake();
    });
  }

  /** Runs `work` with nobody else committing: its own commit (with `exclusive`) cannot lose (SAFETY 5). */
  async exclusive<T>(work: () => Promise<T>): Promise<T> {
    const before = this.#exclusiveTurn;
    let release = () => {};
    this.#exclusiveTurn = new Promise((resolve) => {
      release = resolve;
    });
    await before;
    this.#exclusive = true;
    try {
      await this.idle();
      return await work();
    } finally {
      this.#exclusive = false;
      release();
      this.#wake();
    }
  }

  /** Whether this request id is in the queue or in an append whose outcome is not known yet. */
  holds(requestId: string): boolean {
    return this.#sentIds.has(requestId) || [...this.#gathering, ...this.#queue].some((pending) => pending.request.requestId === requestId);
  }

  /** Resolves when no append is on its way. */
  idle(): Promise<void> {
    if (!this.#draining) return Promise.resolve();
    return new Promise((resolve) => this.#idle.push(resolve));
  }

  /** A transaction that may commit later reads this version: what it may collide with is remembered. */
  snapshotOpened(transactionId: number): void {
    this.#openSnapshots.set(transactionId, (this.#openSnapshots.get(transactionId) ?? 0) + 1);
  }

  snapshotClosed(transactionId: number): void {
    const count = (this.#openSnapshots.get(transactionId) ?? 1) - 1;
    if (count === 0) this.#openSnapshots.delete(transactionId);
    else this.#openSnapshots.set(transactionId, count);
  }

  /**
   * Stops admitting, waits up to `quietMs` for open write transactions, and makes the last append definite: what stands
   * before a hand-over (SAFETY 28).
   */
  async close(quietMs: number): Promise<void> {
    if (this.#state === 'open') this.#state = 'closing';
    const until = this.#clock.nowMs() + quietMs;
    while (this.#openSnapshots.size > 0 && this.#clock.nowMs() < until) await sleep(this.#clock, QUIET_LOOK_MS);
    if (this.#state === 'closing') this.#state = 'closed';
    await this.idle();
    this.#rejectQueue();
  }

  /** The log said that the term is another's. With an append in flight, its outcome decides instead. */
  depose(reason: string): void {
    if (this.#draining) return;
    this.#lose(reason);
  }

  #expire(pending: Pending): void {
    if (pending.settled) return;
    const { requestId } = pending.request;
    if (pending.sent) {
      const text = `The outcome of the commit is unknown: the log did not answer in time. Look it up with the outcome id ${requestId}; do not repeat the statement before.`;
      pending.reject(failure('commitFailed', text, { outcomeId: requestId }));
    } else {
      pending.reject(failure('replicationFailure', 'The commit waited too long for the log and was not sent to it. Nothing was changed; try again.'));
    }
  }

  #wake(): void {
    if (this.#draining || this.#state === 'opening' || this.#queue.length === 0) return;
    void this.#drain();
  }

  async #drain(): Promise<void> {
    this.#draining = true;
    try {
      // A turn of the event loop lets commits of the same moment share an entry.
      await Promise.resolve();
      while (this.#queue.length > 0 && this.#state !== 'lost') {
        const batch = await this.#gather();
        if (batch.length > 0) await this.#commitBatch(batch);
        else if (!this.#queue.some((pending) => !pending.settled && pending.request.exclusive === this.#exclusive)) break;
      }
    } finally {
      this.#draining = false;
      const waiting = this.#idle;
      this.#idle = [];
      for (const resolve of waiting) resolve();
      if (this.#state === 'lost' || this.#state === 'closed') this.#rejectQueue();
    }
  }

  /** Takes from the queue what can go into the next entry, applied to the newest version; what must wait stays. */
  async #gather(): Promise<Admitted[]> {
    await this.#fillKeys();
    const batch: Admitted[] = [];
    const inBatch = new ConflictTable();
    const requestIds = new Set<string>();
    const stay: Pending[] = [];
    const exclusive = this.#exclusive;
    let bytes = 0;
    // What arrives meanwhile waits for the next entry.
    this.#gathering = this.#queue;
    this.#queue = [];
    for (const pending of this.#gathering) {
      if (pending.settled) continue;
      const footprint = pending.footprint ?? (await inPieces(footprintOf(pending.request.effects)));
      pending.footprint = footprint;
      const mustWait =
        bytes >= limits.groupCommitBytes ||
        pending.request.exclusive !== exclusive ||
        requestIds.has(ownerOf(pending.request.requestId)) ||
        (await inPieces(inBatch.conflicts(footprint, 0)));
      const admitted = mustWait ? 'later' : await this.#judge(pending, footprint, batch.length > 0);
      if (admitted === 'later') stay.push(pending);
      if (typeof admitted === 'string') continue;
      await inPieces(inBatch.add(footprint, 1));
      requestIds.add(ownerOf(pending.request.requestId));
      batch.push(admitted);
      bytes += admitted.bytes.length;
    }
    this.#gathering = [];
    this.#queue = [...stay, ...this.#queue];
    return batch;
  }

  /** Nothing is judged by an index that is not ready: a server that has just begun to lead may have taken a constraint over a moment ago. */
  async #fillKeys(): Promise<void> {
    const { store } = this.#replica;
    while (store.lacksKeys && !this.#isLost()) {
      store.populateIndexes();
      await turnOfEventLoop();
    }
  }

  /** Admits, settles, or says 'later' where the verdict hangs on the batch being gathered. */
  async #judge(pending: Pending, footprint: Footprint, speculative: boolean): Promise<Admitted | 'settled' | 'later'> {
    const known = this.#replica.outcomes.find(pending.request.requestId);
    if (known !== undefined) {
      pending.resolve(known.transactionId);
      return 'settled';
    }
    try {
      return await this.#admit(pending, footprint, speculative);
    } catch (error) {
      pending.reject(asCausewayError(error));
      return 'settled';
    }
  }

  async #admit(pending: Pending, footprint: Footprint, speculative: boolean): Promise<Admitted | 'settled' | 'later'> {
    const { request } = pending;
    const { store, outcomes } = this.#replica;
    outcomes.refuseReused(request.requestId);
    this.#refuseUnknownToOthers(footprint);
    if (await inPieces(this.#conflicts.conflicts(footprint, request.snapshot))) return this.#lostAgainst(pending);
    if (request.schemaVersion !== store.newest.schema.version) return speculative ? 'later' : this.#lostAgainst(pending);
    // Where nothing was committed since its snapshot, the draft has checked all of this already.
    const violation = request.snapshot === store.newest.transactionId ? undefined : await inPieces(store.validate(request.effects));
    // Its own snapshot did not have it, or the draft would have refused: somebody committed it since (SAFETY 4).
    if (violation !== undefined) return speculative ? 'later' : this.#lostAgainst(pending);
    if (pending.settled) return 'settled';
    // From here on nobody may be told that it was not sent.
    pending.sent = true;
    const changeSet: ChangeSet = {
      transactionId: store.newest.transactionId + 1,
      requestId: request.requestId,
      committedAtMs: outcomes.logTime(),
      effects: request.effects,
      counters: request.counters,
    };
    const bytes = await inPieces(encodeChangeSet(changeSet));
    refuseTooLarge(bytes);
    await inPieces(store.apply(changeSet));
    return { pending, footprint, changeSet, bytes };
  }

  /** What a server of an older build could not apply is not written while there is one (SAFETY 10). */
  #refuseUnknownToOthers(footprint: Footprint): void {
    const level = Math.max(this.#replica.featureLevel, this.#featureLevel());
    if (footprint.featureLevel <= level) return;
    throw failure(
      'databaseUnavailable',
      `This needs feature level ${footprint.featureLevel}, and the cluster is known to have ${level}: a server is of an older build, or started moments ago. Try again later.`,
    );
  }

  #lostAgainst(pending: Pending): 'settled' {
    pending.reject(
      failure('outdated', 'Another transaction that committed meanwhile changed what this one read or wrote. Nothing was changed; run the transaction again.'),
    );
    return 'settled';
  }

  async #commitBatch(batch: readonly Admitted[]): Promise<void> {
    const content: EntryContent = { kind: 'changes', changeSets: batch.map((admitted) => admitted.changeSet) };
    const waiting = batch.map((admitted) => admitted.pending);
    const encoded = batch.map((admitted) => admitted.bytes);
    const outcome = await this.#appendUntilDefinite(content, this.#replica.store.newest, waiting, encoded);
    switch (outcome.kind) {
      case 'appended':
        for (const { pending, changeSet } of batch) if (!pending.settled) pending.resolve(changeSet.transactionId);
        for (const { footprint, changeSet } of batch) await inPieces(this.#conflicts.add(footprint, changeSet.transactionId));
        await this.#prune();
        return;
      case 'headMoved':
        // The batch was not appended; it is judged again on what stands there now.
        this.#queue = [...waiting, ...this.#queue];
        await this.#catchUp();
        return;
      case 'full':
        for (const pending of waiting) if (!pending.settled) pending.reject(failure('databaseUnavailable', `The log does not take more: ${outcome.reason}`));
        return;
      default:
        for (const pending of waiting) if (!pending.settled) pending.reject(leaderSwitch());
    }
  }

  /** Sends one entry, identical, until the answer is definite (SAFETY 13); publishes it when it is in the log. */
  async #appendUntilDefinite(
    content: EntryContent,
    version: GraphVersion | undefined,
    waiting: readonly Pending[],
    encoded: readonly Uint8Array[] = [],
  ): Promise<AppendOutcome> {
    // From here on it may come to be in the log: nobody is told 'never' until the outcome is definite (SAFETY 13).
    for (const pending of waiting) pending.sent = true;
    this.#sentIds = new Set(waiting.map((pending) => pending.request.requestId));
    const replica = this.#replica;
    const entry: Entry = {
      // What the history has already, every server that follows it can apply.
      featureLevel: Math.max(replica.featureLevel, this.#featureLevel()),
      incarnation: this.#incarnation || replica.incarnation || randomId(this.#random),
      term: this.term,
      batchId: randomId(this.#random),
      previousHash: replica.hash,
      content,
    };
    const payload = await inPieces(encodeEntry(entry, encoded));
    const hash = await inPieces(hashEntry(payload));
    const index = replica.index + 1;
    const request: AppendRequest = { graph: this.graph, term: this.term, index, incarnation: entry.incarnation, batchId: entry.batchId, payload };
    let delayMs = RESEND_AFTER_MS;
    for (;;) {
      const outcome = await this.#send(request);
      if (outcome.kind === 'ambiguous') {
        await sleep(this.#clock, delayMs);
        delayMs = Math.min(delayMs * 2, RESEND_AFTER_MS_MAX);
        continue;
      }
      for (const pending of waiting) pending.sent = false;
      this.#sentIds = new Set();
      if (outcome.kind === 'appended') {
        replica.publishOwn(index, hash, entry, version);
        return outcome;
      }
      // A no-op has applied nothing: what is speculative while it turns out to be lost is of a later term of this server.
      if (version !== undefined) replica.store.dropSpeculative();
      if (outcome.kind === 'termLost') this.#lose(`term ${outcome.term} is another's`);
      if (outcome.kind === 'incarnationMismatch') this.#lose(`the history has incarnation ${outcome.incarnation}`);
      return outcome;
    }
  }

  async #send(request: AppendRequest): Promise<AppendOutcome> {
    try {
      const [outcome] = await this.#log.append([request]);
      return outcome ?? { kind: 'ambiguous', reason: 'no outcome' };
    } catch (error) {
      return { kind: 'ambiguous', reason: error instanceof Error ? error.message : String(error) };
    }
  }

  async #catchUp(): Promise<void> {
    for (;;) {
      try {
        const { entries, incarnation } = await this.#log.read(this.graph, this.#replica.index + 1, limits.groupCommitBytes * 4);
        this.#incarnation = incarnation;
        if (entries.length === 0) return;
        for (const { index, payload } of entries) {
          // A slow answer to a leadership that is over: by now the replica may be a later one's to move.
          if (this.#isLost()) return;
          await this.#replica.ingest(index, payload);
        }
      } catch (error) {
        if (this.#replica.quarantine !== undefined) {
          this.#lose(`quarantined: ${this.#replica.quarantine}`);
          return;
        }
        if (this.#state === 'lost') return;
        void error;
        await sleep(this.#clock, RESEND_AFTER_MS_MAX);
      }
    }
  }

  #isLost(): boolean {
    return this.#state === 'lost';
  }

  #lose(reason: string): void {
    if (this.#state === 'lost') return;
    this.#state = 'lost';
    this.#rejectQueue();
    this.#onLost(reason);
  }

  #rejectQueue(): void {
    const queue = this.#queue;
    this.#queue = [];
    for (const pending of queue) if (!pending.settled) pending.reject(leaderSwitch());
  }

  async #prune(): Promise<void> {
    if (this.#conflicts.size < PRUNE_ABOVE) return;
    let oldest = this.#replica.transactionId;
    for (const snapshot of this.#openSnapshots.keys()) oldest = Math.min(oldest, snapshot);
    await inPieces(this.#conflicts.prune(oldest));
  }
}

export function leaderSwitch(): Error {
  return failure('leaderSwitch', 'Could not write to a database due to a cluster leader switch that occurred during the transaction.');
}

function refuseTooLarge({ length }: Uint8Array): void {
  if (length <= limits.entryBytesMax - 1024) return;
  throw failure(
    'transactionTooLarge',
    `The transaction's changes take ${length} bytes in the log, more than limits.transaction_bytes (${limits.entryBytesMax}). Split it into smaller transactions.`,
  );
}
