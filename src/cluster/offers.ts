// What this server knows of all feeders: the newest offer of each. A CORE hears of them from the replicas that are
// connected to it, a replica from whomever it is connected to. Offers are hints: the feeder itself has the last word.

import type { Offer } from './feeding.js';
import { Changes } from './membership.js';

interface Known {
  readonly offer: Offer;
  /** Its place in the order of changes. */
  readonly place: number;
}

export class OfferTable {
  readonly #known: Map<string, Known>;
  readonly #changes: Changes;
  #place: number;

  constructor() {
    this.#known = new Map();
    this.#changes = new Changes();
    this.#place = 0;
  }

  /** The place of the last change. */
  get place(): number {
    return this.#place;
  }

  onChange(listener: () => void): () => void {
    return this.#changes.add(listener);
  }

  all(): readonly Offer[] {
    return [...this.#known.values()].map(({ offer }) => offer);
  }

  get(name: string): Offer | undefined {
    return this.#known.get(name)?.offer;
  }

  changedAfter(place: number): readonly Offer[] {
    return [...this.#known.values()].filter((known) => known.place > place).map(({ offer }) => offer);
  }

  /** An older word of the same life changes nothing. */
  put(offers: readonly Offer[]): void {
    let changed = false;
    for (const offer of offers) {
      const before = this.#known.get(offer.name)?.offer;
      if (before !== undefined && before.life === offer.life && before.version >= offer.version) continue;
      this.#known.set(offer.name, { offer, place: ++this.#place });
      changed = true;
    }
    if (changed) this.#changes.tell();
  }
}
