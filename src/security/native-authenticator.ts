// Authentication by name and password against the users of the `system` graph. Always true: an unknown user, a
// suspended one and a wrong password are told apart neither by text nor by time; the limit on failures comes before
// everything else; cached credentials pass it only while there are few guesses, so that the cache is no oracle for them.

import type { Clock } from '../base/clock.js';
import { failure } from '../errors/catalogue.js';
import { ADMINISTRATOR, type AuthenticatedUser, type Authenticator, type Credentials } from './authenticator.js';
import { FailedLogins } from './failed-logins.js';
import type { Passwords } from './passwords.js';
import type { StoredUser } from './users.js';
import { VerifiedCache } from './verified-cache.js';

/** Asked on every authentication: should answer from memory. */
export interface UserStore {
  find(name: string): Promise<Pick<StoredUser, 'name' | 'credentials' | 'suspended'> | undefined>;
}

export interface AuthenticatorSettings {
  /** False: everybody is let in under the name they say. */
  readonly enabled: boolean;
  /** Failures in a row of one user from one address before they must wait. */
  readonly failureCountMax: number;
  readonly lockMs: number;
  readonly cacheEntryCountMax: number;
}

export const defaultAuthenticatorSettings: AuthenticatorSettings = {
  enabled: true,
  failureCountMax: 3,
  lockMs: 5000,
  cacheEntryCountMax: 10_000,
};

const loginEntryCountMax = 10_000;

export interface AuthenticatorOptions {
  readonly users: UserStore;
  readonly passwords: Passwords;
  readonly clock: Clock;
  readonly settings: AuthenticatorSettings;
}

export function createAuthenticator(options: AuthenticatorOptions): Authenticator {
  return options.settings.enabled
    ? new NativeAuthenticator(options)
    : { authenticate: (credentials) => Promise.resolve({ name: credentials.principal }), impersonate: (_, other) => Promise.resolve({ name: other }) };
}

class NativeAuthenticator implements Authenticator {
  readonly #users: UserStore;
  readonly #passwords: Passwords;
  readonly #clock: Clock;
  readonly #verified: VerifiedCache;
  readonly #failed: FailedLogins;
  /** Verifications under way, by cache key: a pool of connections that opens at once costs one scrypt. */
  readonly #pending: Map<string, Promise<boolean>>;
  readonly #unmatchable: string;

  constructor({ users, passwords, clock, settings }: AuthenticatorOptions) {
    this.#users = users;
    this.#passwords = passwords;
    this.#clock = clock;
    this.#verified = new VerifiedCache(settings.cacheEntryCountMax);
    this.#failed = new FailedLogins({ ...settings, entryCountMax: loginEntryCountMax });
    this.#pending = new Map();
    this.#unmatchable = passwords.unmatchable();
  }

  async authenticate(credentials: Credentials, clientAddress: string): Promise<AuthenticatedUser> {
    if (credentials.scheme.toLowerCase() !== 'basic') {
      throw failure('unauthorized', `Unsupported authentication token, scheme '${credentials.scheme}' is not supported. Use 'basic'.`);
    }
    const { principal, credentials: password } = credentials;
    const login = `${clientAddress} ${principal}`;

    const user = await this.#users.find(principal);
    const hash = user?.credentials ?? this.#unmatchable;
    const key = this.#verified.keyOf(principal, password, hash);
    const known = this.#verified.has(key);
    if (this.#failed.isBlocked(login, this.#clock.nowMs())) this.#refuseGuess(login, key, known);
    const matches = known || (await this.#verify(login, key, password, hash, user));
    if (!matches || user === undefined || user.suspended) throw unauthorized();
    return { name: user.name };
  }

  #refuseGuess(login: string, key: string, known: boolean): void {
    if (!known) this.#failed.guessed(login, key);
    if (!known || !this.#failed.knownMayPass(login)) throw tooManyFailures();
  }

  async impersonate(user: string, other: string): Promise<AuthenticatedUser> {
    if (user === other) return { name: user };
    const found = user === ADMINISTRATOR ? await this.#users.find(other) : undefined;
    if (found === undefined || found.suspended) throw failure('forbidden', `Cannot impersonate user '${other}'.`);
    return { name: found.name };
  }

  /** A verification of the same credentials that is under way is shared; its first caller reports to the limit. */
  #verify(login: string, key: string, password: string, hash: string, user: { readonly suspended: boolean } | undefined): Promise<boolean> {
    const shared = `${key} ${login}`;
    const running = this.#pending.get(shared);
    if (running !== undefined) return running;
    if (!this.#failed.begin(login)) return Promise.reject(tooManyFailures());
    const verification = this.#verifyOnce(login, key, password, hash, user).finally(() => this.#pending.delete(shared));
    this.#pending.set(shared, verification);
    return verification;
  }

  async #verifyOnce(login: string, key: string, password: string, hash: string, user: { readonly suspended: boolean } | undefined): Promise<boolean> {
    let outcome: 'verified' | 'refused' | 'unknown' = 'unknown';
    try {
      const matches = await this.#passwords.verify(password, hash);
      outcome = matches && user !== undefined && !user.suspended ? 'verified' : 'refused';
      if (outcome === 'verified') this.#verified.add(key);
      return outcome === 'verified';
    } finally {
      this.#failed.ended(login, outcome, this.#clock.nowMs());
    }
  }
}

function unauthorized(): Error {
  return failure('unauthorized', 'The client is unauthorized due to authentication failure.');
}

function tooManyFailures(): Error {
  return failure('authenticationRateLimit', 'The client has provided incorrect authentication details too many times in a row.');
}
