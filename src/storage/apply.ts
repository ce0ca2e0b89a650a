// Effects → pages: the one way in which anything changes a graph. Transactions' drafts, the leader's speculative versions,
// followers and recovery all run this code (SAFETY 1), and the result depends on the effects alone (SAFETY 9).
// What it is given was checked before (check-effect.ts); an effect that does not fit is our mistake and stops apply (SAFETY 10).

import { assert, unreachable } from '../base/assert.js';
import { atOnce, type Pieces } from '../base/pieces.js';
import type { Effect, Properties } from '../graph/change-set.js';
import { IN, OUT } from '../graph/reader.js';
import type { ConstraintSchema, GraphSchema, IndexSchema } from '../graph/schema.js';
import type { Value } from '../values/value.js';
import { addToNode, eachRun, removeFromNode } from './adjacency.js';
import { hasProperty, writeProperty } from './columns.js';
import { labelSetOf, relationshipRecord, typeOfRelationship, writeLabels, writeRelationship } from './entities.js';
import type { Fork } from './fork.js';
import { keysNow, without } from './index-keys.js';
import { fill, noteReady, takeOver } from './population.js';
import { isRule } from './rules.js';
import type { State } from './state.js';
import { StoredIndex } from './stored-index.js';
import { emptyTree, type Key } from './tree.js';

/** Pauses while an index takes in what is there; every other effect is one piece. */
export function* applyInPieces(fork: Fork, effect: Effect): Pieces<void> {
  switch (effect.kind) {
    case 'createIndex':
      return yield* createIndex(fork, effect.index);
    case 'createConstraint':
      if (effect.index !== undefined) yield* createIndex(fork, effect.index);
      return addConstraint(fork, effect.constraint);
    default:
      applyEffect(fork, effect);
  }
}

export function applyEffect(fork: Fork, effect: Effect): void {
  if (deletes(effect)) fork.heap.pool.whileDeleting(() => applyOne(fork, effect));
  else applyOne(fork, effect);
}

/** The pool lets it go on where nothing else may. */
function deletes(effect: Effect): boolean {
  switch (effect.kind) {
    case 'deleteNode':
    case 'deleteRelationship':
    case 'removeLabel':
    case 'dropIndex':
    case 'dropConstraint':
      return true;
    case 'setNodeProperty':
    case 'setRelationshipProperty':
      return effect.value === null;
    default:
      return false;
  }
}

function applyOne(fork: Fork, effect: Effect): void {
  switch (effect.kind) {
    case 'createNode':
      createNode(fork, effect.id, effect.labels, effect.properties);
      return;
    case 'deleteNode':
      deleteNode(fork, effect.id);
      return;
    case 'createRelationship':
      createRelationship(fork, effect.id, effect.type, effect.start, effect.end, effect.properties);
      return;
    case 'deleteRelationship':
      deleteRelationship(fork, effect.id);
      return;
    case 'setNodeProperty':
      setProperty(fork, 'node', effect.id, effect.key, effect.value);
      return;
    case 'setRelationshipProperty':
      setProperty(fork, 'relationship', effect.id, effect.key, effect.value);
      return;
    case 'addLabel':
    case 'removeLabel':
      changeLabel(fork, effect.id, effect.label, effect.kind === 'addLabel');
      return;
    case 'createIndex':
    case 'createConstraint':
      atOnce(applyInPieces(fork, effect));
      return;
    case 'dropIndex':
      dropIndex(fork, effect.name);
      return;
    case 'dropConstraint':
      dropConstraint(fork, effect.name);
      return;
    default:
      unreachable(effect);
      return;
  }
}

function createNode(fork: Fork, id: number, labels: readonly string[], properties: Properties): void {
  assert(labelSetOf(fork.heap, fork.state, id) < 0, `node ${id} is new`);
  const labelIds = [...new Set(labels.map((label) => fork.labelId(label)))].sort((a, b) => a - b);
  keepIndexes(fork, 'node', id, undefined, () => {
    writeLabels(fork, id, labelIds);
    for (const [key, value] of properties) writeProperty(fork, fork.state.nodeProperties, fork.keyId(key), id, value);
  });
}

