// Indexes and constraints of a graph, as values. Names are unique over both kinds.

/** A range index over node or relationship properties, in this order. */
export interface IndexSchema {
  /** Given by the graph in order of creation; never reused. */
  readonly id: number;
  readonly name: string;
  readonly entity: 'node' | 'relationship';
  /** Label or relationship type. */
  readonly token: string;
  readonly properties: readonly string[];
  /** The unique constraint that owns it. */
  readonly owner: string | undefined;
}

export interface ConstraintSchema {
  readonly id: number;
  readonly name: string;
  readonly kind: 'unique';
  readonly label: string;
  readonly properties: readonly string[];
  /** Name of the index that backs it (the same as the constraint's). */
  readonly index: string;
}

export interface GraphSchema {
  /** Grows by one with every change of an index or constraint. */
  readonly version: number;
  readonly indexes: readonly IndexSchema[];
  readonly constraints: readonly ConstraintSchema[];
}
