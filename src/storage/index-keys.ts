// Under which keys an entity stands in an index: none where it does not belong there.
//
//   range  the values of all its properties; none where one is null          one key
//   text   the pieces of a string (text-keys.ts)                             many keys
//   point  where a point is (point-keys.ts)                                  one key

import { CypherPoint } from '../values/point-type.js';
import type { Value } from '../values/value.js';
import { readProperty } from './columns.js';
import { hasLabel, typeOfRelationship } from './entities.js';
import type { Heap } from './heap.js';
import { pointKey } from './point-keys.js';
import type { State } from './state.js';
import { keyOf, type StoredIndex } from './stored-index.js';
import { textKeys } from './text-keys.js';
import { compareKeys, type Key } from './tree.js';

const none: readonly Key[] = [];

function keysOf(index: StoredIndex, valueAt: (key: number) => Value): readonly Key[] {
  if (index.schema.kind === 'range') {
    const key = keyOf(index, valueAt);
    return key === undefined ? none : [key];
  }
  const value = valueAt(index.keys[0] as number);
  if (index.schema.kind === 'text') return typeof value === 'string' ? textKeys(value) : none;
  return value instanceof CypherPoint ? [pointKey(value)] : none;
}

/** Of an entity as it stands in `state`. */
export function keysNow(heap: Heap, state: State, index: StoredIndex, id: number): readonly Key[] {
  const node = index.schema.entity === 'node';
  const belongs = node ? hasLabel(heap, state, id, index.token) : typeOfRelationship(heap, state, id) === index.token;
  if (!belongs) return none;
  const group = node ? state.nodeProperties : state.relationshipProperties;
  return keysOf(index, (key) => readProperty(heap, group[key], id));
}

/** Those of `keys` that are not among `others`. */
export function without(keys: readonly Key[], others: readonly Key[]): readonly Key[] {
  if (keys.length === 0 || others.length === 0) return keys;
  if (keys.length === 1 && others.length === 1) return isSame(keys[0] as Key, others[0] as Key) ? none : keys;
  // Only pieces of strings are many.
  const known = new Set(others.map(([piece]) => piece));
  return keys.filter(([piece]) => !known.has(piece));
}

/** 1 and 1.0 are equal as keys, but the index keeps the one that is there. */
function isSame(a: Key, b: Key): boolean {
  return compareKeys(a, b) === 0 && a.every((value, place) => value === b[place]);
}
