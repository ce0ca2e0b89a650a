// Sorting in small steps, so that the event loop has its turn within the sort of many rows: runs of some thousand rows
// are sorted whole, then merged pairwise, as many rows at a step. Stable.

const RUN = 2048;
const MERGED_AT_ONCE = 4096;

export class SlicedSort<T> {
  /** Sorted once `step` returned true. */
  rows: T[];
  readonly #compare: (a: T, b: T) => number;
  #target: T[];
  /** Rows in a sorted run; 0 while the first runs are made. */
  #width: number;
  /** Where the merge is: the pair of runs that begins at `first`, its two places, and how many rows were written. */
  #first: number;
  #left: number;
  #right: number;
  #written: number;

  /** Takes `rows` for itself. */
  constructor(rows: T[], compare: (a: T, b: T) => number) {
    this.rows = rows;
    this.#compare = compare;
    this.#target = [];
    this.#width = 0;
    this.#first = 0;
    this.#left = 0;
    this.#right = 0;
    this.#written = 0;
  }

  /** A bounded piece of the work; true when all is sorted. */
  step(): boolean {
    if (this.#width === 0) this.#sortRun();
    else this.#merge();
    return this.#width >= this.rows.length;
  }

  #sortRun(): void {
    const { rows } = this;
    if (rows.length <= RUN) rows.sort(this.#compare);
    else {
      const run = rows.slice(this.#first, this.#first + RUN).sort(this.#compare);
      for (let at = 0; at < run.length; at++) rows[this.#first + at] = run[at] as T;
    }
    this.#first += RUN;
    if (this.#first >= rows.length) this.#beginPass(RUN);
  }

  #beginPass(width: number): void {
    this.#width = width;
    this.#written = 0;
    this.#beginPair(0);
  }

  #beginPair(first: number): void {
    this.#first = first;
    this.#left = first;
    this.#right = Math.min(first + this.#width, this.rows.length);
  }

  #merge(): void {
    const { rows } = this;
    const target = this.#target;
    const stop = Math.min(this.#written + MERGED_AT_ONCE, rows.length);
    while (this.#written < stop) {
      const leftEnd = Math.min(this.#first + this.#width, rows.length);
      const rightEnd = Math.min(this.#first + 2 * this.#width, rows.length);
      const pairStop = Math.min(stop, rightEnd);
      while (this.#written < pairStop) {
        const fromLeft = this.#right >= rightEnd || (this.#left < leftEnd && this.#compare(rows[this.#left] as T, rows[this.#right] as T) <= 0);
        target[this.#written++] = rows[fromLeft ? this.#left++ : this.#right++] as T;
      }
      if (this.#written === rightEnd) this.#beginPair(rightEnd);
    }
    if (this.#written < rows.length) return;
    this.#target = rows;
    this.rows = target;
    this.#beginPass(this.#width * 2);
  }
}
