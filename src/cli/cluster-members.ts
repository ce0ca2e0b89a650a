// `causeway cluster add` and `causeway cluster remove`: servers come to a running cluster on this machine and leave it, while it serves.
// With the log on etcd a CORE that comes may carry a voter, first as a learner, and one that leaves gives its vote up before.

import { rmSync } from 'node:fs';
import type { Address } from '../base/network.js';
import { parseAddress } from '../base/network.js';
import { MemberCluster } from '../log/etcd/members/member-cluster.js';
import { urlOf } from '../log/etcd/members/member-settings.js';
import { removalConsequence, type VoterHealth } from '../log/etcd/members/voters.js';
import { CliError } from './cli-error.js';
import { DataFolder, isAlive, type ListedServer } from './data-folder.js';
import { runStatement, statusOf } from './http-client.js';
import { type ClusterPlan, freeName, planOneLess, planOneMore, type ServerKind } from './plan.js';
import { isFree } from './ports.js';

const SERVES_WITHIN_MS = 60_000;
const MOVED_WITHIN_MS = 120_000;
const VOTES_WITHIN_MS = 60_000;
const LOOK_MS = 100;
/** As `CLUSTER` of a configuration that names none. */
const ETCD_CLUSTER = 'causeway';

export interface AddOptions {
  readonly data: string;
  readonly kind: ServerKind;
}

export async function addServer(given: string | undefined, { data, kind }: AddOptions): Promise<void> {
  const running = new RunningCluster(data);
  const name = given ?? freeName(running.plan, kind);
  if (!/^[A-Za-z][A-Za-z0-9_.-]{0,62}$/.test(name)) throw new CliError(`'${name}' cannot be a server's name: a letter, then letters, digits, _ . -`);
  if (running.plan.servers.some((server) => server.name === name)) throw new CliError(`There is a server ${name} already.`);
  const plan = await planOneMore(running.plan, name, kind);
  const planned = plan.servers.at(-1) as ClusterPlan['servers'][number];
  for (const address of [planned.bolt, planned.http]) {
    const { port } = parseAddress(address) as Address;
    if (!(await isFree(port))) throw new CliError(`Port ${port}, which ${name} would take, is taken by another program.`);
  }
  running.change(plan);
  say(`${name} starts as ${kind}`);
  await until(async () => (await statusOf({ ...planned, pid: 0 }, running.password)) !== undefined, SERVES_WITHIN_MS, `${name} does not serve`);
  say(`${name} serves bolt://${planned.bolt} http://${planned.http}`);
  if ((await running.stateOf(name)) === 'Free') {
    await running.run(`ENABLE SERVER '${name}'`);
    say(`${name} is enabled`);
  }
  if (planned.etcd !== undefined) await sayVoters(plan, running.knownVoters);
}

export interface RemoveOptions {
  readonly data: string;
  readonly force: boolean;
}

export async function removeServer(name: string, { data, force }: RemoveOptions): Promise<void> {
  const running = new RunningCluster(data);
  const planned = running.plan.servers.find((server) => server.name === name);
  if (planned === undefined) throw new CliError(`There is no server ${name}. The cluster has ${running.plan.servers.map((server) => server.name).join(', ')}.`);
  if (planned.kind === 'CORE' && running.plan.servers.filter(({ kind }) => kind === 'CORE').length === 1)
    throw new CliError(`${name} is the only CORE: without it there is no cluster. To end it, stop it and delete ${running.folder.root}.`);
  const consequence = planned.etcd === undefined ? undefined : await consequenceOf(running, name);
  if (consequence !== undefined) {
    const text = `${consequence.charAt(0).toUpperCase()}${consequence.slice(1)}.`;
    if (!force) throw new CliError(`${text} Nothing was changed; --force does it all the same.`);
    say(`${text} It is done because of --force.`);
  }
  await givenUp(running, name, force);
  if (planned.etcd !== undefined) await voteGone(running.plan, name, force);
  const pid = running.folder.servers().find((server) => server.name === name)?.pid ?? 0;
  running.change(planOneLess(running.plan, name));
  await until(() => Promise.resolve(pid === 0 || !isAlive(pid)), SERVES_WITHIN_MS, `${name} (pid ${pid}) does not stop`);
  rmSync(running.folder.file('servers', name), { recursive: true, force: true });
  say(`${name} is gone; all that its folder held is in the log`);
}

/** The only voter can go where another CORE can become one first. */
async function consequenceOf({ plan, password }: RunningCluster, name: string): Promise<string | undefined> {
  const voters = await votersOf(plan);
  const others = plan.servers.filter((server) => server.kind === 'CORE' && server.name !== name);
  if (voters.length === 1 && voters[0]?.name === name) {
    for (const other of others) if ((await statusOf({ ...other, pid: 0 }, password)) !== undefined) return undefined;
  }
  return removalConsequence(voters, name);
}

