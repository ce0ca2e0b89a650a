// How many relationships of a type begin at nodes of a label, and how many end there: exact with every change, for the planner.
// A row of counts is copied before its first change in a version; older versions keep theirs.

import { ANY_TYPE, type IN, type OUT } from '../graph/reader.js';

export class EndCounts {
  /** By label × 2 + direction, then by type. */
  readonly #rows: (number[] | undefined)[];
  readonly #own: Set<number>;

  constructor(from: EndCounts | undefined) {
    this.#rows = from === undefined ? [] : from.#rows.slice();
    this.#own = new Set();
  }

  of(label: number, direction: typeof OUT | typeof IN, type: number): number {
    const row = this.#rows[label * 2 + direction] ?? [];
    return type === ANY_TYPE ? row.reduce((sum, count) => sum + (count ?? 0), 0) : (row[type] ?? 0);
  }

  add(labels: readonly number[], direction: typeof OUT | typeof IN, type: number, by: number): void {
    for (const label of labels) {
      const place = label * 2 + direction;
      let row = this.#rows[place];
      if (row === undefined || !this.#own.has(place)) {
        row = row === undefined ? [] : row.slice();
        this.#rows[place] = row;
        this.#own.add(place);
      }
      row[type] = (row[type] ?? 0) + by;
    }
  }
}
