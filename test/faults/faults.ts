// The faults of a run. Each begins, lasts, and is over when `end` is done: everything that runs then runs well.

import { below, chance, pick, type Random } from '../../src/base/random.js';
import { sleep } from '../support/story-cluster.js';
import { AUTHORIZATION, type FaultCluster } from './cluster.js';
import type { Rule } from './network.js';

export interface Fault {
  readonly what: string;
  readonly lastsMs: number;
  begin(): Promise<void> | void;
  end(): Promise<void> | void;
}

/** Four processes at once, on a machine that may be busy with others. */
const RESTART_MS = 120_000;

export const KINDS = [
  'kill',
  'kill two',
  'kill all',
  'pause',
  'restart',
  'isolate',
  'pair',
  'one way',
  'slow',
  'disk full',
  'etcd kill',
  'etcd pause',
  'etcd isolate',
  'etcd majority',
  'etcd disk full',
] as const;
export type Kind = (typeof KINDS)[number];

export function possibleKinds(cluster: FaultCluster): readonly Kind[] {
  return KINDS.filter((kind) => (!kind.startsWith('etcd') || cluster.etcd !== undefined) && (!kind.endsWith('disk full') || cluster.diskSkipped === undefined));
}

export async function makeFault(kind: Kind, cluster: FaultCluster, graphs: readonly string[], random: Random): Promise<Fault> {
  const names = cluster.servers.map(({ name }) => name);
  const cores = cluster.servers.filter((server) => server.kind === 'CORE').map(({ name }) => name);
  // A leader is worth more than its share.
  const victim = chance(random, 0.6) ? ((await leaderOf(cluster, pick(random, graphs))) ?? pick(random, names)) : pick(random, names);
  const other = pick(
    random,
    names.filter((name) => name !== victim),
  );
  const short = 1000 + below(random, 4000);
  switch (kind) {
    case 'kill':
      return killed(cluster, [victim], short);
    case 'kill two':
      return killed(cluster, [victim, other], short);
    case 'kill all':
      return killed(cluster, names, 1000);
    case 'pause':
      return paused(cluster, victim, 200 + below(random, 9000));
    case 'restart':
      return restarted(cluster, victim);
    case 'isolate':
      return isolated(
        cluster,
        victim,
        [...names.filter((name) => name !== victim), ...(chance(random, 0.5) ? etcdNames(cluster) : [])],
        broken(random),
        2000 + below(random, 7000),
      );
    case 'pair':
      return isolated(cluster, victim, [other], broken(random), 2000 + below(random, 7000));
    case 'one way':
      return isolated(
        cluster,
        victim,
        [
          pick(
            random,
            cores.filter((name) => name !== victim),
          ),
        ],
        { kind: 'swallow', way: pick(random, ['there', 'back'] as const) },
        2000 + below(random, 7000),
      );
    case 'slow':
      return isolated(
        cluster,
        victim,
        [...names.filter((name) => name !== victim), ...etcdNames(cluster)],
        { kind: 'delay', ms: 20 + below(random, 300) },
        2000 + below(random, 6000),
      );
    case 'disk full':
      return fullDisk(cluster, short);
    case 'etcd kill':
      return membersKilled(cluster, [below(random, 3)], short);
    case 'etcd majority': {
      const spared = below(random, 3);
      return membersKilled(
        cluster,
        [0, 1, 2].filter((member) => member !== spared),
        short,
      );
    }
    case 'etcd disk full':
      return fullDisksOfEtcd(cluster, chance(random, 0.3) ? [0, 1, 2] : [below(random, 3)], 2000 + below(random, 4000));
    case 'etcd pause':
      return memberPaused(cluster, below(random, 3), 500 + below(random, 5000));
    case 'etcd isolate':
      return isolated(cluster, pick(random, cores), etcdNames(cluster), broken(random), 2000 + below(random, 7000));
  }
}

function broken(random: Random): Rule {
  return chance(random, 0.3) ? { kind: 'refuse' } : { kind: 'swallow', way: pick(random, ['both', 'both', 'there', 'back'] as const) };
}

function etcdNames({ etcd }: FaultCluster): readonly string[] {
  return (etcd?.endpoints ?? []).map((_, member) => `etcd${member}`);
}

function killed(cluster: FaultCluster, names: readonly string[], lastsMs: number): Fault {
  return {
    what: `kill -9 of ${names.join(', ')}`,
    lastsMs,
    begin: async () => void (await Promise.all(names.map((name) => cluster.end(name, 'SIGKILL')))),
    end: () => started(cluster, names),
  };
}

