// Where a feeder takes entries from. A CORE reads the log, of every graph, whether or not it holds a copy; a read
// replica has the tail of what it was fed. Neither shows more than it has published; where a CORE has no
// copy, not more than the log has, and what the log has is committed.

import type { Clock } from '../base/clock.js';
import type { Database } from '../database/database.js';
import type { Log, LogEntry } from '../log/log.js';
import type { FeedTail } from './feed-tail.js';

export interface FeedPosition {
  /** Entries up to it may be shown. */
  readonly published: number;
  readonly head: number;
  /** A CORE's word for the head: see `StampedHead`. */
  readonly stamp: number;
  readonly ageMs: number;
}

export interface FeedSource {
  /** Undefined: this server cannot feed the graph. */
  position(graph: string): FeedPosition | undefined;
  /** Entries `from` to `to`, contiguous, as many as fit the limit. Undefined: the first is not kept here. */
  read(graph: string, from: number, to: number, limitBytes: number): Promise<readonly LogEntry[] | undefined>;
  /** Calls whenever the position may have moved. Returns the way to stop. */
  onMoved(graph: string, listener: () => void): () => void;
}

export type DatabaseOf = (graphId: string) => Database | undefined;

/** A copy that is fit to be shown. */
function sound(database: Database | undefined): Database | undefined {
  return database?.replica.quarantine === undefined ? database : undefined;
}

function positionOf(database: Database): FeedPosition {
  return { published: database.replica.index, head: database.headIndex, ...database.heard };
}

export class TailSource implements FeedSource {
  readonly #databaseOf: DatabaseOf;
  readonly #tail: FeedTail;

  constructor(databaseOf: DatabaseOf, tail: FeedTail) {
    this.#databaseOf = databaseOf;
    this.#tail = tail;
  }

  position(graph: string): FeedPosition | undefined {
    const database = sound(this.#databaseOf(graph));
    return database === undefined ? undefined : positionOf(database);
  }

  read(graph: string, from: number, to: number, limitBytes: number): Promise<readonly LogEntry[] | undefined> {
    return Promise.resolve(this.#tail.read(graph, from, to, limitBytes));
  }

  onMoved(graph: string, listener: () => void): () => void {
    return this.#databaseOf(graph)?.replica.onPublished(listener) ?? (() => {});
  }
}

/** What the log says of a graph that this server holds no copy of, while somebody is fed it. */
interface Watched {
  head: number;
  heardMs: number;
  askedMs: number;
  readonly listeners: Set<() => void>;
}

const ASK_AGAIN_MS = 1000;

export class LogSource implements FeedSource {
  readonly #databaseOf: DatabaseOf;
  readonly #log: Log;
  readonly #clock: Clock;
  readonly #watched: Map<string, Watched>;

  constructor(databaseOf: DatabaseOf, log: Log, clock: Clock) {
    this.#databaseOf = databaseOf;
    this.#log = log;
    this.#clock = clock;
    this.#watched = new Map();
  }

  position(graph: string): FeedPosition | undefined {
    const database = sound(this.#databaseOf(graph));
    if (database !== undefined) return positionOf(database);
    const watched = this.#watch(graph);
    const { head, heardMs } = watched;
    this.#askHead(graph, watched);
    return { published: head, head, stamp: heardMs, ageMs: this.#clock.nowMs() - heardMs };
  }

  async read(graph: string, from: number, to: number, limitBytes: number): Promise<readonly LogEntry[] | undefined> {
    const { entries, floor } = await this.#log.read(graph, from, limitBytes);
    return from <= floor ? undefined : entries.filter(({ index }) => index <= to);
  }

  onMoved(graph: string, listener: () => void): () => void {
    const database = sound(this.#databaseOf(graph));
    if (database !== undefined) return database.replica.onPublished(listener);
    const { listeners } = this.#watch(graph);
    listeners.add(listener);
    return () => void listeners.delete(listener);
  }

  /** The log's word: the head has come to this. */
  headMoved(graph: string, head: number): void {
    const watched = this.#watched.get(graph);
    if (watched === undefined) return;
    watched.heardMs = this.#clock.nowMs();
    watched.head = Math.max(watched.head, head);
    for (const listener of [...watched.listeners]) listener();
  }

  #watch(graph: string): Watched {
    let watched = this.#watched.get(graph);
    if (watched === undefined) {
      watched = { head: 0, heardMs: this.#clock.nowMs(), askedMs: Number.NEGATIVE_INFINITY, listeners: new Set() };
      this.#watched.set(graph, watched);
    }
    return watched;
  }

  /** Events are hints: while somebody wants to know, the log is asked too. */
  #askHead(graph: string, watched: Watched): void {
    const nowMs = this.#clock.nowMs();
    if (nowMs - watched.askedMs < ASK_AGAIN_MS) return;
    watched.askedMs = nowMs;
    this.#log.position(graph).then(
      ({ head }) => this.headMoved(graph, head),
      // The log does not answer: the head grows older, and those who are fed see it.
      () => {},
    );
  }
}
