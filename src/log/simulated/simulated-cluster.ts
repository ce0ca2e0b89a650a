// A log in memory for several servers of one process, with seeded latency and faults. It keeps the contract of
// `log.ts` and nothing else: no disk, no other process. On a simulated clock a run is a function of its seed.

import type { Clock } from '../../base/clock.js';
import { chance, fraction, type Random } from '../../base/random.js';
import type { Log } from '../log.js';
import { type LogFaults, noFaults, type Range } from './faults.js';
import { SimulatedLog } from './simulated-log.js';
import { type Guards, guards, SimulatedStore, type StoreChange } from './store.js';

export interface SimulatedClusterOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly faults?: Partial<LogFaults>;
  /** Default 1500. */
  readonly leaseMs?: number;
  /** Default 5000. */
  readonly watchdogMs?: number;
  /** Other guards than the right ones, to see them caught. */
  readonly guards?: Guards;
}

/** To the log, or back from it. */
export type Way = 'to' | 'from';

/** What a server's log uses of its cluster. */
export interface Surroundings {
  readonly clock: Clock;
  readonly store: SimulatedStore;
  readonly leaseMs: number;
  readonly watchdogMs: number;
  faults(): LogFaults;
  draw(range: Range): number;
  chance(probability: number): boolean;
  /** Whether messages get through on that way between the server and the log. */
  reachable(serverName: string, way: Way): boolean;
  paused(serverName: string): boolean;
  /** Resolves when the server is not paused. */
  untilRunning(serverName: string): Promise<void>;
  closed(log: SimulatedLog): void;
}

export interface SimulatedCluster {
  /** A log for one life of that server; ask again after `kill` or `close`. */
  logFor(serverName: string): Log;
  /** Changes some faults from now on. */
  setFaults(faults: Partial<LogFaults>): void;
  /** The server's process stands still: no keepalives, no answers, no events, until `resume`. */
  pause(serverName: string): void;
  resume(serverName: string): void;
  /** Cuts the server off from the log, or one way of it only, until `heal`. */
  partition(serverName: string, ways?: readonly Way[]): void;
  heal(serverName: string): void;
  /** The session ends now; the server learns of it at its next keepalive. */
  loseSession(serverName: string): void;
  /** kill -9: the server's log answers nothing more; its session ends at once, as the death of a process is seen. */
  kill(serverName: string): void;
  /** The machine loses its power: as `kill`, but nobody is told; the session runs out. */
  powerOff(serverName: string): void;
}

export function createSimulatedCluster(options: SimulatedClusterOptions): SimulatedCluster {
  const { clock, random } = options;
  const leaseMs = options.leaseMs ?? 1500;
  let faults: LogFaults = { ...noFaults, ...options.faults };
  const logs = new Map<string, SimulatedLog>();
  const partitioned = new Map<string, readonly Way[]>();
  const paused = new Map<string, (() => void)[]>();
  let sweeping = false;

  const store = new SimulatedStore(
    options.guards ?? guards,
    () => faults.sizeBytesMax,
    (change: StoreChange) => {
      for (const log of logs.values()) log.changed(change);
    },
  );

  /** Ends sessions whose lease ran out, as long as there are logs. */
  function sweep(): void {
    if (sweeping) return;
    sweeping = true;
    clock.after(leaseMs / 4, () => {
      sweeping = false;
      store.expireSessions(clock.nowMs());
      if (logs.size > 0) sweep();
    });
  }

  const surroundings: Surroundings = {
    clock,
    store,
    leaseMs,
    watchdogMs: options.watchdogMs ?? 5000,
    faults: () => faults,
    draw: (range) => range.min + fraction(random) * (range.max - range.min),
    chance: (probability) => probability > 0 && chance(random, probability),
    reachable: (serverName, way) => !faults.unavailable && partitioned.get(serverName)?.includes(way) !== true,
    paused: (serverName) => paused.has(serverName),
    untilRunning: (serverName) =>
      new Promise((resolve) => {
        const waiting = paused.get(serverName);
        if (waiting === undefined) resolve();
        else waiting.push(resolve);
      }),
    closed: (log) => {
      if (logs.get(log.serverName) === log) logs.delete(log.serverName);
    },
  };

  function die(serverName: string): SimulatedLog | undefined {
    const log = logs.get(serverName);
    if (log === undefined) return undefined;
    log.die();
    logs.delete(serverName);
    resume(serverName);
    return log;
  }

  function resume(serverName: string): void {
    const waiting = paused.get(serverName) ?? [];
    paused.delete(serverName);
    for (const go of waiting) go();
    logs.get(serverName)?.wake();
  }

  return {
    logFor(serverName) {
      if (logs.has(serverName)) throw new Error(`server ${serverName} has a living log already`);
      const log = new SimulatedLog(serverName, surroundings);
      logs.set(serverName, log);
      sweep();
      return log;
    },
    setFaults(changed) {
      faults = { ...faults, ...changed };
    },
    pause(serverName) {
      if (!paused.has(serverName)) paused.set(serverName, []);
    },
    resume,
    partition: (serverName, ways = ['to', 'from']) => void partitioned.set(serverName, ways),
    heal(serverName) {
      partitioned.delete(serverName);
      logs.get(serverName)?.wake();
    },
    loseSession(serverName) {
      const holder = logs.get(serverName)?.holder;
      if (holder !== undefined) store.endSession(holder.name, holder.life);
    },
    kill(serverName) {
      const log = die(serverName);
      if (log?.holder !== undefined) store.endSession(log.holder.name, log.holder.life);
    },
    powerOff: (serverName) => void die(serverName),
  };
}
