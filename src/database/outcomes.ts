// What became of every request id whose commit this server has seen (SAFETY 14): a request that is
// resent, or whose reply was lost, takes effect once. Filled from the entries of the log alone, so
// every server knows the same; kept for at least 24 hours.
//
// How old an outcome is tells the log's own time, which its leaders stamp. It never goes back, and never runs at more than twice the
// pace of a leader's own hours: a leader whose wall clock jumps ahead by days makes nobody forget. So two days of it are at least one.
//
// The first 96 bits of an id say whose request it is, the last 32 what it asks: an `Idempotency-Key` that comes with
// another statement than the first time is a mistake of its client, and is told so (http/request-id.ts).

import type { Clock } from '../base/clock.js';
import { failure } from '../errors/catalogue.js';
import type { ChangeSet } from '../graph/change-set.js';
import type { Counters } from '../graph/writer.js';

export interface CommittedOutcome {
  readonly transactionId: number;
  readonly counters: Counters;
  readonly committedAtMs: number;
}

/** Hexadecimal digits. */
const OWNER_DIGITS = 24;
const PACE_MAX = 2;
const KEPT_MS = PACE_MAX * 24 * 60 * 60 * 1000;

export class Outcomes {
  readonly #clock: Clock;
  readonly #byOwner: Map<string, { readonly asked: string; readonly outcome: CommittedOutcome }>;
  #newest: { readonly committedAtMs: number; readonly seenAtMs: number } | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#byOwner = new Map();
    this.#newest = undefined;
  }

  /** The log's own time for what is committed now: milliseconds since 1970 in UTC as far as clocks can be believed. */
  logTime(): number {
    const wallMs = this.#clock.wallMs();
    if (this.#newest === undefined) return wallMs;
    const { committedAtMs, seenAtMs } = this.#newest;
    const latestMs = committedAtMs + Math.floor(PACE_MAX * (this.#clock.nowMs() - seenAtMs));
    return Math.max(committedAtMs, Math.min(wallMs, latestMs));
  }

  add(changeSet: ChangeSet): void {
    const { requestId, transactionId, counters, committedAtMs } = changeSet;
    if (this.#newest === undefined || committedAtMs > this.#newest.committedAtMs) this.#newest = { committedAtMs, seenAtMs: this.#clock.nowMs() };
    this.#byOwner.set(ownerOf(requestId), { asked: requestId.slice(OWNER_DIGITS), outcome: { transactionId, counters, committedAtMs } });
    this.#forgetBefore(committedAtMs - KEPT_MS);
  }

  find(requestId: string): CommittedOutcome | undefined {
    const known = this.#byOwner.get(ownerOf(requestId));
    return known?.asked === requestId.slice(OWNER_DIGITS) ? known.outcome : undefined;
  }

  /** Raises IdempotencyKeyReused where the same owner's id has committed something else. */
  refuseReused(requestId: string): void {
    const known = this.#byOwner.get(ownerOf(requestId));
    if (known === undefined || known.asked === requestId.slice(OWNER_DIGITS)) return;
    throw failure(
      'idempotencyKeyReused',
      'This Idempotency-Key came before with another statement or other parameters, and that took effect. Nothing was changed now; use a key of its own for each request.',
    );
  }

  /** A Map keeps the order of commits, so the oldest stand first. */
  #forgetBefore(time: number): void {
    for (const [owner, { outcome }] of this.#byOwner) {
      if (outcome.committedAtMs >= time) return;
      this.#byOwner.delete(owner);
    }
  }
}

/** Also: two ids of one owner never go into one entry. */
export function ownerOf(requestId: string): string {
  return requestId.slice(0, OWNER_DIGITS);
}
