// Filling an index while the graph serves. An index that is created takes in what is there from the least id on, a portion at a time:
// with each change set that is applied, and between them when there are none. Every portion is part of a new version, so that there is
// nothing to catch up with at the end.
//
//   ids   0 ─────────────── doneUpTo ─────────────── ∞
//         in the index,                not in it, whatever happens to them:
//         and kept there (apply.ts)    a later portion finds them as they are then
//
// How far it is differs from server to server, and nothing else depends on it: only an index that is ready is in `readySchema`,
// for which plans are made, and who has a key of a constraint is asked of an index that is ready (check-effect.ts). An index that a
// constraint will own is filled ahead of it on the server that makes the constraint: no part of the schema until then.

import { limits } from '../base/limits.js';
import type { Pieces } from '../base/pieces.js';
import type { IdCursor } from '../graph/reader.js';
import { type IndexPopulation, type IndexSchema, type KeySchema, sameKeys } from '../graph/schema.js';
import { BitmapCursor } from './cursors.js';
import type { Fork } from './fork.js';
import { keysNow } from './index-keys.js';
import type { State } from './state.js';
import { StoredIndex } from './stored-index.js';
import { emptyTree } from './tree.js';

export const READY = Number.POSITIVE_INFINITY;

/** Whether an index waits for the next portion. */
export function isPopulating({ indexes }: State): boolean {
  return indexes.some(isWaiting);
}

/** Whether one of these is behind a constraint. */
export function lacksKeys({ indexes }: State): boolean {
  return indexes.some((index) => isWaiting(index) && index.schema.owner !== undefined);
}

function isWaiting(index: StoredIndex): boolean {
  return index.doneUpTo !== READY && index.failure === '';
}

/** Those behind constraints come first. */
function nextWaiting({ indexes }: State): number {
  const owned = indexes.findIndex((index) => isWaiting(index) && index.schema.owner !== undefined);
  return owned >= 0 ? owned : indexes.findIndex(isWaiting);
}

/** Takes `countMax` entities, or those that are left, into the first index that waits; pauses like other long work. */
export function* populate(fork: Fork, countMax: number): Pieces<void> {
  const position = nextWaiting(fork.state);
  if (position >= 0) yield* fill(fork, position, countMax);
}

/** The same for the index at this position of the state's list, if it waits. */
export function* fill(fork: Fork, position: number, countMax: number): Pieces<void> {
  if (!isWaiting(fork.state.indexes[position] as StoredIndex)) return;
  const index = fork.ownIndex(position);
  let count = 0;
  for (const cursor = membersFrom(fork, index); cursor.next(); ) {
    for (let place = cursor.start; place < cursor.end; place++) {
      const id = cursor.ids[place] as number;
      // The chunk in which the last portion ended.
      if (id < index.doneUpTo) continue;
      if (count === countMax) {
        index.doneUpTo = id;
        return;
      }
      for (const key of keysNow(fork.heap, fork.state, index, id)) index.add(key, id);
      if (++count % limits.effectsPerPiece === 0) yield;
    }
  }
  index.doneUpTo = READY;
  noteReady(fork.state);
}

/** None where no entity has all of its properties. */
function membersFrom({ heap, state }: Fork, index: StoredIndex): IdCursor {
  const [bitmaps, properties] = index.schema.entity === 'node' ? [state.labelBitmaps, state.nodeProperties] : [state.typeBitmaps, state.relationshipProperties];
  const nobody = index.keys.some((key) => properties[key] === undefined);
  return new BitmapCursor(heap, nobody ? undefined : bitmaps[index.token], index.doneUpTo);
}

/** It is given up on this server: what it has taken in is let go of, and it says why. The truth of a constraint is never given up. */
export function failPopulation(fork: Fork, why: string): void {
  const position = fork.state.indexes.findIndex((index) => isWaiting(index) && index.schema.owner === undefined);
  if (position >= 0) fork.ownIndex(position).fail(why);
}

/** After a change of the schema, or of which indexes are ready. */
export function noteReady(state: State): void {
  const notReady = new Set(state.indexes.filter((index) => index.doneUpTo !== READY && !isAhead(index)).map(({ schema }) => schema.id));
  state.readySchema = notReady.size === 0 ? state.schema : { ...state.schema, indexes: state.schema.indexes.filter(({ id }) => !notReady.has(id)) };
}

export function populationOf(index: StoredIndex, state: State): IndexPopulation {
  if (index.doneUpTo === READY) return { state: 'ONLINE', percent: 100, failure: '' };
  if (index.failure !== '') return { state: 'FAILED', percent: 0, failure: index.failure };
  const pages = index.schema.entity === 'node' ? state.labels.slotCount * 1024 : state.relationships.slotCount * 256;
  return { state: 'POPULATING', percent: Math.floor((100 * index.doneUpTo) / Math.max(pages, index.doneUpTo + 1)), failure: '' };
}

// ------------------------------------------------------------ ahead of a constraint

/** Ids of the schema are greater. */
const AHEAD = 0;

function isAhead(index: StoredIndex): boolean {
  return index.schema.id === AHEAD;
}

function covers({ schema }: StoredIndex, keys: KeySchema): boolean {
  return schema.kind === 'range' && sameKeys(schema, keys);
}

/** Whether the schema has one already: then the constraint is there, or will be refused. */
export function hasIndex({ indexes }: State, keys: KeySchema): boolean {
  return indexes.some((index) => !isAhead(index) && covers(index, keys));
}

/** Also where a constraint has taken it over meanwhile. */
export function indexAhead({ indexes }: State, keys: KeySchema): StoredIndex | undefined {
  return indexes.find((index) => covers(index, keys) && (isAhead(index) || index.schema.owner !== undefined));
}

/** Whether `noteAhead` would change the state. */
export function differsAhead(state: State, wanted: readonly KeySchema[]): boolean {
  const { indexes } = state;
  return indexes.some((index) => isAhead(index) && !wanted.some((keys) => covers(index, keys))) || wanted.some((keys) => indexAhead(state, keys) === undefined);
}

/** Begins with those of `wanted` that are not there, and drops what is not wanted any more. */
export function noteAhead({ stamp, state }: Fork, wanted: readonly KeySchema[]): void {
  const { indexes } = state;
  for (let position = indexes.length - 1; position >= 0; position--) {
    const index = indexes[position] as StoredIndex;
    if (isAhead(index) && !wanted.some((keys) => covers(index, keys))) indexes.splice(position, 1);
  }
  for (const keys of wanted) {
    if (indexAhead(state, keys) !== undefined) continue;
    const token = keys.entity === 'node' ? state.labelNames.idOf(keys.token) : state.typeNames.idOf(keys.token);
    const keyIds = keys.properties.map((property) => state.keyNames.idOf(property));
    const schema = { ...keys, id: AHEAD, name: '', kind: 'range', owner: undefined } as const;
    indexes.push(new StoredIndex(stamp, schema, token, keyIds, emptyTree()));
  }
}

/** The position of the index that was filled ahead for `schema`, which owns it from now on; −1 when there is none. */
export function takeOver({ stamp, state }: Fork, schema: IndexSchema): number {
  const position = schema.owner === undefined ? -1 : state.indexes.findIndex((index) => isAhead(index) && index.failure === '' && covers(index, schema));
  if (position >= 0) state.indexes[position] = (state.indexes[position] as StoredIndex).copyFor(stamp, schema);
  return position;
}
