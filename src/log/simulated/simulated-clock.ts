// A clock that moves only when it is told to. Callbacks run in the order of their times, those of one time in the
// order of their making; between two of them every promise that can go on goes on. Same calls, same run.

import type { Clock } from '../../base/clock.js';
import { turnOfEventLoop } from '../../base/pieces.js';
import { TimerQueue } from './timer-queue.js';

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

/** `settled` resolves when every promise that can go on has gone on. */
export function createSimulatedClock(startMs = 0, wallStartMs = 1_700_000_000_000, settled: () => Promise<void> = turns): SimulatedClock {
  let nowMs = startMs;
  const timers = new TimerQueue();

  /** Runs one timer due by `untilMs`; false when there is none. */
  async function step(untilMs: number): Promise<boolean> {
    await settled();
    const timer = timers.take(untilMs);
    if (timer === undefined) return false;
    nowMs = Math.max(nowMs, timer.atMs);
    timer.callback?.();
    return true;
  }

  const clock: SimulatedClock = {
    nowMs: () => nowMs,
    wallMs: () => Math.floor(wallStartMs + nowMs - startMs),
    after(delayMs, callback) {
      const timer = timers.add(nowMs + Math.max(0, delayMs), callback);
      return () => {
        timer.callback = undefined;
      };
    },
    async advance(ms) {
      const untilMs = nowMs + ms;
      while (await step(untilMs));
      nowMs = untilMs;
      await settled();
    },
    async runUntilIdle(limitMs) {
      const untilMs = nowMs + limitMs;
      while (await step(untilMs));
    },
    async runUntil(condition, limitMs) {
      const untilMs = nowMs + limitMs;
      for (;;) {
        await settled();
        if (condition()) return;
        if (!(await step(untilMs))) throw new Error(`the condition does not hold within ${limitMs} ms of simulated time`);
      }
    },
    async settle(promise, limitMs = 60_000) {
      let isSettled = false;
      const done = () => {
        isSettled = true;
      };
      promise.then(done, done);
      await clock.runUntil(() => isSettled, limitMs);
      return promise;
    },
  };
  return clock;
}

async function turns(): Promise<void> {
  for (let turn = 0; turn < turnsBetweenTimers; turn++) await turnOfEventLoop();
}
