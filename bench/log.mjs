// `npm run bench:log`: what an append costs in each engine of the log, beside its limit in the same run: for etcd a bare
// guarded transaction of the same size over the same gRPC client, for the embedded log a bare write and fdatasync.
// Then transactions a second of 64 writers through the leader's pipeline, of one graph and of eight. Rounds take turns.

import { spawn, spawnSync } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { systemClock } from '../dist/base/clock.js';
import { seededRandom } from '../dist/base/random.js';
import { freePorts } from '../dist/cli/ports.js';
import { LeaderPipeline } from '../dist/database/leader-pipeline.js';
import { Replica } from '../dist/database/replica.js';
import { FEATURE_LEVEL } from '../dist/graph/entry.js';
import { createEmbeddedLog } from '../dist/log/embedded/embedded-log.js';
import { createEtcdLog } from '../dist/log/etcd/etcd-log.js';
import { EtcdClient } from '../dist/log/etcd/rpc/channels.js';
import { createGraphStore } from '../dist/storage/store.js';

if (process.argv.includes('--help')) {
  console.log(`Usage: npm run bench:log -- [--rounds N] [--appends N] [--seconds S] [--writers W] [--members N]

  --rounds N    rounds of each, of which the median counts (default 7)
  --appends N   appends in a round (default 300)
  --seconds S   a round of the writers (default 1)
  --writers W   transactions at the same time (default 64)
  --members N   of etcd, all on this machine: 1 or 3 (default 1)

Example:
  npm run bench:log -- --members 3 --rounds 5`);
  process.exit(0);
}
const option = (name, otherwise) => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? otherwise : Number(process.argv[at + 1]);
};
const rounds = option('rounds', 7);
const appends = option('appends', 300);
const seconds = option('seconds', 1);
const writers = option('writers', 64);
const members = option('members', 1);
const sizes = [200, 20_000, 200_000];
const graphCounts = [1, 8];

if (spawnSync('etcd', ['--version']).status !== 0) {
  console.log('skipped: no etcd in the PATH (Debian: apt-get install etcd-server)');
  process.exit(0);
}

const sorted = (values) => [...values].sort((a, b) => a - b);
const median = (values) => sorted(values)[Math.floor(values.length / 2)];
const folder = mkdtempSync(path.join(os.tmpdir(), 'causeway-bench-log-'));
const children = [];
const ended = [];
// However it ends, also by an error outside of the measurement.
process.once('exit', () => {
  for (const child of children) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});
process.stdout.on('error', () => process.exit(1));
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));

async function startEtcd() {
  const ports = await freePorts(members * 2);
  const url = (at) => `http://127.0.0.1:${ports[at]}`;
  const names = Array.from({ length: members }, (_, at) => `m${at}`);
  const all = names.map((name, at) => `${name}=${url(members + at)}`).join(',');
  names.forEach((name, at) => {
    const flags = ['--name', name, '--data-dir', path.join(folder, name), '--initial-cluster', all, '--log-level', 'error', '--snapshot-count', '1000'];
    const urls = ['--listen-client-urls', url(at), '--advertise-client-urls', url(at)];
    const peers = ['--listen-peer-urls', url(members + at), '--initial-advertise-peer-urls', url(members + at)];
    children.push(spawn('etcd', [...flags, ...urls, ...peers], { stdio: 'ignore' }));
  });
  return names.map((_, at) => url(at));
}

