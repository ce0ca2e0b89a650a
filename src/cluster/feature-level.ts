// What may be written is bounded by the least feature level of the cluster's servers (SAFETY 10), so that servers of two builds
// can serve together while one after another is upgraded. Pure: told the servers and the time. The level rises only when it has held
// for a while, because a server that just started does not know all others yet; and who died a short time ago, and may come
// back as it was, still counts.

import type { LiveServer } from '../log/log.js';

const RAISED_AFTER_MS = 10_000;
const REMEMBERED_MS = 10 * 60_000;

export class FeatureLevel {
  /** By name: the level, and when the server was last seen alive. */
  readonly #seen: Map<string, { readonly level: number; readonly aliveMs: number }>;
  #least: number;
  /** Since when the least level is at least what it is now. */
  #sinceMs: number;
  #held: number;

  /** `floor`: what every build can apply. */
  constructor(floor: number) {
    this.#seen = new Map();
    this.#least = floor;
    this.#sinceMs = 0;
    this.#held = floor;
  }

  /** The level in force. */
  level(servers: readonly LiveServer[], nowMs: number): number {
    for (const { name, featureLevel, alive } of servers) {
      const known = this.#seen.get(name);
      if (alive || known === undefined) this.#seen.set(name, { level: featureLevel, aliveMs: nowMs });
    }
    for (const [name, { aliveMs }] of this.#seen) if (nowMs - aliveMs > REMEMBERED_MS) this.#seen.delete(name);
    const least = Math.min(...[...this.#seen.values()].map(({ level }) => level));
    if (least !== this.#least) this.#sinceMs = nowMs;
    this.#least = least;
    if (least < this.#held || nowMs - this.#sinceMs >= RAISED_AFTER_MS) this.#held = least;
    return this.#held;
  }
}
