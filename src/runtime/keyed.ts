// A map and a set by grouping keys that never stop for long to grow. A JavaScript Map doubles its table in one step, which
// takes 80 ms at a million entries: beyond some thousand entries these go to many small Maps, by a hash of the key.
// Small integers, which ages, years and counts are, have places of their own: no hash, and no Map.

import { type GroupKey, groupKey } from '../values/key.js';
import type { Value } from '../values/value.js';

const WHOLE_MAX = 8192;
const SHARDS = 256;
const VALUES_IN_CHUNK = 8192;
/** Integers from 0 up to here have places. */
const PLACES = 4096;

/** Those of counts are there from the start, so that loops need not look for them anew. */
const COUNTED_PLACES = 1024;
export const PLACE_FULL = 0x7fffffff;

function isSmall(key: unknown, end: number): key is number {
  return typeof key === 'number' && key >= 0 && key < end && (key | 0) === key;
}

/** Told of the work of growing, in units of about 50 ns: the maps may grow all at once, each for itself. */
interface WorkCounter {
  work: number;
}

/** From 0 to SHARDS − 1. Long strings by a part of their characters. */
function shardOf(key: GroupKey): number {
  if (typeof key === 'number') return (key ^ (key >>> 8) ^ (key >>> 16)) & (SHARDS - 1);
  if (typeof key === 'bigint') return Number(BigInt.asUintN(8, key ^ (key >> 8n)));
  if (typeof key !== 'string') return 0;
  const { length } = key;
  let hash = length;
  for (let at = Math.max(0, length - 24); at < length; at++) hash = (hash * 31 + key.charCodeAt(at)) | 0;
  return (hash ^ (hash >>> 8) ^ (hash >>> 16)) & (SHARDS - 1);
}

/** How long an array is in which `place` has room. */
function roomFor(place: number): number {
  return 2 ** Math.max(6, 32 - Math.clz32(place));
}

export class KeyedSet {
  size: number;
  /** 1 at each small integer that is there; compiled loops look here before they call `add`. */
  places: Uint8Array;
  readonly #map: KeyedMap<true>;

  constructor(counter: WorkCounter) {
    this.size = 0;
    this.places = new Uint8Array(0);
    this.#map = new KeyedMap(counter, false);
  }

  /** True when it was not there. */
  add(key: GroupKey): boolean {
    if (isSmall(key, PLACES)) {
      if (key >= this.places.length) this.#grow(key);
      if (this.places[key] === 1) return false;
      this.places[key] = 1;
      this.size++;
      return true;
    }
    if (this.#map.get(key) !== undefined) return false;
    this.#map.set(key, true);
    this.size++;
    return true;
  }

  #grow(place: number): void {
    const before = this.places;
    this.places = new Uint8Array(roomFor(place));
    this.places.set(before);
  }
}

interface Counted {
  readonly key: GroupKey;
  /** The first of those with the key. */
  readonly value: Value;
  count: number;
}

/** How often each value was given: groups that are only counted. */
export class KeyedCounts {
  /** By small integer; compiled loops count here themselves, and `carry` at PLACE_FULL. Of 32 bits: a processor adds to them twice as fast. */
  readonly places: Int32Array;
  /** What was carried. */
  readonly #carried: Map<number, number>;
  readonly #others: KeyedMap<Counted>;

  constructor(counter: WorkCounter) {
    this.places = new Int32Array(COUNTED_PLACES);
    this.#carried = new Map();
    this.#others = new KeyedMap(counter);
  }

  carry(place: number): void {
    this.#carried.set(place, this.#countOf(place));
    this.places[place] = 0;
  }

  #countOf(place: number): number {
    return (this.places[place] as number) + (this.#carried.get(place) ?? 0);
  }

  /** True when it was not there. */
  add(value: Value): boolean {
    if (isSmall(value, COUNTED_PLACES)) {
      const isNew = this.#countOf(value) === 0;
      (this.places[value] as number)++;
      if (this.places[value] === PLACE_FULL) this.carry(value);
      return isNew;
    }
    const key = groupKey(value);
    const known = this.#others.get(key);
    if (known === undefined) this.#others.set(key, { key, value, count: 1 });
    else known.count++;
    return known === undefined;
  }

  /** Small integers first. */
  *groups(): Generator<readonly [Value, number], void> {
    // 1 and 1.0 are of one group.
    const isInteger = ({ key }: Counted) => isSmall(key, COUNTED_PLACES) && this.#countOf(key) > 0;
    const floats = new Map<GroupKey, number>();
    for (const other of this.#others.values()) if (isInteger(other)) floats.set(other.key, other.count);
    for (let place = 0; place < COUNTED_PLACES; place++) {
      const count = this.#countOf(place);
      if (count > 0) yield [place, count + (floats.get(place) ?? 0)];
    }
    for (const other of this.#others.values()) if (!isInteger(other)) yield [other.value, other.count];
  }
}

export class KeyedMap<V> {
  readonly #counter: WorkCounter;
  readonly #places: (V | undefined)[];
  #whole: Map<GroupKey, V> | undefined;
  readonly #shards: Map<GroupKey, V>[];
  /** Values in the order in which they came, in chunks: an array of millions stops to grow, too. */
  readonly #chunks: V[][] | undefined;

  constructor(counter: WorkCounter, ordered = true) {
    this.#counter = counter;
    this.#places = [];
    this.#whole = new Map();
    this.#shards = [];
    this.#chunks = ordered ? [] : undefined;
  }

  get(key: GroupKey): V | undefined {
    if (isSmall(key, PLACES)) return key < this.#places.length ? this.#places[key] : undefined;
    return this.#whole === undefined ? (this.#shards[shardOf(key)] as Map<GroupKey, V>).get(key) : this.#whole.get(key);
  }

  /** The key must be a new one. */
  set(key: GroupKey, value: V): void {
    if (this.#chunks !== undefined) this.#append(this.#chunks, value);
    if (isSmall(key, PLACES)) {
      while (this.#places.length <= key) this.#places.push(undefined);
      this.#places[key] = value;
      return;
    }
    const map = this.#whole ?? (this.#shards[shardOf(key)] as Map<GroupKey, V>);
    map.set(key, value);
    // A Map grows at each power of two.
    if ((map.size & (map.size - 1)) === 0) this.#counter.work += map.size;
    if (this.#whole !== undefined && this.#whole.size > WHOLE_MAX) this.#split(this.#whole);
  }

  *values(): Generator<V, void> {
    for (const chunk of this.#chunks ?? []) yield* chunk;
  }

  #append(chunks: V[][], value: V): void {
    const last = chunks.at(-1);
    if (last === undefined || last.length === VALUES_IN_CHUNK) chunks.push([value]);
    else last.push(value);
  }

  #split(whole: Map<GroupKey, V>): void {
    for (let shard = 0; shard < SHARDS; shard++) this.#shards.push(new Map());
    for (const [key, value] of whole) (this.#shards[shardOf(key)] as Map<GroupKey, V>).set(key, value);
    this.#whole = undefined;
  }
}
