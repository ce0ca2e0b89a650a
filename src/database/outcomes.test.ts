// The log's own time: what a leader's wall clock does makes nobody forget what became of a request.

import { describe, expect, it } from 'vitest';
import type { Clock } from '../base/clock.js';
import { noCounters } from '../graph/writer.js';
import { Outcomes } from './outcomes.js';

const HOUR_MS = 3_600_000;

function serverAt(wallMs: number) {
  const at = { nowMs: 0, wallMs };
  const clock: Clock = { nowMs: () => at.nowMs, wallMs: () => at.wallMs, after: () => () => {} };
  const outcomes = new Outcomes(clock);
  let transactionId = 0;
  return {
    at,
    outcomes,
    pass: (ms: number) => {
      at.nowMs += ms;
      at.wallMs += ms;
    },
    commit: (requestId: string) => {
      const committedAtMs = outcomes.logTime();
      outcomes.add({ transactionId: ++transactionId, requestId, committedAtMs, effects: [], counters: noCounters() });
      return committedAtMs;
    },
  };
}

const idOf = (digit: string) => digit.repeat(32);

describe('outcomes', () => {
  it('are kept for a day, and forgotten after two', () => {
    const { outcomes, commit, pass } = serverAt(1e12);
    commit(idOf('a'));
    pass(24 * HOUR_MS);
    commit(idOf('b'));
    expect(outcomes.find(idOf('a'))?.transactionId).toBe(1);
    pass(24 * HOUR_MS + 1);
    commit(idOf('c'));
    expect(outcomes.find(idOf('a'))).toBeUndefined();
    expect(outcomes.find(idOf('b'))?.transactionId).toBe(2);
  });

  it('are not forgotten because a wall clock jumps ahead, nor kept for ever because it was ahead once', () => {
    const { at, outcomes, commit, pass } = serverAt(1e12);
    const first = commit(idOf('a'));
    pass(1000);
    at.wallMs += 60 * HOUR_MS;
    expect(commit(idOf('b')) - first).toBe(2000);
    at.wallMs -= 90 * HOUR_MS;
    expect(commit(idOf('c')) - first).toBe(2000);
    expect(outcomes.find(idOf('a'))?.transactionId).toBe(1);
  });

  it('age at the pace of the server that leads, whatever it has replayed', () => {
    const { at, outcomes, pass } = serverAt(1e12 + 1000 * HOUR_MS);
    outcomes.add({ transactionId: 1, requestId: idOf('a'), committedAtMs: 1e12, effects: [], counters: noCounters() });
    expect(outcomes.logTime()).toBe(1e12);
    pass(HOUR_MS);
    expect(outcomes.logTime()).toBe(1e12 + 2 * HOUR_MS);
    at.wallMs = 1e12 + HOUR_MS;
    expect(outcomes.logTime()).toBe(1e12 + HOUR_MS);
  });
});
