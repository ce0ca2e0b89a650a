// What generated code calls: everything that is not a fused loop or a typed comparison. One object, `h` there.

import { failure } from '../errors/catalogue.js';
import { type AdjacencyCursor, ANY_TYPE, type GraphReader, type IdCursor, IN, type OUT, type PropertyColumn } from '../graph/reader.js';
import type { GraphWriter } from '../graph/writer.js';
import { add, divide, modulo, multiply, negate, power, subtract } from '../values/arithmetic.js';
import { compareOrder, equals, greaterOrEqual, greaterThan, lessOrEqual, lessThan } from '../values/compare.js';
import { excerpt } from '../values/excerpt.js';
import { groupKey } from '../values/key.js';
import { pointField } from '../values/point.js';
import { CypherPoint } from '../values/point-type.js';
import { CypherBytes } from '../values/simple-value.js';
import { checkListLength } from '../values/size.js';
import { fieldOf } from '../values/temporal/fields.js';
import type { Temporal } from '../values/temporal/types.js';
import { describe, display, typeWord } from '../values/text.js';
import { CypherFloat, type CypherMap, integerOf, isSimple, Node, Path, Relationship, type Value } from '../values/value.js';
import { checkNode, checkRelationship, readable } from './deleted.js';
import { type NumberRange, rangeOf } from './functions/collections.js';
import type { FunctionContext, ScalarFunction, Turns } from './functions/function.js';
import { chunkRoom } from './gathered.js';
import { Growing } from './growing.js';
import { IdSet } from './id-set.js';
import { indexCursor, indexSeek, textCursor, textSeek } from './index-seek.js';
import { KeyedCounts, KeyedMap, KeyedSet } from './keyed.js';
import { LevelWalk } from './level-walk.js';
import { FEW, Members } from './members.js';
import type { MemoryAccount } from './memory.js';
import { PathWalk } from './path-walk.js';
import { matchesWhole } from './patterns/pattern.js';
import { pointCursor } from './point-seek.js';
import { RecentIntegers } from './recent.js';
import { ShortestPaths } from './shortest-paths.js';
import { SlicedSort } from './sliced-sort.js';
import { TopRows } from './top-rows.js';

type Ternary = boolean | null;

const never: Turns = { due: () => false };

