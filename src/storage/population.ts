// Filling an index while the graph serves. An index that is created takes in what is there from the least id on, a portion at a time:
// with each change set that is applied, and between them when there are none. Every portion is part of a new version, so that there is
// nothing to catch up with at the end.
//
//   ids   0 ─────────────── doneUpTo ─────────────── ∞
//         in the index,                not in it, whatever happens to them:
//         and kept there (apply.ts)    a later portion finds them as they are then
//
// How far it is differs from server to server, and nothing else depends on it: only an index that is ready is in `readySchema`,
// for which plans are made. Indexes behind constraints are filled at once, since the truth of the constraint rests on them.

import { limits } from '../base/limits.js';
import type { Pieces } from '../base/pieces.js';
import type { IdCursor } from '../graph/reader.js';
import type { IndexPopulation } from '../graph/schema.js';
import { BitmapCursor } from './cursors.js';
import type { Fork } from './fork.js';
import { keysNow } from './index-keys.js';
import type { State } from './state.js';
import type { StoredIndex } from './stored-index.js';

export const READY = Number.POSITIVE_INFINITY;

/** Whether an index waits for the next portion. */
export function isPopulating({ indexes }: State): boolean {
  return indexes.some(isWaiting);
}

function isWaiting(index: StoredIndex): boolean {
  return index.doneUpTo !== READY && index.failure === '';
}

/** Takes `countMax` entities, or those that are left, into the first index that waits; pauses like other long work. */
export function* populate(fork: Fork, countMax: number): Pieces<void> {
  const position = fork.state.indexes.findIndex(isWaiting);
  if (position < 0) return;
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

function membersFrom({ heap, state }: Fork, index: StoredIndex): IdCursor {
  const bitmaps = index.schema.entity === 'node' ? state.labelBitmaps : state.typeBitmaps;
  return new BitmapCursor(heap, bitmaps[index.token], index.doneUpTo);
}

/** It is given up on this server: what it has taken in is let go of, and it says why. */
export function failPopulation(fork: Fork, why: string): void {
  const position = fork.state.indexes.findIndex(isWaiting);
  if (position >= 0) fork.ownIndex(position).fail(why);
}

/** After a change of the schema, or of which indexes are ready. */
export function noteReady(state: State): void {
  const notReady = new Set(state.indexes.filter(({ doneUpTo }) => doneUpTo !== READY).map(({ schema }) => schema.id));
  state.readySchema = notReady.size === 0 ? state.schema : { ...state.schema, indexes: state.schema.indexes.filter(({ id }) => !notReady.has(id)) };
}

export function populationOf(index: StoredIndex, state: State): IndexPopulation {
  if (index.doneUpTo === READY) return { state: 'ONLINE', percent: 100, failure: '' };
  if (index.failure !== '') return { state: 'FAILED', percent: 0, failure: index.failure };
  const pages = index.schema.entity === 'node' ? state.labels.slotCount * 1024 : state.relationships.slotCount * 256;
  return { state: 'POPULATING', percent: Math.floor((100 * index.doneUpTo) / Math.max(pages, index.doneUpTo + 1)), failure: '' };
}
