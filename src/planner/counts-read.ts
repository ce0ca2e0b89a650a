// The counts that a plan rests on. Planning asks for them through a `CountsRead`, which remembers each: later it says whether they have
// moved so far that another plan may be the better one.

import type { IN, OUT } from '../graph/reader.js';
import type { GraphStatistics } from '../graph/statistics.js';

/** A count that is so many times what it was is another one. */
const DRIFT_FACTOR = 4;
/** Below so many everything is fast. */
const COUNT_MIN = 128;

type Count = (statistics: GraphStatistics) => number;

export class CountsRead implements GraphStatistics {
  readonly #statistics: GraphStatistics;
  readonly #read: Map<string, { readonly count: Count; readonly value: number }>;

  constructor(statistics: GraphStatistics) {
    this.#statistics = statistics;
    this.#read = new Map();
  }

  /** Whether a count that was read is now another one. */
  haveDrifted(now: GraphStatistics): boolean {
    for (const { count, value } of this.#read.values()) {
      const [less, more] = [value, count(now)].sort((a, b) => a - b) as [number, number];
      if (more >= COUNT_MIN && more >= DRIFT_FACTOR * less) return true;
    }
    return false;
  }

  get nodeCount(): number {
    return this.#noted('nodes', (statistics) => statistics.nodeCount);
  }
  get relationshipCount(): number {
    return this.#noted('relationships', (statistics) => statistics.relationshipCount);
  }
  nodesWithLabelCount(label: number): number {
    return this.#noted(`label ${label}`, (statistics) => statistics.nodesWithLabelCount(label));
  }
  relationshipsOfTypeCount(type: number): number {
    return this.#noted(`type ${type}`, (statistics) => statistics.relationshipsOfTypeCount(type));
  }
  endCount(label: number, direction: typeof OUT | typeof IN, type: number): number {
    return this.#noted(`end ${label} ${direction} ${type}`, (statistics) => statistics.endCount(label, direction, type));
  }
  indexKeyCount(index: number): number {
    return this.#noted(`keys ${index}`, (statistics) => statistics.indexKeyCount(index));
  }
  indexEntryCount(index: number): number {
    return this.#noted(`entries ${index}`, (statistics) => statistics.indexEntryCount(index));
  }

  #noted(name: string, count: Count): number {
    const known = this.#read.get(name);
    if (known !== undefined) return known.value;
    const value = count(this.#statistics);
    this.#read.set(name, { count, value });
    return value;
  }
}
