// The feeding side of one connection. Each subscription is a loop of its own that pushes what is published, waits while the
// connection is full (so that what is in flight is bounded), and sleeps at the end until more is published.

import type { Clock } from '../base/clock.js';
import type { Logger } from '../base/logger.js';
import type { Connection } from '../base/network.js';
import type { LogEntry, ServerRecord } from '../log/log.js';
import { encodeEntryFrame, type StampedHead, type SubscriptionMode, type ToFeeder, type ToReplica } from './feed-messages.js';
import type { FeedPosition, FeedSource } from './feed-source.js';
import type { Offer, Refusal } from './feeding.js';
import { FRAME_ENTRY, FRAME_JSON, FrameStream } from './frames.js';
import type { OfferTable } from './offers.js';

const READ_BYTES = 1024 * 1024;
const RETRY_MS = 200;
/** The other side says every second that it lives. */
const SILENCE_MS = 5000;
const HEADS_RECENT_MS = 300;

/** What a connection uses of the server's feeding side. */
export interface Feeding {
  readonly self: ServerRecord;
  readonly source: FeedSource;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly offers: OfferTable;
  /** The server's own. */
  readonly offer: Offer;
  /** The message, as text. */
  readonly topology: string;
  heads(graphs: Iterable<string>): readonly StampedHead[];
  /** Undefined: it is a child from now on, until `released`. */
  adopt(child: string): Refusal | undefined;
  released(): void;
  present(record: ServerRecord, alive: boolean): void;
  gone(connection: FeedConnection): void;
}

interface Subscription {
  readonly graph: string;
  readonly mode: SubscriptionMode;
  /** Index of the last entry sent. */
  sent: number;
  ended: boolean;
  wake: () => void;
}

export class FeedConnection {
  readonly #feeds: Feeding;
  readonly #stream: FrameStream;
  readonly #subscriptions: Map<string, Subscription>;
  #server: ServerRecord | undefined;
  #heardMs: number;
  #headsMs: number;
  #isChild: boolean;
  #closed: boolean;
  /** The other side does not keep up: heads and topologies wait, so that they do not pile up. */
  #full: boolean;
  #toldTopology: string;
  #toldOffers: number;

