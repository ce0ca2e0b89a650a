// Fills the indexes of a graph on this server while nothing else happens to it, until they are ready. Change sets that are applied do
// their share themselves (GraphStore.apply); this is for the pauses between them.

import type { Clock } from '../base/clock.js';
import type { GraphStore } from '../graph/store.js';

/** Between two portions: others have their turns. */
const PAUSE_MS = 1;

export class IndexPopulation {
  readonly #store: GraphStore;
  readonly #clock: Clock;
  #cancel: (() => void) | undefined;
  #stopped: boolean;

  constructor(store: GraphStore, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
    this.#cancel = undefined;
    this.#stopped = false;
  }

  /** After anything was published. */
  wake(): void {
    if (this.#cancel !== undefined || this.#stopped || !this.#store.hasIndexesToFill) return;
    this.#cancel = this.#clock.after(PAUSE_MS, () => {
      this.#cancel = undefined;
      if (this.#store.populateIndexes()) this.wake();
    });
  }

  stop(): void {
    this.#stopped = true;
    this.#cancel?.();
    this.#cancel = undefined;
  }
}
