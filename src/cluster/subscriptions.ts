// The graphs of a read replica and where each is fed from. Normally that is the one feeder that adopted this server. What the
// feeder no longer keeps is caught up with at a CORE, and a graph that the feeder does not hold comes from a CORE.
//
// Entries are taken in order, from one source at a time, each exactly once: `taken` is the last one handed on, and
// another source is asked for what comes after it.

import type { Clock } from '../base/clock.js';
import type { Logger } from '../base/logger.js';
import type { Database } from '../database/database.js';
import type { FeedLink } from './feed-link.js';
import type { EntryFrame, StampedHead, SubscriptionMode } from './feed-messages.js';
import type { FeedTail } from './feed-tail.js';

/** What is read but not applied yet is bounded: those who send it wait meanwhile. */
const UNAPPLIED_BYTES_MAX = 16 * 1024 * 1024;
/** When to try the feeder again for a graph that it did not hold, or a source that went wrong. */
const TRY_AGAIN_MS = 10_000;
const GAP_PATIENCE_MS = 1000;

interface Subscription {
  readonly database: Database;
  taken: number;
  mode: SubscriptionMode;
  from: FeedLink | undefined;
  /** How `from` was asked. */
  fromMode: SubscriptionMode;
  sinceMs: number;
}

export class Subscriptions {
  readonly #subscriptions: Map<string, Subscription>;
  readonly #tail: FeedTail;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #linkFor: (mode: SubscriptionMode) => FeedLink | undefined;
  readonly #paused: Set<FeedLink>;
  #unappliedBytes: number;

  constructor(options: { tail: FeedTail; clock: Clock; logger: Logger; linkFor: (mode: SubscriptionMode) => FeedLink | undefined }) {
    this.#subscriptions = new Map();
    this.#tail = options.tail;
    this.#clock = options.clock;
    this.#logger = options.logger;
    this.#linkFor = options.linkFor;
    this.#paused = new Set();
    this.#unappliedBytes = 0;
  }

  databases(): readonly Database[] {
    return [...this.#subscriptions.values()].map(({ database }) => database);
  }

  databaseOf(graph: string): Database | undefined {
    return this.#subscriptions.get(graph)?.database;
  }

  add(database: Database): void {
    const subscription: Subscription = { database, taken: database.replica.index, mode: 'fed', from: undefined, fromMode: 'fed', sinceMs: 0 };
    this.#subscriptions.set(database.graphId, subscription);
    this.#place(subscription);
  }

  remove(graph: string): void {
    const subscription = this.#subscriptions.get(graph);
    if (subscription === undefined) return;
    this.#subscriptions.delete(graph);
    this.#tail.drop(graph);
    subscription.from?.send({ kind: 'unsubscribe', graph });
    subscription.database.close();
  }

  /** There is another feeder, or none: all are asked of it. */
  feederChanged(): void {
    for (const subscription of this.#subscriptions.values()) {
      if (subscription.mode === 'direct' || subscription.from === undefined) subscription.mode = 'fed';
      this.#place(subscription);
    }
  }

  /** The feeder was left; what else comes from there goes on. */
  left(link: FeedLink): void {
    for (const subscription of this.#subscriptions.values()) {
      if (subscription.from === link && subscription.fromMode === 'fed') subscription.from = undefined;
    }
  }

  lost(link: FeedLink): void {
    this.#paused.delete(link);
    for (const subscription of this.#subscriptions.values()) if (subscription.from === link) subscription.from = undefined;
    this.look();
  }

  /** Finds a source for what has none, and sees whether the feeder holds by now what it did not. */
  look(): void {
    const nowMs = this.#clock.nowMs();
    for (const subscription of this.#subscriptions.values()) {
      if (subscription.mode === 'direct' && nowMs - subscription.sinceMs > TRY_AGAIN_MS) subscription.mode = 'fed';
      this.#place(subscription);
    }
  }

  takeEntry(link: FeedLink, { graph, index, head, payload }: EntryFrame): void {
    const subscription = this.#subscriptions.get(graph);
    if (subscription === undefined || subscription.from !== link || index <= subscription.taken) return;
    const { database } = subscription;
    if (database.replica.quarantine !== undefined) return;
    if (database.isHeld) {
      link.send({ kind: 'unsubscribe', graph });
      subscription.from = undefined;
      return;
    }
    if (index !== subscription.taken + 1) {
      // Sent before the source heard of the last subscription; if not, it is asked again.
      if (this.#clock.nowMs() - subscription.sinceMs > GAP_PATIENCE_MS) this.#subscribe(subscription, link);
      return;
    }
    subscription.taken = index;
    this.#tail.add(graph, index, payload);
    this.#ingest(link, database, index, payload, head);
  }

  takeHeads(link: FeedLink, heads: readonly StampedHead[]): void {
    for (const { graph, head, stamp, ageMs } of heads) {
      const subscription = this.#subscriptions.get(graph);
      if (subscription?.from === link) subscription.database.heardFromFeeder(head, stamp, ageMs);
    }
  }

  /** The source has ended the subscription. */
  elsewhere(link: FeedLink, graph: string, why: 'behind' | 'notHere' | 'caughtUp'): void {
    const subscription = this.#subscriptions.get(graph);
    if (subscription?.from !== link) return;
    if (link.server?.kind === 'CORE' && why !== 'caughtUp') {
      this.#logger.error({ graph: subscription.database.name, index: subscription.taken + 1, core: link.server.name }, 'the log no longer has the next entry');
      // Asked again after a while.
      subscription.mode = 'direct';
      subscription.fromMode = 'direct';
      return;
    }
    subscription.from = undefined;
    subscription.mode = why === 'caughtUp' ? 'fed' : why === 'behind' ? 'catchUp' : 'direct';
    this.#logger.debug({ graph: subscription.database.name, why, index: subscription.taken }, 'fed from elsewhere');
    this.#place(subscription);
  }

  #place(subscription: Subscription): void {
    const link = this.#linkFor(subscription.mode);
    const { from, fromMode, mode, database } = subscription;
    if ((link === from && fromMode === mode) || database.replica.quarantine !== undefined || database.isHeld) return;
    // What is under way from a CORE goes on until there is somebody else.
    if (link === undefined) return;
    if (from !== link) from?.send({ kind: 'unsubscribe', graph: database.graphId });
    this.#subscribe(subscription, link);
  }

  #subscribe(subscription: Subscription, link: FeedLink): void {
    subscription.from = link;
    subscription.fromMode = subscription.mode;
    subscription.sinceMs = this.#clock.nowMs();
    link.send({ kind: 'subscribe', graph: subscription.database.graphId, index: subscription.taken, mode: subscription.mode });
  }

  #ingest(link: FeedLink, database: Database, index: number, payload: Uint8Array, head: number): void {
    this.#unappliedBytes += payload.length;
    if (this.#unappliedBytes > UNAPPLIED_BYTES_MAX) {
      this.#paused.add(link);
      link.pause();
    }
    database
      .fed(index, payload, head)
      .catch((error: unknown) => {
        this.#logger.error({ graph: database.name, error }, 'graph quarantined on this server');
        link.send({ kind: 'unsubscribe', graph: database.graphId });
      })
      .finally(() => this.#applied(payload.length));
  }

  #applied(byteCount: number): void {
    this.#unappliedBytes -= byteCount;
    if (this.#unappliedBytes > UNAPPLIED_BYTES_MAX) return;
    for (const link of this.#paused) link.resume();
    this.#paused.clear();
  }
}
