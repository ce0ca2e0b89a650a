// How often a user failed from an address, and until when they must wait. It is told the time. Verifications in
// flight count as failures until they end, so that guesses sent side by side gain nothing. Bounded: the entries
// longest unused go first.

interface Attempts {
  failureCount: number;
  pendingCount: number;
  blockedUntilMs: number;
}

export class FailedLogins {
  readonly #failureCountMax: number;
  readonly #lockMs: number;
  readonly #entryCountMax: number;
  readonly #attempts: Map<string, Attempts>;

  constructor(options: { readonly failureCountMax: number; readonly lockMs: number; readonly entryCountMax: number }) {
    this.#failureCountMax = options.failureCountMax;
    this.#lockMs = options.lockMs;
    this.#entryCountMax = options.entryCountMax;
    this.#attempts = new Map();
  }

  isBlocked(key: string, nowMs: number): boolean {
    const attempts = this.#attempts.get(key);
    return attempts !== undefined && nowMs < attempts.blockedUntilMs;
  }

  /** False: as many guesses as may fail are in flight already. True must be followed by `ended`. */
  begin(key: string): boolean {
    const attempts = this.#touch(key);
    // After a lock a single attempt is allowed at a time: failures stay counted until a success.
    const allowed = Math.max(1, this.#failureCountMax - attempts.failureCount);
    if (attempts.pendingCount >= allowed) return false;
    attempts.pendingCount++;
    return true;
  }

  ended(key: string, outcome: 'verified' | 'refused' | 'unknown', nowMs: number): void {
    const attempts = this.#touch(key);
    attempts.pendingCount = Math.max(0, attempts.pendingCount - 1);
    if (outcome === 'verified') attempts.failureCount = 0;
    if (outcome === 'refused') {
      attempts.failureCount++;
      if (attempts.failureCount >= this.#failureCountMax) attempts.blockedUntilMs = nowMs + this.#lockMs;
    }
    if (attempts.failureCount === 0 && attempts.pendingCount === 0) this.#attempts.delete(key);
  }

  #touch(key: string): Attempts {
    const known = this.#attempts.get(key) ?? { failureCount: 0, pendingCount: 0, blockedUntilMs: 0 };
    this.#attempts.delete(key);
    this.#attempts.set(key, known);
    if (this.#attempts.size > this.#entryCountMax) {
      for (const oldest of this.#attempts.keys()) {
        this.#attempts.delete(oldest);
        break;
      }
    }
    return known;
  }
}
