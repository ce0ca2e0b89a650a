// How long writes stop when the leader goes: a cluster of real processes, writes on the other servers, the leader killed with -9
// (or stopped in order; or killed together with the leader of etcd), and the time until a write that was sent after that is
// acknowledged. Each round's figure, the median and the worst.

import { readFileSync } from 'node:fs';
import path from 'node:path';
import { etcdMetrics, headers, sleep, startClusterProcess, statuses } from './cluster-process.mjs';

const argument = (name, otherwise) => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? otherwise : typeof otherwise === 'number' ? Number(process.argv[at + 1]) : process.argv[at + 1];
};
if (process.argv.includes('--help')) {
  console.log(`Usage: npm run bench:failover -- [--rounds N] [--how kill|stop|both] [--log embedded|etcd] [--profile default|fast]
       [--bolt-port FIRST] [--http-port FIRST]

  --how kill    kill -9 of the leader's process (default)
  --how stop    SIGTERM to it
  --how both    kill -9 of it and of the member that leads etcd, at once

Examples:
  npm run bench:failover -- --rounds 20
  npm run bench:failover -- --rounds 20 --log etcd --how both --profile fast`);
  process.exit(0);
}
const rounds = argument('rounds', 10);
const how = argument('how', 'kill');
const cluster = await startClusterProcess(
  ...['--log', argument('log', 'embedded'), '--profile', argument('profile', 'default')],
  ...['--bolt-port', String(argument('bolt-port', 37687)), '--http-port', String(argument('http-port', 37474))],
);
const { folder, servers } = cluster;
const failures = [];

async function write(server) {
  const response = await fetch(`http://${server.http}/db/neo4j/tx/commit`, {
    method: 'POST',
    headers,
    body: JSON.stringify({ statements: [{ statement: 'CREATE (:W)' }] }),
  });
  const { errors } = await response.json();
  if (errors.length > 0) failures.push(errors[0]);
  return errors.length === 0;
}

/** Pid of the member that leads etcd. */
async function etcdLeader() {
  for (const [name, metrics] of await etcdMetrics(folder)) {
    if (/^etcd_server_is_leader 1$/m.test(metrics)) return Number(readFileSync(path.join(folder, 'servers', name, 'etcd', 'etcd.pid'), 'utf8'));
  }
  throw new Error('etcd has no leader');
}

const figures = [];
for (let round = 1; round <= rounds; round++) {
  let all = await statuses(servers());
  // Everybody is back and has what there is.
  while (all.some(({ status }) => status === undefined) || !all.some(({ status }) => status.role === 'LEADER')) {
    await sleep(200);
    all = await statuses(servers());
  }
  const leader = all.find(({ status }) => status.role === 'LEADER').server;
  const others = servers().filter(({ name }) => name !== leader.name);
  let running = true;
  let killedAt = Number.POSITIVE_INFINITY;
  let flowedAt = Number.POSITIVE_INFINITY;
  const writing = others.map(async (server) => {
    while (running) {
      const sentAt = performance.now();
      if ((await write(server)) && sentAt > killedAt) flowedAt = Math.min(flowedAt, performance.now());
    }
  });
  await sleep(500);
  const member = how === 'both' ? await etcdLeader() : undefined;
  process.kill(leader.pid, how === 'stop' ? 'SIGTERM' : 'SIGKILL');
  if (member !== undefined) process.kill(member, 'SIGKILL');
  killedAt = performance.now();
  while (!Number.isFinite(flowedAt)) await sleep(1);
  running = false;
  await Promise.all(writing);
  figures.push(flowedAt - killedAt);
  console.log(`round ${round}: ${leader.name} ${how === 'stop' ? 'stopped' : 'killed'}, writes again after ${Math.round(flowedAt - killedAt)} ms`);
  await sleep(how === 'both' ? 8000 : 2500);
}

const sorted = [...figures].sort((a, b) => a - b);
console.log(`median ${Math.round(sorted[Math.floor(sorted.length / 2)])} ms, worst ${Math.round(sorted.at(-1))} ms, failed requests ${failures.length}`);
await cluster.stop();
process.exit(failures.length === 0 ? 0 : 1);
