// Reading an index: each lookup is a place to begin in the tree and a rule that holds for the pairs of the answer and for
// none after them. The cursor hands out the leaves' own id arrays.

import type { IdCursor, IndexBound } from '../graph/reader.js';
import { compareOrder, greaterOrEqual, greaterThan, lessOrEqual, lessThan } from '../values/compare.js';
import type { PointBox } from '../values/point-box.js';
import { leastTemporal, sameTemporalType } from '../values/temporal/order.js';
import { isInstantaneous } from '../values/temporal/types.js';
import { CypherFloat, type Value } from '../values/value.js';
import { pointsIn } from './point-lookup.js';
import { type Branch, childFor, compareKeys, comparePairs, type Key, type Leaf, pairs, placeInLeaf, type TreeNode } from './tree.js';

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

/** The same pairs from the last to the first; chunks are reversed copies. */
class BackwardCursor implements IdCursor {
  ids: Int32Array;
  start: number;
  end: number;
  readonly #key: Key;
  readonly #id: number;
  readonly #branches: Branch[];
  readonly #places: number[];
  #leaf: Leaf | undefined;
  #count: number;

  constructor(root: TreeNode, key: Key, id: number, inside: (key: Key) => boolean) {
    this.ids = noIds;
    this.start = 0;
    this.end = 0;
    this.#key = key;
    this.#id = id;
    this.#branches = [];
    this.#places = [];
    const beyond = (pairKey: Key, pairId: number): boolean => comparePairs(pairKey, pairId, key, id) >= 0 && !inside(pairKey);
    let node = root;
    while (node.kind === 'branch') {
      const { keys, ids } = node;
      const place = firstWhere(1, node.children.length, (child) => beyond(keys[child] as Key, ids[child] as number)) - 1;
      this.#branches.push(node);
      this.#places.push(place);
      node = node.children[place] as TreeNode;
    }
    const leaf = node;
    this.#leaf = leaf;
    this.#count = firstWhere(0, leaf.count, (place) => beyond(leaf.keys[place] as Key, leaf.ids[place] as number));
  }

  next(): boolean {
    while (this.#leaf !== undefined) {
      const leaf = this.#leaf;
      const [from, to] = [placeInLeaf(leaf, this.#key, this.#id), this.#count];
      if (from > 0) this.#leaf = undefined;
      else this.#previousLeaf();
      if (to <= from) continue;
      this.ids = leaf.ids.slice(from, to).reverse();
      this.end = to - from;
      return true;
    }
    return false;
  }

  #previousLeaf(): void {
    this.#leaf = undefined;
    let level = this.#branches.length - 1;
    while (level >= 0 && this.#places[level] === 0) level--;
    if (level < 0) return;
    this.#places[level] = (this.#places[level] as number) - 1;
    let node = (this.#branches[level] as Branch).children[this.#places[level] as number] as TreeNode;
    while (node.kind === 'branch') {
      level += 1;
      this.#branches[level] = node;
      this.#places[level] = node.children.length - 1;
      node = node.children[node.children.length - 1] as TreeNode;
    }
    this.#leaf = node;
    this.#count = node.count;
  }
}

/** The first of `from` … `to` − 1 for which `is` is true, as for all after it; `to` when there is none. */
function firstWhere(from: number, to: number, is: (place: number) => boolean): number {
  let [low, high] = [from, to];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (is(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}

export const noEntities: IdCursor = { ids: noIds, start: 0, end: 0, next: () => false };

function cursorOf(ids: readonly number[]): IdCursor {
  let more = ids.length > 0;
  return {
    ids: Int32Array.from(ids),
    start: 0,
    end: ids.length,
    next() {
      const there = more;
      more = false;
      return there;
    },
  };
}

export class IndexLookup {
  readonly #root: TreeNode;

  constructor(root: TreeNode) {
    this.#root = root;
  }

  equal(keys: readonly Value[], descending = false): IdCursor {
    return keys.some(neverEqual) ? noEntities : this.prefix(keys, descending);
  }

  /** All pairs whose key begins with these values in Cypher's order (NaN beside NaN). */
  prefix(keys: Key, descending = false): IdCursor {
    return this.#cursor(keys, -1, descending, (key) => compareKeys(key, keys) === 0);
  }

  range(prefix: readonly Value[], lower: IndexBound | undefined, upper: IndexBound | undefined, descending = false): IdCursor {
    const bound = lower ?? upper;
    if (bound === undefined) return this.equal(prefix, descending);
    if (prefix.some(neverEqual)) return noEntities;
    if (Array.isArray(bound.value)) return this.#lists(prefix, lower, upper, descending);
    if (neverEqual(bound.value) || (upper !== undefined && neverEqual(upper.value))) return noEntities;
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
    return this.#cursor(from, exclusive ? ABOVE_EVERY_ID : -1, descending, inside);
  }

  /** `<` knows nothing of `[1]` and `['a']`, which have an order here: each list is asked. */
  #lists(prefix: readonly Value[], lower: IndexBound | undefined, upper: IndexBound | undefined, descending: boolean): IdCursor {
    const ids: number[] = [];
    for (const [key, id] of pairs(this.#root)) {
      if (compareKeys(key, prefix) !== 0) continue;
      const value = key[prefix.length] as Value;
      if (lower !== undefined && (lower.inclusive ? greaterOrEqual : greaterThan)(value, lower.value) !== true) continue;
      if (upper !== undefined && (upper.inclusive ? lessOrEqual : lessThan)(value, upper.value) !== true) continue;
      ids.push(id);
    }
    return cursorOf(descending ? ids.reverse() : ids);
  }

  startsWith(prefix: readonly Value[], text: string, descending = false): IdCursor {
    if (prefix.some(neverEqual)) return noEntities;
    const place = prefix.length;
    return this.#cursor([...prefix, text], -1, descending, (key) => {
      const value = key[place];
      return typeof value === 'string' && value.startsWith(text) && compareKeys(key, prefix) === 0;
    });
  }

  all(descending = false): IdCursor {
    return this.#cursor([], -1, descending, () => true);
  }

  pointsIn(srid: number, boxes: readonly PointBox[]): IdCursor {
    return pointsIn(this, srid, boxes);
  }

  #cursor(key: Key, id: number, descending: boolean, inside: (key: Key) => boolean): IdCursor {
    return descending ? new BackwardCursor(this.#root, key, id, inside) : new TreeCursor(this.#root, key, id, inside);
  }
}

/** Whether `<` between the two is true or false rather than null; NaN compares with nothing. */
function isLike(value: Value, other: Value): boolean {
  if (isInstantaneous(value)) return isInstantaneous(other) && sameTemporalType(value, other);
  if (isNumber(value)) return isNumber(other) && !(value instanceof CypherFloat && Number.isNaN(value.value));
  return typeof value === typeof other && typeof value !== 'object';
}

function isNumber(value: Value): boolean {
  return typeof value === 'number' || typeof value === 'bigint' || value instanceof CypherFloat;
}

/** The first value in Cypher's order that compares with `value`. */
function leastLike(value: Value): Value | undefined {
  if (typeof value === 'string') return '';
  if (typeof value === 'boolean') return false;
  if (isInstantaneous(value)) return leastTemporal(value);
  return isNumber(value) ? new CypherFloat(Number.NEGATIVE_INFINITY) : undefined;
}