/** In order; begins and ends at once. */
function restarted(cluster: FaultCluster, name: string): Fault {
  return { what: `orderly restart of ${name}`, lastsMs: 0, begin: () => cluster.end(name, 'SIGTERM'), end: () => started(cluster, [name]) };
}

async function started(cluster: FaultCluster, names: readonly string[]): Promise<void> {
  for (const name of names) cluster.startServer(name);
  for (const name of names) await cluster.available(name, RESTART_MS);
}

/** One that another server killed meanwhile (a holder of the embedded log's lock, SAFETY 29) or that gave itself up is started again. */
function paused(cluster: FaultCluster, name: string, lastsMs: number): Fault {
  return {
    what: `SIGSTOP of ${name} for ${lastsMs} ms`,
    lastsMs,
    begin: () => cluster.signal(name, 'SIGSTOP'),
    end: async () => {
      cluster.signal(name, 'SIGCONT');
      await sleep(200);
      if (!cluster.isRunning(name)) await started(cluster, [name]);
    },
  };
}

function isolated(cluster: FaultCluster, name: string, others: readonly string[], rule: Rule, lastsMs: number): Fault {
  const how = rule.kind === 'swallow' ? `swallow ${rule.way}` : rule.kind === 'delay' ? `delay ${rule.ms} ms` : rule.kind;
  return {
    what: `${name} from ${others.join(', ')}: ${how} for ${lastsMs} ms`,
    lastsMs,
    begin: () => {
      for (const other of others) {
        cluster.network.rule(name, other, rule);
        cluster.network.rule(other, name, turned(rule));
      }
    },
    end: () => cluster.network.heal(),
  };
}

/** What is lost from one to the other is the same whoever made the connection. */
function turned(rule: Rule): Rule {
  if (rule.kind !== 'swallow' || rule.way === 'both') return rule;
  return { kind: 'swallow', way: rule.way === 'there' ? 'back' : 'there' };
}

function fullDisk(cluster: FaultCluster, lastsMs: number): Fault {
  return {
    // The members of etcd have disks of their own.
    what: `full disk of the servers${cluster.etcd === undefined ? ' and of the log' : ''} for ${lastsMs} ms`,
    lastsMs,
    begin: () => cluster.fillDisk(),
    end: async () => {
      cluster.emptyDisk();
      const ended = cluster.servers.map(({ name }) => name).filter((name) => !cluster.isRunning(name));
      if (ended.length > 0) await started(cluster, ended);
    },
  };
}

/** A member that cannot write its log ends by itself, and is started again when it can. */
function fullDisksOfEtcd(cluster: FaultCluster, members: readonly number[], lastsMs: number): Fault {
  return {
    what: `full disk of etcd ${members.join(', ')} for ${lastsMs} ms`,
    lastsMs,
    begin: () => {
      for (const member of members) cluster.fillDisk(member);
    },
    end: async () => {
      for (const member of members) cluster.emptyDisk(member);
      for (const member of members) if (cluster.etcd?.isRunning(member) === false) await cluster.etcd.restart(member);
    },
  };
}

function membersKilled({ etcd }: FaultCluster, members: readonly number[], lastsMs: number): Fault {
  return {
    what: `kill -9 of etcd ${members.join(', ')}`,
    lastsMs,
    begin: async () => void (await Promise.all(members.map((member) => etcd?.kill(member, 'SIGKILL')))),
    end: async () => void (await Promise.all(members.map((member) => etcd?.restart(member)))),
  };
}

function memberPaused({ etcd }: FaultCluster, member: number, lastsMs: number): Fault {
  return {
    what: `SIGSTOP of etcd ${member} for ${lastsMs} ms`,
    lastsMs,
    begin: () => etcd?.kill(member, 'SIGSTOP'),
    end: () => etcd?.kill(member, 'SIGCONT'),
  };
}

async function leaderOf(cluster: FaultCluster, graph: string): Promise<string | undefined> {
  for (const { name, http } of cluster.servers) {
    const all = await fetch(`http://127.0.0.1:${http}/dbms/cluster/status`, { headers: { authorization: AUTHORIZATION }, signal: AbortSignal.timeout(1000) })
      .then((answer) => answer.json() as Promise<readonly { readonly databaseName: string; readonly databaseStatus: { readonly role: string } }[]>)
      .catch(() => []);
    if (all.some(({ databaseName, databaseStatus }) => databaseName === graph && databaseStatus.role === 'LEADER')) return name;
  }
  return undefined;
}
