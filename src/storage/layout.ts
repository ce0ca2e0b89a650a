// Where the runs of a large change set are laid: in the order of the nodes, all of OUT before all of IN, each with room for
// everything that is about to be added. What a version says does not depend on it, only how far apart in memory
// neighbouring nodes' runs are.

import type { Effect } from '../graph/change-set.js';
import { IN, OUT } from '../graph/reader.js';
import { reserveRun } from './adjacency.js';
import type { Fork } from './fork.js';

/** Below, the counting costs more than it gives. */
const RELATIONSHIPS_MIN = 256;

/** Before the effects are applied. */
export function layOutRuns(fork: Fork, effects: readonly Effect[]): void {
  const created = effects.filter((effect) => effect.kind === 'createRelationship');
  if (created.length < RELATIONSHIPS_MIN) return;
  for (const direction of [OUT, IN] as const) {
    const countsByNode = new Map<number, Map<number, number>>();
    for (const { type, start, end } of created) count(countsByNode, direction === OUT ? start : end, fork.typeId(type));
    for (const node of [...countsByNode.keys()].sort((a, b) => a - b)) {
      const counts = countsByNode.get(node) as Map<number, number>;
      for (const type of [...counts.keys()].sort((a, b) => a - b)) reserveRun(fork, node, direction, type, counts.get(type) as number);
    }
  }
}

function count(countsByNode: Map<number, Map<number, number>>, node: number, type: number): void {
  let counts = countsByNode.get(node);
  if (counts === undefined) {
    counts = new Map();
    countsByNode.set(node, counts);
  }
  counts.set(type, (counts.get(type) ?? 0) + 1);
}
