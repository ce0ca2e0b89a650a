// The relationships of each node in both directions, as runs of one type in the flat edge arrays (segments.ts).
// A node's record has four int32 for OUT and four for IN; only the records are copy-on-write.
//
//   (segment, length, capacity, type + 1)     one run of at most 4096
//   (directory, count, capacity, −1)          more: a segment whose `neighbours` hold `count` such runs, by type
//   (0, 0, 0, 0)                              none
//
// Visible is what the length says. A chained fork appends beyond it in place, which no older version sees; slots written by a
// dropped version are simply written again. Removing never happens in place in somebody else's segment: the run moves.
// Segments with a fork's own stamp are free to change. The order within a run is the same whichever way was taken.

import { assert } from '../base/assert.js';
import { type AdjacencyCursor, ANY_TYPE } from '../graph/reader.js';
import type { Fork } from './fork.js';
import type { Heap } from './heap.js';
import { capacityFor } from './segments.js';
import type { State } from './state.js';

const RUN_LENGTH_MAX = 4096;
const DIRECTORY = -1;

/** Index of the record in `ints`; a record of the zero page reads as "none". */
export function recordOf(heap: Heap, state: State, node: number, direction: number): number {
  return state.adjacency.page(heap.arena.ints, node >>> 7) * 1024 + (node & 127) * 8 + direction * 4;
}

export class StoredCursor implements AdjacencyCursor {
  neighbours: Int32Array;
  relationships: Int32Array;
  start: number;
  end: number;
  readonly #ints: Int32Array;
  readonly #view: { readonly state: State };
  /** The directory still to walk, as slots of `neighbours`; −1 when the single run is still to come. */
  #at: number;
  #stop: number;
  #type: number;
  #nextStart: number;
  #nextEnd: number;

  constructor(heap: Heap, view: { readonly state: State }) {
    this.neighbours = heap.segments.neighbours;
    this.relationships = heap.segments.relationships;
    this.start = 0;
    this.end = 0;
    this.#ints = heap.arena.ints;
    this.#view = view;
    this.#at = 0;
    this.#stop = 0;
    this.#type = ANY_TYPE;
    this.#nextStart = 0;
    this.#nextEnd = 0;
  }

  open(node: number, direction: number, type: number): void {
    const ints = this.#ints;
    const record = this.#view.state.adjacency.page(ints, node >>> 7) * 1024 + (node & 127) * 8 + direction * 4;
    const kind = ints[record + 3] as number;
    this.#at = 0;
    this.#stop = 0;
    this.#nextStart = 0;
    this.#nextEnd = 0;
    if (kind === DIRECTORY) {
      this.#at = ints[record] as number;
      this.#stop = this.#at + (ints[record + 1] as number) * 4;
      this.#type = type;
    } else if (type === ANY_TYPE || kind === type + 1) {
      this.#nextStart = ints[record] as number;
      this.#nextEnd = this.#nextStart + (ints[record + 1] as number);
    }
  }

  next(): boolean {
    if (this.#nextEnd > this.#nextStart) {
      this.start = this.#nextStart;
      this.end = this.#nextEnd;
      this.#nextEnd = this.#nextStart;
      return true;
    }
    return this.#at < this.#stop && this.#nextOfDirectory();
  }

  #nextOfDirectory(): boolean {
    const runs = this.neighbours;
    while (this.#at < this.#stop) {
      const at = this.#at;
      this.#at = at + 4;
      if (this.#type !== ANY_TYPE && runs[at + 3] !== this.#type + 1) continue;
      this.start = runs[at] as number;
      this.end = this.start + (runs[at + 1] as number);
      return true;
    }
    return false;
  }
}

export function degreeOf(heap: Heap, state: State, node: number, direction: number, type: number): number {
  const { ints } = heap.arena;
  const record = recordOf(heap, state, node, direction);
  const kind = ints[record + 3] as number;
  if (kind !== DIRECTORY) return type === ANY_TYPE || kind === type + 1 ? (ints[record + 1] as number) : 0;
  const runs = heap.segments.neighbours;
  const start = ints[record] as number;
  const stop = start + (ints[record + 1] as number) * 4;
  let count = 0;
  for (let at = start; at < stop; at += 4) {
    if (type === ANY_TYPE || runs[at + 3] === type + 1) count += runs[at + 1] as number;
  }
  return count;
}

/** Each run of the node's relationships. */
export function eachRun(heap: Heap, state: State, node: number, direction: number, visit: (type: number, length: number) => void): void {
  const { ints } = heap.arena;
  const record = recordOf(heap, state, node, direction);
  const kind = ints[record + 3] as number;
  if (kind === 0) return;
  if (kind !== DIRECTORY) return visit(kind - 1, ints[record + 1] as number);
  const runs = heap.segments.neighbours;
  const start = ints[record] as number;
  const stop = start + (ints[record + 1] as number) * 4;
  for (let at = start; at < stop; at += 4) visit((runs[at + 3] as number) - 1, runs[at + 1] as number);
}

