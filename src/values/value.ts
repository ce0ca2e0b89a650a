// Cypher values as JavaScript values. One shape for each type, everywhere above storage:
//
//   NULL     null                     BOOLEAN  boolean               STRING  string
//   INTEGER  number when inside ±(2^53 − 1), else bigint (canonical: never a bigint that fits a number)
//   FLOAT    CypherFloat (boxed)      LIST     readonly array        MAP     Map<string, Value>
//   NODE     Node                     RELATIONSHIP  Relationship     PATH    Path
//   DATE, LOCAL TIME, ZONED TIME, LOCAL DATETIME, ZONED DATETIME, DURATION: the classes of `temporal/types.ts`
//   POINT    CypherPoint              BYTES    CypherBytes
//
// A JS number is always an INTEGER and never −0, NaN or infinite. Values are immutable.
// Compiled code that knows a type statically may use raw numbers for FLOAT and for entity ids;
// what escapes into a list, a map or a row has the shapes above.

import { CypherPoint } from './point-type.js';
import { type CypherBytes, SimpleValue } from './simple-value.js';
import { CypherDate, CypherDateTime, CypherDuration, CypherLocalDateTime, CypherLocalTime, CypherTime, type Temporal } from './temporal/types.js';

export type Value =
  | null
  | boolean
  | number
  | bigint
  | string
  | CypherFloat
  | readonly Value[]
  | CypherMap
  | Node
  | Relationship
  | Path
  | Temporal
  | CypherPoint
  | CypherBytes;

export type CypherMap = ReadonlyMap<string, Value>;

export class CypherFloat {
  readonly value: number;
  constructor(value: number) {
    this.value = value;
  }
}

/** Where entities read what they show. An open transaction's view, or what came over a wire. */
export interface EntitySource {
  nodeElementId(id: number): string;
  nodeLabels(id: number): readonly string[];
  nodeProperties(id: number): CypherMap;
  relationshipElementId(id: number): string;
  relationshipType(id: number): string;
  relationshipStart(id: number): number;
  relationshipEnd(id: number): number;
  relationshipProperties(id: number): CypherMap;
  /** The same as keys and values in turn, where that is less than a map: for what only writes them down. */
  nodePairs?(id: number): readonly Value[];
  relationshipPairs?(id: number): readonly Value[];
}

function pairsOf(map: CypherMap): readonly Value[] {
  const pairs: Value[] = [];
  for (const [key, value] of map) pairs.push(key, value);
  return pairs;
}

/** A node: its identity, and its content read from `source` when asked (while that is open). */
export class Node {
  readonly id: number;
  readonly source: EntitySource;
  constructor(id: number, source: EntitySource) {
    this.id = id;
    this.source = source;
  }
  get elementId(): string {
    return this.source.nodeElementId(this.id);
  }
  get labels(): readonly string[] {
    return this.source.nodeLabels(this.id);
  }
  get properties(): CypherMap {
    return this.source.nodeProperties(this.id);
  }
  /** Keys and values in turn. */
  get pairs(): readonly Value[] {
    return this.source.nodePairs?.(this.id) ?? pairsOf(this.properties);
  }
}

export class Relationship {
  readonly id: number;
  readonly source: EntitySource;
  constructor(id: number, source: EntitySource) {
    this.id = id;
    this.source = source;
  }
  get elementId(): string {
    return this.source.relationshipElementId(this.id);
  }
  get type(): string {
    return this.source.relationshipType(this.id);
  }
  get startId(): number {
    return this.source.relationshipStart(this.id);
  }
  get endId(): number {
    return this.source.relationshipEnd(this.id);
  }
  get startElementId(): string {
    return this.source.nodeElementId(this.startId);
  }
  get endElementId(): string {
    return this.source.nodeElementId(this.endId);
  }
  get properties(): CypherMap {
    return this.source.relationshipProperties(this.id);
  }
  get pairs(): readonly Value[] {
    return this.source.relationshipPairs?.(this.id) ?? pairsOf(this.properties);
  }
}

/** `nodes.length = relationships.length + 1`; relationship i joins nodes i and i + 1, in either direction. */
export class Path {
  readonly nodes: readonly Node[];
  readonly relationships: readonly Relationship[];
  constructor(nodes: readonly Node[], relationships: readonly Relationship[]) {
    this.nodes = nodes;
    this.relationships = relationships;
  }
}

export type Row = readonly Value[];
export type Parameters = CypherMap;

const int64Max = 2n ** 63n - 1n;
const int64Min = -(2n ** 63n);

/** The canonical INTEGER of a bigint; undefined when it is beyond 64 bits. */
export function integerOf(value: bigint): number | bigint | undefined {
  if (value >= -9007199254740991n && value <= 9007199254740991n) return Number(value);
  return value < int64Min || value > int64Max ? undefined : value;
}

export type SimpleType = 'DATE' | 'LOCAL TIME' | 'ZONED TIME' | 'LOCAL DATETIME' | 'ZONED DATETIME' | 'DURATION' | 'POINT' | 'BYTES';
export type ValueType = 'NULL' | 'BOOLEAN' | 'INTEGER' | 'FLOAT' | 'STRING' | 'LIST' | 'MAP' | 'NODE' | 'RELATIONSHIP' | 'PATH' | SimpleType;

export function typeOf(value: Value): ValueType {
  switch (typeof value) {
    case 'boolean':
      return 'BOOLEAN';
    case 'number':
    case 'bigint':
      return 'INTEGER';
    case 'string':
      return 'STRING';
    default:
      if (value === null) return 'NULL';
      if (value instanceof CypherFloat) return 'FLOAT';
      if (Array.isArray(value)) return 'LIST';
      if (value instanceof Map) return 'MAP';
      if (value instanceof Node) return 'NODE';
      if (value instanceof Relationship) return 'RELATIONSHIP';
      return value instanceof Path ? 'PATH' : simpleType(value as Temporal | CypherPoint | CypherBytes);
  }
}

function simpleType(value: Temporal | CypherPoint | CypherBytes): SimpleType {
  if (value instanceof CypherDate) return 'DATE';
  if (value instanceof CypherDateTime) return 'ZONED DATETIME';
  if (value instanceof CypherLocalDateTime) return 'LOCAL DATETIME';
  if (value instanceof CypherTime) return 'ZONED TIME';
  if (value instanceof CypherLocalTime) return 'LOCAL TIME';
  if (value instanceof CypherDuration) return 'DURATION';
  return value instanceof CypherPoint ? 'POINT' : 'BYTES';
}

/** Neither a list, a map nor an entity. */
export function isSimple(value: Value): value is Temporal | CypherPoint | CypherBytes {
  return value instanceof SimpleValue;
}
