// Reading one state of a graph: what versions and drafts have in common. Columns and index readers that it hands out keep
// showing the state as a draft changes it; cursors are good until the next write.
//
// A view is open while its state may be read: a version until it is neither published nor pinned, a draft until its
// release. Asking a closed one for anything to read with is our mistake and stops at once.

import { assert } from '../base/assert.js';
import type { AdjacencyCursor, GraphReader, IdCursor, IN, IndexBound, IndexReader, OUT, PropertyColumn, TextQuestion } from '../graph/reader.js';
import type { GraphSchema, IndexPopulation } from '../graph/schema.js';
import type { GraphStatistics } from '../graph/statistics.js';
import type { PointBox } from '../values/point-box.js';
import type { CypherMap, Value } from '../values/value.js';
import { degreeOf, StoredCursor } from './adjacency.js';
import { readProperty, StoredColumn } from './columns.js';
import { BitmapCursor, RecordCursor } from './cursors.js';
import { hasLabel, labelSetOf, relationshipRecord, typeOfRelationship } from './entities.js';
import type { Heap } from './heap.js';
import { IndexLookup } from './index-lookup.js';
import type { PageTable } from './page-table.js';
import { populationOf } from './population.js';
import type { State } from './state.js';
import type { StoredIndex } from './stored-index.js';
import { TextLookup } from './text-lookup.js';
import type { TreeNode } from './tree.js';

export class View implements GraphReader {
  state: State;
  readonly statistics: GraphStatistics;
  protected readonly heap: Heap;
  readonly #nodePrefix: string;
  readonly #relationshipPrefix: string;
  readonly #nodeColumns: Map<number, StoredColumn>;
  readonly #relationshipColumns: Map<number, StoredColumn>;

  constructor(heap: Heap, graphId: string, state: State) {
    this.state = state;
    this.statistics = new ViewStatistics(this);
    this.heap = heap;
    this.#nodePrefix = `4:${graphId}:`;
    this.#relationshipPrefix = `5:${graphId}:`;
    this.#nodeColumns = new Map();
    this.#relationshipColumns = new Map();
  }

  isOpen(): boolean {
    return true;
  }

