// One index of a state: which entities are in it, and the tree that holds them. An entity is indexed when it has the label
// or type and all the properties; null is never indexed.

import type { IndexSchema } from '../graph/schema.js';
import type { Value } from '../values/value.js';
import { readProperty } from './columns.js';
import type { Heap } from './heap.js';
import { IndexLookup, neverEqual } from './index-lookup.js';
import type { State } from './state.js';
import { compareKeys, insert, type Key, remove, type TreeNode } from './tree.js';

export class StoredIndex {
  readonly owner: number;
  readonly schema: IndexSchema;
  readonly token: number;
  readonly keys: readonly number[];
  root: TreeNode;
  entryCount: number;
  /** An estimate: pairs whose neighbour in the tree has another key when they come or go. */
  keyCount: number;

  constructor(owner: number, schema: IndexSchema, token: number, keys: readonly number[], root: TreeNode, entryCount = 0, keyCount = 0) {
    this.owner = owner;
    this.schema = schema;
    this.token = token;
    this.keys = keys;
    this.root = root;
    this.entryCount = entryCount;
    this.keyCount = keyCount;
  }

  copyFor(owner: number): StoredIndex {
    return new StoredIndex(owner, this.schema, this.token, this.keys, this.root, this.entryCount, this.keyCount);
  }

  /** Only by its owner. */
  add(key: Key, id: number): void {
    if (!this.#holds(key)) this.keyCount += 1;
    this.root = insert(this.root, this.owner, key, id);
    this.entryCount += 1;
  }

  /** Only by its owner. */
  delete(key: Key, id: number): void {
    this.root = remove(this.root, this.owner, key, id);
    this.entryCount -= 1;
    if (!this.#holds(key)) this.keyCount -= 1;
  }

  #holds(key: Key): boolean {
    return new IndexLookup(this.root).prefix(key).next();
  }

  /** Another entity with an equal key by Cypher's `=`; −1 when there is none. */
  holderOf(key: Key, except: number): number {
    if (key.some(neverEqual)) return -1;
    const cursor = new IndexLookup(this.root).prefix(key);
    while (cursor.next()) {
      for (let place = cursor.start; place < cursor.end; place++) {
        const id = cursor.ids[place] as number;
        if (id !== except) return id;
      }
    }
    return -1;
  }
}

/** The key under which an entity with these properties stands; undefined when it is not indexed. */
export function keyOf(index: StoredIndex, valueAt: (key: number) => Value): Key | undefined {
  const values: Value[] = [];
  for (const key of index.keys) {
    const value = valueAt(key);
    if (value === null) return undefined;
    values.push(value);
  }
  return values;
}

/** The key of an entity as it stands in `state`. */
export function storedKeyOf(heap: Heap, state: State, index: StoredIndex, id: number): Key | undefined {
  const group = index.schema.entity === 'node' ? state.nodeProperties : state.relationshipProperties;
  return keyOf(index, (key) => readProperty(heap, group[key], id));
}

export function sameKey(a: Key | undefined, b: Key | undefined): boolean {
  return a === undefined || b === undefined ? a === b : compareKeys(a, b) === 0 && a.every((value, place) => value === b[place]);
}
