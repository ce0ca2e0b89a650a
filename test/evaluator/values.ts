// Equality, order and truth of values, written as the openCypher text says them and with nothing of src/values/compare:
// a mistake there shows as a difference.

import { CypherPoint } from '../../src/values/point-type.js';
import { CypherFloat, Node, Path, Relationship, type Value } from '../../src/values/value.js';

export type Truth = boolean | null;

export function not(a: Truth): Truth {
  return a === null ? null : !a;
}

export function and(a: Truth, b: Truth): Truth {
  if (a === false || b === false) return false;
  return a === null || b === null ? null : true;
}

export function or(a: Truth, b: Truth): Truth {
  return not(and(not(a), not(b)));
}

export function isNumber(value: Value): value is number | bigint | CypherFloat {
  return typeof value === 'number' || typeof value === 'bigint' || value instanceof CypherFloat;
}

function isNaNValue(value: Value): boolean {
  return value instanceof CypherFloat && Number.isNaN(value.value);
}

/** −1, 0, 1; numbers of any kind, exactly. */
function compareNumbers(a: number | bigint | CypherFloat, b: number | bigint | CypherFloat): number {
  const [x, y] = [a instanceof CypherFloat ? a.value : a, b instanceof CypherFloat ? b.value : b];
  return x < y ? -1 : x > y ? 1 : 0;
}

/** Java's order of strings by code point, as Cypher orders them. */
function compareStrings(a: string, b: string): number {
  const [x, y] = [[...a], [...b]];
  for (let at = 0; at < Math.min(x.length, y.length); at++) {
    const difference = ((x[at] as string).codePointAt(0) as number) - ((y[at] as string).codePointAt(0) as number);
    if (difference !== 0) return Math.sign(difference);
  }
  return Math.sign(x.length - y.length);
}

/** `a = b`. */
export function equal(a: Value, b: Value): Truth {
  if (a === null || b === null) return null;
  if (isNumber(a) && isNumber(b)) return !isNaNValue(a) && !isNaNValue(b) && compareNumbers(a, b) === 0;
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length ? a.map((one: Value, at) => equal(one, (b as Value[])[at] as Value)).reduce(and, true) : false;
  if (a instanceof Map && b instanceof Map) {
    if (a.size !== b.size || ![...a.keys()].every((key) => b.has(key))) return false;
    return [...a].map(([key, value]) => equal(value as Value, b.get(key) as Value)).reduce(and, true);
  }
  if (a instanceof Node && b instanceof Node) return a.id === b.id;
  if (a instanceof Relationship && b instanceof Relationship) return a.id === b.id;
  if ((a instanceof Path && b instanceof Path) || (a instanceof CypherPoint && b instanceof CypherPoint)) return textOf(a) === textOf(b);
  return a === b;
}

/** `a < b` and its kin: null where the two cannot be compared. */
export function compared(a: Value, b: Value, holds: (sign: number) => boolean): Truth {
  if (a === null || b === null) return null;
  if (isNumber(a) && isNumber(b)) return isNaNValue(a) || isNaNValue(b) ? false : holds(compareNumbers(a, b));
  if (typeof a === 'string' && typeof b === 'string') return holds(compareStrings(a, b));
  if (typeof a === 'boolean' && typeof b === 'boolean') return holds(Number(a) - Number(b));
  return Array.isArray(a) && Array.isArray(b) ? comparedLists(a, b, holds) : null;
}

/** By the first place where they differ. */
function comparedLists(a: readonly Value[], b: readonly Value[], holds: (sign: number) => boolean): Truth {
  for (let at = 0; at < Math.min(a.length, b.length); at++) {
    const [left, right] = [a[at] as Value, b[at] as Value];
    const same = compared(left, right, (sign) => sign === 0);
    if (same !== true) return same === null ? null : compared(left, right, holds);
  }
  return holds(a.length - b.length);
}

const RANK = ['map', 'node', 'relationship', 'list', 'path', 'point', 'string', 'boolean', 'number', 'null'];

