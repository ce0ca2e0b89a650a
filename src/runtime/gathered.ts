// Columns that a scan reads for a chunk of ids at once, because every row asks for them: one lookup of a page for many ids, and
// inner loops that read plain arrays. Always true: only the scan's own loop reads them, at the index of its id.

import { TAG_INTEGER } from '../graph/reader.js';
import type { Emitter } from './emitter.js';

/** How a row reads one property: each gives an expression of JavaScript. */
export interface PropertyCode {
  tag(): string;
  number(): string;
  value(): string;
}

/** `column`: its expression, for one id after the other. */
export function inPlace(column: string, id: string): PropertyCode {
  return { tag: () => `${column}.tag(${id})`, number: () => `${column}.number(${id})`, value: () => `${column}.value(${id})` };
}

/** The arrays of a column; without numbers where none are asked for. */
class GatheredColumn implements PropertyCode {
  readonly #emitter: Emitter;
  readonly #column: string;
  readonly #index: string;
  readonly #changed: () => void;
  readonly #tags: string;
  #numbers: string | undefined;

  constructor(emitter: Emitter, column: string, index: string, changed: () => void) {
    this.#emitter = emitter;
    this.#column = column;
    this.#index = index;
    this.#changed = changed;
    this.#tags = emitter.variable('t', 'new Uint8Array(h.SCAN_CHUNK_MAX)');
    this.#numbers = undefined;
  }

  /** `ids`: the array and the range of the chunk. */
  gathering(ids: string): string {
    return `${this.#column}.gather(${ids}, ${this.#tags}, ${this.#numbers ?? 'null'});`;
  }

  tag(): string {
    return `${this.#tags}[${this.#index}]`;
  }

  number(): string {
    if (this.#numbers === undefined) {
      this.#numbers = this.#emitter.variable('t', 'new Float64Array(h.SCAN_CHUNK_MAX)');
      this.#changed();
    }
    return `${this.#numbers}[${this.#index}]`;
  }

  /** Small integers, which most are, without a call. */
  value(): string {
    const [tag, number, small] = [this.tag(), this.number(), this.#emitter.name('x')];
    this.#emitter.line(`let ${small};`);
    return `(${tag} === ${TAG_INTEGER} && (${small} = ${number} | 0) === ${number} ? ${small} : ${this.#column}.decoded(${tag}, ${number}))`;
  }
}

export class GatheredColumns {
  readonly #emitter: Emitter;
  readonly #ids: string;
  readonly #index: string;
  /** Before the loop over the chunk. */
  readonly #before: (lines: string) => void;
  readonly #columns: Map<string, GatheredColumn>;
  #sealed: boolean;

  /** `ids`: the array and the range of the chunk; `index`: where the row's id stands in the array. */
  constructor(emitter: Emitter, ids: string, index: string) {
    this.#emitter = emitter;
    this.#ids = ids;
    this.#index = index;
    this.#before = emitter.later();
    this.#columns = new Map();
    this.#sealed = false;
  }

  /** From here on code is run for some rows only: no further column is worth reading for all. */
  seal(): void {
    this.#sealed = true;
  }

  of(column: string): PropertyCode | undefined {
    const known = this.#columns.get(column);
    if (known !== undefined || this.#sealed) return known;
    const gathered = new GatheredColumn(this.#emitter, column, this.#index, () => this.#write());
    this.#columns.set(column, gathered);
    this.#write();
    return gathered;
  }

  #write(): void {
    this.#before([...this.#columns.values()].map((column) => column.gathering(this.#ids)).join('\n'));
  }
}