  /** After the state or one of its property tables was replaced. */
  protected rebindColumns(): void {
    for (const [key, column] of this.#nodeColumns) column.rebind(this.state.nodeProperties[key]);
    for (const [key, column] of this.#relationshipColumns) column.rebind(this.state.relationshipProperties[key]);
  }

  #assertOpen(): void {
    assert(this.isOpen(), 'a version is read while it is published or pinned, a draft until its release');
  }

  get schema(): GraphSchema {
    return this.state.schema;
  }

  get readySchema(): GraphSchema {
    return this.state.readySchema;
  }
  indexPopulation(id: number): IndexPopulation {
    const index = this.state.indexes.find(({ schema }) => schema.id === id);
    assert(index !== undefined, `index ${id} is there`);
    return populationOf(index, this.state);
  }

  labelId(name: string): number {
    return this.state.labelNames.idOf(name);
  }
  typeId(name: string): number {
    return this.state.typeNames.idOf(name);
  }
  keyId(name: string): number {
    return this.state.keyNames.idOf(name);
  }
  labelName(id: number): string {
    return nameOf(this.state.labelNames.names, id);
  }
  typeName(id: number): string {
    return nameOf(this.state.typeNames.names, id);
  }
  keyName(id: number): string {
    return nameOf(this.state.keyNames.names, id);
  }
  labelNames(): readonly string[] {
    return this.state.labelNames.names;
  }
  typeNames(): readonly string[] {
    return this.state.typeNames.names;
  }
  keyNames(): readonly string[] {
    return this.state.keyNames.names;
  }

  nodeExists(id: number): boolean {
    return labelSetOf(this.heap, this.state, id) >= 0;
  }
  relationshipExists(id: number): boolean {
    return typeOfRelationship(this.heap, this.state, id) >= 0;
  }
  hasLabel(node: number, label: number): boolean {
    return hasLabel(this.heap, this.state, node, label);
  }

  nodes(): IdCursor {
    this.#assertOpen();
    return new RecordCursor(this.heap, this.state.labels, 10);
  }
  nodesWithLabel(label: number): IdCursor {
    this.#assertOpen();
    return new BitmapCursor(this.heap, label < 0 ? undefined : this.state.labelBitmaps[label]);
  }
  relationships(): IdCursor {
    this.#assertOpen();
    return new RecordCursor(this.heap, this.state.relationships, 8);
  }

  relationshipsOfType(type: number): IdCursor {
    this.#assertOpen();
    return new BitmapCursor(this.heap, type < 0 ? undefined : this.state.typeBitmaps[type]);
  }

  adjacency(): AdjacencyCursor {
    this.#assertOpen();
    return new StoredCursor(this.heap, this);
  }
  degree(node: number, direction: 0 | 1, type: number): number {
    return degreeOf(this.heap, this.state, node, direction, type);
  }
  relationshipTypeId(id: number): number {
    return typeOfRelationship(this.heap, this.state, id);
  }

  nodeColumn(key: number): PropertyColumn {
    this.#assertOpen();
    return columnIn(this.heap, this.#nodeColumns, this.state.nodeProperties, key);
  }
  relationshipColumn(key: number): PropertyColumn {
    this.#assertOpen();
    return columnIn(this.heap, this.#relationshipColumns, this.state.relationshipProperties, key);
  }
  stringId(text: string): number {
    return this.heap.dictionary.idOf(text);
  }

  index(id: number): IndexReader {
    this.#assertOpen();
    return new LiveIndex(this, id);
  }

  nodeElementId(id: number): string {
    return this.#nodePrefix + id;
  }
  relationshipElementId(id: number): string {
    return this.#relationshipPrefix + id;
  }
  nodeIdOf(elementId: string): number {
    return idIn(elementId, this.#nodePrefix);
  }
  relationshipIdOf(elementId: string): number {
    return idIn(elementId, this.#relationshipPrefix);
  }

  /** In order of label ids; empty for a deleted node. */
  nodeLabels(id: number): readonly string[] {
    this.#assertOpen();
    const set = labelSetOf(this.heap, this.state, id);
    return set < 0 ? [] : this.state.labelSets.namesOf(set, this.state.labelNames.names);
  }
  nodeProperties(id: number): CypherMap {
    return this.#properties(this.state.nodeProperties, id);
  }
  relationshipType(id: number): string {
    this.#assertOpen();
    return this.typeName(typeOfRelationship(this.heap, this.state, id));
  }
  relationshipStart(id: number): number {
    return this.heap.arena.ints[relationshipRecord(this.heap, this.state, id) + 1] as number;
  }
  relationshipEnd(id: number): number {
    return this.heap.arena.ints[relationshipRecord(this.heap, this.state, id) + 2] as number;
  }
  relationshipProperties(id: number): CypherMap {
    return this.#properties(this.state.relationshipProperties, id);
  }

  nodePairs(id: number): readonly Value[] {
    return this.#pairs(this.state.nodeProperties, id);
  }
  relationshipPairs(id: number): readonly Value[] {
    return this.#pairs(this.state.relationshipProperties, id);
  }

  #pairs(group: readonly (PageTable | undefined)[], id: number): readonly Value[] {
    this.#assertOpen();
    const { names } = this.state.keyNames;
    const pairs: Value[] = [];
    for (let key = 0; key < group.length; key++) {
      const value = readProperty(this.heap, group[key], id);
      if (value !== null) pairs.push(nameOf(names, key), value);
    }
    return pairs;
  }

  #properties(group: readonly (PageTable | undefined)[], id: number): CypherMap {
    const properties = new Map<string, Value>();
    const pairs = this.#pairs(group, id);
    for (let at = 0; at < pairs.length; at += 2) properties.set(pairs[at] as string, pairs[at + 1] as Value);
    return properties;
  }
}

function nameOf(names: readonly string[], id: number): string {
  const name = names[id];
  assert(name !== undefined, `token ${id} is known`);
  return name;
}

function columnIn(heap: Heap, columns: Map<number, StoredColumn>, group: readonly (PageTable | undefined)[], key: number): StoredColumn {
  let column = columns.get(key);
  if (column === undefined) {
    column = new StoredColumn(heap, group[key]);
    columns.set(key, column);
  }
  return column;
}

function idIn(elementId: string, prefix: string): number {
  if (!elementId.startsWith(prefix)) return -1;
  const digits = elementId.slice(prefix.length);
  const id = /^(0|[1-9]\d{0,9})$/.test(digits) ? Number(digits) : -1;
  return id < 2 ** 31 ? id : -1;
}

class ViewStatistics implements GraphStatistics {
  readonly #view: View;

  constructor(view: View) {
    this.#view = view;
  }
  get nodeCount(): number {
    return this.#view.state.nodeCount;
  }
  get relationshipCount(): number {
    return this.#view.state.relationshipCount;
  }
  nodesWithLabelCount(label: number): number {
    return this.#view.state.labelCounts[label] ?? 0;
  }
  relationshipsOfTypeCount(type: number): number {
    return this.#view.state.typeCounts[type] ?? 0;
  }
  endCount(label: number, direction: typeof OUT | typeof IN, type: number): number {
    return this.#view.state.endCounts.of(label, direction, type);
  }
  indexKeyCount(index: number): number {
    return this.#index(index)?.keyCount ?? 0;
  }
  indexEntryCount(index: number): number {
    return this.#index(index)?.entryCount ?? 0;
  }
  #index(id: number): StoredIndex | undefined {
    return this.#view.state.indexes.find((index) => index.schema.id === id);
  }
}

/** Looks up the tree anew at each call: a draft's writes replace it. */
class LiveIndex implements IndexReader {
  readonly #view: View;
  readonly #id: number;

  constructor(view: View, id: number) {
    this.#view = view;
    this.#id = id;
  }
  #root(): TreeNode {
    assert(this.#view.isOpen(), 'an index is read while its version is open');
    for (const index of this.#view.state.indexes) if (index.schema.id === this.#id) return index.root;
    throw new Error(`no index with id ${this.#id}`);
  }
  #lookup(): IndexLookup {
    return new IndexLookup(this.#root());
  }
  equal(keys: readonly Value[], descending?: boolean): IdCursor {
    return this.#lookup().equal(keys, descending);
  }
  range(prefix: readonly Value[], lower: IndexBound | undefined, upper: IndexBound | undefined, descending?: boolean): IdCursor {
    return this.#lookup().range(prefix, lower, upper, descending);
  }
  startsWith(prefix: readonly Value[], text: string, descending?: boolean): IdCursor {
    return this.#lookup().startsWith(prefix, text, descending);
  }
  all(descending?: boolean): IdCursor {
    return this.#lookup().all(descending);
  }
  candidates(question: TextQuestion, text: string): IdCursor {
    return new TextLookup(this.#root()).candidates(question, text);
  }
  pointsIn(srid: number, boxes: readonly PointBox[]): IdCursor {
    return this.#lookup().pointsIn(srid, boxes);
  }
}
