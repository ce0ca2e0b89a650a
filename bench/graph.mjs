// A power-law graph of users and friendships from a seed, and its limit: the same graph in flat arrays (CSR), walked by hand.

import { below, fraction, seededRandom } from '../dist/base/random.js';

/** `from[i]` befriends `to[i]`; ages 0 for a third, else 14 to 93. */
export function makeGraph(nodeCount, seed = 1) {
  const random = seededRandom(seed);
  const edgeCount = Math.round(nodeCount * 17.7);
  const from = new Int32Array(edgeCount);
  const to = new Int32Array(edgeCount);
  for (let edge = 0; edge < edgeCount; edge++) {
    // A square favours low ids: few have many friends, many have few.
    from[edge] = Math.floor(nodeCount * fraction(random) ** 2);
    to[edge] = Math.floor(nodeCount * fraction(random) ** 1.5);
  }
  const age = Int32Array.from({ length: nodeCount }, () => (below(random, 3) === 0 ? 0 : 14 + below(random, 80)));
  return { nodeCount, edgeCount, from, to, age };
}

/** Neighbours of each node in one array. */
export function makeLimit({ nodeCount, edgeCount, from, to, age }) {
  const offsets = new Int32Array(nodeCount + 1);
  for (let edge = 0; edge < edgeCount; edge++) offsets[from[edge] + 1]++;
  for (let node = 0; node < nodeCount; node++) offsets[node + 1] += offsets[node];
  const neighbours = new Int32Array(edgeCount);
  const next = offsets.slice();
  for (let edge = 0; edge < edgeCount; edge++) neighbours[next[from[edge]]++] = to[edge];
  const stamps = new Int32Array(nodeCount);
  let stamp = 0;

  /** How many distinct nodes are `hops` steps away, level by level. */
  function distinct(start, hops) {
    let frontier = [start];
    for (let hop = 0; hop < hops; hop++) {
      stamp++;
      const reached = [];
      for (const node of frontier) {
        for (let at = offsets[node]; at < offsets[node + 1]; at++) {
          const neighbour = neighbours[at];
          if (stamps[neighbour] === stamp) continue;
          stamps[neighbour] = stamp;
          reached.push(neighbour);
        }
      }
      frontier = reached;
    }
    return frontier.length;
  }

  return {
    point: (node) => age[node],
    hop1: (node) => distinct(node, 1),
    hop2: (node) => distinct(node, 2),
    hop3: (node) => distinct(node, 3),
    aggregate() {
      const counts = new Int32Array(100);
      for (let node = 0; node < nodeCount; node++) counts[age[node]]++;
      return counts;
    },
  };
}
