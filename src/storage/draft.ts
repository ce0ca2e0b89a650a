// A transaction's own writing view: a private fork of a pinned version. Every write is an effect that is checked, applied
// to the fork by the same code as everywhere (SAFETY 1) and recorded for the change set. Undoing drops the fork and
// applies the recorded beginning again. Nothing of a draft is ever published.

import { assert } from '../base/assert.js';
import { atOnce, type Pieces } from '../base/pieces.js';
import { failure } from '../errors/catalogue.js';
import type { Effect, Properties } from '../graph/change-set.js';
import { ANY_TYPE, IN, OUT } from '../graph/reader.js';
import { type ConstraintSchema, type IndexSchema, isIndexBacked } from '../graph/schema.js';
import type { Draft, GraphVersion, IdReservation } from '../graph/store.js';
import { wellFormed } from '../graph/text-codec.js';
import { type Counters, type GraphWriter, noCounters } from '../graph/writer.js';
import { asPropertyValue } from '../values/property.js';
import type { CypherMap, Value } from '../values/value.js';
import { StoredCursor } from './adjacency.js';
import { applyEffect, applyInPieces } from './apply.js';
import { type Obstacle, obstacleAfter, obstacleAtEnd, obstacleBefore } from './check-effect.js';
import { hasProperty } from './columns.js';
import { relationshipRecord, typeOfRelationship } from './entities.js';
import { Fork } from './fork.js';
import type { Heap } from './heap.js';
import type { State } from './state.js';
import { View } from './view.js';

type CreateConstraint = Effect & { readonly kind: 'createConstraint' };

export class StoredDraft extends View implements Draft, GraphWriter {
  readonly base: GraphVersion;
  readonly counters: Counters;
  readonly #baseState: State;
  readonly #ids: IdReservation;
  readonly #onRelease: () => void;
  readonly #effects: Effect[];
  /** The counters as they were when so many effects had been recorded. */
  readonly #countersAt: Map<number, Counters>;
  #fork: Fork;
  #released: boolean;

  constructor(heap: Heap, graphId: string, base: GraphVersion, baseState: State, ids: IdReservation, onRelease: () => void) {
    const fork = new Fork(heap, baseState, false, () => this.rebindColumns());
    super(heap, graphId, fork.state);
    this.base = base;
    this.counters = noCounters();
    this.#baseState = baseState;
    this.#ids = ids;
    this.#onRelease = onRelease;
    this.#effects = [];
    this.#countersAt = new Map();
    this.#fork = fork;
    this.#released = false;
  }

  override isOpen(): boolean {
    return !this.#released;
  }

  effects(): readonly Effect[] {
    return this.#effects;
  }

  createNode(labels: readonly string[], properties: CypherMap): number {
    const id = this.#ids.node();
    const list = storable(properties);
    const names = [...new Set(labels.map(wellFormed))];
    this.#do({ kind: 'createNode', id, labels: names, properties: list });
    this.counters.nodesCreated += 1;
    this.counters.labelsAdded += names.length;
    this.counters.propertiesSet += list.length;
    return id;
  }

  createRelationship(type: string, start: number, end: number, properties: CypherMap): number {
    const id = this.#ids.relationship();
    const list = storable(properties);
    this.#do({ kind: 'createRelationship', id, type: wellFormed(type), start, end, properties: list });
    this.counters.relationshipsCreated += 1;
    this.counters.propertiesSet += list.length;
    return id;
  }

  deleteNode(node: number, detach: boolean): void {
    if (!this.nodeExists(node)) return;
    if (detach) for (const relationship of this.#relationshipsOf(node)) this.deleteRelationship(relationship);
    this.#do({ kind: 'deleteNode', id: node });
    this.counters.nodesDeleted += 1;
  }

  #relationshipsOf(node: number): Set<number> {
    const found = new Set<number>();
    const cursor = new StoredCursor(this.heap, this);
    for (const direction of [OUT, IN] as const) {
      cursor.open(node, direction, ANY_TYPE);
      while (cursor.next()) {
        for (let place = cursor.start; place < cursor.end; place++) found.add(cursor.relationships[place] as number);
      }
    }
    return found;
  }

  deleteRelationship(relationship: number): void {
    if (!this.relationshipExists(relationship)) return;
    this.#do({ kind: 'deleteRelationship', id: relationship });
    this.counters.relationshipsDeleted += 1;
  }

  // A deleted relationship keeps its type and its ends for whoever still holds it.

  override relationshipType(id: number): string {
    return this.relationshipExists(id) ? super.relationshipType(id) : this.#deletedRelationship(id).type;
  }
  override relationshipStart(id: number): number {
    return this.relationshipExists(id) ? super.relationshipStart(id) : this.#deletedRelationship(id).start;
  }
  override relationshipEnd(id: number): number {
    return this.relationshipExists(id) ? super.relationshipEnd(id) : this.#deletedRelationship(id).end;
  }

