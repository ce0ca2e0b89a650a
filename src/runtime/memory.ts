// What a running query holds: counted roughly, bounded by `memory.query_bytes`. Also what it works.
//
// An operator that lets go of its rows says so (`release`): below an Apply it begins anew for each row.
// A value counts as much as it is when written out: a list that holds another one twice counts it twice.

import { limits } from '../base/limits.js';
import { failure } from '../errors/catalogue.js';
import type { Value } from '../values/value.js';

const SLOT_BYTES = 16;
const ROW_BYTES = 32;
const TEXT_BYTES = 24;
/** A Map and its smallest table; an entry of it. */
const MAP_BYTES = 192;
const ENTRY_BYTES = 48;
const ENTITY_BYTES = 32;
/** Strings and lists below are not counted while an expression is at work. */
const SMALL_BYTES = 256;
export class MemoryAccount {
  /** Bytes held now. Generated code sets it back when it lets go of what an expression made on its way. */
  used: number;
  /** Work since the event loop had its turn, where one call is more than a step: a unit is about 50 ns. */
  work: number;
  readonly #limitBytes: number;

  constructor(limitBytes: number) {
    this.used = 0;
    this.work = 0;
    this.#limitBytes = limitBytes;
  }

  take(bytes: number): void {
    this.used += bytes;
    if (this.used <= this.#limitBytes) return;
    throw failure(
      'memoryPoolOutOfMemory',
      `The query needs more memory than it may take: memory.query_bytes is ${this.#limitBytes}. Return or group less, or raise the setting.`,
    );
  }

  release(bytes: number): void {
    this.used -= bytes;
  }

  /** Whether so much more may be taken: for what is counted once it is there. */
  checkRoom(bytes: number): void {
    this.take(bytes);
    this.release(bytes);
  }

  /** A kept row of `slots` values. */
  row(slots: number): void {
    this.take(ROW_BYTES + slots * SLOT_BYTES);
  }

  /** Accounts for a row of values or of what holds them (ids, packed rows), and gives it back. */
  kept<T extends readonly unknown[]>(row: T): T {
    this.heldRow(0, row);
    return row;
  }

  /** A key kept in a set or a map. */
  key(key: unknown): void {
    this.take(ROW_BYTES + (typeof key === 'string' ? TEXT_BYTES + key.length * 2 : SLOT_BYTES));
  }

  /** A kept value: strings, lists and maps by their size. */
  value(value: Value): void {
    this.take(SLOT_BYTES + (typeof value === 'number' ? 0 : this.#content(value)));
  }

  /** Gives back what an expression just made, counted until the expression is over. */
  made<T extends Value>(value: T): T {
    const bytes =
      typeof value === 'string'
        ? value.length * 2
        : Array.isArray(value)
          ? value.length * SLOT_BYTES
          : value instanceof Map
            ? MAP_BYTES + value.size * ENTRY_BYTES
            : 0;
    if (bytes > SMALL_BYTES) {
      this.work += bytes >> 8;
      this.take(bytes);
    }
    return value;
  }

  /** A local holds `value` where it held something of `before` bytes: what it holds now. */
  held(before: number, value: Value): number {
    const bytes = this.#content(value);
    this.take(bytes - before);
    return bytes;
  }

  /** The same of a row. */
  heldRow(before: number, row: readonly unknown[]): number {
    const bytes = ROW_BYTES + this.#content(row);
    this.take(bytes - before);
    return bytes;
  }

  /** All that was made since `before` is let go of, but for an item of a list. */
  settle(before: number, item: Value): void {
    this.used = before;
    this.value(item);
  }

  /** Bytes of a value beside the slot that holds it; it stops at the limit. */
  #content(value: unknown): number {
    if (typeof value !== 'object' || value === null) return typeof value === 'string' ? TEXT_BYTES + value.length * 2 : 0;
    const bytes = contentBytes(value, this.#limitBytes, 0);
    this.work += bytes >> 8;
    return bytes;
  }
}

/** Plain loops: it is asked of every kept row. Gives up beyond `enough`: a value may be much larger written out than it is. */
function contentBytes(value: object, enough: number, depth: number): number {
  if (depth > limits.valueDepthMax) {
    throw failure('limitExceeded', `A list or map may hold others ${limits.valueDepthMax} deep (limits.value_depth).`);
  }
  let bytes = 0;
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length && bytes <= enough; index++) {
      const one: unknown = value[index];
      bytes += SLOT_BYTES;
      if (typeof one === 'string') bytes += TEXT_BYTES + one.length * 2;
      else if (typeof one === 'object' && one !== null) bytes += contentBytes(one, enough - bytes, depth + 1);
    }
    return bytes;
  }
  if (!(value instanceof Map)) return ENTITY_BYTES;
  bytes = MAP_BYTES;
  for (const one of value.values()) {
    if (bytes > enough) return bytes;
    bytes += ENTRY_BYTES;
    if (typeof one === 'string') bytes += TEXT_BYTES + one.length * 2;
    else if (typeof one === 'object' && one !== null) bytes += contentBytes(one, enough - bytes, depth + 1);
  }
  return bytes;
}
