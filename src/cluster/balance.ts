// Deciding code of balancing: which leaderships this server gives away, and to whom. Pure: told what it knows of all
// leaderships, returns moves. Every server decides for what it leads itself; as all count alike and the log lets exactly
// one win, they end with leaders within one of each other. A graph that a server prefers to lead goes there first.

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
  return moves;
}
