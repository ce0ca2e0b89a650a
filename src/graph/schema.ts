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
  /** The constraint that owns it: unique or a key. */
  readonly owner: string | undefined;
}

/** unique: no two have an equal key; key: and each has all of it; exists: has the property; type: the property, where it is there, is of a type. */
export type ConstraintKind = 'unique' | 'key' | 'exists' | 'type';

export interface ConstraintSchema {
  readonly id: number;
  readonly name: string;
  readonly kind: ConstraintKind;
  readonly entity: 'node' | 'relationship';
  /** Label or relationship type. */
  readonly token: string;
  /** One, unless it is unique or a key. */
  readonly properties: readonly string[];
  /** Of `type` alone: what is allowed, in the order and form of property-type.ts; empty otherwise. */
  readonly propertyTypes: readonly string[];
  /** Name of the index that backs it (the same as the constraint's); the others have none. */
  readonly index: string | undefined;
}

/** Whether an index stands behind constraints of this kind. */
export function isIndexBacked(kind: ConstraintKind): boolean {
  return kind === 'unique' || kind === 'key';
}

export interface GraphSchema {
  /** Grows by one with every change of an index or constraint. */
  readonly version: number;
  readonly indexes: readonly IndexSchema[];
  readonly constraints: readonly ConstraintSchema[];
}
