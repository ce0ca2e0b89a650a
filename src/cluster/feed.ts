// The feeding side of a server, CORE or read replica: everybody that is connected to it is told of the cluster, and a
// bounded number of read replicas (`feed.children_max`) is pushed entries as they are published here.
//
// At a CORE a replica may also catch up with what its feeder no longer keeps, or be fed a graph that its feeder does not
// hold; that does not count as a child. What is said is in `feed-messages.ts`, who feeds whom in `feeding.ts`.

import type { Clock } from '../base/clock.js';
import type { Logger } from '../base/logger.js';
import type { Connection } from '../base/network.js';
import type { Leadership, LiveServer, ServerRecord } from '../log/log.js';
import { FeedConnection, type Feeding } from './feed-connection.js';
import type { StampedHead } from './feed-messages.js';
import type { FeedSource } from './feed-source.js';
import { type Offer, type Refusal, refusal } from './feeding.js';
import type { OfferTable } from './offers.js';

/** The server as its feeding side sees it. */
export interface FeedingMember {
  servers(): readonly LiveServer[];
  leaderships(): readonly Leadership[];
  onChange(listener: () => void): () => void;
  /** Called when `path` may have changed. */
  onPath(listener: () => void): () => void;
  /** Called when a CORE's word on heads was passed on to this server. */
  onHeads(listener: () => void): () => void;
  /** From a CORE to this server; empty while it hears of nothing. */
  path(): readonly string[];
  /** Called when a read replica is connected to this server, and when it no longer is. */
  replicaPresent(record: ServerRecord, alive: boolean): void;
}

export interface FeedsOptions {
  readonly self: ServerRecord;
  readonly member: FeedingMember;
  readonly source: FeedSource;
  readonly offers: OfferTable;
  readonly childrenMax: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

const HEADS_EVERY_MS = 500;
/** With many graphs leaderships change in bursts: each burst is told once. */
const TELL_AFTER_MS = 50;
const PASS_ON_AFTER_MS = 20;

export class Feeds implements Feeding {
  readonly self: ServerRecord;
  readonly source: FeedSource;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly offers: OfferTable;
  readonly #member: FeedingMember;
  readonly #childrenMax: number;
  readonly #connections: Set<FeedConnection>;
  readonly #stops: (() => void)[];
  #cancelTick: () => void;
  #tickedMs: number;
  #children: number;
  #version: number;
  #topology: string;
  #telling: boolean;
  #passing: boolean;
  #closed: boolean;

  constructor(options: FeedsOptions) {
    this.self = options.self;
    this.source = options.source;
    this.clock = options.clock;
    this.logger = options.logger;
    this.#member = options.member;
    this.offers = options.offers;
    this.#childrenMax = options.childrenMax;
    this.#connections = new Set();
    this.#cancelTick = () => {};
    this.#tickedMs = options.clock.nowMs();
    this.#children = 0;
    this.#version = 0;
    this.#topology = '';
    this.#telling = false;
    this.#passing = false;
    this.#closed = false;
    this.#stops = [
      options.member.onChange(() => this.#tellSoon()),
      options.offers.onChange(() => this.#tellSoon()),
      options.member.onPath(() => this.reconsider()),
      options.member.onHeads(() => this.#passHeadsOn()),
    ];
    this.reconsider();
    this.#tick();
  }

  accept(connection: Connection): void {
    if (this.#closed) connection.destroy();
    else this.#connections.add(new FeedConnection(this, connection));
  }

  close(): void {
    this.#closed = true;
    this.#cancelTick();
    for (const stop of this.#stops) stop();
    for (const connection of this.#connections) connection.destroy();
  }

  get offer(): Offer {
    return this.offers.get(this.self.name) as Offer;
  }

  get topology(): string {
    if (this.#topology === '') this.#describe();
    return this.#topology;
  }

  /** The path or the number of children may have changed. A changed path is told at once. */
  reconsider(): void {
    const before = this.offers.get(this.self.name);
    const path = this.#member.path();
    const samePath = before !== undefined && before.path.join(' ') === path.join(' ');
    if (samePath && before.children === this.#children) return;
    const { name, life } = this.self;
    const offer: Offer = { name, life, path, children: this.#children, childrenMax: this.#childrenMax, version: ++this.#version };
    this.offers.put([offer]);
    if (!samePath) for (const connection of this.#connections) connection.tell();
  }

  adopt(child: string): Refusal | undefined {
    this.reconsider();
    const refused = refusal(this.offer, child);
    if (refused !== undefined) return refused;
    this.#children++;
    this.reconsider();
    return undefined;
  }

  released(): void {
    this.#children--;
    this.reconsider();
  }

  present(record: ServerRecord, alive: boolean): void {
    // An older connection of the same server may end after the next has begun.
    const still = [...this.#connections].some(({ server }) => server?.life === record.life);
    this.#member.replicaPresent(record, alive || still);
  }

  gone(connection: FeedConnection): void {
    this.#connections.delete(connection);
  }

  heads(graphs: Iterable<string>): readonly StampedHead[] {
    const heads: StampedHead[] = [];
    for (const graph of graphs) {
      const position = this.source.position(graph);
      if (position !== undefined) heads.push({ graph, head: position.head, stamp: position.stamp, ageMs: position.ageMs });
    }
    return heads;
  }

  #tick(): void {
    if (this.#closed) return;
    this.reconsider();
    const nowMs = this.clock.nowMs();
    const stoodStill = nowMs - this.#tickedMs > 2 * HEADS_EVERY_MS;
    this.#tickedMs = nowMs;
    for (const connection of this.#connections) {
      if (stoodStill) connection.excuse();
      connection.tick();
    }
    this.#cancelTick = this.clock.after(HEADS_EVERY_MS, () => this.#tick());
  }

  /** News of heads goes down the chain at once, or each step of it would add half a second to their age. */
  #passHeadsOn(): void {
    if (this.#passing || this.#closed) return;
    this.#passing = true;
    this.clock.after(PASS_ON_AFTER_MS, () => {
      this.#passing = false;
      for (const connection of this.#connections) if (connection.feeds) connection.tellHeads();
    });
  }

  #tellSoon(): void {
    if (this.#telling || this.#closed) return;
    this.#telling = true;
    this.clock.after(TELL_AFTER_MS, () => {
      this.#telling = false;
      this.#describe();
      for (const connection of this.#connections) connection.tell();
    });
  }

  /** The topology as text, once for all who are told. */
  #describe(): void {
    this.#topology = JSON.stringify({ kind: 'topology', servers: this.#member.servers(), leaderships: this.#member.leaderships() });
  }
}
