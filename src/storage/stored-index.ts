// One index of a state: which entities are in it, and the tree that holds them. An entity is indexed when it has the label
// or type and what index-keys.ts asks of its properties; null is never indexed.

import type { IndexSchema } from '../graph/schema.js';
import type { Value } from '../values/value.js';
import { IndexLookup, neverEqual } from './index-lookup.js';
import { emptyTree, insert, type Key, remove, type TreeNode } from './tree.js';

export class StoredIndex {
  readonly owner: number;
  readonly schema: IndexSchema;
  readonly token: number;
  readonly keys: readonly number[];
  root: TreeNode;
  entryCount: number;
  /** Different ones, in the order of the tree: 1 and 1.0 are one. */
  keyCount: number;
  /** Entities below this id are in it; Infinity when all are (population.ts). */
  doneUpTo: number;
  /** Why it will never be ready here; empty otherwise. */
  failure: string;

  constructor(owner: number, schema: IndexSchema, token: number, keys: readonly number[], root: TreeNode, entryCount = 0, keyCount = 0) {
    this.owner = owner;
    this.schema = schema;
    this.token = token;
    this.keys = keys;
    this.root = root;
    this.entryCount = entryCount;
    this.keyCount = keyCount;
    this.doneUpTo = 0;
    this.failure = '';
  }

  copyFor(owner: number, schema = this.schema): StoredIndex {
    const copy = new StoredIndex(owner, schema, this.token, this.keys, this.root, this.entryCount, this.keyCount);
    copy.doneUpTo = this.doneUpTo;
    copy.failure = this.failure;
    return copy;
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

  /** Only by its owner. */
  fail(why: string): void {
    this.root = emptyTree();
    this.entryCount = 0;
    this.keyCount = 0;
    this.doneUpTo = 0;
    this.failure = why;
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

/** The key under which an entity with these properties stands in a range index; undefined when it is not in it. */
export function keyOf(index: StoredIndex, valueAt: (key: number) => Value): Key | undefined {
  const values: Value[] = [];
  for (const key of index.keys) {
    const value = valueAt(key);
    if (value === null) return undefined;
    values.push(value);
  }
  return values;
}
