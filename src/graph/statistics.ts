// Counts that a graph keeps exact with every change; the planner's cost model and `count` shortcuts rest on them.

export interface GraphStatistics {
  readonly nodeCount: number;
  readonly relationshipCount: number;
  nodesWithLabelCount(label: number): number;
  relationshipsOfTypeCount(type: number): number;
  /** Distinct keys of an index (an estimate is allowed), and its entries. */
  indexKeyCount(index: number): number;
  indexEntryCount(index: number): number;
}