function rankOf(value: Value): number {
  if (value === null) return RANK.indexOf('null');
  if (isNumber(value)) return RANK.indexOf('number');
  if (typeof value === 'string' || typeof value === 'boolean') return RANK.indexOf(typeof value);
  if (Array.isArray(value)) return RANK.indexOf('list');
  if (value instanceof Node) return RANK.indexOf('node');
  if (value instanceof Relationship) return RANK.indexOf('relationship');
  if (value instanceof CypherPoint) return RANK.indexOf('point');
  return value instanceof Path ? RANK.indexOf('path') : RANK.indexOf('map');
}

/** The total order of ORDER BY, min and max; NaN after every number, null last. */
export function order(a: Value, b: Value): number {
  const ranks = rankOf(a) - rankOf(b);
  if (ranks !== 0) return ranks;
  if (isNumber(a) && isNumber(b)) return isNaNValue(a) || isNaNValue(b) ? Number(isNaNValue(a)) - Number(isNaNValue(b)) : compareNumbers(a, b);
  if (typeof a === 'string' && typeof b === 'string') return compareStrings(a, b);
  if (typeof a === 'boolean' && typeof b === 'boolean') return Number(a) - Number(b);
  if (Array.isArray(a) && Array.isArray(b)) {
    for (let at = 0; at < Math.min(a.length, b.length); at++) {
      const items = order((a as Value[])[at] as Value, (b as Value[])[at] as Value);
      if (items !== 0) return items;
    }
    return a.length - b.length;
  }
  if ((a instanceof Node && b instanceof Node) || (a instanceof Relationship && b instanceof Relationship)) return a.id - b.id;
  if (a instanceof Path && b instanceof Path) return order(idsAlong(a), idsAlong(b));
  if (a instanceof CypherPoint && b instanceof CypherPoint) return order(coordinatesOf(a), coordinatesOf(b));
  return compareStrings(textOf(a), textOf(b));
}

/** With its reference system, which counts first. */
function coordinatesOf({ srid, x, y, z }: CypherPoint): readonly Value[] {
  return [srid, ...[x, y, z ?? 0].map((one) => new CypherFloat(one))];
}

/** Ids in the order in which a path comes by: node, relationship, node. */
function idsAlong(path: Path): readonly number[] {
  return path.nodes.flatMap((node, at) => [node.id, ...(path.relationships[at] === undefined ? [] : [path.relationships[at].id])]);
}

/** The same text for what is grouped together (1 and 1.0, null and null, NaN and NaN), another one for everything else. */
export function textOf(value: Value): string {
  if (value === null) return 'null';
  if (isNumber(value)) {
    const plain = value instanceof CypherFloat ? value.value : value;
    if (typeof plain === 'number' && !Number.isInteger(plain)) return String(plain);
    return String(typeof plain === 'bigint' ? plain : BigInt(plain));
  }
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'boolean') return String(value);
  if (Array.isArray(value)) return `[${(value as readonly Value[]).map(textOf).join(', ')}]`;
  if (value instanceof Node) return `(${value.id})`;
  if (value instanceof Relationship) return `[${value.id}]`;
  if (value instanceof CypherPoint) return `point${textOf(coordinatesOf(value))}`;
  if (value instanceof Path) return `<${value.nodes.map((node) => node.id).join(' ')} | ${value.relationships.map((one) => one.id).join(' ')}>`;
  const entries = [...(value as ReadonlyMap<string, Value>)].sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, one]) => `${JSON.stringify(key)}: ${textOf(one)}`).join(', ')}}`;
}

/** As `textOf`, with FLOAT told from INTEGER: what a client is shown. */
export function shown(value: Value): string {
  // Sums depend, in their last digits, on the order of rows, which is free.
  if (value instanceof CypherFloat) {
    const rounded = Number(value.value.toPrecision(12));
    return Number.isInteger(rounded) ? `${rounded}.0` : String(rounded);
  }
  if (Array.isArray(value)) return `[${(value as readonly Value[]).map(shown).join(', ')}]`;
  if (value instanceof Map) {
    const entries = [...(value as ReadonlyMap<string, Value>)].sort(([a], [b]) => (a < b ? -1 : 1));
    return `{${entries.map(([key, one]) => `${key}: ${shown(one)}`).join(', ')}}`;
  }
  return textOf(value);
}
