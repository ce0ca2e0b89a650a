// Keeps a replica at the end of its log: reads when told that the head moved, and every now and then anyway.
// Paused while this server leads the graph (then the pipeline moves the replica).

import type { Clock } from '../base/clock.js';
import type { Logger } from '../base/logger.js';
import { turnOfEventLoop } from '../base/pieces.js';
import type { GraphId, Log } from '../log/log.js';
import type { Replica } from './replica.js';

const READ_BYTES = 4 * 1024 * 1024;
const POLL_MS = 1000;
const RETRY_MS = 200;

export class LogFollower {
  readonly #log: Log;
  readonly #graph: GraphId;
  readonly #replica: Replica;
  readonly #clock: Clock;
  readonly #logger: Logger;
  #state: 'running' | 'paused' | 'stopped';
  #reading: boolean;
  #again: boolean;
  #cancelPoll: () => void;
  /** The newest head heard of. */
  head: number;
  /** Whether the log itself has said where its head is. */
  hasAsked: boolean;

  constructor(log: Log, graph: GraphId, replica: Replica, clock: Clock, logger: Logger) {
    this.#log = log;
    this.#graph = graph;
    this.#replica = replica;
    this.#clock = clock;
    this.#logger = logger;
    this.#state = 'running';
    this.#reading = false;
    this.#again = false;
    this.#cancelPoll = () => {};
    this.head = 0;
    this.hasAsked = false;
    this.#poll();
  }

  /** The head may have moved. */
  wake(head: number): void {
    this.head = Math.max(this.head, head);
    void this.#read();
  }

  pause(): void {
    if (this.#state === 'running') this.#state = 'paused';
  }

  resume(): void {
    if (this.#state !== 'paused') return;
    this.#state = 'running';
    void this.#read();
  }

  stop(): void {
    this.#state = 'stopped';
    this.#cancelPoll();
  }

  #poll(): void {
    if (this.#state === 'stopped') return;
    this.#cancelPoll = this.#clock.after(POLL_MS, () => this.#poll());
    void this.#read();
  }

  async #read(): Promise<void> {
    if (this.#reading) {
      this.#again = true;
      return;
    }
    this.#reading = true;
    try {
      do {
        this.#again = false;
        await this.#readToEnd();
      } while (this.#again);
    } catch (error) {
      if (this.#replica.quarantine !== undefined)
        this.#logger.error({ graph: this.#graph, reason: this.#replica.quarantine }, 'graph quarantined on this server');
      else this.#clock.after(RETRY_MS, () => void this.#read());
      this.#logger.debug({ graph: this.#graph, error }, 'reading the log failed');
    } finally {
      this.#reading = false;
    }
  }

  async #readToEnd(): Promise<void> {
    while (this.#state === 'running' && this.#replica.quarantine === undefined) {
      const { entries, head } = await this.#log.read(this.#graph, this.#replica.index + 1, READ_BYTES);
      this.head = Math.max(this.head, head);
      this.hasAsked = true;
      if (entries.length === 0) return;
      let sliceEnd = this.#clock.nowMs() + 4;
      for (const { index, payload } of entries) {
        if (this.#state !== 'running') return;
        await this.#replica.ingest(index, payload);
        if (this.#clock.nowMs() < sliceEnd) continue;
        // A long catch-up must not hold the event loop.
        await turnOfEventLoop();
        sliceEnd = this.#clock.nowMs() + 4;
      }
    }
  }
}
