// How often a user failed from an address, and until when they must wait. It is told the time. Verifications in
// flight count as failures until they end, so that guesses sent side by side gain nothing. Bounded: the entries
// longest unused go first.
//
// Many clients may share an address, behind a balancer: one that fails must not lock out those whose password was
// verified before. They pass while others wait, as long as few different guesses came in that time; with many, the
// answers would tell a guesser what is right.

interface Attempts {
  failureCount: number;
  pendingCount: number;
  blockedUntilMs: number;
  /** Different credentials that came while the user had to wait. */
  readonly guesses: Set<string>;
}

const GUESSES_MAX = 20;

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

  /** Credentials, by their cache key, that came while the user has to wait, and were not known to be right. */
  guessed(key: string, credentials: string): void {
    const guesses = this.#attempts.get(key)?.guesses;
    if (guesses !== undefined && guesses.size <= GUESSES_MAX) guesses.add(credentials);
  }

  /** While the user has to wait: whether credentials that were verified before may pass. */
  knownMayPass(key: string): boolean {
    return (this.#attempts.get(key)?.guesses.size ?? 0) <= GUESSES_MAX;
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
      if (attempts.failureCount >= this.#failureCountMax) {
        attempts.blockedUntilMs = nowMs + this.#lockMs;
        attempts.guesses.clear();
      }
    }
    if (attempts.failureCount === 0 && attempts.pendingCount === 0) this.#attempts.delete(key);
  }

  #touch(key: string): Attempts {
    const known = this.#attempts.get(key) ?? { failureCount: 0, pendingCount: 0, blockedUntilMs: 0, guesses: new Set<string>() };
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
