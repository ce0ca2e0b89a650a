// Where the runs of a large change set are laid: in the order of the nodes, all of OUT before all of IN, each with room for
// everything that is about to be added. What a version says does not depend on it, only how far apart in memory
// neighbouring nodes' runs are.

import { limits } from '../base/limits.js';
import type { Pieces } from '../base/pieces.js';
import type { Effect } from '../graph/change-set.js';
import { IN, OUT } from '../graph/reader.js';
import { reserveRun } from './adjacency.js';
import type { Fork } from './fork.js';

/** Below, the counting costs more than it gives. */
const RELATIONSHIPS_MIN = 256;

/** Before the effects are applied. */
export function* layOutRuns(fork: Fork, effects: readonly Effect[]): Pieces<void> {
  const created = effects.filter((effect) => effect.kind === 'createRelationship');
  if (created.length < RELATIONSHIPS_MIN) return;
  for (const direction of [OUT, IN] as const) {
    const countsByNode = new Map<number, Map<number, number>>();
    let done = 0;
    for (const { type, start, end } of created) {
      count(countsByNode, direction === OUT ? start : end, fork.typeId(type));
      if (++done % limits.effectsPerPiece === 0) yield;
    }
    for (const node of Int32Array.from(countsByNode.keys()).sort()) {
      if (++done % limits.effectsPerPiece === 0) yield;
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