/** The leader's endpoint first: what a managed member at the leader's machine sees. */
async function leaderFirst(endpoints) {
  const until = performance.now() + 15_000;
  while (performance.now() < until) {
    for (const endpoint of endpoints) {
      const client = new EtcdClient({ endpoints: [endpoint], deadlineMs: 1000 });
      const status = await client.maintenance.status().catch(() => undefined);
      client.close();
      if (status !== undefined && status.leader !== '0' && status.leader === status.memberId) {
        return [endpoint, ...endpoints.filter((other) => other !== endpoint)];
      }
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('etcd has no leader after 15 s');
}

function recordOf(name) {
  const address = { host: '127.0.0.1', port: 1 };
  const life = randomBytes(16).toString('hex');
  const addresses = { bolt: address, http: address, cluster: address };
  return { id: randomUUID(), name, kind: 'CORE', life, ...addresses, pid: process.pid, featureLevel: FEATURE_LEVEL, prefersToLead: [], startedAtMs: 0 };
}

async function opened(log) {
  await log.open(recordOf('bench'), { onHead() {}, onLeadership() {}, onServers() {}, onSessionLost: (reason) => console.error(`session lost: ${reason}`) });
  const beating = setInterval(() => log.beat(), 200);
  ended.push(async () => {
    clearInterval(beating);
    await log.close();
  });
  return log;
}

async function won(log, graph) {
  const outcome = await log.campaign(graph);
  if (outcome.kind !== 'won') throw new Error(`not won: ${JSON.stringify(outcome)}`);
  return outcome.term;
}

/** One guarded append after the other. */
async function appender(log, size) {
  const graph = randomUUID();
  const term = await won(log, graph);
  let index = 0;
  return async () => {
    index++;
    const [outcome] = await log.append([{ graph, term, index, incarnation: 'x', batchId: randomBytes(16).toString('hex'), payload: randomBytes(size) }]);
    if (outcome.kind !== 'appended') throw new Error(JSON.stringify(outcome));
  };
}

/** What the engine sends for such an append, without the engine: two compares, two puts. */
function rawTransaction(client, size) {
  const prefix = `/raw/${randomUUID()}/`;
  const leader = Buffer.from(`${prefix}leader`);
  const head = Buffer.from(`${prefix}head`);
  const leaderValue = Buffer.from(JSON.stringify([1, 'bench', randomBytes(16).toString('hex'), 2 ** 47]));
  let index = 0;
  const valueOf = (at) => Buffer.from(`${at} ${'x'.repeat(32)}`);
  return async () => {
    if (index === 0) {
      await client.kv.put({ key: leader, value: leaderValue });
      await client.kv.put({ key: head, value: valueOf(0) });
    }
    index++;
    const { succeeded } = await client.kv.txn({
      compare: [
        { key: leader, result: 'EQUAL', target: 'VALUE', value: leaderValue },
        { key: head, result: 'EQUAL', target: 'VALUE', value: valueOf(index - 1) },
      ],
      success: [
        { request_put: { key: Buffer.from(`${prefix}log/${String(index).padStart(16, '0')}`), value: randomBytes(size) } },
        { request_put: { key: head, value: valueOf(index) } },
      ],
      failure: [],
    });
    if (!succeeded) throw new Error('the raw transaction failed');
  };
}

function rawWrite(size) {
  const file = openSync(path.join(folder, `raw-${size}`), 'w');
  ended.push(async () => closeSync(file));
  return async () => {
    writeSync(file, randomBytes(size));
    fdatasyncSync(file);
  };
}

async function p50(work, count) {
  const figures = [];
  for (let at = 0; at < count; at++) {
    const startedAt = performance.now();
    await work();
    figures.push(performance.now() - startedAt);
  }
  return figures;
}

async function leading(log) {
  const graph = randomUUID();
  const replica = new Replica(createGraphStore({ graphId: graph, budgetBytes: 256 * 1024 ** 2, poisonFreedPages: false }), systemClock);
  const term = await won(log, graph);
  const pipeline = new LeaderPipeline({
    log,
    graph,
    term,
    replica,
    clock: systemClock,
    random: seededRandom(randomBytes(4).readUInt32LE()),
    featureLevel: () => FEATURE_LEVEL,
    onLost: (reason) => console.error(`lost: ${reason}`),
  });
  if (!(await pipeline.open())) throw new Error('not opened');
  return { replica, pipeline };
}

async function commitOne({ replica, pipeline }, random) {
  const draft = replica.store.begin(replica.store.published, pipeline.ids);
  draft.createNode(
    ['Person'],
    new Map([
      ['name', `person ${random}`],
      ['age', random % 90],
    ]),
  );
  await pipeline.commit({
    requestId: randomBytes(16).toString('hex'),
    effects: draft.effects(),
    counters: { ...draft.counters },
    snapshot: draft.base.transactionId,
    schemaVersion: draft.base.schema.version,
    timeoutMs: 10_000,
    exclusive: false,
  });
  draft.release();
}

async function commitsASecond(graphs) {
  const until = performance.now() + seconds * 1000;
  let commits = 0;
  await Promise.all(
    Array.from({ length: writers }, async (_, writer) => {
      for (let at = 0; performance.now() < until; at++) {
        await commitOne(graphs[writer % graphs.length], writer * 1000 + at);
        commits++;
      }
    }),
  );
  return commits / seconds;
}

try {
  const endpoints = await leaderFirst(await startEtcd());
  const client = new EtcdClient({ endpoints, deadlineMs: 5000 });
  ended.push(async () => client.close());
  const logs = {
    etcd: await opened(createEtcdLog({ cluster: 'bench', serverName: 'bench', endpoints, deadlineMs: 5000 })),
    embedded: await opened(createEmbeddedLog({ folder: path.join(folder, 'embedded'), serverName: 'bench' })),
  };

  console.log(`one append at a time, ${members} member${members > 1 ? 's' : ''} of etcd: median of ${rounds} rounds' p50 (p99), ms`);
  console.log('    bytes      raw etcd  engine on etcd   ratio     raw disk        embedded   ratio');
  for (const size of sizes) {
    const ways = {
      rawEtcd: rawTransaction(client, size),
      etcd: await appender(logs.etcd, size),
      rawDisk: rawWrite(size),
      embedded: await appender(logs.embedded, size),
    };
    const found = Object.fromEntries(Object.keys(ways).map((name) => [name, { p50: [], p99: [] }]));
    const count = Math.max(10, size > 100_000 ? Math.floor(appends / 4) : appends);
    for (const work of Object.values(ways)) await p50(work, Math.min(50, count));
    for (let round = 0; round < rounds; round++) {
      for (const [name, work] of Object.entries(ways)) {
        const figures = sorted(await p50(work, count));
        found[name].p50.push(figures[Math.floor(count / 2)]);
        found[name].p99.push(figures[Math.floor(count * 0.99)]);
      }
    }
    const ms = (name) => `${median(found[name].p50).toFixed(2)} (${median(found[name].p99).toFixed(1)})`.padStart(14);
    const ratio = (one, other) => (median(found[one].p50) / median(found[other].p50)).toFixed(2).padStart(7);
    console.log(
      `  ${String(size).padStart(7)}${ms('rawEtcd')}  ${ms('etcd')} ${ratio('etcd', 'rawEtcd')}${ms('rawDisk')}  ${ms('embedded')} ${ratio('embedded', 'rawDisk')}`,
    );
  }

  console.log(`\n${writers} writers of one node each: median of ${rounds} rounds' transactions a second`);
  console.log('   graphs          etcd      embedded   ratio');
  for (const count of graphCounts) {
    const graphs = {};
    for (const [name, log] of Object.entries(logs)) graphs[name] = await Promise.all(Array.from({ length: count }, () => leading(log)));
    const found = { etcd: [], embedded: [] };
    for (let round = 0; round < rounds; round++) for (const name of Object.keys(logs)) found[name].push(await commitsASecond(graphs[name]));
    const [etcd, embedded] = [median(found.etcd), median(found.embedded)];
    const cell = (figure) => String(Math.round(figure)).padStart(12);
    console.log(`  ${String(count).padStart(7)}  ${cell(etcd)}  ${cell(embedded)} ${(etcd / embedded).toFixed(2).padStart(7)}`);
  }
} finally {
  for (const end of ended.reverse()) await end();
}
process.exit();
