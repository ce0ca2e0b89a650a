// Equality and order of Cypher values, in the language's four senses:
//
//   equals       `=`: null where it cannot be known; NaN equals nothing; 1 = 1.0
//   equivalent   DISTINCT, grouping: null is null, NaN is NaN, 1 is 1.0
//   compareOrder ORDER BY: total over all values; null last
//   lessThan …   `<`: null between values that have no common order
//
// Numbers are compared exactly, whatever their kinds: no INTEGER is rounded to meet a FLOAT.
// Strings go by Unicode code points. Entities are their ids.

import { CypherPoint, comparePoints } from './point-type.js';
import { CypherBytes, compareBytes } from './simple-value.js';
import { compareTemporal } from './temporal/order.js';
import { isInstantaneous, type Temporal } from './temporal/types.js';
import { CypherFloat, type CypherMap, isSimple, Node, Path, Relationship, typeOf, type Value } from './value.js';

type Numeric = number | bigint;

/** The number in a value, FLOAT unboxed; undefined for anything else. JavaScript compares number with bigint exactly. */
function numeric(value: Value): Numeric | undefined {
  if (typeof value === 'number' || typeof value === 'bigint') return value;
  return value instanceof CypherFloat ? value.value : undefined;
}

/** Cypher's `=`: null is "unknown". */
export function equals(a: Value, b: Value): boolean | null {
  if (a === null || b === null) return null;
  if (a === b && typeof a !== 'object') return true;
  const left = numeric(a);
  if (left !== undefined) {
    const right = numeric(b);
    // biome-ignore lint/suspicious/noDoubleEquals: number against bigint, exactly
    return right !== undefined && left == right;
  }
  if (typeof a !== 'object' || typeof b !== 'object') return false;
  if (Array.isArray(a)) return Array.isArray(b) ? listEquals(a, b) : false;
  if (a instanceof Map) return b instanceof Map ? mapEquals(a, b) : false;
  return sameEntity(a, b);
}

function listEquals(a: readonly Value[], b: readonly Value[]): boolean | null {
  if (a.length !== b.length) return false;
  let result: boolean | null = true;
  for (let index = 0; index < a.length; index++) {
    const item = equals(a[index] as Value, b[index] as Value);
    if (item === false) return false;
    if (item === null) result = null;
  }
  return result;
}

function mapEquals(a: CypherMap, b: CypherMap): boolean | null {
  if (a.size !== b.size) return false;
  for (const key of a.keys()) if (!b.has(key)) return false;
  let result: boolean | null = true;
  for (const [key, value] of a) {
    const item = equals(value, b.get(key) as Value);
    if (item === false) return false;
    if (item === null) result = null;
  }
  return result;
}

function sameEntity(a: Value, b: Value): boolean {
  if (isSimple(a)) return isSimple(b) && compareSimple(a, b) === 0;
  if (a instanceof Node) return b instanceof Node && a.id === b.id;
  if (a instanceof Relationship) return b instanceof Relationship && a.id === b.id;
  return a instanceof Path && b instanceof Path && comparePaths(a, b) === 0;
}

/** The sameness of DISTINCT and of grouping keys. */
export function equivalent(a: Value, b: Value): boolean {
  if (a === b) return true;
  if (a === null || b === null) return false;
  const left = numeric(a);
  if (left !== undefined) {
    const right = numeric(b);
    if (right === undefined) return false;
    // biome-ignore lint/suspicious/noDoubleEquals: number against bigint, exactly
    return left == right || (Number.isNaN(left) && Number.isNaN(right));
  }
  if (typeof a !== 'object' || typeof b !== 'object') return false;
  if (Array.isArray(a)) {
    return Array.isArray(b) && a.length === b.length && a.every((item: Value, index) => equivalent(item, b[index] as Value));
  }
  if (a instanceof Map) return b instanceof Map && equivalentMaps(a, b);
  return sameEntity(a, b);
}

function equivalentMaps(a: CypherMap, b: CypherMap): boolean {
  if (a.size !== b.size) return false;
  for (const [key, value] of a) {
    const other = b.get(key);
    if (other === undefined || !equivalent(value, other)) return false;
  }
  return true;
}

/** Negative, 0 or positive. By Unicode code points: surrogates order after the units above them. */
export function compareText(a: string, b: string): number {
  if (a === b) return 0;
  const length = Math.min(a.length, b.length);
  for (let index = 0; index < length; index++) {
    const x = a.charCodeAt(index);
    const y = b.charCodeAt(index);
    if (x !== y) return x >= 0xd800 && y >= 0xd800 ? codePointOrder(x) - codePointOrder(y) : x - y;
  }
  return a.length - b.length;
}

function codePointOrder(unit: number): number {
  return unit >= 0xe000 ? unit - 0x2000 : unit + 0x2000;
}

/** NaN is above every other number and equal to itself. */
function compareNumbers(a: Numeric, b: Numeric): number {
  if (a < b) return -1;
  if (a > b) return 1;
  // biome-ignore lint/suspicious/noDoubleEquals: number against bigint, exactly
  if (a == b) return 0;
  return (Number.isNaN(a) ? 1 : 0) - (Number.isNaN(b) ? 1 : 0);
}

const [BOOLEANS, NUMBERS, NULLS] = [14, 15, 16];

