// `causeway cluster start`, which is also `npm start`: a whole cluster on this machine, until Ctrl-C.

import { EtcdMissing, findEtcd } from '../log/etcd/members/find-etcd.js';
import { CliError } from './cli-error.js';
import { DataFolder } from './data-folder.js';
import { statusOf } from './http-client.js';
import { Keeper } from './keeper.js';
import { type ClusterPlan, type PlanWishes, planStart, refuseTakenPorts, writeConfigurations } from './plan.js';
import { loadSample } from './sample.js';
import { serverTable } from './tables.js';

export interface StartOptions extends PlanWishes {
  readonly data: string;
  readonly password?: string;
  readonly sample: boolean;
  readonly restart: boolean;
}

const DURABILITY = {
  embedded: 'The log is embedded: one disk, this one. A commit is safe once it is synced there; if the disk is lost, so is the data.',
  etcd: 'The log is on etcd: a commit is safe once a majority of its members has synced it. Here all of them share one machine and one disk; docs/etcd.md says how to have several.',
} as const;

export async function startCluster(options: StartOptions): Promise<void> {
  const folder = new DataFolder(options.data);
  const running = folder.keeper();
  if (running !== undefined)
    throw new CliError(`A cluster is running in ${folder.root} already (pid ${running}). Stop it with: causeway cluster stop --data ${folder.root}`);
  const plan = await planStart(folder, options);
  if (plan.engine === 'etcd') say(`etcd ${etcdVersion()} found`);
  await refuseTakenPorts(plan);
  folder.create();
  folder.becomeKeeper();
  const { password, madeUp } = folder.keepPassword(options.password);
  folder.keepSecret();
  folder.keepPlan(plan);
  say(`Starting ${count(plan, 'CORE')} CORE and ${count(plan, 'READ_REPLICA')} READ_REPLICA servers, data in ${folder.root}`);
  const keeper = new Keeper(folder, writeConfigurations(folder, plan), options.restart, say);
  await keeper.allReady();
  await settled(keeper, password);
  if (options.sample) await loadSample(folder, keeper.listed[0] as (typeof keeper.listed)[number], password, say);
  const statuses = await Promise.all(keeper.listed.map((server) => statusOf(server, password)));
  say(`\n${serverTable(keeper.listed, statuses, true)}\n`);
  say(DURABILITY[plan.engine]);
  say(madeUp ? `User neo4j, password ${password}  (kept in ${folder.file('password')})` : `User neo4j, password in ${folder.file('password')}`);
  say(`ready: every server takes every query. Ctrl-C stops all.`);
  await keeper.untilStopped();
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function count({ servers }: ClusterPlan, kind: 'CORE' | 'READ_REPLICA'): number {
  return servers.filter((server) => server.kind === kind).length;
}

function etcdVersion(): string {
  try {
    return findEtcd().version;
  } catch (error) {
    if (error instanceof EtcdMissing) throw new CliError(error.message);
    throw error;
  }
}

/** Until every graph has a leader and every server answers for it. */
async function settled(keeper: Keeper, password: string): Promise<void> {
  for (;;) {
    const statuses = await Promise.all(keeper.listed.map((server) => statusOf(server, password)));
    const led = (name: string) => statuses.some((status) => status?.some((graph) => graph.databaseName === name && graph.databaseStatus.role === 'LEADER'));
    if (statuses.every((status) => status !== undefined) && led('system') && led('neo4j')) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
