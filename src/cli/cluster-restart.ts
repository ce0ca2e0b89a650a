// `causeway cluster restart`: one server after another is stopped in order, started again by the cluster's keeper, and has caught up
// before the next is touched. So a cluster takes new settings, or a new build, while it serves.

import { CliError } from './cli-error.js';
import { DataFolder, type ListedServer } from './data-folder.js';
import { type GraphOnServer, statusOf } from './http-client.js';

const SERVES_WITHIN_MS = 120_000;
const LOOK_MS = 50;

export async function restartCluster({ data }: { readonly data: string }): Promise<void> {
  const folder = new DataFolder(data);
  const password = process.env.CAUSEWAY_PASSWORD ?? folder.password();
  if (folder.keeper() === undefined) throw new CliError(`No cluster is running in ${folder.root}.`);
  if (password === undefined) throw new CliError('No password: set CAUSEWAY_PASSWORD.');
  for (const server of await inOrder(folder.servers(), password)) {
    const startedMs = performance.now();
    const before = await statusOf(server, password);
    stop(server);
    const again = await restarted(folder, server, before ?? [], password);
    process.stdout.write(`${server.name} serves again (pid ${again.pid}), ${((performance.now() - startedMs) / 1000).toFixed(1)} s\n`);
  }
}

/** Read replicas first; then who leads least, so that few leaderships move twice. */
async function inOrder(servers: readonly ListedServer[], password: string): Promise<readonly ListedServer[]> {
  const statuses = await Promise.all(servers.map((server) => statusOf(server, password)));
  const weight = (index: number) =>
    (servers[index]?.kind === 'CORE' ? 1 : 0) * 1000 + (statuses[index] ?? []).filter(({ databaseStatus }) => databaseStatus.role === 'LEADER').length;
  return servers
    .map((server, index) => ({ server, weight: weight(index) }))
    .sort((a, b) => a.weight - b.weight)
    .map(({ server }) => server);
}

function stop({ name, pid }: ListedServer): void {
  try {
    process.kill(pid, 'SIGTERM');
  } catch {
    throw new CliError(`${name} is not running (pid ${pid}). Nothing more is restarted.`);
  }
}

/** A new process that has, of every graph, at least what the old one had. */
async function restarted(folder: DataFolder, old: ListedServer, before: readonly GraphOnServer[], password: string): Promise<ListedServer> {
  for (const deadline = performance.now() + SERVES_WITHIN_MS; performance.now() < deadline; ) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    const now = folder.servers().find(({ name }) => name === old.name);
    if (now === undefined || now.pid === old.pid) continue;
    const status = await statusOf(now, password);
    if (status !== undefined && hasAll(status, before)) return now;
  }
  throw new CliError(
    `${old.name} does not serve again within ${SERVES_WITHIN_MS / 1000} s (a cluster started with --no-restart starts nothing again). Nothing more is restarted.`,
  );
}

function hasAll(now: readonly GraphOnServer[], before: readonly GraphOnServer[]): boolean {
  return before.every(({ databaseName, databaseStatus }) =>
    now.some((one) => one.databaseName === databaseName && one.databaseStatus.lastTransaction >= databaseStatus.lastTransaction),
  );
}