function rank(value: Value): number {
  switch (typeOf(value)) {
    case 'MAP':
      return 0;
    case 'NODE':
      return 1;
    case 'RELATIONSHIP':
      return 2;
    case 'LIST':
      return 3;
    case 'PATH':
      return 4;
    case 'POINT':
      return 5;
    case 'ZONED DATETIME':
      return 6;
    case 'LOCAL DATETIME':
      return 7;
    case 'DATE':
      return 8;
    case 'ZONED TIME':
      return 9;
    case 'LOCAL TIME':
      return 10;
    case 'DURATION':
      return 11;
    case 'BYTES':
      return 12;
    case 'STRING':
      return 13;
    case 'BOOLEAN':
      return BOOLEANS;
    case 'INTEGER':
    case 'FLOAT':
      return NUMBERS;
    case 'NULL':
      return NULLS;
  }
}

/** The total order of ORDER BY, ascending: negative, 0 or positive; 0 exactly for equivalent values. */
export function compareOrder(a: Value, b: Value): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  if (typeof a === 'string' && typeof b === 'string') return compareText(a, b);
  const left = rank(a);
  const difference = left - rank(b);
  if (difference !== 0 || left === NULLS) return difference;
  if (left === NUMBERS) return compareNumbers(numeric(a) as Numeric, numeric(b) as Numeric);
  if (left === BOOLEANS) return Number(a) - Number(b);
  if (left === 3) return compareLists(a as readonly Value[], b as readonly Value[]);
  if (left === 0) return compareMaps(a as CypherMap, b as CypherMap);
  if (isSimple(a)) return compareSimple(a, b as typeof a);
  return a instanceof Path ? comparePaths(a, b as Path) : (a as Node).id - (b as Node).id;
}

/** Of any two; 0 exactly for the same value. */
function compareSimple(a: Temporal | CypherPoint | CypherBytes, b: Temporal | CypherPoint | CypherBytes): number {
  if (a.constructor !== b.constructor) return rank(a) - rank(b);
  if (a instanceof CypherPoint) return comparePoints(a, b as CypherPoint);
  return a instanceof CypherBytes ? compareBytes(a, b as CypherBytes) : compareTemporal(a, b as Temporal);
}

function compareLists(a: readonly Value[], b: readonly Value[]): number {
  const length = Math.min(a.length, b.length);
  for (let index = 0; index < length; index++) {
    const item = compareOrder(a[index] as Value, b[index] as Value);
    if (item !== 0) return item;
  }
  return a.length - b.length;
}

/** Fewer keys first, then by the sorted keys, then by the values in that order of keys. */
function compareMaps(a: CypherMap, b: CypherMap): number {
  if (a.size !== b.size) return a.size - b.size;
  const left = [...a.keys()].sort(compareText);
  const right = [...b.keys()].sort(compareText);
  const keys = compareLists(left, right);
  if (keys !== 0) return keys;
  for (const key of left) {
    const item = compareOrder(a.get(key) as Value, b.get(key) as Value);
    if (item !== 0) return item;
  }
  return 0;
}

/** By the entities along the way, node, relationship, node …; a path before its extensions. */
function comparePaths(a: Path, b: Path): number {
  const length = Math.min(a.nodes.length, b.nodes.length);
  for (let index = 0; index < length; index++) {
    const node = (a.nodes[index] as Node).id - (b.nodes[index] as Node).id;
    if (node !== 0) return node;
    const left = a.relationships[index];
    const right = b.relationships[index];
    if (left !== undefined && right !== undefined && left.id !== right.id) return left.id - right.id;
  }
  return a.nodes.length - b.nodes.length;
}

/** Negative, 0 or positive; NaN when every comparison is false; null when it cannot be known. */
function comparability(a: Value, b: Value): number | null {
  if (typeof a === 'string' && typeof b === 'string') return compareText(a, b);
  const left = numeric(a);
  const right = numeric(b);
  if (left !== undefined && right !== undefined) return Number.isNaN(left) || Number.isNaN(right) ? Number.NaN : compareNumbers(left, right);
  if (typeof a === 'boolean' && typeof b === 'boolean') return Number(a) - Number(b);
  if (Array.isArray(a) && Array.isArray(b)) return listComparability(a, b);
  // Durations and points have an order among themselves for ORDER BY alone.
  if (isInstantaneous(a) && isInstantaneous(b) && a.constructor === b.constructor) return compareTemporal(a, b);
  return null;
}

function listComparability(a: readonly Value[], b: readonly Value[]): number | null {
  const length = Math.min(a.length, b.length);
  for (let index = 0; index < length; index++) {
    const item = comparability(a[index] as Value, b[index] as Value);
    if (item !== 0) return item;
  }
  return a.length - b.length;
}

export function lessThan(a: Value, b: Value): boolean | null {
  if (typeof a === 'number' && typeof b === 'number') return a < b;
  const order = comparability(a, b);
  return order === null ? null : order < 0;
}

export function lessOrEqual(a: Value, b: Value): boolean | null {
  if (typeof a === 'number' && typeof b === 'number') return a <= b;
  const order = comparability(a, b);
  return order === null ? null : order <= 0;
}

export function greaterThan(a: Value, b: Value): boolean | null {
  if (typeof a === 'number' && typeof b === 'number') return a > b;
  const order = comparability(a, b);
  return order === null ? null : order > 0;
}

export function greaterOrEqual(a: Value, b: Value): boolean | null {
  if (typeof a === 'number' && typeof b === 'number') return a >= b;
  const order = comparability(a, b);
  return order === null ? null : order >= 0;
}
