// The records of nodes and relationships in a state: reading them, and writing them in a fork. Each write keeps the
// counts and bitmaps right; indexes are kept by apply.ts around it.

import type { Fork } from './fork.js';
import type { Heap } from './heap.js';
import type { PageTable } from './page-table.js';
import type { State } from './state.js';

/** −1 when there is no such node. */
export function labelSetOf(heap: Heap, state: State, node: number): number {
  const { ints } = heap.arena;
  return (ints[state.labels.page(ints, node >>> 10) * 1024 + (node & 1023)] as number) - 1;
}

/** Index in `ints` of (type + 1, start, end, 0). */
export function relationshipRecord(heap: Heap, state: State, id: number): number {
  return state.relationships.page(heap.arena.ints, id >>> 8) * 1024 + (id & 255) * 4;
}

/** −1 when there is no such relationship. */
export function typeOfRelationship(heap: Heap, state: State, id: number): number {
  return (heap.arena.ints[relationshipRecord(heap, state, id)] as number) - 1;
}

export function hasLabel(heap: Heap, state: State, node: number, label: number): boolean {
  const table = label < 0 ? undefined : state.labelBitmaps[label];
  if (table === undefined) return false;
  const { ints } = heap.arena;
  return (((ints[table.page(ints, node >>> 15) * 1024 + ((node >>> 5) & 1023)] as number) >>> (node & 31)) & 1) === 1;
}

/** Gives the node exactly these labels (ascending ids); undefined ends it. */
export function writeLabels(fork: Fork, node: number, labels: readonly number[] | undefined): void {
  const { state } = fork;
  const before = labelSetOf(fork.heap, state, node);
  const old = before < 0 ? [] : (state.labelSets.sets[before] as readonly number[]);
  const wanted = labels ?? [];
  const set = labels === undefined ? -1 : fork.labelSetId(labels);
  const table = fork.ownTable('labels');
  const page = fork.writablePage(table, node >>> 10);
  fork.heap.arena.ints[page * 1024 + (node & 1023)] = set + 1;
  if (set < 0) fork.dropPageIfEmpty(table, node >>> 10);
  for (const label of old) if (!wanted.includes(label)) flipLabel(fork, node, label, -1);
  for (const label of wanted) if (!old.includes(label)) flipLabel(fork, node, label, 1);
  state.nodeCount += (set >= 0 ? 1 : 0) - (before >= 0 ? 1 : 0);
}

function flipLabel(fork: Fork, node: number, label: number, change: 1 | -1): void {
  flipBit(fork, fork.state.labelBitmaps, label, node, change);
  const { labelCounts } = fork.state;
  while (labelCounts.length <= label) labelCounts.push(0);
  labelCounts[label] = (labelCounts[label] as number) + change;
}

function flipBit(fork: Fork, bitmaps: (PageTable | undefined)[], token: number, id: number, change: 1 | -1): void {
  const table = fork.ownTableIn(bitmaps, token);
  const page = fork.writablePage(table, id >>> 15);
  const { ints } = fork.heap.arena;
  const at = page * 1024 + ((id >>> 5) & 1023);
  ints[at] = (ints[at] as number) ^ (1 << (id & 31));
  if (change < 0) fork.dropPageIfEmpty(table, id >>> 15);
}

/** `type` −1, start and end 0 end it. */
export function writeRelationship(fork: Fork, id: number, type: number, start: number, end: number): void {
  const { state } = fork;
  const before = typeOfRelationship(fork.heap, state, id);
  const table = fork.ownTable('relationships');
  const record = fork.writablePage(table, id >>> 8) * 1024 + (id & 255) * 4;
  const { ints } = fork.heap.arena;
  ints[record] = type + 1;
  ints[record + 1] = start;
  ints[record + 2] = end;
  if (type < 0) fork.dropPageIfEmpty(table, id >>> 8);
  if (before >= 0) flipBit(fork, state.typeBitmaps, before, id, -1);
  if (type >= 0) flipBit(fork, state.typeBitmaps, type, id, 1);
  const { typeCounts } = state;
  while (typeCounts.length <= type) typeCounts.push(0);
  if (before >= 0) typeCounts[before] = (typeCounts[before] as number) - 1;
  if (type >= 0) typeCounts[type] = (typeCounts[type] as number) + 1;
  state.relationshipCount += (type >= 0 ? 1 : 0) - (before >= 0 ? 1 : 0);
}
