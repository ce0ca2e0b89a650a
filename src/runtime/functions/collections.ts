// Functions of lists, maps, entities and paths.

import { assert } from '../../base/assert.js';
import { limits } from '../../base/limits.js';
import { failure } from '../../errors/catalogue.js';
import type { GraphReader } from '../../graph/reader.js';
import { equals } from '../../values/compare.js';
import { CypherBytes } from '../../values/simple-value.js';
import { checkListLength } from '../../values/size.js';
import { typeWord } from '../../values/text.js';
import { type CypherMap, integerOf, Node, Path, Relationship, typeOf, type Value } from '../../values/value.js';
import { readable } from '../deleted.js';
import { lengthOf, reverseText } from './characters.js';
import { between, exactly, type FunctionTable, inTurns, type ScalarFunction, sharing, takingNull, wrongType } from './function.js';
import { reversedSliced } from './long-texts.js';

const ITEMS_AT_ONCE = 1024;

function listOf(name: string, value: Value): readonly Value[] {
  if (Array.isArray(value)) return value;
  throw wrongType(name, value, 'a list');
}

function isMap(value: Value): value is CypherMap {
  return value instanceof Map;
}

function size(value: Value): Value {
  if (typeof value === 'string') return lengthOf(value);
  if (value instanceof CypherBytes) return value.bytes.length;
  return listOf('size', value).length;
}

function rangeArgument(value: Value): number {
  if (typeof value === 'number' || typeof value === 'bigint') return Number(value);
  throw failure('argumentError', `Invalid input for function 'range()': Expected an integer, got ${typeWord(value)}`);
}

/** The numbers of a range without making them: `from + index * by` for `count` indexes; a count of −1 where an argument is null. */
export interface NumberRange {
  readonly from: number;
  readonly by: number;
  readonly count: number;
  /** Instead of `from` and `by`, where they or what comes of them are beyond 2^53. */
  readonly exactly: ((index: number) => Value) | undefined;
}

export function rangeOf(start: Value, end: Value, step: Value = 1): NumberRange {
  if (start === null || end === null || step === null) return { from: 0, by: 1, count: -1, exactly: undefined };
  const [from, to, by] = [rangeArgument(start), rangeArgument(end), rangeArgument(step)];
  if (by === 0) throw failure('argumentError', "Step argument to 'range()' can't be 0");
  const count = Math.max(0, Math.floor((to - from) / by) + 1);
  // An end beyond 2^53 is fine where nobody comes so far.
  const isSafe = Number.isSafeInteger(from) && Number.isSafeInteger(by) && (Number.isSafeInteger(to) || count === 0 || count >= 2 ** 40);
  return isSafe
    ? { from, by, count, exactly: undefined }
    : largeRange(BigInt(start as number | bigint), BigInt(end as number | bigint), BigInt(step as number | bigint));
}

function largeRange(from: bigint, to: bigint, by: bigint): NumberRange {
  const isEmpty = by > 0n ? from > to : from < to;
  const count = isEmpty ? 0 : Number((to - from) / by + 1n);
  return { from: Number(from), by: Number(by), count, exactly: (index) => integerOf(from + BigInt(index) * by) as number | bigint };
}

/** Generated code makes it in slices. */
function range(start: Value, end: Value, step?: Value): Value {
  const { from, by, count, exactly } = rangeOf(start, end, step);
  checkListLength(count);
  return Array.from({ length: count }, (_, index) => exactly?.(index) ?? from + index * by);
}

function keys(reader: GraphReader, value: Value): Value {
  if (value instanceof Node || value instanceof Relationship) return [...readable(reader, value).properties.keys()];
  if (isMap(value)) return [...value.keys()];
  throw wrongType('keys', value, 'a Node, Relationship or Map');
}

function properties(reader: GraphReader, value: Value): Value {
  if (value instanceof Node || value instanceof Relationship) return readable(reader, value).properties;
  if (isMap(value)) return value;
  throw wrongType('properties', value, 'a Node, Relationship or Map');
}

function nodeOf(name: string, value: Value): Node {
  if (value instanceof Node) return value;
  throw wrongType(name, value, 'a Node');
}

function relationshipOf(name: string, value: Value): Relationship {
  if (value instanceof Relationship) return value;
  throw wrongType(name, value, 'a Relationship');
}

function pathOf(name: string, value: Value): Path {
  if (value instanceof Path) return value;
  throw wrongType(name, value, 'a Path');
}

