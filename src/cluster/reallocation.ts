// Deciding code of reallocation: how the copies of graphs with a topology go elsewhere when servers may no longer hold them, or to
// even out how many each holds. Pure: told the catalogue and who is there, returns the topologies that are to be, with what moved.

import { createHash } from 'node:crypto';
import type { Catalogue, GraphEntry, ServerEntry, Topology } from '../database/catalogue.js';
import { copyOn, findServer, isAllowed, mayHold } from '../database/catalogue.js';
import type { LiveServer } from '../log/log.js';
import { type AllocationServer, allocate } from './allocation.js';

export interface CopyMove {
  readonly graph: GraphEntry;
  readonly mode: 'primary' | 'secondary';
  /** Id of the server that loses the copy. */
  readonly from: string;
  /** Undefined: nobody gets one instead; the graph is on all servers that may hold it. */
  readonly to: string | undefined;
}

export interface Reallocation {
  /** Of the graphs that change, by node of the catalogue. */
  readonly topologies: ReadonlyMap<number, Topology>;
  readonly moves: readonly CopyMove[];
}

export type Planned = { readonly kind: 'planned'; readonly reallocation: Reallocation } | { readonly kind: 'impossible'; readonly reason: string };

/** The catalogue as if this were said of the servers. */
export function withServers(catalogue: Catalogue, changed: readonly ServerEntry[]): Catalogue {
  return { ...catalogue, servers: new Map([...catalogue.servers, ...changed.map((entry) => [entry.id, entry] as const)]) };
}

const LOTS = 4;

/** The living servers as allocation sees them, for one graph. */
export function candidates(servers: readonly LiveServer[], catalogue: Catalogue, graphName: string): readonly AllocationServer[] {
  const counts = copyCounts(catalogue);
  const living = servers.filter((server) => server.alive);
  const round = Math.min(...living.map(({ id }) => counts.get(id) ?? 0));
  return living.map((server) => {
    const entry = findServer(catalogue, server.id);
    const open = (entry.state === 'enabled' || entry.state === 'cordoned') && isAllowed(entry, graphName);
    return {
      id: server.id,
      kind: server.kind,
      graphCount: counts.get(server.id) ?? 0,
      lot: lotOf(server.id, round),
      mayBePrimary: open && mayHold(entry, server.kind, 'primary'),
      mayBeSecondary: open && mayHold(entry, server.kind, 'secondary'),
      cordoned: entry.state === 'cordoned',
    };
  });
}

/** By id of server. */
function copyCounts({ graphs }: Catalogue): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { topology } of graphs) {
    for (const id of topology?.primaryHosts ?? []) counts.set(id, (counts.get(id) ?? 0) + 1);
    for (const id of topology?.secondaryHosts ?? []) counts.set(id, (counts.get(id) ?? 0) + 1);
  }
  return counts;
}

/**
 * Each round of copies, one on every server, has an order of its own, so that those who share one graph do not share all: when a
 * server dies, several take over from it. There are only a few orders, because the more sets of servers share a graph, the likelier
 * deaths at once take all copies of one (Cidon et al., "Copysets", 2013).
 */
function lotOf(serverId: string, round: number): number {
  return createHash('sha256')
    .update(`${serverId} ${round % LOTS}`)
    .digest()
    .readUInt32BE();
}

/** What must move when the catalogue's servers become those of `after`; impossible where a graph would lose its last primary. */
export function planChange(before: Catalogue, after: Catalogue, servers: readonly LiveServer[]): Planned {
  const topologies = new Map<number, Topology>();
  const moves: CopyMove[] = [];
  for (const graph of after.graphs.slice(1)) {
    const { topology } = graph;
    if (topology === undefined) {
      const left = servers.filter((server) => server.alive && copyOn(graph, server, after) === 'primary');
      const had = servers.some((server) => server.alive && copyOn(graph, server, before) === 'primary');
      if (had && left.length === 0) return { kind: 'impossible', reason: `no server that is available would hold a primary of database '${graph.name}'` };
      for (const server of servers) {
        const mode = copyOn(graph, server, before);
        if (mode !== undefined && copyOn(graph, server, after) === undefined) moves.push({ graph, mode, from: server.id, to: undefined });
      }
      continue;
    }
    const held = stillHeld(topology, graph.name, servers, after);
    if (held.primaryHosts.length === topology.primaryHosts.length && held.secondaryHosts.length === topology.secondaryHosts.length) continue;
    const allocation = allocate(topology, candidates(servers, after, graph.name), held);
    if (allocation.kind === 'tooFew') return { kind: 'impossible', reason: `database '${graph.name}': ${allocation.reason}` };
    const changed = { ...topology, ...allocation.hosts };
    topologies.set(graph.node, changed);
    moves.push(...movesBetween(graph, topology, changed));
  }
  return { kind: 'planned', reallocation: { topologies, moves } };
}

