// Indexes and constraints of a graph, as values. Names are unique over both kinds.

/**
 * range: of any values, in their order, over one property or several. text: of the strings of one property, by what is in them. point: of the
 * points of one property, by where they are.
 */
export type IndexKind = 'range' | 'text' | 'point';

/** What Neo4j calls what stands behind each. */
export const INDEX_PROVIDERS: Readonly<Record<IndexKind, string>> = { range: 'range-1.0', text: 'text-2.0', point: 'point-1.0' };

/** An index over node or relationship properties, in this order. */
export interface IndexSchema {
  /** Given by the graph in order of creation; never reused. */
  readonly id: number;
  readonly name: string;
  readonly kind: IndexKind;
  readonly entity: 'node' | 'relationship';
  /** Label or relationship type. */
  readonly token: string;
  readonly properties: readonly string[];
  /** The constraint that owns it: unique or a key. */
  readonly owner: string | undefined;
}

/** What an index or a constraint is over. */
export type KeySchema = Pick<IndexSchema, 'entity' | 'token' | 'properties'>;

export function sameKeys(a: KeySchema, b: KeySchema): boolean {
  return a.entity === b.entity && a.token === b.token && sameList(a.properties, b.properties);
}

export function sameList(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((item, place) => item === b[place]);
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

/**
 * Which nodes have a label and which relationships a type: part of every graph, under the names and ids that Neo4j gives them. They are
 * listed, and otherwise no part of the schema.
 */
export const LOOKUP_INDEXES = [
  { id: 1, name: 'index_343aff4e', entity: 'node' },
  { id: 2, name: 'index_f7700477', entity: 'relationship' },
] as const;

export const LOOKUP_PROVIDER = 'token-lookup-1.0';

/** What a server knows of its copy of an index. Each server fills its own, while it serves. */
export interface IndexPopulation {
  readonly state: 'POPULATING' | 'ONLINE' | 'FAILED';
  /** 0 to 100. */
  readonly percent: number;
  /** Why it failed; empty otherwise. */
  readonly failure: string;
}

export interface GraphSchema {
  /** Grows by one with every change of an index or constraint. */
  readonly version: number;
  readonly indexes: readonly IndexSchema[];
  readonly constraints: readonly ConstraintSchema[];
}
