// Columns that a scan or a walk reads for a chunk of ids at once, because every row asks for them: fewer lookups of pages, and inner
// loops that read plain arrays. Always true: only the loop over the chunk reads them, at the index of its id.

import { TAG_INTEGER } from '../graph/reader.js';
import type { Emitter } from './emitter.js';

/** How a row reads one property: each gives an expression of JavaScript. */
export interface PropertyCode {
  tag(): string;
  number(): string;
  value(): string;
}

export interface SmallInteger {
  readonly test: string;
  readonly local: string;
}

/** `column`: its expression, for one id after the other. */
export function inPlace(column: string, id: string): PropertyCode {
  return { tag: () => `${column}.tag(${id})`, number: () => `${column}.number(${id})`, value: () => `${column}.value(${id})` };
}

/** How long arrays are that hold `count` ids of a chunk, and of most that come after it. */
export function chunkRoom(count: number): number {
  return count <= 64 ? 64 : 2 ** (32 - Math.clz32(count - 1));
}

/** The chunk that is read: its array of ids, from which place to which, and at which the row stands, as JavaScript. */
export interface IdChunk {
  readonly ids: string;
  readonly start: string;
  readonly end: string;
  readonly index: string;
  readonly ascends: boolean;
}

/** The arrays of a column; without numbers where none are asked for. */
export class GatheredColumn implements PropertyCode {
  readonly #emitter: Emitter;
  readonly #column: string;
  readonly #chunk: IdChunk;
  readonly #changed: () => void;
  readonly #tags: string;
  #numbers: string | undefined;

  constructor(emitter: Emitter, column: string, chunk: IdChunk, changed: () => void) {
    this.#emitter = emitter;
    this.#column = column;
    this.#chunk = chunk;
    this.#changed = changed;
    this.#tags = emitter.variable('t', 'new Uint8Array(0)');
    this.#numbers = undefined;
  }

  /** The arrays are as long as the longest chunk has been. */
  gathering(): string {
    const { ids, start, end, ascends } = this.#chunk;
    const [tags, numbers] = [this.#tags, this.#numbers];
    const longer = [
      `${tags} = new Uint8Array(h.chunkRoom(${end}));`,
      ...(numbers === undefined ? [] : [`${numbers} = new Float64Array(h.chunkRoom(${end}));`]),
    ];
    const gather = ascends ? 'gather' : 'gatherScattered';
    return `if (${tags}.length < ${end}) { ${longer.join(' ')} }\n${this.#column}.${gather}(${ids}, ${start}, ${end}, ${tags}, ${numbers ?? 'null'});`;
  }

  tag(): string {
    return `${this.#tags}[${this.#chunk.index}]`;
  }

  number(): string {
    return `${this.#numbersArray()}[${this.#chunk.index}]`;
  }

  #numbersArray(): string {
    if (this.#numbers === undefined) {
      this.#numbers = this.#emitter.variable('t', 'new Float64Array(0)');
      this.#changed();
    }
    return this.#numbers;
  }

  /** Passes over what `recent` has met; where nothing else is done for a row, nor before it. */
  skipMet(recent: string): string {
    const { index, end } = this.#chunk;
    const arrays = `${this.#tags}, ${this.#numbersArray()}`;
    return `if ((${index} = ${recent}.firstNew(${arrays}, ${index}, ${end})) === ${end}) break;`;
  }

  /** Small integers, which most are, without a call. */
  value(): string {
    const { test, local } = this.smallInteger();
    return `(${test} ? ${local} : ${this.#column}.decoded(${this.tag()}, ${this.number()}))`;
  }

  /** Whether the value is an integer of 32 bits, which `local` is from then on. */
  smallInteger(): SmallInteger {
    const [number, local] = [this.number(), this.#emitter.name('x')];
    this.#emitter.line(`let ${local};`);
    return { test: `${this.tag()} === ${TAG_INTEGER} && (${local} = ${number} | 0) === ${number}`, local };
  }
}

/** More are read where they are asked for: a chunk of all of them would no longer fit the caches, and rows seldom ask for all. */
const COLUMNS_MAX = 32;

export class GatheredColumns {
  readonly #emitter: Emitter;
  readonly #chunk: IdChunk;
  /** Before the loop over the chunk. */
  readonly #before: (lines: string) => void;
  readonly #columns: Map<string, GatheredColumn>;
  #sealed: boolean;

  constructor(emitter: Emitter, chunk: IdChunk) {
    this.#emitter = emitter;
    this.#chunk = chunk;
    this.#before = emitter.later();
    this.#columns = new Map();
    this.#sealed = false;
  }

  /** From here on code is run for some rows only: no further column is worth reading for all. */
  seal(): void {
    this.#sealed = true;
  }

  of(column: string): GatheredColumn | undefined {
    const known = this.#columns.get(column);
    if (known !== undefined || this.#sealed || this.#columns.size === COLUMNS_MAX) return known;
    const gathered = new GatheredColumn(this.#emitter, column, this.#chunk, () => this.#write());
    this.#columns.set(column, gathered);
    this.#write();
    return gathered;
  }

  #write(): void {
    this.#before([...this.#columns.values()].map((column) => column.gathering()).join('\n'));
  }
}
