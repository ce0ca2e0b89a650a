// A set of ids as a growing bitmap: for DISTINCT over nodes and relationships.

export class IdSet {
  #bits: Uint32Array;
  size: number;

  constructor() {
    this.#bits = new Uint32Array(64);
    this.size = 0;
  }

  /** True when it was not there. */
  add(id: number): boolean {
    const word = id >>> 5;
    if (word >= this.#bits.length) this.#grow(word);
    const mask = 1 << (id & 31);
    const before = this.#bits[word] as number;
    if ((before & mask) !== 0) return false;
    this.#bits[word] = before | mask;
    this.size++;
    return true;
  }

  #grow(word: number): void {
    const grown = new Uint32Array(Math.max(word + 1, this.#bits.length * 2));
    grown.set(this.#bits);
    this.#bits = grown;
  }
}
