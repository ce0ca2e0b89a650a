// A cluster of real processes in a folder of its own, for measurements.

import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '..');
export const PASSWORD = 'correct-horse';
export const headers = { authorization: `Basic ${Buffer.from(`neo4j:${PASSWORD}`).toString('base64')}`, 'content-type': 'application/json' };
export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** `options` are those of `causeway cluster start`. Resolves when it is ready. */
export async function startClusterProcess(...options) {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'causeway-bench-'));
  const given = ['cluster', 'start', '--data', folder, '--password', PASSWORD, '--no-sample', ...options];
  const keeper = spawn(process.execPath, [path.join(root, 'causeway'), ...given], { stdio: ['ignore', 'pipe', 'inherit'] });
  await new Promise((resolve, reject) => {
    let output = '';
    keeper.stdout.on('data', (bytes) => {
      output += bytes;
      if (/^ready/m.test(output)) resolve();
    });
    keeper.once('exit', () => reject(new Error(`the cluster did not start:\n${output}`)));
  });
  const end = async () => {
    const gone = new Promise((resolve) => keeper.once('exit', resolve));
    keeper.kill('SIGTERM');
    await gone;
    rmSync(folder, { recursive: true, force: true });
  };
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => end().then(() => process.exit(130)));
  return {
    folder,
    /** As they are now: a server that was started again has another pid. */
    servers: () => JSON.parse(readFileSync(path.join(folder, 'cluster.json'), 'utf8')).servers,
    stop: end,
  };
}

/** Not by the signal alone: on a busy machine a request has been seen to wait for ever after it was aborted. */
async function within(ms, ask) {
  const controller = new AbortController();
  let timer;
  const over = new Promise((_, reject) => {
    timer = setTimeout(() => {
      controller.abort();
      reject(new Error(`no answer within ${ms} ms`));
    }, ms);
  });
  try {
    return await Promise.race([ask(controller.signal), over]);
  } finally {
    clearTimeout(timer);
  }
}

/** The statement's rows, over HTTP; throws what went wrong. */
export async function run(server, statement, { database = 'neo4j', parameters = {} } = {}) {
  const response = await fetch(`http://${server.http}/db/${database}/tx/commit`, {
    method: 'POST',
    headers,
    body: JSON.stringify({ statements: [{ statement, parameters }] }),
  });
  const { results, errors } = await response.json();
  if (errors.length > 0) throw new Error(`${errors[0].code}: ${errors[0].message}`);
  return results[0].data.map((one) => one.row);
}

/** What each server says of a graph; `status` is undefined where it does not answer. */
export async function statuses(servers, database = 'neo4j') {
  return Promise.all(
    servers.map(async (server) => {
      try {
        const all = await within(1000, async (signal) => (await fetch(`http://${server.http}/dbms/cluster/status`, { headers, signal })).json());
        return { server, status: all.find((one) => one.databaseName === database)?.databaseStatus };
      } catch {
        return { server, status: undefined };
      }
    }),
  );
}

/** By name of each server that carries a member of etcd: its metrics; empty where it does not answer. */
export async function etcdMetrics(folder) {
  const { servers } = JSON.parse(readFileSync(path.join(folder, 'plan.json'), 'utf8'));
  const asked = servers
    .filter(({ etcd }) => etcd !== undefined)
    .map(async ({ name, etcd }) => {
      const text = within(2000, async (signal) => (await fetch(`http://${etcd.client}/metrics`, { signal })).text());
      return [name, await text.catch(() => '')];
    });
  return new Map(await Promise.all(asked));
}
