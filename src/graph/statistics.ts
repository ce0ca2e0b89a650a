// Counts that a graph keeps exact with every change; the planner's cost model and `count` shortcuts rest on them.

import type { IN, OUT } from './reader.js';

export interface GraphStatistics {
  readonly nodeCount: number;
  readonly relationshipCount: number;
  nodesWithLabelCount(label: number): number;
  relationshipsOfTypeCount(type: number): number;
  /** Relationships of a type (ANY_TYPE: of all) that begin (OUT) or end (IN) at nodes of the label. */
  endCount(label: number, direction: typeof OUT | typeof IN, type: number): number;
  /** Distinct keys of an index (an estimate is allowed), and its entries. */
  indexKeyCount(index: number): number;
  indexEntryCount(index: number): number;
}
