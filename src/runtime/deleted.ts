// What a statement deleted cannot be read any more: neither properties nor labels. Ids, and the type of a relationship, still can.

import { failure } from '../errors/catalogue.js';
import type { GraphReader } from '../graph/reader.js';
import { Node, type Relationship } from '../values/value.js';

export function checkNode(reader: GraphReader, id: number): void {
  if (!reader.nodeExists(id)) throw failure('entityNotFound', `Node with id ${id} has been deleted in this transaction`);
}

export function checkRelationship(reader: GraphReader, id: number): void {
  if (!reader.relationshipExists(id)) throw failure('entityNotFound', `Relationship with id ${id} has been deleted in this transaction`);
}

/** The entity, if it can be read. Those of another source (parameters, remote ones) always can. */
export function readable<E extends Node | Relationship>(reader: GraphReader, entity: E): E {
  if (entity.source !== reader) return entity;
  if (entity instanceof Node) checkNode(reader, entity.id);
  else checkRelationship(reader, entity.id);
  return entity;
}
