// Those who wait until a counter (a transaction id, a log index) has reached a value, each for a
// bounded time.

import type { Clock } from '../base/clock.js';

interface Waiter {
  readonly value: number;
  readonly settle: (reached: boolean) => void;
}

export class Waiters {
  readonly #clock: Clock;
  readonly #waiting: Set<Waiter>;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#waiting = new Set();
  }

  /** Resolves true when `reached(n)` with n ≥ value was called, false when the time is over. */
  wait(value: number, timeoutMs: number): Promise<boolean> {
    return new Promise((resolve) => {
      const cancel = this.#clock.after(timeoutMs, () => waiter.settle(false));
      const waiter: Waiter = {
        value,
        settle: (reached) => {
          cancel();
          this.#waiting.delete(waiter);
          resolve(reached);
        },
      };
      this.#waiting.add(waiter);
    });
  }

  reached(value: number): void {
    for (const waiter of this.#waiting) {
      if (waiter.value <= value) waiter.settle(true);
    }
  }
}
