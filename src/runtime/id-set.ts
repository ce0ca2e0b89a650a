// A set of ids: a bitmap in pages that are made when an id of theirs comes, so that a few ids of a large graph cost little.

const PAGE_WORDS = 32;
const PAGE_SHIFT = 10;

export class IdSet {
  readonly #pages: (Uint32Array | undefined)[];
  size: number;

  constructor() {
    this.#pages = [];
    this.size = 0;
  }

  /** True when it was not there. */
  add(id: number): boolean {
    const page = this.#pages[id >>> PAGE_SHIFT] ?? this.#newPage(id >>> PAGE_SHIFT);
    const word = (id >>> 5) & (PAGE_WORDS - 1);
    const mask = 1 << (id & 31);
    const before = page[word] as number;
    if ((before & mask) !== 0) return false;
    page[word] = before | mask;
    this.size++;
    return true;
  }

  #newPage(index: number): Uint32Array {
    const page = new Uint32Array(PAGE_WORDS);
    while (this.#pages.length < index) this.#pages.push(undefined);
    this.#pages[index] = page;
    return page;
  }
}
