// One run: a cluster of real processes, clients on all its doors, one fault after the other, and the histories checked.

import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { below, pick, type Random, seededRandom } from '../../src/base/random.js';
import { sleep } from '../support/story-cluster.js';
import { Availability } from './availability.js';
import { FaultCluster } from './cluster.js';
import { Doors } from './doors.js';
import { type Kind, makeFault, possibleKinds } from './faults.js';
import { type Counts, Workload } from './workload.js';

export interface RunOptions {
  readonly seed: number;
  readonly seconds: number;
  readonly log: 'embedded' | 'etcd';
  readonly cores?: number;
  readonly replicas?: number;
  readonly clients?: number;
  /** A folder with the project compiled. */
  readonly build?: string;
  /** Only these. */
  readonly kinds?: readonly Kind[];
  /** Keeps the outputs of the servers and the histories that are wrong in this folder. */
  readonly evidence?: string;
  say(line: string): void;
}

export interface FaultCount {
  readonly kind: Kind;
  times: number;
  /** The longest without an acknowledged write of some graph, of all faults of the kind. */
  worstMs: number;
}

export interface RunResult {
  readonly counts: Counts;
  readonly faults: readonly FaultCount[];
  readonly codes: ReadonlyMap<string, number>;
  readonly violations: readonly string[];
  /** How long the run's own process, which carries the network, stood still at worst: what is slower than that says something. */
  readonly ownPauseMs: number;
  /** Faults that could not be made here, and why. */
  readonly skipped: readonly string[];
}

const GRAPHS = ['neo4j', 'orders', 'people'];
const CLIENT_TIMEOUT_MS = 6000;
const ROUND_MS = 10_000;
/** After a fault is over every graph takes writes again within this. */
const AVAILABLE_MS = 30_000;

export async function realFaults(options: RunOptions): Promise<RunResult> {
  const { seed, log, say } = options;
  const random = seededRandom(seed);
  const pauses = monitorEventLoopDelay({ resolution: 10 });
  pauses.enable();
  const cluster = await FaultCluster.start({
    log,
    cores: options.cores ?? 3,
    replicas: options.replicas ?? 1,
    ...(options.build === undefined ? {} : { build: options.build }),
  });
  const doors = new Doors(CLIENT_TIMEOUT_MS);
  say(`seed ${seed}: ${cluster.servers.map(({ name }) => name).join(', ')} on ${log}, in ${cluster.folder}`);
  let kept = false;
  try {
    await prepare(doors, cluster);
    const available = new Availability(GRAPHS);
    const workload = new Workload(doors, cluster.servers, GRAPHS, available.wrote);
    const faults = new Map<Kind, FaultCount>();
    const thrown = await drive(options, cluster, workload, available, faults, random).then(
      () => undefined,
      (error: Error) => error,
    );
    if (thrown !== undefined) workload.violations.push(thrown.message);
    kept = workload.violations.length > 0 && options.evidence !== undefined;
    if (kept) keep(options.evidence as string, workload, cluster);
    const skipped = cluster.diskSkipped === undefined ? [] : [`disk full: ${cluster.diskSkipped}`];
    return {
      counts: workload.counts,
      faults: [...faults.values()],
      codes: workload.codes,
      violations: workload.violations,
      ownPauseMs: pauses.max / 1e6,
      skipped,
    };
  } finally {
    await doors.close();
    await cluster.stop(kept);
  }
}

async function prepare(doors: Doors, cluster: FaultCluster): Promise<void> {
  const ask = async (graph: string, statement: string) => {
    for (let tries = 0; ; tries++) {
      const answered = await doors.ask('legacy', cluster.servers[0] as { bolt: number; http: number }, { graph, statement, parameters: {}, level: 'bookmark' });
      if (answered.kind === 'ok') return;
      if (tries === 100) throw new Error(`${graph}: ${statement}: ${answered.code}`);
      await sleep(100);
    }
  };
  for (const graph of GRAPHS.slice(1)) await ask('system', `CREATE DATABASE ${graph} IF NOT EXISTS WAIT`);
  for (const graph of GRAPHS) {
    await ask(graph, 'CREATE CONSTRAINT register IF NOT EXISTS FOR (r:Register) REQUIRE r.key IS UNIQUE');
    await ask(graph, 'CREATE CONSTRAINT list IF NOT EXISTS FOR (l:List) REQUIRE l.key IS UNIQUE');
  }
}