export function addToNode(fork: Fork, node: number, direction: number, type: number, neighbour: number, relationship: number): void {
  const { ints } = fork.heap.arena;
  const record = writableRecord(fork, node, direction);
  const kind = ints[record + 3] as number;
  if (kind === 0 || (kind === type + 1 && (ints[record + 1] as number) < RUN_LENGTH_MAX)) {
    appendToRun(fork, ints, record, type, neighbour, relationship);
    return;
  }
  if (kind !== DIRECTORY) makeDirectory(fork, record);
  const run = runWithRoom(fork, record, type);
  appendToRun(fork, fork.heap.segments.neighbours, run, type, neighbour, relationship);
}

export function removeFromNode(fork: Fork, node: number, direction: number, type: number, relationship: number): void {
  const { ints } = fork.heap.arena;
  const record = writableRecord(fork, node, direction);
  if (ints[record + 3] !== DIRECTORY) {
    const place = placeInRun(fork, ints, record, relationship);
    assert(place >= 0, `relationship ${relationship} is in the run of node ${node}`);
    removeFromRun(fork, ints, record, place);
    if (ints[record + 1] !== 0) return;
    ints.fill(0, record, record + 4);
    fork.dropPageIfEmpty(fork.state.adjacency, node >>> 7);
    return;
  }
  ownDirectory(fork, record, ints[record + 1] as number);
  removeThroughDirectory(fork, record, type, relationship);
}

function writableRecord(fork: Fork, node: number, direction: number): number {
  return fork.writablePage(fork.ownTable('adjacency'), node >>> 7) * 1024 + (node & 127) * 8 + direction * 4;
}

/** `array[run …]` is the description of the run: in a page, or in a directory that the fork owns. */
function appendToRun(fork: Fork, array: Int32Array, run: number, type: number, neighbour: number, relationship: number): void {
  const { segments } = fork.heap;
  const length = array[run + 1] as number;
  const capacity = array[run + 2] as number;
  const inPlace = length < capacity && (fork.chained || fork.ownsSegment(array[run] as number));
  if (!inPlace) moveRun(fork, array, run, type, capacityFor(length + 1));
  const segment = array[run] as number;
  segments.neighbours[segment + length] = neighbour;
  segments.relationships[segment + length] = relationship;
  segments.blockWrittenBy[(segment + length) >>> 10] = fork.stamp;
  array[run + 1] = length + 1;
}

function moveRun(fork: Fork, array: Int32Array, run: number, type: number, newCapacity: number): void {
  const segment = array[run] as number;
  const capacity = array[run + 2] as number;
  const moved = fork.allocateSegment(newCapacity);
  copySlots(fork, segment, moved, array[run + 1] as number);
  if (capacity > 0) fork.releaseSegment(segment, capacity);
  array[run] = moved;
  array[run + 2] = newCapacity;
  array[run + 3] = type + 1;
}

/**
 * Makes room for `count` relationships that the same fork is about to add, in one move and where its neighbours in the
 * order of calls are: traversal is several times faster when runs lie in the order of their nodes.
 */
export function reserveRun(fork: Fork, node: number, direction: number, type: number, count: number): void {
  const { ints } = fork.heap.arena;
  const record = writableRecord(fork, node, direction);
  const kind = ints[record + 3] as number;
  let array = ints;
  let run = record;
  if (kind !== 0 && kind !== type + 1) {
    if (kind !== DIRECTORY) makeDirectory(fork, record);
    array = fork.heap.segments.neighbours;
    run = runWithRoom(fork, record, type);
  }
  const wanted = capacityFor(Math.min(RUN_LENGTH_MAX, (array[run + 1] as number) + count));
  if (wanted > (array[run + 2] as number)) moveRun(fork, array, run, type, wanted);
}

function copySlots(fork: Fork, from: number, to: number, count: number): void {
  const { neighbours, relationships } = fork.heap.segments;
  neighbours.copyWithin(to, from, from + count);
  relationships.copyWithin(to, from, from + count);
}

