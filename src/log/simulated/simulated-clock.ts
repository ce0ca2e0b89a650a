// A clock that moves only when it is told to. Callbacks run in the order of their times, those of one time in the
// order of their making; between two of them every promise that can go on goes on. Same calls, same run.

import type { Clock } from '../../base/clock.js';

interface Timer {
  readonly atMs: number;
  readonly order: number;
  readonly callback: () => void;
}

/** Turns of the event loop given to promises between two timers: enough for chains that also cross `setImmediate`. */
const turnsBetweenTimers = 3;

export interface SimulatedClock extends Clock {
  /** Moves on by `ms`, running what falls due on the way. */
  advance(ms: number): Promise<void>;
  /** Runs timers, however far away, until none is left or `limitMs` have passed. Repeating timers never end: give a limit. */
  runUntilIdle(limitMs: number): Promise<void>;
  /** Runs on until `condition` holds; rejects after `limitMs` of simulated time. */
  runUntil(condition: () => boolean, limitMs: number): Promise<void>;
  /** Runs on until the promise is settled; rejects after `limitMs` of simulated time. */
  settle<T>(promise: Promise<T>, limitMs?: number): Promise<T>;
}

export function createSimulatedClock(startMs = 0, wallStartMs = 1_700_000_000_000): SimulatedClock {
  let nowMs = startMs;
  let made = 0;
  const timers = new Set<Timer>();

  function earliest(untilMs: number): Timer | undefined {
    let first: Timer | undefined;
    for (const timer of timers) {
      if (timer.atMs > untilMs) continue;
      if (first === undefined || timer.atMs < first.atMs || (timer.atMs === first.atMs && timer.order < first.order)) first = timer;
    }
    return first;
  }

  async function turns(): Promise<void> {
    for (let turn = 0; turn < turnsBetweenTimers; turn++) await new Promise<void>((resolve) => setImmediate(resolve));
  }

  /** Runs one timer due by `untilMs`; false when there is none. */
  async function step(untilMs: number): Promise<boolean> {
    await turns();
    const timer = earliest(untilMs);
    if (timer === undefined) return false;
    timers.delete(timer);
    nowMs = Math.max(nowMs, timer.atMs);
    timer.callback();
    return true;
  }

  const clock: SimulatedClock = {
    nowMs: () => nowMs,
    wallMs: () => wallStartMs + nowMs - startMs,
    after(delayMs, callback) {
      const timer: Timer = { atMs: nowMs + Math.max(0, delayMs), order: made++, callback };
      timers.add(timer);
      return () => void timers.delete(timer);
    },
    async advance(ms) {
      const untilMs = nowMs + ms;
      while (await step(untilMs));
      nowMs = untilMs;
      await turns();
    },
    async runUntilIdle(limitMs) {
      const untilMs = nowMs + limitMs;
      while (await step(untilMs));
    },
    async runUntil(condition, limitMs) {
      const untilMs = nowMs + limitMs;
      for (;;) {
        await turns();
        if (condition()) return;
        if (!(await step(untilMs))) throw new Error(`the condition does not hold within ${limitMs} ms of simulated time`);
      }
    },
    async settle(promise, limitMs = 60_000) {
      let settled = false;
      const done = () => {
        settled = true;
      };
      promise.then(done, done);
      await clock.runUntil(() => settled, limitMs);
      return promise;
    },
  };
  return clock;
}
