// Which process is killed for standing still with the write lock (SAFETY 29), and which is not.

import { describe, expect, it } from 'vitest';
import type { Lease } from './layout.js';
import type { ProcessFacts } from './process-facts.js';
import { stuckWriter } from './writer-marker.js';

const bounds = { stoppedMs: 1000, slowMs: 30_000 };
const lease = (pid: number): Lease => ({ expiresAtMs: 0, session: 1, pid, startTime: pid * 10 });
const facts =
  (states: Record<number, ProcessFacts['state']>) =>
  (pid: number): ProcessFacts => ({ state: states[pid] ?? 'gone', startTime: pid * 10 });
const mark = { pid: 900001, startTime: 9000010, sequence: 4 };
const peers = [lease(900001), lease(900002)];

describe('stuckWriter', () => {
  it('names the marked process when it is stopped and the bound is over', () => {
    const stopped = facts({ 900001: 'stopped', 900002: 'running' });
    expect(stuckWriter({ waitedMs: 999, unchangedMs: 999, mark }, peers, stopped, bounds)).toBeUndefined();
    expect(stuckWriter({ waitedMs: 5000, unchangedMs: 500, mark }, peers, stopped, bounds)).toBeUndefined();
    expect(stuckWriter({ waitedMs: 1000, unchangedMs: 1000, mark }, peers, stopped, bounds)).toBe(900001);
  });

  it('is patient with one that runs: its disk may stall', () => {
    const running = facts({ 900001: 'running', 900002: 'running' });
    expect(stuckWriter({ waitedMs: 29_000, unchangedMs: 29_000, mark }, peers, running, bounds)).toBeUndefined();
    expect(stuckWriter({ waitedMs: 30_000, unchangedMs: 30_000, mark }, peers, running, bounds)).toBe(900001);
  });

  it('never names a process that is no server of this log, or a later one of the same id', () => {
    const stopped = facts({ 900001: 'stopped' });
    expect(stuckWriter({ waitedMs: 9000, unchangedMs: 9000, mark }, [lease(900002)], stopped, bounds)).toBeUndefined();
    const later = [{ ...lease(900001), startTime: 5 }];
    expect(stuckWriter({ waitedMs: 9000, unchangedMs: 9000, mark }, later, stopped, bounds)).toBeUndefined();
    const own = [{ ...lease(process.pid) }];
    expect(stuckWriter({ waitedMs: 90_000, unchangedMs: 90_000, mark: undefined }, own, facts({ [process.pid]: 'stopped' }), bounds)).toBeUndefined();
  });

  it('finds one that was stopped before it could write its mark', () => {
    const stopped = facts({ 900001: 'running', 900002: 'stopped' });
    expect(stuckWriter({ waitedMs: 2900, unchangedMs: 2900, mark }, peers, stopped, bounds)).toBeUndefined();
    expect(stuckWriter({ waitedMs: 3000, unchangedMs: 3000, mark }, peers, stopped, bounds)).toBe(900002);
  });
});
