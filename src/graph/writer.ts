// What a writing query does to a graph: effects on the transaction's own draft, visible to its own
// later reads and to nobody else. Each call also records the effect for the change set.
//
// Raises of the catalogue: ConstraintValidationFailed (a unique key exists in what the transaction
// sees; a node with relationships deleted without DETACH is checked at commit), TypeError
// (a value that cannot be a property), EntityNotFound (the entity was deleted in this transaction).

import type { Pieces } from '../base/pieces.js';
import type { CypherMap, Value } from '../values/value.js';
import type { GraphReader } from './reader.js';
import type { ConstraintSchema, IndexSchema } from './schema.js';

export interface GraphWriter extends GraphReader {
  /** Properties that are null are left out. Returns the id. */
  createNode(labels: readonly string[], properties: CypherMap): number;
  createRelationship(type: string, start: number, end: number, properties: CypherMap): number;
  /** Without `detach`, relationships may remain until commit, which then fails. Deleting twice is no error. */
  deleteNode(node: number, detach: boolean): void;
  deleteRelationship(relationship: number): void;
  /** null removes. */
  setNodeProperty(node: number, key: string, value: Value): void;
  setRelationshipProperty(relationship: number, key: string, value: Value): void;
  addLabel(node: number, label: string): void;
  removeLabel(node: number, label: string): void;

  createIndex(index: Omit<IndexSchema, 'id' | 'owner'>): void;
  /** Creates its index too, where it has one. Pauses like other long work; nothing else is to be written meanwhile. */
  createConstraint(constraint: Omit<ConstraintSchema, 'id' | 'index'>): Pieces<void>;
  dropIndex(name: string): void;
  dropConstraint(name: string): void;

  readonly counters: Counters;
}

/** What a transaction or statement changed. Setting a property to the value it has counts, as Neo4j counts. */
export interface Counters {
  nodesCreated: number;
  nodesDeleted: number;
  relationshipsCreated: number;
  relationshipsDeleted: number;
  propertiesSet: number;
  labelsAdded: number;
  labelsRemoved: number;
  indexesAdded: number;
  indexesRemoved: number;
  constraintsAdded: number;
  constraintsRemoved: number;
  systemUpdates: number;
}

export function noCounters(): Counters {
  return {
    nodesCreated: 0,
    nodesDeleted: 0,
    relationshipsCreated: 0,
    relationshipsDeleted: 0,
    propertiesSet: 0,
    labelsAdded: 0,
    labelsRemoved: 0,
    indexesAdded: 0,
    indexesRemoved: 0,
    constraintsAdded: 0,
    constraintsRemoved: 0,
    systemUpdates: 0,
  };
}

export function containsUpdates(counters: Counters): boolean {
  return Object.entries(counters).some(([name, count]) => name !== 'systemUpdates' && count > 0);
}

/** What changed from `before` to `after`: a statement's share of its transaction's counters. */
export function countersSince(before: Counters, after: Counters): Counters {
  const difference = noCounters();
  for (const name of Object.keys(difference) as (keyof Counters)[]) difference[name] = after[name] - before[name];
  return difference;
}