/** The result of a sliced function that has no turns to give. */
function finished<T>(steps: Generator<0, T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

function typeError(message: string): Error {
  return failure('typeError', message);
}

function isMap(value: Value): value is CypherMap {
  return value instanceof Map;
}

// ---------------------------------------------------------------- logic

/** A value as true, false or null; anything else is no condition. */
function condition(value: Value): Ternary {
  if (value === null || typeof value === 'boolean') return value;
  throw typeError(`Type mismatch: expected Boolean but was ${typeWord(value)}`);
}

function and(a: Ternary, b: Ternary): Ternary {
  return a === false || b === false ? false : a === null || b === null ? null : true;
}

function or(a: Ternary, b: Ternary): Ternary {
  return a === true || b === true ? true : a === null || b === null ? null : false;
}

function xor(a: Ternary, b: Ternary): Ternary {
  return a === null || b === null ? null : a !== b;
}

function not(a: Ternary): Ternary {
  return a === null ? null : !a;
}

function notEquals(a: Value, b: Value): Ternary {
  return not(equals(a, b));
}

/** Items looked at before the event loop may have its turn. */
const ITEMS_AT_ONCE = 4096;

function isIn(item: Value, list: Value): Ternary {
  return list === null ? null : within(item, listOf(list), 0, Number.POSITIVE_INFINITY);
}

function* isInSliced(run: Turns, item: Value, list: Value): Generator<0, Ternary> {
  if (list === null) return null;
  const items = listOf(list);
  let result: Ternary = false;
  for (let from = 0; from < items.length; from += ITEMS_AT_ONCE) {
    const found = within(item, items, from, from + ITEMS_AT_ONCE);
    if (found === true) return true;
    if (found === null) result = null;
    if (run.due()) yield 0;
  }
  return result;
}

/** Those of the list, which are those before as long as it is the same. */
function membersOf(before: Members | null, list: readonly Value[], memory: MemoryAccount): Members {
  return before?.items === list ? before : new Members(list, memory);
}

/** Too few to make more of, or no list. */
function isFew(list: Value): boolean {
  return !Array.isArray(list) || list.length <= FEW;
}

/** Of an item that the members answer for. */
function isMember(item: Value, members: Members): Ternary {
  return members.has(item) || within(item, members.others, 0, Number.POSITIVE_INFINITY);
}

function makeMembers(members: Members): void {
  for (const _piece of members.makeSet(ITEMS_AT_ONCE));
}

function* makeMembersSliced(run: Turns, members: Members): Generator<0, void> {
  for (const _piece of members.makeSet(ITEMS_AT_ONCE)) if (run.due()) yield 0;
}

/** Whether the item equals one of a part of the list. */
function within(item: Value, items: readonly Value[], from: number, to: number): Ternary {
  let unknown = false;
  const plain = typeof item === 'number' || typeof item === 'string';
  for (let index = from; index < items.length && index < to; index++) {
    const one = items[index] as Value;
    if (plain && typeof one === typeof item) {
      if (one === item) return true;
      continue;
    }
    const equal = equals(item, one);
    if (equal === true) return true;
    if (equal === null) unknown = true;
  }
  return unknown ? null : false;
}

function listOf(value: Value): readonly Value[] {
  if (Array.isArray(value)) return value;
  throw typeError(`Type mismatch: expected List but was ${typeWord(value)}`);
}

/** What is looked through at once. */
function isShort(list: Value): boolean {
  return !Array.isArray(list) || list.length <= ITEMS_AT_ONCE;
}

/** `item IN range(…)`, without the list. */
function isInRange(item: Value, { from, by, count, exactly }: NumberRange): Ternary {
  if (count <= 0) return count < 0 ? null : false;
  if (item === null) return null;
  if (exactly !== undefined) return isInLargeRange(item, count, exactly);
  const value = numberOrNaN(item);
  const index = (value - from) / by;
  return Number.isInteger(index) && index >= 0 && index < count;
}

/** It ascends or descends: by halves. */
function isInLargeRange(item: Value, count: number, at: (index: number) => Value): boolean {
  const ascends = count < 2 || compareOrder(at(0), at(1)) < 0;
  let [low, high] = [0, count - 1];
  while (low <= high) {
    const middle = Math.floor((low + high) / 2);
    const order = compareOrder(at(middle), item);
    if (order === 0) return equals(at(middle), item) === true;
    if (order < 0 === ascends) low = middle + 1;
    else high = middle - 1;
  }
  return false;
}

function startsWith(a: Value, b: Value): Ternary {
  return typeof a === 'string' && typeof b === 'string' ? a.startsWith(b) : null;
}

function endsWith(a: Value, b: Value): Ternary {
  return typeof a === 'string' && typeof b === 'string' ? a.endsWith(b) : null;
}

function contains(a: Value, b: Value): Ternary {
  return typeof a === 'string' && typeof b === 'string' ? a.includes(b) : null;
}

function matches(memory: MemoryAccount, a: Value, b: Value): Ternary {
  return typeof a === 'string' && typeof b === 'string' ? matchesWhole(a, b, memory) : null;
}

/** Simple CASE compares by `=`: null is the same as nothing. */
function isSame(a: Value, b: Value): boolean {
  return equals(a, b) === true;
}

/** A number for typed comparisons; NaN where the value is none (or is NaN, which compares with nothing). */
function numberOrNaN(value: Value | undefined): number {
  if (typeof value === 'number') return value;
  return value instanceof CypherFloat ? value.value : Number.NaN;
}

/** The dictionary id of a string; −2, which no string has, for anything else. */
function stringIdOf(reader: GraphReader, value: Value | undefined): number {
  if (typeof value !== 'string') return -2;
  const id = reader.stringId(value);
  return id < 0 ? -2 : id;
}

/** `+`: what it makes takes memory. */
function plus(memory: MemoryAccount, a: Value, b: Value): Value {
  const sum = add(a, b);
  return typeof sum === 'number' ? sum : memory.made(sum);
}

function range(memory: MemoryAccount, start: Value, end: Value, step?: Value): Value {
  return finished(rangeSliced(never, memory, start, end, step));
}

function* rangeSliced(run: Turns, memory: MemoryAccount, start: Value, end: Value, step?: Value): Generator<0, Value> {
  const { from, by, count, exactly } = rangeOf(start, end, step);
  if (count < 0) return null;
  checkListLength(count);
  const items: Value[] = new Array(count);
  for (let index = 0; index < count; index++) {
    items[index] = exactly?.(index) ?? from + index * by;
    if (index % ITEMS_AT_ONCE === ITEMS_AT_ONCE - 1 && run.due()) yield 0;
  }
  return memory.made(items);
}

/** A function that gives null where an argument is null. */
function call(implementation: (context: unknown, ...values: Value[]) => Value, context: unknown, ...values: Value[]): Value {
  for (const value of values) if (value === null) return null;
  return implementation(context, ...values);
}

/** Texts and lists below are worked on at once. */
const LONG_UNITS = 16_384;

/** `call` of a function that has a sliced form, too. */
function longCall(found: ScalarFunction, context: FunctionContext, ...values: Value[]): Value {
  for (const value of values) if (value === null) return null;
  return found.call(context, ...values);
}

function* longCallSliced(run: Turns, found: ScalarFunction, context: FunctionContext, ...values: Value[]): Generator<0, Value> {
  for (const value of values) if (value === null) return null;
  const [first] = values;
  const isLong = (typeof first === 'string' || Array.isArray(first)) && (first as { readonly length: number }).length > LONG_UNITS;
  return isLong && found.sliced !== undefined ? yield* found.sliced(run, context, ...values) : found.call(context, ...values);
}

// ---------------------------------------------------------------- access

function property(reader: GraphReader, subject: Value, key: string): Value {
  if (subject === null) return null;
  if (isMap(subject)) return subject.get(key) ?? null;
  if (subject instanceof Node || subject instanceof Relationship) return readable(reader, subject).properties.get(key) ?? null;
  if (isSimple(subject)) return component(subject, key);
  throw typeError(`Type mismatch: expected a map but was ${typeWord(subject)}`);
}

function component(subject: Temporal | CypherPoint | CypherBytes, key: string): Value {
  const found = subject instanceof CypherBytes ? undefined : subject instanceof CypherPoint ? pointField(subject, key) : fieldOf(subject, key);
  if (typeof found === 'bigint') return integerOf(found) ?? null;
  if (found !== undefined) return found;
  // A point of two dimensions has no third coordinate; other names are mistakes.
  if (subject instanceof CypherPoint && ['z', 'longitude', 'latitude', 'height'].includes(key)) return null;
  throw failure('argumentError', `No such field: ${excerpt(key)} of a ${typeWord(subject)}`);
}

/** Its bytes as integers, signed as in Java. */
function listOfBytes({ bytes }: CypherBytes): readonly number[] {
  return Array.from(bytes, (byte) => (byte << 24) >> 24);
}

function subscript(reader: GraphReader, subject: Value, index: Value): Value {
  if (subject === null || index === null) return null;
  if (subject instanceof CypherBytes) return subscript(reader, listOfBytes(subject), index);
  if (Array.isArray(subject)) {
    // Beyond what a number holds exactly, and so beyond any list.
    if (typeof index === 'bigint') return null;
    if (typeof index !== 'number') throw typeError(`Cannot access a list using a non-number index, got ${typeWord(index)}`);
    return (subject as readonly Value[])[index < 0 ? index + subject.length : index] ?? null;
  }
  if (typeof index !== 'string') throw typeError(`Cannot access a map by ${describe(index)}: expected a String`);
  return property(reader, subject, index);
}

function slice(subject: Value, from: Value | undefined, to: Value | undefined): Value {
  if (subject === null || from === null || to === null) return null;
  if (subject instanceof CypherBytes) return slice(listOfBytes(subject), from, to);
  if (!Array.isArray(subject)) throw typeError(`Type mismatch: expected List but was ${typeWord(subject)}`);
  return (subject as readonly Value[]).slice(sliceBound(from) ?? 0, sliceBound(to));
}

function sliceBound(bound: Value | undefined): number | undefined {
  if (bound === undefined || typeof bound === 'number') return bound;
  if (typeof bound === 'bigint') return Number(bound);
  throw typeError('A slice needs integer bounds');
}

function list(value: Value): readonly Value[] | null {
  return value === null ? null : listOf(value);
}

/** UNWIND: null gives nothing, what is no list gives itself. */
function unwound(value: Value): readonly Value[] {
  if (value === null) return [];
  if (value instanceof CypherBytes) return listOfBytes(value);
  return Array.isArray(value) ? (value as readonly Value[]) : [value];
}

function hasLabels(subject: Value, ofNode: (node: number) => boolean, ofRelationship: (relationship: number) => boolean): Ternary {
  if (subject === null) return null;
  if (subject instanceof Node) return ofNode(subject.id);
  if (subject instanceof Relationship) return ofRelationship(subject.id);
  throw typeError(`Type mismatch: expected Node or Relationship but was ${typeWord(subject)}`);
}

/** Columns that follow a draft: a key that did not exist is looked up again, and what was deleted cannot be read. */
class LiveProperty {
  readonly #reader: GraphReader;
  readonly #key: string;
  readonly #nodes: boolean;
  #column: PropertyColumn | undefined;

  constructor(reader: GraphReader, key: string, nodes: boolean) {
    this.#reader = reader;
    this.#key = key;
    this.#nodes = nodes;
    this.#column = undefined;
  }

  value(id: number): Value {
    const value = this.#find()?.value(id) ?? null;
    if (value === null) (this.#nodes ? checkNode : checkRelationship)(this.#reader, id);
    return value;
  }

  #find(): PropertyColumn | undefined {
    if (this.#column !== undefined) return this.#column;
    const key = this.#reader.keyId(this.#key);
    if (key < 0) return undefined;
    this.#column = this.#nodes ? this.#reader.nodeColumn(key) : this.#reader.relationshipColumn(key);
    return this.#column;
  }
}

/** One key of maps, nodes and relationships alike. */
class AnyProperty {
  readonly #reader: GraphReader;
  readonly #key: string;
  readonly #ofNodes: LiveProperty;
  readonly #ofRelationships: LiveProperty;

  constructor(reader: GraphReader, key: string) {
    this.#reader = reader;
    this.#key = key;
    this.#ofNodes = new LiveProperty(reader, key, true);
    this.#ofRelationships = new LiveProperty(reader, key, false);
  }

  of(subject: Value): Value {
    if (subject instanceof Node && subject.source === this.#reader) return this.#ofNodes.value(subject.id);
    if (subject instanceof Relationship && subject.source === this.#reader) return this.#ofRelationships.value(subject.id);
    return property(this.#reader, subject, this.#key);
  }
}

// ---------------------------------------------------------------- entities

/** The id of a value that must be a node; −1 for null. */
function nodeId(value: Value): number {
  if (value === null) return -1;
  if (value instanceof Node) return value.id;
  throw typeError(`Type mismatch: expected Node but was ${typeWord(value)}`);
}

function relationshipId(value: Value): number {
  if (value === null) return -1;
  if (value instanceof Relationship) return value.id;
  throw typeError(`Type mismatch: expected Relationship but was ${typeWord(value)}`);
}

/** Whether a relationship is in a list of relationships, or is the one. */
function amongRelationships(id: number, value: Value): boolean {
  if (value instanceof Relationship) return value.id === id;
  if (!Array.isArray(value)) return false;
  return (value as readonly Value[]).some((one) => one instanceof Relationship && one.id === id);
}

/** Rows of a node's relationships copied out, for queries that write: [relationship, neighbour, …]. */
function copied(reader: GraphReader, node: number, directions: readonly number[], types: readonly number[]): readonly number[] {
  const found: number[] = [];
  const cursor: AdjacencyCursor = reader.adjacency();
  for (const direction of directions) {
    for (const type of types) {
      cursor.open(node, direction as typeof OUT | typeof IN, type);
      while (cursor.next()) {
        for (let index = cursor.start; index < cursor.end; index++) {
          const neighbour = cursor.neighbours[index] as number;
          // A loop stands under both directions.
          if (directions.length === 2 && direction === IN && neighbour === node) continue;
          found.push(cursor.relationships[index] as number, neighbour);
        }
      }
    }
  }
  return found;
}

/** Ids of types that exist; any type where none is named. */
function typeIds(reader: GraphReader, types: readonly string[]): readonly number[] {
  if (types.length === 0) return [ANY_TYPE];
  return [...new Set(types)].map((type) => reader.typeId(type)).filter((id) => id >= 0);
}

/** Whether every relationship of the types has nodes of the label at these of its ends. */
function everyEndHas({ statistics }: GraphReader, label: number, ends: readonly (typeof OUT | typeof IN)[], types: readonly number[]): boolean {
  const count = (type: number) => (type === ANY_TYPE ? statistics.relationshipCount : statistics.relationshipsOfTypeCount(type));
  return types.every((type) => ends.every((end) => statistics.endCount(label, end, type) === count(type)));
}

/** All of a cursor, copied in slices: the transaction writes nothing meanwhile. */
function* idsSliced(run: Turns, cursor: IdCursor): Generator<0, readonly number[]> {
  const found: number[] = [];
  for (let looked = 0; cursor.next(); ) {
    for (let index = cursor.start; index < cursor.end; index++) found.push(cursor.ids[index] as number);
    if (found.length - looked < ITEMS_AT_ONCE) continue;
    looked = found.length;
    if (run.due()) yield 0;
  }
  return found;
}

/** Nodes by id or element id, each once. */
function nodesById(reader: GraphReader, asked: Value, by: 'id' | 'elementId'): readonly number[] {
  return idsOf(asked, by === 'id' ? undefined : (one) => reader.nodeIdOf(one)).filter((id) => reader.nodeExists(id));
}

/** Relationships by id or element id, each once; of these types, if any are given. */
function relationshipsById(reader: GraphReader, asked: Value, by: 'id' | 'elementId', types: readonly string[]): readonly number[] {
  const ids = idsOf(asked, by === 'id' ? undefined : (one) => reader.relationshipIdOf(one));
  return ids.filter((id) => reader.relationshipExists(id) && (types.length === 0 || types.includes(reader.relationshipType(id))));
}

/** What may be an id of those that are asked for, each once. */
function idsOf(asked: Value, ofElement: ((text: string) => number) | undefined): readonly number[] {
  const found = new Set<number>();
  for (const one of asked === null ? [] : listOf(asked)) {
    // 1.0 = 1
    const number = one instanceof CypherFloat ? one.value : one;
    const id = ofElement === undefined ? number : typeof one === 'string' ? ofElement(one) : -1;
    if (typeof id === 'number' && Number.isInteger(id) && id >= 0 && id < 2 ** 31) found.add(id);
  }
  return [...found];
}

/** Alternating nodes and relationships; a list of relationships brings the nodes between. null in one part: null. */
function path(reader: GraphReader, nodes: readonly number[], steps: readonly (number | Value)[]): Path | null {
  const start = nodes[0] as number;
  if (nodes.some((node) => node < 0)) return null;
  const pathNodes = [new Node(start, reader)];
  const pathRelationships: Relationship[] = [];
  let at = start;
  for (const step of steps) {
    if (step === null || step === -1) return null;
    const along = typeof step === 'number' ? [new Relationship(step, reader)] : (step as readonly Relationship[]);
    for (const relationship of along) {
      at = relationship.startId === at ? relationship.endId : relationship.startId;
      pathRelationships.push(relationship);
      pathNodes.push(new Node(at, reader));
    }
  }
  return new Path(pathNodes, pathRelationships);
}

// ---------------------------------------------------------------- writing

function mapOf(reader: GraphReader, value: Value): CypherMap {
  if (value === null) return new Map();
  if (isMap(value)) return value;
  if (value instanceof Node || value instanceof Relationship) return readable(reader, value).properties;
  throw typeError(`Type mismatch: expected Map, Node or Relationship but was ${typeWord(value)}`);
}

function createRelationship(
  writer: GraphWriter,
  type: string,
  from: number,
  to: number,
  properties: CypherMap,
  names: readonly [string, string, string],
): number {
  const missing = from < 0 ? names[1] : to < 0 ? names[2] : undefined;
  if (missing !== undefined)
    throw failure(
      'entityNotFound',
      `Failed to create relationship \`${names[0].trim()}\`, node \`${missing.trim()}\` is missing. Match it first, or leave such rows out.`,
    );
  return writer.createRelationship(type, from, to, properties);
}

/** MERGE cannot find what has a null property. */
function mergeable(properties: CypherMap, what: string): CypherMap {
  for (const [key, value] of properties) {
    if (value === null) throw failure('semanticError', `Cannot merge the following ${what} because of null property value for '${key}'`);
  }
  return properties;
}

function setProperty(writer: GraphWriter, subject: Value, key: string, value: Value): void {
  if (subject === null) return;
  if (subject instanceof Node) writer.setNodeProperty(subject.id, key, value);
  else if (subject instanceof Relationship) writer.setRelationshipProperty(subject.id, key, value);
  else throw typeError(`Type mismatch: expected Node or Relationship but was ${typeWord(subject)}`);
}

function setProperties(writer: GraphWriter, subject: Value, value: Value, replace: boolean): void {
  if (subject === null) return;
  const properties = mapOf(writer, value);
  if (replace) for (const key of (subject as Node | Relationship).properties.keys()) if (!properties.has(key)) setProperty(writer, subject, key, null);
  for (const [key, one] of properties) setProperty(writer, subject, key, one);
}

function setLabels(writer: GraphWriter, subject: Value, labels: readonly string[], add: boolean): void {
  const node = nodeId(subject);
  if (node < 0) return;
  for (const label of labels) {
    if (add) writer.addLabel(node, label);
    else writer.removeLabel(node, label);
  }
}

function remove(writer: GraphWriter, value: Value, detach: boolean): void {
  if (value === null) return;
  if (value instanceof Node) writer.deleteNode(value.id, detach);
  else if (value instanceof Relationship) writer.deleteRelationship(value.id);
  else if (value instanceof Path) {
    for (const relationship of value.relationships) writer.deleteRelationship(relationship.id);
    for (const node of value.nodes) writer.deleteNode(node.id, detach);
  } else if (Array.isArray(value)) for (const one of value as readonly Value[]) remove(writer, one, detach);
  else throw typeError(`Type mismatch: expected Node, Path or Relationship but was ${typeWord(value)}`);
}

/** SKIP and LIMIT. */
function rowCount(value: Value, word: string): number {
  if (typeof value === 'number' && value >= 0) return value;
  throw failure('argumentError', `${word}: Invalid input. '${display(value)}' is not a valid value. Must be a non-negative integer.`);
}

export const library = {
  condition,
  and,
  or,
  xor,
  not,
  equals,
  notEquals,
  lessThan,
  lessOrEqual,
  greaterThan,
  greaterOrEqual,
  isIn,
  membersOf,
  isFew,
  RecentIntegers,
  isMember,
  makeMembers,
  makeMembersSliced,
  isInSliced,
  isShort,
  isInRange,
  startsWith,
  endsWith,
  contains,
  matches,
  isSame,
  numberOrNaN,
  stringIdOf,
  call,
  plus,
  range,
  rangeSliced,
  longCall,
  longCallSliced,
  add,
  subtract,
  multiply,
  divide,
  modulo,
  power,
  negate,
  subscript,
  slice,
  list,
  unwound,
  hasLabels,
  LiveProperty,
  AnyProperty,
  nodeId,
  relationshipId,
  amongRelationships,
  SlicedSort,
  copied,
  typeIds,
  everyEndHas,
  chunkRoom,
  idsSliced,
  nodesById,
  relationshipsById,
  path,
  ShortestPaths,
  indexSeek,
  indexCursor,
  textCursor,
  textSeek,
  pointCursor,
  rangeOf,
  PathWalk,
  LevelWalk,
  mapOf,
  createRelationship,
  mergeable,
  setProperty,
  setProperties,
  setLabels,
  remove,
  rowCount,
  compareOrder,
  groupKey,
  Growing,
  IdSet,
  KeyedCounts,
  KeyedMap,
  KeyedSet,
  TopRows,
  Node,
  Relationship,
  CypherFloat,
} as const;
