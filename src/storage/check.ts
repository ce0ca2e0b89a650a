// Walks everything a version consists of and says what does not agree: records against runs, bitmaps and counts against
// label sets, trees against properties, and every page and segment in use against the free lists.

import { ANY_TYPE, IN, OUT, TAG_STRING } from '../graph/reader.js';
import { recordOf, StoredCursor } from './adjacency.js';
import { BitmapCursor } from './cursors.js';
import { eachId } from './digest.js';
import { labelSetOf, typeOfRelationship } from './entities.js';
import type { Heap } from './heap.js';
import { keysNow } from './index-keys.js';
import { compareKeys, type Key, pairs } from './tree.js';
import type { View } from './view.js';

export function checkState(heap: Heap, view: View): string[] {
  const problems: string[] = [];
  checkPages(heap, view, problems);
  checkRuns(heap, view, problems);
  checkRelationships(heap, view, problems);
  checkLabels(heap, view, problems);
  checkEnds(view, problems);
  checkIndexes(heap, view, problems);
  checkStrings(heap, view, problems);
  return problems;
}

function checkPages(heap: Heap, view: View, problems: string[]): void {
  const seen = new Set<number>();
  for (const table of view.state.tables()) {
    for (const page of table.pages(heap.arena)) {
      if (seen.has(page)) problems.push(`page ${page} is used twice`);
      if (!heap.arena.isAllocated(page)) problems.push(`page ${page} is used and free`);
      seen.add(page);
    }
  }
}

/** Every string that stands somewhere is in the dictionary, under its own number. */
function checkStrings(heap: Heap, view: View, problems: string[]): void {
  for (const [kind, ids] of [
    ['node', view.nodes()],
    ['relationship', view.relationships()],
  ] as const) {
    eachId(ids, (id) => {
      view.keyNames().forEach((name, key) => {
        const column = kind === 'node' ? view.nodeColumn(key) : view.relationshipColumn(key);
        if (column.tag(id) !== TAG_STRING) return;
        const text = heap.dictionary.strings[column.number(id)];
        if (text === undefined || heap.dictionary.idOf(text) !== column.number(id))
          problems.push(`property ${name} of ${kind} ${id} is a string that was forgotten`);
      });
    });
  }
}

/** Every slot of every run belongs to a relationship of that node, type and direction. */
function checkRuns(heap: Heap, view: View, problems: string[]): void {
  const cursor = new StoredCursor(heap, view);
  const segments = new Set<number>();
  let slotCount = 0;
  eachId(view.nodes(), (node) => {
    for (const direction of [OUT, IN] as const) {
      const record = recordOf(heap, view.state, node, direction);
      if (heap.arena.ints[record + 3] === -1 && !heap.segments.isAllocated(heap.arena.ints[record] as number)) {
        problems.push(`the directory of node ${node} is free`);
      }
      cursor.open(node, direction, ANY_TYPE);
      while (cursor.next()) {
        if (segments.has(cursor.start)) problems.push(`segment ${cursor.start} is used twice`);
        segments.add(cursor.start);
        if (!heap.segments.isAllocated(cursor.start)) problems.push(`segment ${cursor.start} of node ${node} is free`);
        slotCount += cursor.end - cursor.start;
        for (let slot = cursor.start; slot < cursor.end; slot++) checkSlot(heap, view, cursor, node, direction, slot, problems);
      }
    }
  });
  if (slotCount !== view.state.relationshipCount * 2) problems.push(`${slotCount} slots for ${view.state.relationshipCount} relationships`);
}

function checkSlot(heap: Heap, view: View, cursor: StoredCursor, node: number, direction: number, slot: number, problems: string[]): void {
  const id = cursor.relationships[slot] as number;
  const neighbour = cursor.neighbours[slot] as number;
  const [start, end] = direction === OUT ? [node, neighbour] : [neighbour, node];
  const exists = typeOfRelationship(heap, view.state, id) >= 0;
  if (!exists || view.relationshipStart(id) !== start || view.relationshipEnd(id) !== end) {
    problems.push(`node ${node} lists relationship ${id} to ${neighbour}, which its record denies`);
  }
}

