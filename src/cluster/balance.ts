// Deciding code of balancing: which leaderships this server gives away, and to whom. Pure: told what it knows of all
// leaderships, returns moves. Every server decides for what it leads itself; as all count alike and the log lets exactly
// one win, they end with leaders within one of each other. A graph that a server prefers to lead goes there first.
//
// Where nobody who leads two more than another shares a graph with it, a chain does: a gives one to b, and b one to c. All compute
// the same chains, and each does its own part.

export interface BalancedServer {
  readonly name: string;
  /** Names of graphs. */
  readonly prefers: readonly string[];
}

export interface BalancedGraph {
  readonly id: string;
  readonly name: string;
  /** Name of the leader; undefined while there is none. */
  readonly leader: string | undefined;
  /** Names of the live servers that hold a primary copy. */
  readonly eligible: readonly string[];
}

export interface Move {
  readonly graph: string;
  readonly to: string;
}

/** `movesMax` at once: the rest comes with the next look. */
export function balanceMoves(self: string, servers: readonly BalancedServer[], graphs: readonly BalancedGraph[], movesMax: number): readonly Move[] {
  const counts = new Map(servers.map((server) => [server.name, 0]));
  for (const { leader } of graphs) if (leader !== undefined && counts.has(leader)) counts.set(leader, (counts.get(leader) ?? 0) + 1);
  const moves: Move[] = [];
  const move = (graph: BalancedGraph, to: string) => {
    moves.push({ graph: graph.id, to });
    counts.set(self, (counts.get(self) ?? 0) - 1);
    counts.set(to, (counts.get(to) ?? 0) + 1);
  };
  const least = (names: readonly string[]) =>
    [...names].sort((a, b) => (counts.get(a) ?? 0) - (counts.get(b) ?? 0) || (a < b ? -1 : 1)).find((name) => counts.has(name));
  const mine = graphs.filter((graph) => graph.leader === self).sort((a, b) => (a.name < b.name ? -1 : 1));
  const preferring = (graph: BalancedGraph) =>
    servers.filter((server) => server.prefers.includes(graph.name) && graph.eligible.includes(server.name)).map((server) => server.name);
  for (const graph of mine) {
    const preferred = preferring(graph);
    if (preferred.length === 0 || preferred.includes(self) || moves.length >= movesMax) continue;
    move(graph, least(preferred) as string);
  }
  for (const graph of mine) {
    if (moves.length >= movesMax) break;
    if (moves.some((one) => one.graph === graph.id) || preferring(graph).length > 0) continue;
    const to = least(graph.eligible.filter((name) => name !== self));
    if (to !== undefined && (counts.get(self) ?? 0) - (counts.get(to) ?? 0) > 1) move(graph, to);
  }
  if (moves.length > 0) return moves;
  const movable = graphs.filter((graph) => graph.leader !== undefined && counts.has(graph.leader) && preferring(graph).length === 0);
  return chainedMoves(self, counts, movable).slice(0, movesMax);
}

const CHAINS_MAX = 16;

/** This server's parts of the chains. `counts`: graphs led, by server. */
function chainedMoves(self: string, counts: Map<string, number>, graphs: readonly BalancedGraph[]): readonly Move[] {
  const leaders = new Map(graphs.map((graph) => [graph.id, graph.leader as string]));
  const mine: Move[] = [];
  for (let made = 0; made < CHAINS_MAX; made++) {
    const hops = nextChain(counts, graphs, leaders);
    if (hops === undefined) break;
    for (const { graph, from, to } of hops) {
      leaders.set(graph, to);
      counts.set(from, (counts.get(from) ?? 0) - 1);
      counts.set(to, (counts.get(to) ?? 0) + 1);
      if (from === self && !mine.some((move) => move.graph === graph)) mine.push({ graph, to });
    }
  }
  return mine;
}

interface Hop {
  readonly graph: string;
  readonly from: string;
  readonly to: string;
}

/** The shortest chain from a server that leads most to one that leads at least two fewer. */
function nextChain(counts: ReadonlyMap<string, number>, graphs: readonly BalancedGraph[], leaders: ReadonlyMap<string, string>): readonly Hop[] | undefined {
  const least = Math.min(...counts.values());
  const starts = [...counts].filter(([, count]) => count - least > 1).sort(([a, one], [b, other]) => other - one || (a < b ? -1 : 1));
  if (starts.length === 0) return undefined;
  const ways = waysOf(counts, graphs, leaders);
  for (const [start, most] of starts) {
    const reached = new Map<string, Hop | undefined>([[start, undefined]]);
    for (const from of reached.keys()) {
      if (most - (counts.get(from) ?? 0) > 1) return backwards(reached, from);
      for (const [to, graph] of ways.get(from) ?? []) if (!reached.has(to)) reached.set(to, { graph, from, to });
    }
  }
  return undefined;
}

/** To whom each server could give a graph, and which. */
function waysOf(
  counts: ReadonlyMap<string, number>,
  graphs: readonly BalancedGraph[],
  leaders: ReadonlyMap<string, string>,
): ReadonlyMap<string, ReadonlyMap<string, string>> {
  const ways = new Map<string, Map<string, string>>();
  for (const { id, eligible } of graphs) {
    const from = leaders.get(id) as string;
    const of = ways.get(from) ?? new Map<string, string>();
    ways.set(from, of);
    for (const to of eligible) if (to !== from && counts.has(to) && !of.has(to)) of.set(to, id);
  }
  return ways;
}

function backwards(reached: ReadonlyMap<string, Hop | undefined>, end: string): readonly Hop[] {
  const hops: Hop[] = [];
  for (let hop = reached.get(end); hop !== undefined; hop = reached.get(hop.from)) hops.unshift(hop);
  return hops;
}
