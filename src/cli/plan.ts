// What a cluster on this machine consists of: made at the first start, changed by `cluster add` and `cluster remove`, kept in
// plan.json of the data folder; and the configuration that follows from it for each server.

import { mkdirSync, writeFileSync } from 'node:fs';
import { stringify } from 'yaml';
import { CliError } from './cli-error.js';
import type { DataFolder } from './data-folder.js';
import { freePort, isFree } from './ports.js';
import type { ServerPlan } from './server-process.js';

export type Engine = 'embedded' | 'etcd';
export type ServerKind = 'CORE' | 'READ_REPLICA';
export type Profile = 'default' | 'fast';

/** Addresses are host:port. */
export interface PlannedServer {
  readonly name: string;
  readonly kind: ServerKind;
  readonly bolt: string;
  readonly http: string;
  readonly cluster: string;
  /** Of the member of etcd that a CORE may carry. */
  readonly etcd?: { readonly client: string; readonly peer: string };
}

export interface ClusterPlan {
  readonly engine: Engine;
  /** How fast members of etcd give one another up. */
  readonly profile: Profile;
  readonly boltPort: number;
  readonly httpPort: number;
  readonly servers: readonly PlannedServer[];
  /** Names of the COREs whose members of etcd begin the cluster; empty once it has changed: then nobody begins it any more. */
  readonly initialMembers: readonly string[];
}

/** What was asked for; what was not is as it was, or 3 COREs, 1 READ_REPLICA, embedded, ports from 7687 and 7474. */
export interface PlanWishes {
  readonly cores?: number;
  readonly replicas?: number;
  readonly log?: Engine;
  readonly profile?: Profile;
  readonly boltPort?: number;
  readonly httpPort?: number;
}

const HOST = '127.0.0.1';
const FIRST_BOLT_PORT = 7687;
const FIRST_HTTP_PORT = 7474;
/** Members that begin a cluster of more COREs than that. */
const INITIAL_MEMBERS_MAX = 5;
/** Ports from the first on that stay theirs. */
const SERVERS_MAX = 1000;

/** The plan of a start: nothing is written yet. Raises CliError where it would lose something. */
export async function planStart(folder: DataFolder, wishes: PlanWishes): Promise<ClusterPlan> {
  const kept = folder.plan();
  const engine = wishes.log ?? kept?.engine ?? 'embedded';
  if (kept !== undefined && kept.engine !== engine)
    throw new CliError(
      `The log of the cluster in ${folder.root} is ${kept.engine === 'etcd' ? 'on etcd' : 'embedded'}; it does not move. Start it without --log, or take another --data.`,
    );
  const ports = {
    boltPort: wishes.boltPort ?? kept?.boltPort ?? FIRST_BOLT_PORT,
    httpPort: wishes.httpPort ?? kept?.httpPort ?? FIRST_HTTP_PORT,
  };
  const names = serverNames(kept, wishes);
  if (kept !== undefined && engine === 'etcd') refuseLostVoters(kept, names);
  const moved = kept === undefined || kept.boltPort !== ports.boltPort || kept.httpPort !== ports.httpPort;
  const plan: ClusterPlan = {
    engine,
    profile: wishes.profile ?? kept?.profile ?? 'default',
    ...ports,
    servers: [],
    initialMembers: kept?.initialMembers ?? initialMembers(names),
  };
  return names.reduce(async (sofar, { name, kind }) => {
    const given = kept?.servers.find((server) => server.name === name);
    const before = await sofar;
    return { ...before, servers: [...before.servers, given !== undefined && !moved ? given : await planServer(before, name, kind, given)] };
  }, Promise.resolve(plan));
}

/** The same cluster with one server more. */
export async function planOneMore(plan: ClusterPlan, name: string, kind: ServerKind): Promise<ClusterPlan> {
  const changed = { ...plan, initialMembers: [] };
  return { ...changed, servers: [...plan.servers, await planServer(changed, name, kind)] };
}

export function planOneLess(plan: ClusterPlan, name: string): ClusterPlan {
  return { ...plan, servers: plan.servers.filter((server) => server.name !== name), initialMembers: [] };
}

/** The first of core1, core2, … or replica1, replica2, … that is not taken. */
export function freeName(plan: ClusterPlan, kind: ServerKind): string {
  const base = kind === 'CORE' ? 'core' : 'replica';
  for (let number = 1; ; number++) if (!plan.servers.some(({ name }) => name === `${base}${number}`)) return `${base}${number}`;
}