/** Without the servers that may not hold their copy any more. Of a server that nobody knows nothing is said: its copy stays asked for. */
function stillHeld(topology: Topology, graphName: string, servers: readonly LiveServer[], catalogue: Catalogue): Topology {
  const holds = (copy: 'primary' | 'secondary') => (id: string) => {
    const entry = findServer(catalogue, id);
    if (entry.state === 'deallocating' || entry.state === 'dropped' || entry.state === 'free') return false;
    const kind = servers.find((server) => server.id === id)?.kind ?? (copy === 'primary' ? 'CORE' : 'READ_REPLICA');
    return isAllowed(entry, graphName) && mayHold(entry, kind, copy);
  };
  return { ...topology, primaryHosts: topology.primaryHosts.filter(holds('primary')), secondaryHosts: topology.secondaryHosts.filter(holds('secondary')) };
}

function movesBetween(graph: GraphEntry, before: Topology, after: Topology): readonly CopyMove[] {
  const pair = (mode: 'primary' | 'secondary', from: readonly string[], to: readonly string[]) => {
    const gained = to.filter((id) => !from.includes(id));
    return from.filter((id) => !to.includes(id)).map((id, index): CopyMove => ({ graph, mode, from: id, to: gained[index] }));
  };
  return [...pair('primary', before.primaryHosts, after.primaryHosts), ...pair('secondary', before.secondaryHosts, after.secondaryHosts)];
}

/** Copies away from one server: of the graph named, or of as many as `count`, by name. */
export function planAway(
  catalogue: Catalogue,
  servers: readonly LiveServer[],
  from: string,
  which: { readonly graph: string } | { readonly count: number },
): Planned {
  const held = catalogue.graphs.filter(({ topology }) => topology?.primaryHosts.includes(from) === true || topology?.secondaryHosts.includes(from) === true);
  const chosen = 'graph' in which ? held.filter(({ name }) => name === which.graph) : held.slice(0, which.count);
  if ('graph' in which && chosen.length === 0)
    return { kind: 'impossible', reason: `the server holds no copy of database '${which.graph}' that was placed there by a topology` };
  const topologies = new Map<number, Topology>();
  const moves: CopyMove[] = [];
  for (const graph of chosen) {
    const topology = graph.topology as Topology;
    const without = (hosts: readonly string[]) => hosts.filter((id) => id !== from);
    const allocation = allocate(
      topology,
      candidates(servers, catalogue, graph.name).filter(({ id }) => id !== from),
      { primaryHosts: without(topology.primaryHosts), secondaryHosts: without(topology.secondaryHosts) },
    );
    if (allocation.kind === 'tooFew') return { kind: 'impossible', reason: `database '${graph.name}': ${allocation.reason}` };
    const changed = { ...topology, ...allocation.hosts };
    topologies.set(graph.node, changed);
    moves.push(...movesBetween(graph, topology, changed));
  }
  return { kind: 'planned', reallocation: { topologies, moves } };
}

/** Moves that bring the numbers of copies nearer together, at most `most`; of one graph only, where it is named. */
export function planEven(catalogue: Catalogue, servers: readonly LiveServer[], most: number, only?: string): Reallocation {
  const topologies = new Map<number, Topology>();
  const moves: CopyMove[] = [];
  const topologyOf = (graph: GraphEntry) => topologies.get(graph.node) ?? (graph.topology as Topology);
  const graphs = catalogue.graphs.filter(({ topology, name }) => topology !== undefined && (only === undefined || name === only));
  const counts = copyCounts(catalogue);
  const count = (id: string) => counts.get(id) ?? 0;
  const improve = (graph: GraphEntry): boolean => {
    const topology = topologyOf(graph);
    const all = [...topology.primaryHosts, ...topology.secondaryHosts];
    for (const mode of ['primary', 'secondary'] as const) {
      const hosts = mode === 'primary' ? topology.primaryHosts : topology.secondaryHosts;
      const from = [...hosts].sort((a, b) => count(b) - count(a) || (a < b ? -1 : 1))[0];
      const to = candidates(servers, catalogue, graph.name)
        .filter((one) => !all.includes(one.id) && !one.cordoned && (mode === 'primary' ? one.mayBePrimary : one.mayBeSecondary))
        .sort((a, b) => count(a.id) - count(b.id) || a.lot - b.lot)[0]?.id;
      if (from === undefined || to === undefined || count(from) - count(to) <= 1) continue;
      const moved = hosts.map((id) => (id === from ? to : id));
      topologies.set(graph.node, { ...topology, ...(mode === 'primary' ? { primaryHosts: moved } : { secondaryHosts: moved }) });
      moves.push({ graph, mode, from, to });
      counts.set(from, count(from) - 1);
      counts.set(to, count(to) + 1);
      return true;
    }
    return false;
  };
  while (moves.length < most && graphs.some(improve));
  return { topologies, moves };
}