function deleteNode(fork: Fork, id: number): void {
  assertNode(fork, id);
  fork.deletedNodes.add(id);
  // Its relationships may go after it, as long as they go.
  countEndsAt(fork, id, labelsOf(fork.heap, fork.state, id), -1);
  keepIndexes(fork, 'node', id, undefined, () => {
    clearProperties(fork, 'node', id);
    writeLabels(fork, id, undefined);
  });
}

function createRelationship(fork: Fork, id: number, type: string, start: number, end: number, properties: Properties): void {
  assert(typeOfRelationship(fork.heap, fork.state, id) < 0, `relationship ${id} is new`);
  assertNode(fork, start);
  assertNode(fork, end);
  const typeId = fork.typeId(type);
  keepIndexes(fork, 'relationship', id, undefined, () => {
    writeRelationship(fork, id, typeId, start, end);
    for (const [key, value] of properties) writeProperty(fork, fork.state.relationshipProperties, fork.keyId(key), id, value);
  });
  addToNode(fork, start, OUT, typeId, end, id);
  addToNode(fork, end, IN, typeId, start, id);
  countEnds(fork, start, end, typeId, 1);
}

function deleteRelationship(fork: Fork, id: number): void {
  const record = relationshipRecord(fork.heap, fork.state, id);
  const type = typeOfRelationship(fork.heap, fork.state, id);
  assert(type >= 0, `relationship ${id} exists`);
  const start = fork.heap.arena.ints[record + 1] as number;
  const end = fork.heap.arena.ints[record + 2] as number;
  removeFromNode(fork, start, OUT, type, id);
  removeFromNode(fork, end, IN, type, id);
  countEnds(fork, start, end, type, -1);
  keepIndexes(fork, 'relationship', id, undefined, () => {
    clearProperties(fork, 'relationship', id);
    writeRelationship(fork, id, -1, 0, 0);
  });
}

function countEnds({ heap, state }: Fork, start: number, end: number, type: number, by: 1 | -1): void {
  state.endCounts.add(labelsOf(heap, state, start), OUT, type, by);
  state.endCounts.add(labelsOf(heap, state, end), IN, type, by);
}

function countEndsAt({ heap, state }: Fork, node: number, labels: readonly number[], sign: 1 | -1): void {
  for (const direction of [OUT, IN] as const) {
    eachRun(heap, state, node, direction, (type, length) => state.endCounts.add(labels, direction, type, sign * length));
  }
}

/** None of a node that is deleted. */
function labelsOf(heap: Fork['heap'], state: Fork['state'], node: number): readonly number[] {
  return state.labelSets.sets[labelSetOf(heap, state, node)] ?? [];
}

function clearProperties(fork: Fork, entity: 'node' | 'relationship', id: number): void {
  const group = entity === 'node' ? fork.state.nodeProperties : fork.state.relationshipProperties;
  for (let key = 0; key < group.length; key++) {
    if (hasProperty(fork.heap, group[key], id)) writeProperty(fork, group, key, id, null);
  }
}

function setProperty(fork: Fork, entity: 'node' | 'relationship', id: number, name: string, value: Value): void {
  if (entity === 'node') assertNode(fork, id);
  else assert(typeOfRelationship(fork.heap, fork.state, id) >= 0, `relationship ${id} exists`);
  const key = fork.keyId(name);
  const group = entity === 'node' ? fork.state.nodeProperties : fork.state.relationshipProperties;
  keepIndexes(fork, entity, id, key, () => writeProperty(fork, group, key, id, value));
}

function changeLabel(fork: Fork, node: number, name: string, add: boolean): void {
  assertNode(fork, node);
  const label = fork.labelId(name);
  const labels = labelsOf(fork.heap, fork.state, node);
  if (labels.includes(label) === add) return;
  const changed = add ? [...labels, label].sort((a, b) => a - b) : labels.filter((other) => other !== label);
  keepIndexes(fork, 'node', node, undefined, () => writeLabels(fork, node, changed));
  countEndsAt(fork, node, [label], add ? 1 : -1);
}

