// Time as an interface, so that deciding code is told the time and the simulation can own it.
// Clocks are never trusted for safety (fencing is the log's), only for patience.

export interface Clock {
  /** Milliseconds from an arbitrary start, never going back. */
  nowMs(): number;
  /** Milliseconds since 1970 in UTC; may jump. For people's eyes and for `datetime()` only. */
  wallMs(): number;
  /** Calls once after at least `delayMs`. The returned function cancels it. */
  after(delayMs: number, callback: () => void): () => void;
}

export const systemClock: Clock = {
  nowMs: () => performance.now(),
  wallMs: () => Date.now(),
  after(delayMs, callback) {
    const timer = setTimeout(callback, delayMs);
    return () => clearTimeout(timer);
  },
};

export function sleep(clock: Clock, delayMs: number): Promise<void> {
  return new Promise((resolve) => void clock.after(delayMs, resolve));
}
