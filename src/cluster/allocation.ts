// Deciding code of allocation: which servers are to hold a graph with a topology. Pure: told who is there and what they
// hold already, returns ids. What a server holds already stays; new copies go to the least loaded, ties by lot.

import type { ServerKind } from '../log/log.js';

export interface AllocationServer {
  readonly id: string;
  readonly kind: ServerKind;
  /** Graphs it holds. */
  readonly graphCount: number;
  /** Decides between servers that hold as much. */
  readonly lot: number;
  /** Whether a new copy may go there. */
  readonly mayBePrimary: boolean;
  readonly mayBeSecondary: boolean;
  /** It keeps what it has, until there are too many copies, and gets nothing new. */
  readonly cordoned: boolean;
}

export interface WantedCopies {
  readonly primaries: number;
  readonly secondaries: number;
}

export interface Hosts {
  readonly primaryHosts: readonly string[];
  readonly secondaryHosts: readonly string[];
}

/** What is missing, in the words of the user; or where the copies go. */
export type Allocation = { readonly kind: 'allocated'; readonly hosts: Hosts } | { readonly kind: 'tooFew'; readonly reason: string };

const none: Hosts = { primaryHosts: [], secondaryHosts: [] };

export function allocate(wanted: WantedCopies, servers: readonly AllocationServer[], held: Hosts = none): Allocation {
  const stays = (server: AllocationServer, hosts: readonly string[]) => !server.cordoned || hosts.includes(server.id);
  const cores = servers.filter((server) => server.mayBePrimary && stays(server, held.primaryHosts));
  if (cores.length < wanted.primaries) {
    return {
      kind: 'tooFew',
      reason: `${wanted.primaries} primaries are asked for, and the cluster has ${cores.length} CORE servers that are available for them`,
    };
  }
  const primaryHosts = chosen(wanted.primaries, cores, held.primaryHosts);
  // Read replicas first: a CORE has elections to think of.
  const rest = servers.filter((server) => server.mayBeSecondary && stays(server, held.secondaryHosts) && !primaryHosts.includes(server.id));
  const replicas = rest.filter((server) => server.kind === 'READ_REPLICA');
  const spare = rest.filter((server) => server.kind === 'CORE');
  if (rest.length < wanted.secondaries) {
    return { kind: 'tooFew', reason: `${wanted.secondaries} secondaries are asked for, and ${rest.length} servers are left for them` };
  }
  const onReplicas = chosen(Math.min(wanted.secondaries, replicas.length), replicas, held.secondaryHosts);
  const onCores = chosen(wanted.secondaries - onReplicas.length, spare, held.secondaryHosts);
  return { kind: 'allocated', hosts: { primaryHosts, secondaryHosts: [...onReplicas, ...onCores] } };
}

function chosen(count: number, servers: readonly AllocationServer[], held: readonly string[]): readonly string[] {
  const rank = (server: AllocationServer) => (held.includes(server.id) ? (server.cordoned ? -1 : -2) : server.graphCount);
  return [...servers]
    .sort((a, b) => rank(a) - rank(b) || a.lot - b.lot)
    .slice(0, count)
    .map((server) => server.id);
}
