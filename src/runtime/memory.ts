// What a running query holds: counted roughly, bounded by `memory.query_bytes`.
//
// An operator that lets go of its rows says so (`release`): below an Apply it begins anew for each row.

import { failure } from '../errors/catalogue.js';
import type { Value } from '../values/value.js';

const SLOT_BYTES = 16;
const ROW_BYTES = 32;

export class MemoryAccount {
  /** Bytes held now. */
  used: number;
  readonly #limitBytes: number;

  constructor(limitBytes: number) {
    this.used = 0;
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

  /** A kept row of `slots` values. */
  row(slots: number): void {
    this.take(ROW_BYTES + slots * SLOT_BYTES);
  }

  /** Accounts for a row of values or of what holds them (ids, packed rows), and gives it back. */
  kept<T extends readonly unknown[]>(row: T): T {
    this.take(ROW_BYTES + contentBytes(row));
    return row;
  }

  /** A kept value: strings, lists and maps by their size. */
  value(value: Value): void {
    this.take(SLOT_BYTES + contentBytes(value));
  }
}

/** Bytes beside the slot that holds it. Plain loops: it is asked of every kept row. */
function contentBytes(value: unknown): number {
  if (typeof value === 'string') return value.length * 2;
  if (typeof value !== 'object' || value === null) return 0;
  let bytes = 0;
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) bytes += SLOT_BYTES + contentBytes(value[index]);
    return bytes;
  }
  if (!(value instanceof Map)) return SLOT_BYTES;
  for (const one of value.values()) bytes += 3 * SLOT_BYTES + contentBytes(one);
  return bytes;
}