function checkEnds(view: View, problems: string[]): void {
  const counts = new Map<string, number>();
  eachId(view.relationships(), (id) => {
    for (const [node, direction] of [
      [view.relationshipStart(id), OUT],
      [view.relationshipEnd(id), IN],
    ] as const) {
      for (const label of view.nodeLabels(node)) {
        const key = `${label} ${direction} ${view.relationshipType(id)}`;
        counts.set(key, (counts.get(key) ?? 0) + 1);
      }
    }
  });
  view.labelNames().forEach((name, label) => {
    for (const direction of [OUT, IN] as const) {
      view.typeNames().forEach((typeName, type) => {
        const [counted, found] = [view.statistics.endCount(label, direction, type), counts.get(`${name} ${direction} ${typeName}`) ?? 0];
        if (counted !== found) problems.push(`${found} ends (${direction}) of type ${typeName} at label ${name}, counted ${counted}`);
      });
    }
  });
}

function checkRelationships(heap: Heap, view: View, problems: string[]): void {
  const counts = new Map<number, number>();
  let total = 0;
  eachId(view.relationships(), (id) => {
    total += 1;
    const type = typeOfRelationship(heap, view.state, id);
    counts.set(type, (counts.get(type) ?? 0) + 1);
    for (const node of [view.relationshipStart(id), view.relationshipEnd(id)]) {
      if (!view.nodeExists(node)) problems.push(`relationship ${id} refers to node ${node}, which does not exist`);
    }
  });
  if (total !== view.state.relationshipCount) problems.push(`${total} relationships, counted ${view.state.relationshipCount}`);
  view.typeNames().forEach((name, type) => {
    const counted = view.statistics.relationshipsOfTypeCount(type);
    let inBitmap = 0;
    eachId(view.relationshipsOfType(type), (id) => {
      if (typeOfRelationship(heap, view.state, id) === type) inBitmap += 1;
      else problems.push(`relationship ${id} is in the bitmap of another type, ${name}`);
    });
    const found = counts.get(type) ?? 0;
    if (counted !== found || inBitmap !== found) problems.push(`${found} relationships of type ${name}, counted ${counted}, in its bitmap ${inBitmap}`);
  });
}

function checkLabels(heap: Heap, view: View, problems: string[]): void {
  let total = 0;
  const counts = new Map<number, number>();
  eachId(view.nodes(), (node) => {
    total += 1;
    for (const label of view.state.labelSets.sets[labelSetOf(heap, view.state, node)] ?? []) {
      counts.set(label, (counts.get(label) ?? 0) + 1);
      if (!view.hasLabel(node, label)) problems.push(`node ${node} is not in the bitmap of its label ${view.labelName(label)}`);
    }
  });
  if (total !== view.state.nodeCount) problems.push(`${total} nodes, counted ${view.state.nodeCount}`);
  view.labelNames().forEach((name, label) => {
    let inBitmap = 0;
    eachId(new BitmapCursor(heap, view.state.labelBitmaps[label]), () => void inBitmap++);
    const counted = view.statistics.nodesWithLabelCount(label);
    const found = counts.get(label) ?? 0;
    if (counted !== found || inBitmap !== found) problems.push(`${found} nodes with label ${name}, counted ${counted}, in its bitmap ${inBitmap}`);
  });
}

function checkIndexes(heap: Heap, view: View, problems: string[]): void {
  for (const index of view.state.indexes) {
    let entryCount = 0;
    let before: readonly [Key, number] | undefined;
    for (const [key, id] of pairs(index.root)) {
      entryCount += 1;
      const stored = keysNow(heap, view.state, index, id);
      if (id >= index.doneUpTo || !stored.some((one) => compareKeys(one, key) === 0)) problems.push(`index ${index.schema.name} holds another key of ${id}`);
      const order = before === undefined ? -1 : compareKeys(before[0], key) || before[1] - id;
      if (order >= 0) problems.push(`index ${index.schema.name} is out of order at ${id}`);
      before = [key, id];
    }
    let expected = 0;
    eachId(index.schema.entity === 'node' ? view.nodesWithLabel(index.token) : view.relationships(), (id) => {
      if (id < index.doneUpTo) expected += keysNow(heap, view.state, index, id).length;
    });
    if (entryCount !== expected || entryCount !== index.entryCount) {
      problems.push(`index ${index.schema.name} has ${entryCount} entries, ${expected} expected, counted ${index.entryCount}`);
    }
  }
}
