// Grouping keys: a primitive for each value, fit for `Map` and `Set`, such that two values are equivalent
// (compare.ts) exactly when their keys are the same to a `Map`.
//
// Numbers and most strings are their own keys. What must not be taken for a plain string begins with U+0000,
// and so does the key of a string that itself begins with it.

import { simpleText } from './text.js';
import { CypherFloat, type CypherMap, isSimple, Node, Path, Relationship, typeOf, type Value } from './value.js';

export type GroupKey = string | number | boolean | bigint | null;

const MARK = '\u0000';

export function groupKey(value: Value): GroupKey {
  switch (typeof value) {
    case 'string':
      return value.charCodeAt(0) === 0 ? `${MARK}s${value}` : value;
    case 'number':
    case 'bigint':
    case 'boolean':
      return value;
    default:
      if (value === null) return null;
      if (value instanceof CypherFloat) return floatKey(value.value);
      return MARK + structure(value);
  }
}

/** Integral floats share the key of the INTEGER they equal; a `Map` folds −0 into 0 and all NaN into one. */
function floatKey(value: number): number | bigint {
  return Number.isInteger(value) && !Number.isSafeInteger(value) ? BigInt(value) : value;
}

/** Unambiguous text: each part says its kind and its length or its end. */
function structure(value: Exclude<Value, null>): string {
  switch (typeof value) {
    case 'string':
      return `s${value.length}:${value}`;
    case 'number':
    case 'bigint':
      return `n${value};`;
    case 'boolean':
      return value ? 't' : 'f';
    default:
      if (value instanceof CypherFloat) return `n${floatKey(value.value)};`;
      if (value instanceof Node) return `N${value.id};`;
      if (value instanceof Relationship) return `R${value.id};`;
      if (value instanceof Path) return pathText(value);
      if (isSimple(value)) return `${typeOf(value)}${simpleText(value)};`;
      return value instanceof Map ? mapText(value as CypherMap) : listText(value as readonly Value[]);
  }
}

function listText(items: readonly Value[]): string {
  let text = `l${items.length}:`;
  for (const item of items) text += item === null ? '0' : structure(item);
  return text;
}

function mapText(map: CypherMap): string {
  let text = `m${map.size}:`;
  for (const key of [...map.keys()].sort()) {
    const value = map.get(key) as Value;
    text += `${key.length}:${key}${value === null ? '0' : structure(value)}`;
  }
  return text;
}

function pathText(path: Path): string {
  return `P${path.nodes.map((node) => node.id).join(',')};${path.relationships.map((relationship) => relationship.id).join(',')};`;
}