  constructor(feeds: Feeding, connection: Connection) {
    this.#feeds = feeds;
    this.#subscriptions = new Map();
    this.#server = undefined;
    this.#heardMs = feeds.clock.nowMs();
    this.#headsMs = 0;
    this.#isChild = false;
    this.#closed = false;
    this.#full = false;
    this.#toldTopology = '';
    this.#toldOffers = -1;
    connection.onClose(() => this.#close());
    this.#stream = new FrameStream(connection, (kind, body) => {
      this.excuse();
      if (kind === FRAME_JSON) this.#take(JSON.parse(body.toString()) as ToFeeder);
    });
  }

  destroy(): void {
    this.#stream.connection.destroy();
  }

  tellHeads(): void {
    if (this.#server === undefined || this.#full || this.#closed) return;
    this.#headsMs = this.#feeds.clock.nowMs();
    this.#send({ kind: 'heads', heads: this.#feeds.heads(this.#subscriptions.keys()) });
  }

  get server(): ServerRecord | undefined {
    return this.#server;
  }

  /** Whether anything is asked of it. */
  get feeds(): boolean {
    return this.#subscriptions.size > 0;
  }

  /** It was heard, or this server itself stood still and could hear nothing. */
  excuse(): void {
    this.#heardMs = this.#feeds.clock.nowMs();
  }

  /** Sends what the other side does not know yet. */
  tell(): void {
    if (this.#server === undefined || this.#closed || this.#full) return;
    const { topology, offers, offer } = this.#feeds;
    if (topology !== this.#toldTopology) this.#sent(this.#stream.send(FRAME_JSON, Buffer.from(topology)));
    this.#toldTopology = topology;
    const changed = offers.changedAfter(this.#toldOffers);
    this.#toldOffers = offers.place;
    if (changed.length > 0) this.#send({ kind: 'offers', offers: [offer, ...changed.filter(({ name }) => name !== offer.name)] });
  }

  /** The sign of life, and a look at what no event told. */
  tick(): void {
    if (this.#feeds.clock.nowMs() - this.#heardMs > SILENCE_MS) return this.destroy();
    if (this.#feeds.clock.nowMs() - this.#headsMs > HEADS_RECENT_MS) this.tellHeads();
    for (const subscription of this.#subscriptions.values()) subscription.wake();
  }

  #take(message: ToFeeder): void {
    switch (message.kind) {
      case 'hello':
        this.#feeds.offers.put([message.offer]);
        return this.#hello(message.server);
      case 'offer':
        this.#feeds.offers.put([message.offer]);
        return;
      case 'alive':
        return;
      case 'adopt':
        return this.#adopt();
      case 'leave':
        return this.#release();
      case 'subscribe':
        return this.#subscribe(message.graph, message.index, message.mode);
      case 'unsubscribe':
        this.#end(message.graph);
    }
  }

  #hello(server: ServerRecord): void {
    this.#server = server;
    this.#send({ kind: 'welcome', server: this.#feeds.self, offer: this.#feeds.offer });
    this.#feeds.present(server, true);
    this.tell();
  }

  #adopt(): void {
    if (this.#server === undefined || this.#isChild) return;
    const why = this.#feeds.adopt(this.#server.name);
    if (why === undefined) this.#isChild = true;
    this.tell();
    this.#send(why === undefined ? { kind: 'adopted' } : { kind: 'refused', why });
  }

  #release(): void {
    for (const { graph, mode } of this.#subscriptions.values()) if (mode === 'fed') this.#end(graph);
    if (!this.#isChild) return;
    this.#isChild = false;
    this.#feeds.released();
  }

  #subscribe(graph: string, index: number, mode: SubscriptionMode): void {
    this.#end(graph);
    // It left meanwhile, or only a CORE can help: the replica finds its way.
    if (mode === 'fed' ? !this.#isChild : this.#feeds.self.kind !== 'CORE') return;
    const subscription: Subscription = { graph, mode, sent: index, ended: false, wake: () => {} };
    this.#subscriptions.set(graph, subscription);
    this.#send({ kind: 'heads', heads: this.#feeds.heads([graph]) });
    this.#feed(subscription).catch((error) => {
      this.#feeds.logger.warn({ error, graph }, 'feeding a replica failed');
      this.destroy();
    });
  }

  #end(graph: string): void {
    const subscription = this.#subscriptions.get(graph);
    if (subscription === undefined) return;
    this.#subscriptions.delete(graph);
    subscription.ended = true;
    subscription.wake();
  }

  async #feed(subscription: Subscription): Promise<void> {
    const { graph, mode } = subscription;
    const { source } = this.#feeds;
    while (!subscription.ended) {
      const position = source.position(graph);
      if (position === undefined) return this.#finish(subscription, { kind: 'elsewhere', graph, why: 'notHere' });
      if (subscription.sent < position.published) {
        const kept = await this.#push(subscription, position);
        if (!kept) return this.#finish(subscription, { kind: 'elsewhere', graph, why: 'behind' });
        continue;
      }
      if (mode === 'catchUp' && position.head > 0) return this.#finish(subscription, { kind: 'caughtUp', graph });
      await this.#moved(subscription);
    }
  }

  /** False when the next entry is not kept here. */
  async #push(subscription: Subscription, { published, head }: FeedPosition): Promise<boolean> {
    const { graph } = subscription;
    let entries: readonly LogEntry[] | undefined;
    try {
      entries = await this.#feeds.source.read(graph, subscription.sent + 1, published, READ_BYTES);
    } catch (error) {
      this.#feeds.logger.debug({ error, graph }, 'reading the log for a replica failed');
      entries = [];
    }
    if (entries === undefined) return false;
    if (entries.length === 0) await this.#moved(subscription, RETRY_MS);
    for (const { index, payload } of entries) {
      if (subscription.ended) return true;
      const room = this.#stream.send(FRAME_ENTRY, encodeEntryFrame(graph, index, head), payload);
      subscription.sent = index;
      if (!room) await this.#stream.connection.drained();
    }
    return true;
  }

  /** Until the position may have moved, the subscription ended, or the time is over. */
  #moved(subscription: Subscription, timeoutMs?: number): Promise<void> {
    return new Promise((resolve) => {
      const stop = this.#feeds.source.onMoved(subscription.graph, () => subscription.wake());
      const cancel = timeoutMs === undefined ? () => {} : this.#feeds.clock.after(timeoutMs, () => subscription.wake());
      subscription.wake = () => {
        subscription.wake = () => {};
        stop();
        cancel();
        resolve();
      };
    });
  }

  #finish(subscription: Subscription, last: ToReplica): void {
    if (subscription.ended) return;
    this.#end(subscription.graph);
    this.#send(last);
  }

  #send(message: ToReplica): void {
    this.#sent(this.#stream.sendJson(message));
  }

  #sent(room: boolean): void {
    if (room || this.#full) return;
    this.#full = true;
    void this.#stream.connection.drained().then(() => {
      this.#full = false;
      this.tell();
    });
  }

  #close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const graph of [...this.#subscriptions.keys()]) this.#end(graph);
    this.#feeds.gone(this);
    this.#release();
    if (this.#server !== undefined) this.#feeds.present(this.#server, false);
  }
}