/** The last slot takes the place of the removed one, so the order is the same in place and moved. */
function removeFromRun(fork: Fork, array: Int32Array, run: number, place: number): void {
  const { neighbours, relationships } = fork.heap.segments;
  const left = (array[run + 1] as number) - 1;
  const capacity = array[run + 2] as number;
  let segment = array[run] as number;
  if (left === 0) {
    fork.releaseSegment(segment, capacity);
  } else if (!fork.ownsSegment(segment)) {
    const newCapacity = capacityFor(left);
    const moved = fork.allocateSegment(newCapacity);
    const last = segment + left;
    const lastNeighbour = neighbours[last] as number;
    const lastRelationship = relationships[last] as number;
    copySlots(fork, segment, moved, left);
    if (place < left) {
      neighbours[moved + place] = lastNeighbour;
      relationships[moved + place] = lastRelationship;
    }
    fork.releaseSegment(segment, capacity);
    segment = moved;
    array[run] = moved;
    array[run + 2] = newCapacity;
  } else {
    neighbours[segment + place] = neighbours[segment + left] as number;
    relationships[segment + place] = relationships[segment + left] as number;
  }
  fork.heap.segments.blockWrittenBy[segment >>> 10] = fork.stamp;
  array[run + 1] = left;
}

/** −1 when it is not there. */
function placeInRun(fork: Fork, array: Int32Array, run: number, relationship: number): number {
  const segment = array[run] as number;
  const { relationships } = fork.heap.segments;
  const length = array[run + 1] as number;
  for (let place = 0; place < length; place++) if (relationships[segment + place] === relationship) return place;
  return -1;
}

function makeDirectory(fork: Fork, record: number): void {
  const { ints } = fork.heap.arena;
  const { neighbours } = fork.heap.segments;
  const directory = fork.allocateSegment(8);
  for (let index = 0; index < 4; index++) neighbours[directory + index] = ints[record + index] as number;
  ints[record] = directory;
  ints[record + 1] = 1;
  ints[record + 2] = 8;
  ints[record + 3] = DIRECTORY;
}

/** Makes the directory the fork's own, with room for `count` runs. */
function ownDirectory(fork: Fork, record: number, count: number): void {
  const { ints } = fork.heap.arena;
  const { neighbours } = fork.heap.segments;
  const directory = ints[record] as number;
  const capacity = ints[record + 2] as number;
  if (fork.ownsSegment(directory) && count * 4 <= capacity) return;
  const newCapacity = Math.max(8, capacityFor(count * 4));
  const moved = fork.allocateSegment(newCapacity);
  neighbours.copyWithin(moved, directory, directory + (ints[record + 1] as number) * 4);
  fork.releaseSegment(directory, capacity);
  ints[record] = moved;
  ints[record + 2] = newCapacity;
}

/** The last run of `type` when it has room, else a new empty one after it. The directory is the fork's own afterwards. */
function runWithRoom(fork: Fork, record: number, type: number): number {
  const { ints } = fork.heap.arena;
  const { neighbours } = fork.heap.segments;
  const count = ints[record + 1] as number;
  let place = 0;
  while (place < count && (neighbours[(ints[record] as number) + place * 4 + 3] as number) <= type + 1) place++;
  const before = (ints[record] as number) + (place - 1) * 4;
  if (place > 0 && neighbours[before + 3] === type + 1 && (neighbours[before + 1] as number) < RUN_LENGTH_MAX) {
    ownDirectory(fork, record, count);
    return (ints[record] as number) + (place - 1) * 4;
  }
  ownDirectory(fork, record, count + 1);
  const run = (ints[record] as number) + place * 4;
  neighbours.copyWithin(run + 4, run, (ints[record] as number) + count * 4);
  neighbours.fill(0, run, run + 4);
  neighbours[run + 3] = type + 1;
  ints[record + 1] = count + 1;
  return run;
}

/** The directory is the fork's own. An emptied run leaves it; a single run goes back into the record. */
function removeThroughDirectory(fork: Fork, record: number, type: number, relationship: number): void {
  const { ints } = fork.heap.arena;
  const { neighbours } = fork.heap.segments;
  const start = ints[record] as number;
  const count = ints[record + 1] as number;
  const stop = start + count * 4;
  for (let run = start; run < stop; run += 4) {
    const place = neighbours[run + 3] === type + 1 ? placeInRun(fork, neighbours, run, relationship) : -1;
    if (place < 0) continue;
    removeFromRun(fork, neighbours, run, place);
    if ((neighbours[run + 1] as number) > 0) return;
    neighbours.copyWithin(run, run + 4, stop);
    ints[record + 1] = count - 1;
    if (count - 1 === 1) foldDirectory(fork, record);
    return;
  }
  assert(false, `relationship ${relationship} is in a run of its node`);
}

function foldDirectory(fork: Fork, record: number): void {
  const { ints } = fork.heap.arena;
  const { neighbours } = fork.heap.segments;
  const directory = ints[record] as number;
  const capacity = ints[record + 2] as number;
  for (let index = 0; index < 4; index++) ints[record + index] = neighbours[directory + index] as number;
  fork.releaseSegment(directory, capacity);
}
