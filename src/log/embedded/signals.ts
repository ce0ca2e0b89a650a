// The few numbers that the main thread and the log's worker share without messages, so that each can see the other
// stand still. All are in one SharedArrayBuffer of int32; times are milliseconds since the boot, cut to 32 bits.

import { monotonicMs } from './process-facts.js';

const beatAt = 0;
const waitingSinceAt = 1;
const sessionAt = 2;
const sessionValues = 3;

export class Signals {
  readonly buffer: SharedArrayBuffer;
  readonly #values: Int32Array;

  constructor(buffer = new SharedArrayBuffer(sessionValues * 4)) {
    this.buffer = buffer;
    this.#values = new Int32Array(buffer);
  }

  /** The main loop turns. */
  beat(): void {
    Atomics.add(this.#values, beatAt, 1);
  }

  beats(): number {
    return Atomics.load(this.#values, beatAt);
  }

  /** The worker begins to wait for LMDB's write lock (true), or has it (false). */
  setWaiting(waiting: boolean): void {
    Atomics.store(this.#values, waitingSinceAt, waiting ? Math.floor(monotonicMs()) | 1 : 0);
  }

  /** For how long the worker has waited for the write lock; undefined when it does not wait. */
  waitingMs(): number | undefined {
    const since = Atomics.load(this.#values, waitingSinceAt);
    return since === 0 ? undefined : Math.max(0, (Math.floor(monotonicMs()) - since) | 0);
  }

  /** Number of this server's session; 0 when it has none. */
  setSession(session: number): void {
    Atomics.store(this.#values, sessionAt, session);
  }

  session(): number {
    return Atomics.load(this.#values, sessionAt);
  }
}
