// What a query sees of a graph: one published version, or a transaction's own draft over one.
// Compiled code calls these in its middle loops and walks plain typed arrays in its inner ones.
//
// Ids of nodes and relationships are integers in [0, 2^31); token ids (labels, types, property
// keys) are small integers, −1 where the graph has never seen the name.

import type { PointBox } from '../values/point-box.js';
import type { EntitySource, Value } from '../values/value.js';
import type { GraphSchema, IndexPopulation } from './schema.js';
import type { GraphStatistics } from './statistics.js';

/**
 * Ids in chunks: `ids[start … end)` is the current one. After `next()` returned false there are no more.
 * Valid until the reader's transaction writes or ends. Usage:
 * `for (let more = c.next(); more; more = c.next()) for (let i = c.start; i < c.end; i++) use(c.ids[i])`
 */
export interface IdCursor {
  ids: Int32Array;
  start: number;
  end: number;
  next(): boolean;
}

/** A cursor of all nodes, of those with a label, or of all relationships gives at most so many ids at once. */
export const SCAN_CHUNK_MAX = 2048;

export const OUT = 0;
export const IN = 1;
/** Any relationship type. */
export const ANY_TYPE = -1;

/**
 * The relationships of one node, in chunks, reused from node to node:
 * `cursor.open(node, OUT, type); while (cursor.next()) for (let i = cursor.start; i < cursor.end; i++) …`
 * with `neighbours[i]` the other node and `relationships[i]` the relationship's id. A loop (a relationship from
 * a node to itself) appears once under OUT and once under IN.
 */
export interface AdjacencyCursor {
  neighbours: Int32Array;
  relationships: Int32Array;
  start: number;
  end: number;
  open(node: number, direction: typeof OUT | typeof IN, type: number): void;
  next(): boolean;
}

/** Tags of `PropertyColumn.tag`. */
export const TAG_NULL = 0;
export const TAG_INTEGER = 1;
export const TAG_FLOAT = 2;
export const TAG_FALSE = 3;
export const TAG_TRUE = 4;
/** A dictionary string: `number(id)` is its id in the dictionary; equal strings have equal ids. */
export const TAG_STRING = 5;
/** Anything else (long strings, bigint, lists): only `value(id)`. */
export const TAG_OTHER = 6;

/** One property key over all nodes, or over all relationships. */
export interface PropertyColumn {
  tag(id: number): number;
  /** The number under TAG_INTEGER (a safe integer) and TAG_FLOAT; the dictionary id under TAG_STRING. */
  number(id: number): number;
  value(id: number): Value;
  /** What `tag` and `number` say of `ids[start … end)`, into the same places of `tags` and, where given, `numbers`. The ids must ascend. */
  gather(ids: Int32Array, start: number, end: number, tags: Uint8Array, numbers: Float64Array | null): void;
  /** The same of ids in any order. */
  gatherScattered(ids: Int32Array, start: number, end: number, tags: Uint8Array, numbers: Float64Array | null): void;
  /** The value that has this tag and number in this column. */
  decoded(tag: number, number: number): Value;
}

/** Ids come in the order of keys, or with `descending` in the reverse of it. */
export interface IndexReader {
  /** Entities whose properties equal `keys` (a prefix of the index's properties) by Cypher's `=`. */
  equal(keys: readonly Value[], descending?: boolean): IdCursor;
  /** Entities that equal `prefix` and whose next property lies within the bounds, in the sense of Cypher's `<`. */
  range(prefix: readonly Value[], lower: IndexBound | undefined, upper: IndexBound | undefined, descending?: boolean): IdCursor;
  /** Strings that start with `text` in the property after `prefix`. */
  startsWith(prefix: readonly Value[], text: string, descending?: boolean): IdCursor;
  /** All entries. */
  all(descending?: boolean): IdCursor;
  /** Of a text index: entities whose string may be so, each once, and perhaps some whose string is not. The ids of a chunk ascend. */
  candidates(question: TextQuestion, text: string): IdCursor;
  /** Of an index of points, and in no order: all whose point in this reference system lies in a box, and some others. */
  pointsIn(srid: number, boxes: readonly PointBox[]): IdCursor;
}

/** What a string is asked about another text. */
export type TextQuestion = 'equals' | 'startsWith' | 'endsWith' | 'contains';

export interface IndexBound {
  readonly value: Value;
  readonly inclusive: boolean;
}

export interface GraphReader extends EntitySource {
  readonly schema: GraphSchema;
  /** The schema with those indexes alone that are ready: another object when one has become so. Plans are made for it. */
  readonly readySchema: GraphSchema;
  indexPopulation(id: number): IndexPopulation;
  readonly statistics: GraphStatistics;

  labelId(name: string): number;
  typeId(name: string): number;
  keyId(name: string): number;
  labelName(id: number): string;
  typeName(id: number): string;
  keyName(id: number): string;
  /** Names in order of their ids. */
  labelNames(): readonly string[];
  typeNames(): readonly string[];
  keyNames(): readonly string[];

  nodeExists(id: number): boolean;
  relationshipExists(id: number): boolean;
  /** False for unknown labels (−1) and deleted nodes. */
  hasLabel(node: number, label: number): boolean;
  nodes(): IdCursor;
  nodesWithLabel(label: number): IdCursor;
  relationships(): IdCursor;
  relationshipsOfType(type: number): IdCursor;

  adjacency(): AdjacencyCursor;
  /** How many relationships; ANY_TYPE for all types. */
  degree(node: number, direction: typeof OUT | typeof IN, type: number): number;
  /** Type id of a relationship. */
  relationshipTypeId(id: number): number;

  /** A reader of one key's values; works for unknown keys (−1: all null). */
  nodeColumn(key: number): PropertyColumn;
  relationshipColumn(key: number): PropertyColumn;
  /** The dictionary id of a string, −1 when no column holds it (then no TAG_STRING equals it). */
  stringId(text: string): number;

  index(id: number): IndexReader;
  /** The node or relationship id in an element id of this graph; −1 for any other text. */
  nodeIdOf(elementId: string): number;
  relationshipIdOf(elementId: string): number;
}
