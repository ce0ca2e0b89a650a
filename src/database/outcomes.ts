// What became of every request id whose commit this server has seen (SAFETY 14): a request that is
// resent, or whose reply was lost, takes effect once. Filled from the entries of the log alone, so
// every server knows the same; kept for at least 24 hours of the log's own time.

import type { ChangeSet } from '../graph/change-set.js';
import type { Counters } from '../graph/writer.js';

export interface CommittedOutcome {
  readonly transactionId: number;
  readonly counters: Counters;
  readonly committedAtMs: number;
}

const KEPT_MS = 24 * 60 * 60 * 1000;

export class Outcomes {
  readonly #byRequest = new Map<string, CommittedOutcome>();

  add(changeSet: ChangeSet): void {
    this.#byRequest.set(changeSet.requestId, {
      transactionId: changeSet.transactionId,
      counters: changeSet.counters,
      committedAtMs: changeSet.committedAtMs,
    });
    this.#forgetBefore(changeSet.committedAtMs - KEPT_MS);
  }

  find(requestId: string): CommittedOutcome | undefined {
    return this.#byRequest.get(requestId);
  }

  /** A Map keeps the order of commits, so the oldest stand first. */
  #forgetBefore(time: number): void {
    for (const [requestId, outcome] of this.#byRequest) {
      if (outcome.committedAtMs >= time) return;
      this.#byRequest.delete(requestId);
    }
  }
}
