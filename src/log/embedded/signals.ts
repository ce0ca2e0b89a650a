// The few numbers that the main thread and the log's worker share without messages, so that each can see the other
// stand still. All are in one SharedArrayBuffer of int32; times are milliseconds since the boot, cut to 32 bits.

import { Beats } from '../watchdog.js';
import { monotonicMs } from './process-facts.js';

const waitingSinceAt = 1;
const sessionAt = 2;
const valueCount = 3;

export class Signals extends Beats {
  constructor(buffer?: SharedArrayBuffer) {
    super(buffer, valueCount);
  }

  /** The worker begins to wait for LMDB's write lock (true), or has it (false). */
  setWaiting(waiting: boolean): void {
    Atomics.store(this.values, waitingSinceAt, waiting ? Math.floor(monotonicMs()) | 1 : 0);
  }

  /** For how long the worker has waited for the write lock; undefined when it does not wait. */
  waitingMs(): number | undefined {
    const since = Atomics.load(this.values, waitingSinceAt);
    return since === 0 ? undefined : Math.max(0, (Math.floor(monotonicMs()) - since) | 0);
  }

  /** Number of this server's session; 0 when it has none. */
  setSession(session: number): void {
    Atomics.store(this.values, sessionAt, session);
  }

  session(): number {
    return Atomics.load(this.values, sessionAt);
  }
}
