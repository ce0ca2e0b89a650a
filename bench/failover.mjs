// How long writes stop when the leader goes: a cluster of real processes, writes on the other servers, the leader killed with -9
// (or stopped in order; or killed together with the leader of etcd), and the time until a write that was sent after that is
// acknowledged. Each round's figure, the median and the worst.

import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

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
const log = argument('log', 'embedded');
const root = path.resolve(import.meta.dirname, '..');
const folder = mkdtempSync(path.join(os.tmpdir(), 'causeway-failover-'));
const password = 'correct-horse';
const headers = { authorization: `Basic ${Buffer.from(`neo4j:${password}`).toString('base64')}`, 'content-type': 'application/json' };
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

const options = [
  '--data',
  folder,
  '--password',
  password,
  '--no-sample',
  '--log',
  log,
  '--profile',
  argument('profile', 'default'),
  '--bolt-port',
  String(argument('bolt-port', 37687)),
  '--http-port',
  String(argument('http-port', 37474)),
];
const keeper = spawn(process.execPath, [path.join(root, 'causeway'), 'cluster', 'start', ...options], { stdio: ['ignore', 'pipe', 'inherit'] });
await new Promise((resolve, reject) => {
  let output = '';
  keeper.stdout.on('data', (bytes) => {
    output += bytes;
    if (/^ready/m.test(output)) resolve();
  });
  keeper.once('exit', () => reject(new Error(`the cluster did not start:\n${output}`)));
});

const servers = () => JSON.parse(readFileSync(path.join(folder, 'cluster.json'), 'utf8')).servers;
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

async function statuses() {
  return Promise.all(
    servers().map(async (server) => {
      try {
        const response = await fetch(`http://${server.http}/dbms/cluster/status`, { headers, signal: AbortSignal.timeout(1000) });
        return { server, status: (await response.json()).find((one) => one.databaseName === 'neo4j')?.databaseStatus };
      } catch {
        return { server, status: undefined };
      }
    }),
  );
}

/** Pid of the member that leads etcd. */
async function etcdLeader() {
  for (const { name, etcd } of JSON.parse(readFileSync(path.join(folder, 'plan.json'), 'utf8')).servers) {
    if (etcd === undefined) continue;
    const metrics = await fetch(`http://${etcd.client}/metrics`)
      .then((response) => response.text())
      .catch(() => '');
    if (/^etcd_server_is_leader 1$/m.test(metrics)) return Number(readFileSync(path.join(folder, 'servers', name, 'etcd', 'etcd.pid'), 'utf8'));
  }
  throw new Error('etcd has no leader');
}

const figures = [];
for (let round = 1; round <= rounds; round++) {
  let all = await statuses();
  // Everybody is back and has what there is.
  while (all.some(({ status }) => status === undefined) || !all.some(({ status }) => status.role === 'LEADER')) {
    await sleep(200);
    all = await statuses();
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
const gone = new Promise((resolve) => keeper.once('exit', resolve));
keeper.kill('SIGTERM');
await gone;
rmSync(folder, { recursive: true, force: true });
process.exit(failures.length === 0 ? 0 : 1);