/** Its copies of graphs go to others, and it is dropped. */
async function givenUp(running: RunningCluster, name: string, force: boolean): Promise<void> {
  try {
    const state = await running.stateOf(name);
    if (state === 'Enabled' || state === 'Cordoned') {
      await running.run(`DEALLOCATE DATABASES FROM SERVER '${name}'`);
      say(`${name} gives its graphs to others`);
    }
    const moved = async () => ['Deallocated', 'Free', 'Dropped', undefined].includes(await running.stateOf(name));
    await until(moved, MOVED_WITHIN_MS, `${name} still holds graphs`);
    const now = await running.stateOf(name);
    if (now !== undefined && now !== 'Dropped') await running.run(`DROP SERVER '${name}'`);
  } catch (error) {
    if (!force) throw error instanceof CliError ? error : new CliError(`${(error as Error).message}\nNothing was stopped; --force stops it all the same.`);
    say(`${(error as Error).message} (--force: it goes all the same)`);
  }
}

async function voteGone(plan: ClusterPlan, name: string, force: boolean): Promise<void> {
  const gone = async () => !(await votersOf(plan)).some((voter) => voter.name === name);
  try {
    await until(gone, VOTES_WITHIN_MS, `${name} still carries a voter of etcd`);
    say(`${name} carries no voter of etcd`);
  } catch (error) {
    if (!force) throw error;
    say(`${(error as Error).message} (--force: it goes all the same)`);
  }
}

async function sayVoters(plan: ClusterPlan, before: Promise<readonly VoterHealth[]>): Promise<void> {
  const known = (await before).length;
  const cores = plan.servers.filter(({ etcd }) => etcd !== undefined).length;
  const wanted = Math.min(5, cores % 2 === 1 ? cores : cores - 1);
  if (wanted > known) await until(async () => (await votersOf(plan)).length >= wanted, VOTES_WITHIN_MS, 'the new member of etcd is no voter').catch(() => {});
  const voters = [...(await votersOf(plan))].sort((one, other) => one.name.localeCompare(other.name));
  say(`voters of etcd: ${voters.map((voter) => (voter.healthy ? voter.name : `${voter.name} (does not answer)`)).join(', ')}`);
  if (voters.length < wanted) say(`that is fewer than the ${wanted} that ${cores} COREs should have: see etcd.log and server.log of those without a voter`);
}

async function votersOf({ servers }: ClusterPlan): Promise<readonly VoterHealth[]> {
  const endpoints = servers.flatMap(({ etcd }) => (etcd === undefined ? [] : [urlOf(parseAddress(etcd.client) as Address, undefined)]));
  const cluster = new MemberCluster({ cluster: ETCD_CLUSTER, endpoints });
  try {
    const members = (await cluster.list()).filter((member) => !member.isLearner);
    return await Promise.all(
      members.map(async ({ name, clientURLs }) => ({ name, healthy: clientURLs[0] !== undefined && (await cluster.status(clientURLs[0])) !== undefined })),
    );
  } finally {
    cluster.close();
  }
}

class RunningCluster {
  readonly folder: DataFolder;
  readonly plan: ClusterPlan;
  readonly password: string;
  readonly knownVoters: Promise<readonly VoterHealth[]>;
  readonly #keeper: number;

  constructor(data: string) {
    this.folder = new DataFolder(data);
    const keeper = this.folder.keeper();
    const plan = this.folder.plan();
    const password = process.env.CAUSEWAY_PASSWORD ?? this.folder.password();
    if (keeper === undefined || plan === undefined)
      throw new CliError(`No cluster is running in ${this.folder.root}. Start it with: causeway cluster start --data ${this.folder.root}`);
    if (password === undefined) throw new CliError('No password: set CAUSEWAY_PASSWORD.');
    this.plan = plan;
    this.password = password;
    this.#keeper = keeper;
    this.knownVoters = plan.engine === 'etcd' ? votersOf(plan).catch(() => []) : Promise.resolve([]);
  }

  /** The keeper follows the plan. */
  change(plan: ClusterPlan): void {
    this.folder.keepPlan(plan);
    process.kill(this.#keeper, 'SIGHUP');
  }

  async run(statement: string): Promise<readonly unknown[][]> {
    return runStatement(await this.#living(), this.password, statement, {}, 'system');
  }

  /** As SHOW SERVERS says; undefined when it is not there any more. */
  async stateOf(name: string): Promise<string | undefined> {
    const rows = await this.run('SHOW SERVERS YIELD name, state');
    return rows.find(([one]) => one === name)?.[1] as string | undefined;
  }

  async #living(): Promise<ListedServer> {
    for (const server of this.folder.servers()) if ((await statusOf(server, this.password)) !== undefined) return server;
    throw new CliError(`No server of the cluster in ${this.folder.root} answers.`);
  }
}

async function until(condition: () => Promise<boolean>, withinMs: number, complaint: string): Promise<void> {
  for (const deadline = performance.now() + withinMs; ; ) {
    if (await condition().catch(() => false)) return;
    if (performance.now() > deadline) throw new CliError(`${complaint} after ${withinMs / 1000} s. See server.log in its folder.`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
