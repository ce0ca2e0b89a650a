// The engines under the conformance suite, behind one small harness: several servers on one log. All logs on etcd share
// one etcd, which is started for the suite; each has a prefix of its own in it.

import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../../src/base/clock.js';
import { seededRandom } from '../../../src/base/random.js';
import { createEmbeddedLog } from '../../../src/log/embedded/embedded-log.js';
import { createEtcdLog } from '../../../src/log/etcd/etcd-log.js';
import type { AppendRequest, Leadership, LiveServer, Log, ServerRecord } from '../../../src/log/log.js';
import { createSimulatedCluster } from '../../../src/log/simulated/simulated-cluster.js';
import { type EtcdRun, etcdMissing, startEtcd } from '../../etcd/etcd-processes.js';

export interface Engine {
  readonly name: string;
  /** Why it cannot be tested here. */
  readonly missing?: string | undefined;
  /** Once, before and after all of its tests. */
  setUp?(): Promise<void>;
  tearDown?(): Promise<void>;
  /** A fresh log. */
  start(options?: { readonly watchdogMs?: number; readonly sizeBytesMax?: number }): EngineRun;
}

export interface EngineRun {
  logFor(serverName: string): Log;
  stop(): Promise<void>;
}

let etcd: EtcdRun | undefined;

export const engines: readonly Engine[] = [
  {
    name: 'simulated',
    start(options = {}) {
      const faults = options.sizeBytesMax === undefined ? {} : { sizeBytesMax: options.sizeBytesMax };
      const watchdog = options.watchdogMs === undefined ? {} : { watchdogMs: options.watchdogMs };
      const cluster = createSimulatedCluster({ clock: systemClock, random: seededRandom(7), faults, ...watchdog });
      return { logFor: (serverName) => cluster.logFor(serverName), stop: async () => {} };
    },
  },
  {
    name: 'embedded',
    start(options = {}) {
      const folder = mkdtempSync(join(tmpdir(), 'causeway-log-'));
      const watchdog = options.watchdogMs === undefined ? {} : { watchdogMs: options.watchdogMs };
      const mapSizeBytes = options.sizeBytesMax ?? 256 * 1024 * 1024;
      return {
        logFor: (serverName) => createEmbeddedLog({ folder, serverName, mapSizeBytes, ...watchdog }),
        stop: async () => rmSync(folder, { recursive: true, force: true }),
      };
    },
  },
  {
    name: 'etcd',
    missing: etcdMissing,
    async setUp() {
      etcd = await startEtcd();
    },
    async tearDown() {
      await etcd?.stop();
    },
    start(options = {}) {
      const cluster = randomUUID();
      const endpoints = etcd?.endpoints ?? [];
      const watchdog = options.watchdogMs === undefined ? {} : { watchdogMs: options.watchdogMs };
      const quota = options.sizeBytesMax === undefined ? {} : { quotaBytes: options.sizeBytesMax, graphQuotaBytes: options.sizeBytesMax };
      return {
        logFor: (serverName) => createEtcdLog({ cluster, serverName, endpoints, leaseMs: 1000, deadlineMs: 3000, ...watchdog, ...quota }),
        stop: async () => {},
      };
    },
  },
];

export function recordOf(name: string, kind: 'CORE' | 'READ_REPLICA' = 'CORE'): ServerRecord {
  const address = { host: '127.0.0.1', port: 1 };
  return {
    id: randomUUID(),
    name,
    kind,
    life: randomBytes(16).toString('hex'),
    bolt: address,
    http: address,
    cluster: address,
    pid: process.pid,
    featureLevel: 1,
    prefersToLead: [],
    startedAtMs: 0,
  };
}

/** A server with an open log and everything that it was told. */
export class Member {
  readonly log: Log;
  readonly record: ServerRecord;
  readonly heads: { graph: string; head: number }[] = [];
  readonly leaderships: Leadership[] = [];
  readonly losses: string[] = [];
  servers: readonly LiveServer[] = [];
  #beating: NodeJS.Timeout | undefined;

  constructor(log: Log, record: ServerRecord) {
    this.log = log;
    this.record = record;
  }

  async open(): Promise<this> {
    await this.log.open(this.record, {
      onHead: (graph, head) => void this.heads.push({ graph, head }),
      onLeadership: (leadership) => void this.leaderships.push(leadership),
      onServers: (servers) => {
        this.servers = servers;
      },
      onSessionLost: (reason) => void this.losses.push(reason),
    });
    this.#beating = setInterval(() => this.log.beat(), 100);
    return this;
  }

  stopBeating(): void {
    clearInterval(this.#beating);
  }

  startBeating(): void {
    this.#beating = setInterval(() => this.log.beat(), 100);
  }

  async close(): Promise<void> {
    this.stopBeating();
    await this.log.close();
  }

  async win(graph: string): Promise<number> {
    const outcome = await this.log.campaign(graph);
    if (outcome.kind !== 'won') throw new Error(`${this.record.name} did not win: ${JSON.stringify(outcome)}`);
    return outcome.term;
  }
}

export function appendOf(graph: string, term: number, index: number, text: string, incarnation = 'first'): AppendRequest {
  return { graph, term, index, incarnation, batchId: randomBytes(16).toString('hex'), payload: new TextEncoder().encode(text) };
}

export async function until(condition: () => boolean | Promise<boolean>, what: string, limitMs = 5000): Promise<void> {
  const endMs = performance.now() + limitMs;
  while (!(await condition())) {
    if (performance.now() > endMs) throw new Error(`not within ${limitMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
