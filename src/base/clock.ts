// Time as an interface, so that deciding code is told the time and the simulation can own it.
// Clocks are never trusted for safety (fencing is the log's), only for patience.

export interface Clock {
  /** Milliseconds from an arbitrary start, never going back. */
  nowMs(): number;
  /** Whole milliseconds since 1970 in UTC; may jump. For people's eyes and for `datetime()` only. */
  wallMs(): number;
  /** Calls once after at least `delayMs`. The returned function cancels it. */
  after(delayMs: number, callback: () => void): () => void;
}

/** 24 days: what Node's timers take; beyond it they would fire at once. */
const TIMER_MS_MAX = 2 ** 31 - 1;

export const systemClock: Clock = {
  nowMs: () => performance.now(),
  wallMs: () => Date.now(),
  after(delayMs, callback) {
    const timer = setTimeout(callback, Math.min(delayMs, TIMER_MS_MAX));
    return () => clearTimeout(timer);
  },
};

export function sleep(clock: Clock, delayMs: number): Promise<void> {
  return new Promise((resolve) => void clock.after(delayMs, resolve));
}
