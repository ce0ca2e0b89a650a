// A copy-on-write B+-tree: (key, entity id) pairs in order of key, then id. Keys are tuples of property values in Cypher's
// order, in which 1 and 1.0 are the same (SAFETY 9). A tree node belongs to the fork whose stamp it carries; others copy
// it before they change it, so a version's tree never changes. Nodes live in the JavaScript heap, not in the arena.

import { compareOrder } from '../values/compare.js';
import type { Value } from '../values/value.js';

export type Key = readonly Value[];

const WIDTH_MAX = 64;

export interface Leaf {
  readonly kind: 'leaf';
  readonly owner: number;
  count: number;
  readonly keys: Key[];
  /** As long as a leaf can be, so that a cursor hands it out as it is. */
  readonly ids: Int32Array;
}

export interface Branch {
  readonly kind: 'branch';
  readonly owner: number;
  /** `keys[i]`, `ids[i]`: the least pair that child i may hold; of the first child it is not looked at. */
  readonly children: TreeNode[];
  readonly keys: Key[];
  readonly ids: number[];
}

export type TreeNode = Leaf | Branch;

export function emptyTree(): TreeNode {
  return newLeaf(0);
}

/** Compares as many components as both have: a prefix equals all keys that begin with it. */
export function compareKeys(a: Key, b: Key): number {
  const count = Math.min(a.length, b.length);
  for (let index = 0; index < count; index++) {
    const order = compareOrder(a[index] as Value, b[index] as Value);
    if (order !== 0) return order;
  }
  return 0;
}

/** The tree with the pair in it. It must not be there yet. */
export function insert(root: TreeNode, owner: number, key: Key, id: number): TreeNode {
  const own = ownNode(root, owner);
  const right = insertInto(own, owner, key, id);
  if (right === undefined) return own;
  const [rightKey, rightId] = leastOf(right);
  return { kind: 'branch', owner, children: [own, right], keys: [rightKey, rightKey], ids: [rightId, rightId] };
}

/** The tree without the pair; the same tree when it was not there. */
export function remove(root: TreeNode, owner: number, key: Key, id: number): TreeNode {
  const own = ownNode(root, owner);
  removeFrom(own, owner, key, id);
  let top = own;
  while (top.kind === 'branch' && top.children.length <= 1) top = top.children[0] ?? newLeaf(owner);
  return top;
}

/** First place in the leaf that is not below (key, id). */
export function placeInLeaf(leaf: Leaf, key: Key, id: number): number {
  let low = 0;
  let high = leaf.count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (comparePairs(leaf.keys[middle] as Key, leaf.ids[middle] as number, key, id) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The child that may hold the first pair not below (key, id). */
export function childFor(branch: Branch, key: Key, id: number): number {
  let low = 1;
  let high = branch.children.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (comparePairs(branch.keys[middle] as Key, branch.ids[middle] as number, key, id) <= 0) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

export function* pairs(node: TreeNode): Generator<readonly [Key, number]> {
  if (node.kind === 'branch') for (const child of node.children) yield* pairs(child);
  else for (let place = 0; place < node.count; place++) yield [node.keys[place] as Key, node.ids[place] as number];
}

export function comparePairs(a: Key, aId: number, b: Key, bId: number): number {
  const order = compareKeys(a, b);
  return order !== 0 ? order : aId - bId;
}

function newLeaf(owner: number): Leaf {
  return { kind: 'leaf', owner, count: 0, keys: [], ids: new Int32Array(WIDTH_MAX) };
}

function ownNode(node: TreeNode, owner: number): TreeNode {
  if (node.owner === owner) return node;
  if (node.kind === 'leaf') return { kind: 'leaf', owner, count: node.count, keys: node.keys.slice(), ids: node.ids.slice() };
  return { kind: 'branch', owner, children: node.children.slice(), keys: node.keys.slice(), ids: node.ids.slice() };
}

function ownChild(branch: Branch, index: number, owner: number): TreeNode {
  const own = ownNode(branch.children[index] as TreeNode, owner);
  branch.children[index] = own;
  return own;
}

/** Returns the new right half when `node` had to be split. */
function insertInto(node: TreeNode, owner: number, key: Key, id: number): TreeNode | undefined {
  if (node.kind === 'leaf') return insertIntoLeaf(node, owner, key, id);
  const index = childFor(node, key, id);
  const right = insertInto(ownChild(node, index, owner), owner, key, id);
  if (right === undefined) return undefined;
  const [rightKey, rightId] = leastOf(right);
  node.children.splice(index + 1, 0, right);
  node.keys.splice(index + 1, 0, rightKey);
  node.ids.splice(index + 1, 0, rightId);
  return node.children.length <= WIDTH_MAX ? undefined : splitBranch(node, owner);
}

function insertIntoLeaf(leaf: Leaf, owner: number, key: Key, id: number): TreeNode | undefined {
  const place = placeInLeaf(leaf, key, id);
  if (leaf.count < WIDTH_MAX) {
    putIntoLeaf(leaf, place, key, id);
    return undefined;
  }
  // Keys that only grow leave full leaves behind them.
  const half = place === leaf.count ? leaf.count : leaf.count >>> 1;
  const right = newLeaf(owner);
  for (let from = half; from < leaf.count; from++) putIntoLeaf(right, right.count, leaf.keys[from] as Key, leaf.ids[from] as number);
  leaf.keys.length = half;
  leaf.count = half;
  if (place > half || half === WIDTH_MAX) putIntoLeaf(right, place - half, key, id);
  else putIntoLeaf(leaf, place, key, id);
  return right;
}

function putIntoLeaf(leaf: Leaf, place: number, key: Key, id: number): void {
  leaf.ids.copyWithin(place + 1, place, leaf.count);
  leaf.ids[place] = id;
  leaf.keys.splice(place, 0, key);
  leaf.count += 1;
}

function splitBranch(branch: Branch, owner: number): Branch {
  const half = branch.children.length >>> 1;
  return { kind: 'branch', owner, children: branch.children.splice(half), keys: branch.keys.splice(half), ids: branch.ids.splice(half) };
}

function removeFrom(node: TreeNode, owner: number, key: Key, id: number): void {
  if (node.kind === 'leaf') {
    const place = placeInLeaf(node, key, id);
    if (place >= node.count || comparePairs(node.keys[place] as Key, node.ids[place] as number, key, id) !== 0) return;
    node.ids.copyWithin(place, place + 1, node.count);
    node.keys.splice(place, 1);
    node.count -= 1;
    return;
  }
  const index = childFor(node, key, id);
  const child = ownChild(node, index, owner);
  removeFrom(child, owner, key, id);
  if (child.kind === 'leaf' ? child.count > 0 : child.children.length > 0) return;
  node.children.splice(index, 1);
  node.keys.splice(index, 1);
  node.ids.splice(index, 1);
}

/** The pair that separates a right half from what is left of it. */
function leastOf(node: TreeNode): readonly [Key, number] {
  return [node.keys[0] as Key, node.ids[0] as number];
}
