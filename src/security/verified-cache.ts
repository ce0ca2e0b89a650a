// Credentials that were verified lately, so that repeated Basic authentication costs microseconds instead of an
// scrypt. Bounded, least recently used out first. A key is an HMAC, under a random key of this process, of user,
// password and stored hash: no password can be read from it, and a changed password misses by itself.

import { createHmac, randomBytes } from 'node:crypto';

export class VerifiedCache {
  readonly #key: Buffer;
  readonly #entryCountMax: number;
  readonly #entries: Set<string>;

  constructor(entryCountMax: number) {
    this.#key = randomBytes(32);
    this.#entryCountMax = entryCountMax;
    this.#entries = new Set();
  }

  keyOf(user: string, password: string, storedHash: string): string {
    const text = `${user.length}:${user}${password.length}:${password}${storedHash}`;
    return createHmac('sha256', this.#key).update(text).digest('base64');
  }

  has(key: string): boolean {
    if (!this.#entries.delete(key)) return false;
    this.#entries.add(key);
    return true;
  }

  add(key: string): void {
    this.#entries.add(key);
    if (this.#entries.size <= this.#entryCountMax) return;
    for (const oldest of this.#entries) {
      this.#entries.delete(oldest);
      return;
    }
  }
}