/** `INTEGER NOT NULL`, `LIST<INTEGER NOT NULL | STRING NOT NULL> NOT NULL`; what a list holds in the order of the alphabet. */
function typeText(value: Value): string {
  if (value === null) return 'NULL';
  if (!Array.isArray(value)) return `${typeOf(value)} NOT NULL`;
  const items = [...new Set((value as readonly Value[]).map(typeText))].sort();
  return `LIST<${items.length === 0 ? 'NOTHING' : items.join(' | ')}> NOT NULL`;
}

function identified(name: string, value: Value): Node | Relationship {
  if (value instanceof Node || value instanceof Relationship) return value;
  throw wrongType(name, value, 'a Node or Relationship');
}

function reverse(value: Value): Value {
  return typeof value === 'string' ? reverseText(value) : [...listOf('reverse', value)].reverse();
}

function isEmpty(value: Value): Value {
  if (typeof value === 'string') return value.length === 0;
  if (isMap(value)) return value.size === 0;
  return listOf('isEmpty', value).length === 0;
}

function converted(name: string, table: FunctionTable, one: string): ScalarFunction {
  const convert = table[one];
  assert(convert !== undefined, `${name} has ${one}`);
  return {
    ...exactly(1, () => null),
    call: (context, list) => listOf(name, list as Value).map((item) => (item === null ? null : convert.call(context, item))),
    *sliced(run, context, list) {
      const made: Value[] = [];
      for (const item of listOf(name, list as Value)) {
        made.push(item === null ? null : convert.call(context, item));
        if (made.length % ITEMS_AT_ONCE === 0 && run.due()) yield 0;
      }
      return made;
    },
  };
}

/** Of one value, read where it is. */
function reading(call: (reader: GraphReader, value: Value) => Value): ScalarFunction {
  return { ...exactly(1, () => null), call: ({ reader }, value) => call(reader, value as Value) };
}

export function collectionFunctions(scalars: FunctionTable): FunctionTable {
  return {
    size: sharing(exactly(1, (value) => size(value as Value))),
    length: sharing(exactly(1, (value) => (value instanceof Path ? value.relationships.length : size(value as Value)))),
    range: between(2, 3, (start, end, step) => range(start as Value, end as Value, step)),
    head: sharing(exactly(1, (list) => listOf('head', list as Value)[0] ?? null)),
    last: sharing(exactly(1, (list) => listOf('last', list as Value).at(-1) ?? null)),
    tail: exactly(1, (list) => listOf('tail', list as Value).slice(1)),
    reverse: inTurns(
      exactly(1, (value) => reverse(value as Value)),
      function* (run, _context, value) {
        return typeof value === 'string' ? yield* reversedSliced(run, value) : reverse(value as Value);
      },
    ),
    keys: reading((reader, value) => keys(reader, value)),
    properties: reading((reader, value) => properties(reader, value)),
    labels: reading((reader, value) => readable(reader, nodeOf('labels', value)).labels),
    type: sharing(exactly(1, (value) => relationshipOf('type', value as Value).type)),
    id: sharing(exactly(1, (value) => identified('id', value as Value).id)),
    elementid: sharing(exactly(1, (value) => identified('elementId', value as Value).elementId)),
    startnode: sharing(
      exactly(1, (value) => {
        const relationship = relationshipOf('startNode', value as Value);
        return new Node(relationship.startId, relationship.source);
      }),
    ),
    endnode: sharing(
      exactly(1, (value) => {
        const relationship = relationshipOf('endNode', value as Value);
        return new Node(relationship.endId, relationship.source);
      }),
    ),
    valuetype: takingNull(1, 1, (_context, value) => typeText(value as Value)),
    nodes: sharing(exactly(1, (value) => pathOf('nodes', value as Value).nodes)),
    relationships: sharing(exactly(1, (value) => pathOf('relationships', value as Value).relationships)),
    isempty: sharing(exactly(1, (value) => isEmpty(value as Value))),
    exists: takingNull(1, 1, (_context, value) => value !== null),
    coalesce: takingNull(1, limits.queryDepthMax * 10, (_context, ...values) => values.find((value) => value !== null) ?? null),
    // As `=` compares, so that null of anything stays null and 1 is 1.0.
    nullif: takingNull(2, 2, (_context, a, b) => (equals(a as Value, b as Value) === true ? null : (a as Value))),
    tointegerlist: converted('toIntegerList', scalars, 'tointegerornull'),
    tofloatlist: converted('toFloatList', scalars, 'tofloatornull'),
    tostringlist: converted('toStringList', scalars, 'tostringornull'),
    tobooleanlist: converted('toBooleanList', scalars, 'tobooleanornull'),
  };
}
