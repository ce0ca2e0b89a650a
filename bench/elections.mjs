// Elections that nothing called for: a cluster under load in which nobody dies, for as long as is asked. Counts the terms that graphs
// got and the leaders that etcd got, once the leaders were spread; with how slow the slowest write was.

import { etcdMetrics, run, sleep, startClusterProcess, statuses } from './cluster-process.mjs';

const argument = (name, otherwise) => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? otherwise : typeof otherwise === 'number' ? Number(process.argv[at + 1]) : process.argv[at + 1];
};
if (process.argv.includes('--help')) {
  console.log(`Usage: npm run bench:elections -- [--minutes M] [--log embedded|etcd] [--profile default|fast] [--writers W]
       [--bolt-port FIRST] [--http-port FIRST]

  --minutes M    how long (default 30)
  --writers W    writers at the same time, over HTTP through every server; as many readers beside them (default 16)

Ends with 1 when there was an election.

Example:
  npm run bench:elections -- --log etcd --minutes 5`);
  process.exit(0);
}
const [minutes, writers] = [argument('minutes', 30), argument('writers', 16)];
const GRAPHS = ['neo4j', 'orders', 'people', 'system'];
const SETTLE_MS = 15_000;
const LOOK_MS = 5000;

const cluster = await startClusterProcess(
  ...['--log', argument('log', 'etcd'), '--profile', argument('profile', 'default')],
  ...['--bolt-port', String(argument('bolt-port', 37687)), '--http-port', String(argument('http-port', 37474))],
);
const { folder, servers } = cluster;

/** By graph: the highest term that a server knows of. */
async function terms() {
  const found = await Promise.all(GRAPHS.map(async (graph) => Math.max(...(await statuses(servers(), graph)).map(({ status }) => status?.term ?? 0))));
  return new Map(GRAPHS.map((graph, at) => [graph, found[at]]));
}

/** By member: the count it began with. */
const first = new Map();

/** Of etcd since the beginning, as its members count them; one that does not answer says nothing. */
async function changesOfLeader() {
  let most = 0;
  for (const [member, text] of await etcdMetrics(folder)) {
    const [, count] = /^etcd_server_leader_changes_seen_total (\d+)$/m.exec(text) ?? [];
    if (count === undefined) continue;
    if (!first.has(member)) first.set(member, Number(count));
    most = Math.max(most, Number(count) - first.get(member));
  }
  return most;
}

let elections = 0;
let failed = 0;
let [written, read, slowestMs] = [0, 0, 0];
try {
  for (const graph of ['orders', 'people']) await run(servers()[0], `CREATE DATABASE ${graph} WAIT`);
  for (const database of GRAPHS.slice(0, 3)) await run(servers()[0], 'CREATE CONSTRAINT item FOR (i:Item) REQUIRE i.id IS UNIQUE', { database });
  await sleep(SETTLE_MS);
  let [known, knownOfEtcd] = [await terms(), await changesOfLeader()];
  const endMs = performance.now() + minutes * 60_000;
  const at = (index) => ({ database: GRAPHS[index % 3], server: servers()[index % servers().length] });
  const attempt = async (act) => {
    try {
      await act();
    } catch (error) {
      failed++;
      console.log(`failed: ${error.message}`);
    }
  };
  const writing = Array.from({ length: writers }, async (_, index) => {
    const { database, server } = at(index);
    for (let number = 0; performance.now() < endMs; number++) {
      const startedMs = performance.now();
      // A bounded graph: each writer goes round over its own items.
      const parameters = { id: index * 1000 + (number % 1000), number };
      await attempt(() => run(server, 'MERGE (i:Item {id: $id}) SET i.number = $number', { database, parameters }));
      slowestMs = Math.max(slowestMs, performance.now() - startedMs);
      written++;
    }
  });
  const reading = Array.from({ length: writers }, async (_, index) => {
    const { database, server } = at(index);
    while (performance.now() < endMs) {
      await attempt(() => run(server, 'MATCH (i:Item) RETURN count(i), max(i.number)', { database }));
      read++;
      await sleep(20);
    }
  });
  const startedMs = performance.now();
  let saidMs = startedMs;
  while (performance.now() < endMs) {
    await sleep(Math.min(LOOK_MS, Math.max(0, endMs - performance.now())));
    const [now, nowOfEtcd] = [await terms(), await changesOfLeader()];
    for (const graph of GRAPHS) {
      if (now.get(graph) <= known.get(graph)) continue;
      elections += now.get(graph) - known.get(graph);
      console.log(`${graph}: term ${known.get(graph)} → ${now.get(graph)}`);
    }
    if (nowOfEtcd > knownOfEtcd) console.log(`etcd: ${nowOfEtcd - knownOfEtcd} changes of its leader`);
    elections += Math.max(0, nowOfEtcd - knownOfEtcd);
    [known, knownOfEtcd] = [now, Math.max(nowOfEtcd, knownOfEtcd)];
    if (performance.now() - saidMs < 60_000) continue;
    saidMs = performance.now();
    const seconds = (saidMs - startedMs) / 1000;
    console.log(`${(seconds / 60).toFixed(0)} min: ${elections} elections, ${Math.round(written / seconds)} writes/s, ${Math.round(read / seconds)} reads/s`);
  }
  await Promise.all([...writing, ...reading]);
} finally {
  await cluster.stop();
}
console.log(`${minutes} minutes: ${elections} elections, ${written} writes, ${read} reads, ${failed} failed, slowest write ${Math.round(slowestMs)} ms`);
process.exit(elections === 0 ? 0 : 1);