  #deletedRelationship(id: number): { readonly type: string; readonly start: number; readonly end: number } {
    const type = typeOfRelationship(this.heap, this.#baseState, id);
    if (type >= 0) {
      const record = relationshipRecord(this.heap, this.#baseState, id);
      const [start, end] = this.heap.arena.ints.subarray(record + 1, record + 3);
      return { type: this.typeName(type), start: start as number, end: end as number };
    }
    // It was created here, too.
    const effect = this.#effects.find((one) => one.kind === 'createRelationship' && one.id === id);
    assert(effect?.kind === 'createRelationship', `relationship ${id} was there`);
    return effect;
  }

  setNodeProperty(node: number, key: string, value: Value): void {
    const stored = asPropertyValue(value);
    if (stored === null && this.nodeExists(node) && !hasProperty(this.heap, this.state.nodeProperties[this.keyId(key)], node)) return;
    this.#do({ kind: 'setNodeProperty', id: node, key: wellFormed(key), value: stored });
    this.counters.propertiesSet += 1;
  }

  setRelationshipProperty(id: number, key: string, value: Value): void {
    const stored = asPropertyValue(value);
    const table = this.state.relationshipProperties[this.keyId(key)];
    if (stored === null && this.relationshipExists(id) && !hasProperty(this.heap, table, id)) return;
    this.#do({ kind: 'setRelationshipProperty', id, key: wellFormed(key), value: stored });
    this.counters.propertiesSet += 1;
  }

  addLabel(node: number, label: string): void {
    if (this.hasLabel(node, this.labelId(label))) return;
    this.#do({ kind: 'addLabel', id: node, label: wellFormed(label) });
    this.counters.labelsAdded += 1;
  }

  removeLabel(node: number, label: string): void {
    if (this.nodeExists(node) && !this.hasLabel(node, this.labelId(label))) return;
    this.#do({ kind: 'removeLabel', id: node, label: wellFormed(label) });
    this.counters.labelsRemoved += 1;
  }

  createIndex(index: Omit<IndexSchema, 'id' | 'owner'>): void {
    this.#do({ kind: 'createIndex', index: { ...index, id: this.state.nextSchemaId, owner: undefined } });
    this.counters.indexesAdded += 1;
  }

  *createConstraint(constraint: Omit<ConstraintSchema, 'id' | 'index'>): Pieces<void> {
    const { name, kind, entity, token, properties } = constraint;
    const id = this.state.nextSchemaId;
    if (isIndexBacked(kind)) {
      const index: IndexSchema = { id, name, kind: 'range', entity, token, properties, owner: name };
      yield* this.#constrain({ kind: 'createConstraint', constraint: { ...constraint, id: id + 1, index: name }, index });
    } else yield* this.#constrain({ kind: 'createConstraint', constraint: { ...constraint, id, index: undefined }, index: undefined });
    this.counters.constraintsAdded += 1;
  }

  dropIndex(name: string): void {
    this.#do({ kind: 'dropIndex', name });
    this.counters.indexesRemoved += 1;
  }

  dropConstraint(name: string): void {
    this.#do({ kind: 'dropConstraint', name });
    this.counters.constraintsRemoved += 1;
  }

  #do(effect: Effect): void {
    assert(!this.#released, 'a draft is written before its release');
    raise(obstacleBefore(this.#fork, effect));
    try {
      applyEffect(this.#fork, effect);
    } catch (error) {
      // Half of the effect may be there, if the memory was used up: back to before it.
      this.#rebuild();
      throw error;
    }
    this.#effects.push(effect);
  }

  *#constrain(effect: CreateConstraint): Pieces<void> {
    assert(!this.#released, 'a draft is written before its release');
    raise(obstacleBefore(this.#fork, effect));
    try {
      yield* applyInPieces(this.#fork, effect);
      raise(yield* obstacleAfter(this.#fork, effect));
    } catch (error) {
      this.#rebuild();
      throw error;
    }
    this.#effects.push(effect);
  }

  savepoint(): number {
    const mark = this.#effects.length;
    this.#countersAt.set(mark, { ...this.counters });
    return mark;
  }

  rollbackTo(savepoint: number): void {
    const counters = this.#countersAt.get(savepoint);
    assert(counters !== undefined && savepoint <= this.#effects.length, `savepoint ${savepoint} was given`);
    if (savepoint === this.#effects.length) return;
    this.#effects.length = savepoint;
    for (const mark of this.#countersAt.keys()) if (mark > savepoint) this.#countersAt.delete(mark);
    Object.assign(this.counters, counters);
    this.#rebuild();
  }

  #rebuild(): void {
    this.#fork.abandon();
    this.#fork = new Fork(this.heap, this.#baseState, false, () => this.rebindColumns());
    this.state = this.#fork.state;
    for (const effect of this.#effects) applyEffect(this.#fork, effect);
    this.rebindColumns();
  }

  checkBeforeCommit(): void {
    raise(atOnce(obstacleAtEnd(this.#fork)));
  }

  release(): void {
    if (this.#released) return;
    this.#released = true;
    this.#fork.abandon();
    this.#onRelease();
  }
}

function raise(obstacle: Obstacle | undefined): void {
  if (obstacle !== undefined) throw failure(obstacle.error, obstacle.message);
}

function storable(properties: CypherMap): Properties {
  const list: (readonly [string, Value])[] = [];
  for (const [key, value] of properties) {
    const stored = asPropertyValue(value);
    if (stored !== null) list.push([wellFormed(key), stored]);
  }
  return list;
}