async function drive(
  options: RunOptions,
  cluster: FaultCluster,
  workload: Workload,
  available: Availability,
  faults: Map<Kind, FaultCount>,
  random: Random,
): Promise<void> {
  const { say } = options;
  const endMs = performance.now() + options.seconds * 1000;
  let stopping = false;
  const ended = () => stopping || performance.now() >= endMs || workload.violations.length > 0;
  let round = await workload.nextRound();
  const count = options.clients ?? 12;
  const clients = Array.from({ length: count }, (_, at) => workload.client(`client${at}`, at, seededRandom(options.seed * 1000 + at)));
  const rounds = (async () => {
    while (!ended()) {
      await Promise.race([sleep(Math.min(ROUND_MS, Math.max(0, endMs - performance.now()))), until(ended)]);
      const old = round;
      if (!ended()) round = await workload.nextRound();
      if (old !== round) await workload.closeRound(old);
    }
  })();
  rounds.catch(() => {
    stopping = true;
  });
  const startMs = performance.now();
  const progress = setInterval(() => {
    const made = [...faults.values()].reduce((sum, { times }) => sum + times, 0);
    const { ok, unknown, failed } = workload.counts;
    say(
      `${((performance.now() - startMs) / 1000).toFixed(0)} s: ${made} faults, ${ok} ok, ${unknown} unknown, ${failed} failed, ${workload.violations.length} violations`,
    );
  }, 10_000);
  const finished = [rounds, ...clients];
  try {
    await breakThings(options, cluster, workload, available, faults, random, ended);
  } finally {
    stopping = true;
    clearInterval(progress);
    workload.stop();
    await Promise.all(finished);
  }
  await workload.closeRound(round);
  if (workload.violations.length === 0) await workload.closeAll();
}

async function breakThings(
  options: RunOptions,
  cluster: FaultCluster,
  workload: Workload,
  available: Availability,
  faults: Map<Kind, FaultCount>,
  random: Random,
  ended: () => boolean,
): Promise<void> {
  const possible = possibleKinds(cluster);
  const kinds = (options.kinds ?? possible).filter((kind) => possible.includes(kind));
  while (!ended()) {
    await sleep(500 + below(random, 1500));
    const kind = pick(random, kinds);
    const fault = await makeFault(kind, cluster, GRAPHS, random);
    if (ended()) return;
    const row = faults.get(kind) ?? { kind, times: 0, worstMs: 0 };
    faults.set(kind, row);
    row.times++;
    available.begin();
    const beganMs = performance.now();
    await fault.begin();
    await sleep(fault.lastsMs);
    await fault.end();
    const overMs = performance.now();
    while (!available.writtenSince(overMs)) {
      if (performance.now() > overMs + AVAILABLE_MS) {
        workload.violations.push(`availability: a graph takes no write ${AVAILABLE_MS / 1000} s after this was over: ${fault.what}`);
        return;
      }
      await sleep(50);
    }
    const worstMs = available.worst();
    row.worstMs = Math.max(row.worstMs, worstMs);
    options.say(`  ${fault.what}: over after ${seconds(overMs - beganMs)}, longest without a write ${seconds(worstMs)}`);
  }
}

function keep(folder: string, workload: Workload, cluster: FaultCluster): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, 'histories.json'), JSON.stringify(workload.evidence, null, 1));
  writeFileSync(path.join(folder, 'violations.txt'), `${workload.violations.join('\n')}\noutputs of the servers: ${cluster.folder}\n`);
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(50);
}

export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
