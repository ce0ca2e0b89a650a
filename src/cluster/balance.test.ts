import { describe, expect, it } from 'vitest';
import { below, seededRandom } from '../base/random.js';
import { type BalancedGraph, type BalancedServer, balanceMoves } from './balance.js';

const names = ['a', 'b', 'c', 'd', 'e'];

function settled(servers: readonly BalancedServer[], start: readonly BalancedGraph[], movesMax: number): readonly BalancedGraph[] {
  let graphs = start;
  for (let round = 0; round < 200; round++) {
    // All look at the same state, as servers do that hear of each other late.
    const moves = servers.flatMap((server) => balanceMoves(server.name, servers, graphs, movesMax));
    if (moves.length === 0) return graphs;
    graphs = graphs.map((graph) => ({ ...graph, leader: moves.find((move) => move.graph === graph.id)?.to ?? graph.leader }));
  }
  throw new Error('it never settles');
}

function spread(servers: readonly BalancedServer[], graphs: readonly BalancedGraph[]): number {
  const counts = servers.map((server) => graphs.filter((graph) => graph.leader === server.name).length);
  return Math.max(...counts) - Math.min(...counts);
}

describe('balancing leaders', () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8])('ends within one of each other from any start (seed %i)', (seed) => {
    const random = seededRandom(seed);
    const servers = names.slice(0, 2 + below(random, 4)).map((name) => ({ name, prefers: [] }));
    const eligible = servers.map((server) => server.name);
    const graphs = Array.from({ length: 1 + below(random, 60) }, (_, index) => ({
      id: `g${index}`,
      name: `graph${index}`,
      leader: eligible[below(random, eligible.length)],
      eligible,
    }));
    for (const movesMax of [1, 4]) expect(spread(servers, settled(servers, graphs, movesMax))).toBeLessThanOrEqual(1);
  });

  it.each([1, 2, 3, 4, 5, 6])('ends so too where each graph is held by three of ten, and few share one (seed %i)', (seed) => {
    const random = seededRandom(seed);
    const servers = Array.from({ length: 10 }, (_, index) => ({ name: `s${index}`, prefers: [] }));
    const graphs = Array.from({ length: 60 + below(random, 60) }, (_, index) => {
      const first = below(random, servers.length);
      const eligible = [0, 1, 2].map((step) => `s${(first + step) % servers.length}`);
      return { id: `g${index}`, name: `graph${index}`, leader: eligible[0], eligible };
    });
    expect(spread(servers, settled(servers, graphs, 4))).toBeLessThanOrEqual(1);
  });

  it('gives a graph to a server that prefers it, and leaves it there', () => {
    const servers = [
      { name: 'a', prefers: ['orders'] },
      { name: 'b', prefers: [] },
    ];
    const eligible = ['a', 'b'];
    const graphs = ['orders', 'neo4j', 'system'].map((name) => ({ id: name, name, leader: 'b', eligible }));
    const after = settled(servers, graphs, 4);
    expect(after.find((graph) => graph.name === 'orders')?.leader).toBe('a');
    expect(spread(servers, after)).toBe(1);
  });

  it('moves nothing to a server that does not hold the graph, or is gone', () => {
    const servers = names.slice(0, 2).map((name) => ({ name, prefers: [] }));
    const graphs = Array.from({ length: 6 }, (_, index) => ({ id: `g${index}`, name: `graph${index}`, leader: 'a', eligible: ['a', 'gone'] }));
    expect(balanceMoves('a', servers, graphs, 10)).toEqual([]);
  });
});