async function planServer(plan: ClusterPlan, name: string, kind: ServerKind, before?: PlannedServer): Promise<PlannedServer> {
  const taken = new Set(plan.servers.flatMap(({ bolt, http }) => [bolt, http]));
  const next = async (first: number) => {
    for (let port = first; ; port++) {
      if (taken.has(`${HOST}:${port}`)) continue;
      // Those of the first start follow one another; one that comes later takes what is free.
      if (plan.initialMembers.length > 0 || port > 65_535 || (await isFree(port))) return `${HOST}:${port}`;
    }
  };
  const fresh = async () => `${HOST}:${await freePort((port) => !isForServers(plan, port))}`;
  const carries = plan.engine === 'etcd' && kind === 'CORE';
  return {
    name,
    kind,
    bolt: await next(plan.boltPort),
    http: await next(plan.httpPort),
    cluster: before?.cluster ?? (await fresh()),
    // A member keeps its addresses: the others know it by them.
    ...(carries ? { etcd: before?.etcd ?? { client: await fresh(), peer: await fresh() } } : {}),
  };
}

/** Of this server or of one to come. */
function isForServers({ boltPort, httpPort }: ClusterPlan, port: number): boolean {
  return [boltPort, httpPort].some((first) => port >= first && port < first + SERVERS_MAX);
}

function serverNames(kept: ClusterPlan | undefined, { cores, replicas }: PlanWishes): readonly { readonly name: string; readonly kind: ServerKind }[] {
  const of = (kind: ServerKind, base: string, count: number | undefined, first: number) => {
    const known = (kept?.servers ?? []).filter((server) => server.kind === kind).map(({ name }) => name);
    const wanted = count ?? (kept === undefined ? first : known.length);
    const names = known.slice(0, wanted);
    for (let number = 1; names.length < wanted; number++) if (!names.includes(`${base}${number}`)) names.push(`${base}${number}`);
    return names.map((name) => ({ name, kind }));
  };
  return [...of('CORE', 'core', cores, 3), ...of('READ_REPLICA', 'replica', replicas, 1)];
}

function initialMembers(names: readonly { readonly name: string; readonly kind: ServerKind }[]): readonly string[] {
  const cores = names.filter(({ kind }) => kind === 'CORE').map(({ name }) => name);
  const count = Math.min(cores.length, INITIAL_MEMBERS_MAX);
  return cores.slice(0, count % 2 === 1 ? count : count - 1);
}

function refuseLostVoters(kept: ClusterPlan, names: readonly { readonly name: string }[]): void {
  const missing = kept.servers.filter(({ name, kind }) => kind === 'CORE' && !names.some((one) => one.name === name)).map(({ name }) => name);
  if (missing.length > 0)
    throw new CliError(
      `${missing.join(', ')} may carry a voter of etcd: a start without would lack its vote. Start all, then take it away with: causeway cluster remove ${missing[0]}`,
    );
}

export async function refuseTakenPorts(plan: ClusterPlan): Promise<void> {
  for (const { bolt, http } of plan.servers) {
    for (const [address, option] of [
      [bolt, '--bolt-port'],
      [http, '--http-port'],
    ] as const) {
      const port = Number(address.slice(address.lastIndexOf(':') + 1));
      if (port > 65_535) throw new CliError(`There are not enough ports from ${option} on for all servers.`);
      if (!(await isFree(port))) throw new CliError(`Port ${port} is taken by another program. Choose another first port with ${option}.`);
    }
  }
}

/** Writes the configuration of each server. */
export function writeConfigurations(folder: DataFolder, plan: ClusterPlan): readonly ServerPlan[] {
  return plan.servers.map((server) => {
    const { name, kind, bolt, http } = server;
    const made: ServerPlan = { name, kind, bolt, http, folder: folder.file('servers', name), configFile: folder.file('servers', name, 'config.yaml') };
    mkdirSync(made.folder, { recursive: true });
    writeFileSync(made.configFile, stringify(configurationOf(folder, plan, server)));
    return made;
  });
}

function configurationOf(folder: DataFolder, plan: ClusterPlan, { name, kind, bolt, http, cluster, etcd }: PlannedServer): object {
  const seeds = plan.servers.filter((server) => server.kind === 'CORE').map((server) => server.cluster);
  return {
    server: { name, kind, data: folder.file('servers', name) },
    bolt: { listen: bolt },
    http: { listen: http },
    cluster: { listen: cluster, secret_file: folder.file('secret'), seeds },
    log: {
      engine: plan.engine,
      ...(kind !== 'CORE'
        ? {}
        : plan.engine === 'embedded'
          ? { embedded: { folder: folder.file('log') } }
          : { etcd: { profile: plan.profile, member: etcd, initial_members: initialPeers(plan) } }),
    },
    security: { initial_password_file: folder.file('password') },
  };
}

function initialPeers(plan: ClusterPlan): readonly object[] {
  // A cluster that has changed names all of its members to each: one that comes (or comes back with an empty disk, and perhaps the name of
  // one that began it) finds the others, or waits for them. Left alone in the list it would begin another cluster beside them.
  const known = plan.initialMembers.length > 0 ? plan.servers.filter(({ name }) => plan.initialMembers.includes(name)) : plan.servers;
  return known.flatMap(({ name, etcd }) => (etcd === undefined ? [] : [{ name, peer: etcd.peer }]));
}
