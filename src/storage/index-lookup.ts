// Reading an index: each lookup is a place to begin in the tree and a rule that holds for the pairs of the answer and for
// none after them. The cursor hands out the leaves' own id arrays.

import type { IdCursor, IndexBound, IndexReader } from '../graph/reader.js';
import { compareOrder } from '../values/compare.js';
import { CypherFloat, type Value } from '../values/value.js';
import { type Branch, childFor, compareKeys, type Key, type Leaf, placeInLeaf, type TreeNode } from './tree.js';

const noIds = new Int32Array(0);
const ABOVE_EVERY_ID = 2 ** 31;

/** Null and NaN equal nothing, and neither does a list that holds one. */
export function neverEqual(value: Value): boolean {
  if (value === null) return true;
  if (value instanceof CypherFloat) return Number.isNaN(value.value);
  return Array.isArray(value) && (value as readonly Value[]).some(neverEqual);
}

class TreeCursor implements IdCursor {
  ids: Int32Array;
  start: number;
  end: number;
  readonly #inside: (key: Key) => boolean;
  readonly #branches: Branch[];
  readonly #places: number[];
  #leaf: Leaf | undefined;
  #place: number;

  /** Begins at the first pair not below (key, id); `inside` is true for a first part of what follows. */
  constructor(root: TreeNode, key: Key, id: number, inside: (key: Key) => boolean) {
    this.ids = noIds;
    this.start = 0;
    this.end = 0;
    this.#inside = inside;
    this.#branches = [];
    this.#places = [];
    let node = root;
    while (node.kind === 'branch') {
      const place = childFor(node, key, id);
      this.#branches.push(node);
      this.#places.push(place);
      node = node.children[place] as TreeNode;
    }
    this.#leaf = node;
    this.#place = placeInLeaf(node, key, id);
  }

  next(): boolean {
    while (this.#leaf !== undefined) {
      const leaf = this.#leaf;
      const from = this.#place;
      const to = this.#insideUntil(leaf, from);
      if (to < leaf.count) this.#leaf = undefined;
      else this.#nextLeaf();
      if (to === from) continue;
      this.ids = leaf.ids;
      this.start = from;
      this.end = to;
      return true;
    }
    return false;
  }

  #insideUntil(leaf: Leaf, from: number): number {
    if (leaf.count === from || this.#inside(leaf.keys[leaf.count - 1] as Key)) return leaf.count;
    let low = from;
    let high = leaf.count - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#inside(leaf.keys[middle] as Key)) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #nextLeaf(): void {
    this.#leaf = undefined;
    let level = this.#branches.length - 1;
    while (level >= 0 && (this.#places[level] as number) + 1 >= (this.#branches[level] as Branch).children.length) level--;
    if (level < 0) return;
    this.#places[level] = (this.#places[level] as number) + 1;
    let node = (this.#branches[level] as Branch).children[this.#places[level] as number] as TreeNode;
    while (node.kind === 'branch') {
      level += 1;
      this.#branches[level] = node;
      this.#places[level] = 0;
      node = node.children[0] as TreeNode;
    }
    this.#leaf = node;
    this.#place = 0;
  }
}

export const noEntities: IdCursor = { ids: noIds, start: 0, end: 0, next: () => false };

export class IndexLookup implements IndexReader {
  readonly #root: TreeNode;

  constructor(root: TreeNode) {
    this.#root = root;
  }

  equal(keys: readonly Value[]): IdCursor {
    return keys.some(neverEqual) ? noEntities : this.prefix(keys);
  }

  /** All pairs whose key begins with these values in Cypher's order (NaN beside NaN). */
  prefix(keys: Key): IdCursor {
    return new TreeCursor(this.#root, keys, -1, (key) => compareKeys(key, keys) === 0);
  }

  range(prefix: readonly Value[], lower: IndexBound | undefined, upper: IndexBound | undefined): IdCursor {
    const bound = lower ?? upper;
    if (bound === undefined) return this.equal(prefix);
    if (prefix.some(neverEqual) || neverEqual(bound.value) || (upper !== undefined && neverEqual(upper.value))) return noEntities;
    const least = leastLike(bound.value);
    if (least === undefined || (upper !== undefined && !isLike(upper.value, bound.value))) return noEntities;
    const place = prefix.length;
    const inside = (key: Key) => {
      const value = key[place] as Value;
      if (compareKeys(key, prefix) !== 0 || !isLike(value, bound.value)) return false;
      if (upper === undefined) return true;
      const order = compareOrder(value, upper.value);
      return upper.inclusive ? order <= 0 : order < 0;
    };
    // After the last pair that equals an exclusive lower bound: above every id.
    const exclusive = lower !== undefined && !lower.inclusive;
    const from = [...prefix, lower === undefined ? least : lower.value];
    return new TreeCursor(this.#root, from, exclusive ? ABOVE_EVERY_ID : -1, inside);
  }

  startsWith(prefix: readonly Value[], text: string): IdCursor {
    if (prefix.some(neverEqual)) return noEntities;
    const place = prefix.length;
    return new TreeCursor(this.#root, [...prefix, text], -1, (key) => {
      const value = key[place];
      return typeof value === 'string' && value.startsWith(text) && compareKeys(key, prefix) === 0;
    });
  }

  all(): IdCursor {
    return new TreeCursor(this.#root, [], -1, () => true);
  }
}

/** Whether `<` between the two is true or false rather than null; NaN compares with nothing. */
function isLike(value: Value, other: Value): boolean {
  if (isNumber(value)) return isNumber(other) && !(value instanceof CypherFloat && Number.isNaN(value.value));
  if (Array.isArray(value)) return Array.isArray(other);
  return typeof value === typeof other && typeof value !== 'object';
}

function isNumber(value: Value): boolean {
  return typeof value === 'number' || typeof value === 'bigint' || value instanceof CypherFloat;
}

/** The first value in Cypher's order that compares with `value`. */
function leastLike(value: Value): Value | undefined {
  if (typeof value === 'string') return '';
  if (typeof value === 'boolean') return false;
  if (isNumber(value)) return new CypherFloat(Number.NEGATIVE_INFINITY);
  return Array.isArray(value) ? [] : undefined;
}
