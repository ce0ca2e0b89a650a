// One step of a walk that asks for distinct ends: which relationships it follows, and what it admits. Such a walk gives the nodes
// at its ends a portion at a time: who takes them counts `work` and gives the event loop its turn.

import { type AdjacencyCursor, IN, OUT } from '../graph/reader.js';

export type Admit = ((id: number) => boolean) | undefined;

export interface WalkStep {
  readonly directions: readonly (typeof OUT | typeof IN)[];
  /** Ids of types; ANY_TYPE for all. */
  readonly types: readonly number[];
  readonly admit: Admit;
  readonly admitNode: Admit;
}

/** Entries that are looked at before a portion is given: whole nodes, so a single one may be more. */
export const PORTION = 4096;

/** Calls `visit` for each relationship of the node that the step follows; the work of it. A loop comes once. */
export function follow(cursor: AdjacencyCursor, step: WalkStep, node: number, visit: (relationship: number, neighbour: number) => void): number {
  const { directions, types, admit, admitNode } = step;
  let work = 1;
  for (const type of types) {
    for (const direction of directions) {
      const loopsCame = direction === IN && directions.length === 2;
      cursor.open(node, direction, type);
      while (cursor.next()) {
        const { neighbours, relationships, end } = cursor;
        work += end - cursor.start;
        for (let at = cursor.start; at < end; at++) {
          const neighbour = neighbours[at] as number;
          const relationship = relationships[at] as number;
          if (loopsCame && neighbour === node) continue;
          if (admit !== undefined && !admit(relationship)) continue;
          if (admitNode !== undefined && !admitNode(neighbour)) continue;
          visit(relationship, neighbour);
        }
      }
    }
  }
  return work;
}

/** The same relationships from their other ends. */
export function reversed(step: WalkStep): WalkStep {
  return { ...step, directions: step.directions.length === 2 ? step.directions : [step.directions[0] === OUT ? IN : OUT], admitNode: undefined };
}