function assertNode(fork: Fork, id: number): void {
  assert(labelSetOf(fork.heap, fork.state, id) >= 0, `node ${id} exists`);
}

/** Runs `change`, notes who is touched, and moves the entity in the indexes that it affects; `key`: only one property changes. */
function keepIndexes(fork: Fork, entity: 'node' | 'relationship', id: number, key: number | undefined, change: () => void): void {
  if (fork.state.rules.length > 0) fork.noteTouched(entity, id);
  const { heap, state } = fork;
  const { indexes } = state;
  if (indexes.length === 0) {
    change();
    return;
  }
  const before: (readonly Key[])[] = [];
  // One that is filled takes in what lies ahead of it later.
  const concerns = (index: StoredIndex) => index.schema.entity === entity && id < index.doneUpTo && (key === undefined || index.keys.includes(key));
  for (const index of indexes) before.push(concerns(index) ? keysNow(heap, state, index, id) : []);
  change();
  for (let position = 0; position < indexes.length; position++) {
    const index = indexes[position] as StoredIndex;
    if (!concerns(index)) continue;
    const old = before[position] as readonly Key[];
    const now = keysNow(heap, state, index, id);
    for (const gone of without(old, now)) fork.ownIndex(position).delete(gone, id);
    for (const come of without(now, old)) fork.ownIndex(position).add(come, id);
  }
}

/** What is taken in with the effect that creates an index: small graphs need not wait for it. */
export const FIRST_PORTION = 4096;

function* createIndex(fork: Fork, schema: IndexSchema): Pieces<void> {
  const { state } = fork;
  assert(!state.schema.indexes.some((other) => other.name === schema.name), `index ${schema.name} is new`);
  const token = schema.entity === 'node' ? fork.labelId(schema.token) : fork.typeId(schema.token);
  const keys = schema.properties.map((property) => fork.keyId(property));
  const ahead = takeOver(fork, schema);
  const position = ahead >= 0 ? ahead : state.indexes.push(new StoredIndex(fork.stamp, schema, token, keys, emptyTree())) - 1;
  state.nextSchemaId = Math.max(state.nextSchemaId, schema.id + 1);
  changeSchema(state, { indexes: [...state.schema.indexes, schema] });
  yield* fill(fork, position, FIRST_PORTION);
}

function changeSchema(state: State, change: Partial<GraphSchema>): void {
  state.schema = { ...state.schema, version: state.schema.version + 1, ...change };
  noteReady(state);
}

function addConstraint(fork: Fork, constraint: ConstraintSchema): void {
  const { state } = fork;
  state.nextSchemaId = Math.max(state.nextSchemaId, constraint.id + 1);
  changeSchema(state, { constraints: [...state.schema.constraints, constraint] });
  if (!isRule(constraint)) return;
  const token = constraint.entity === 'node' ? fork.labelId(constraint.token) : fork.typeId(constraint.token);
  state.rules = [...state.rules, { constraint, token, keys: constraint.properties.map((property) => fork.keyId(property)) }];
}

function dropIndex(fork: Fork, name: string): void {
  const { state } = fork;
  const position = state.indexes.findIndex((index) => index.schema.name === name);
  assert(position >= 0, `index ${name} exists`);
  state.indexes.splice(position, 1);
  changeSchema(state, { indexes: state.schema.indexes.filter((index) => index.name !== name) });
}

function dropConstraint(fork: Fork, name: string): void {
  const { state } = fork;
  const constraint = state.schema.constraints.find((other) => other.name === name);
  if (constraint === undefined) {
    assert(false, `constraint ${name} exists`);
    return;
  }
  if (constraint.index !== undefined) dropIndex(fork, constraint.index);
  state.rules = state.rules.filter((rule) => rule.constraint.name !== name);
  changeSchema(state, { constraints: state.schema.constraints.filter((other) => other.name !== name) });
}
