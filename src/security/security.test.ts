import { describe, expect, it } from 'vitest';
import type { Clock } from '../base/clock.js';
import type { CausewayError } from '../errors/error.js';
import { createAuthenticator, defaultAuthenticatorSettings } from './native-authenticator.js';
import { scryptPasswords } from './passwords.js';
import { VerifiedCache } from './verified-cache.js';

class TestClock implements Clock {
  now = 1000;
  nowMs(): number {
    return this.now;
  }
  wallMs(): number {
    return this.now;
  }
  after(): () => void {
    return () => {};
  }
}

const wrong = 'Neo.ClientError.Security.Unauthorized';
const limited = 'Neo.ClientError.Security.AuthenticationRateLimit';

async function fixture() {
  const users = new Map([['ada', { name: 'ada', credentials: await scryptPasswords.hash('correct horse'), suspended: false }]]);
  const clock = new TestClock();
  const authenticator = createAuthenticator({
    users: { find: (name) => Promise.resolve(users.get(name)) },
    passwords: scryptPasswords,
    clock,
    settings: defaultAuthenticatorSettings,
  });
  const login = (principal: string, credentials: string, address = '10.0.0.1', scheme = 'basic') =>
    authenticator.authenticate({ scheme, principal, credentials }, address).then(
      (user) => user.name,
      (error: CausewayError) => error.code,
    );
  return { users, clock, login };
}

describe('passwords', () => {
  it('verifies what it hashed, with a salt of its own each time', async () => {
    const [one, two] = [await scryptPasswords.hash('secret pass'), await scryptPasswords.hash('secret pass')];
    expect(one).toMatch(/^scrypt\$16384\$8\$1\$[\w-]{22}\$[\w-]{43}$/);
    expect(one).not.toBe(two);
    expect(await scryptPasswords.verify('secret pass', one)).toBe(true);
    expect(await scryptPasswords.verify('secret pas', one)).toBe(false);
  });

  it('takes damaged credentials for damaged, not for a wrong password', async () => {
    await expect(scryptPasswords.verify('x', 'scrypt$16384$8$1$abc')).rejects.toThrow('not of the form');
    await expect(scryptPasswords.verify('x', `scrypt$999999999$8$1$abcd$${'a'.repeat(43)}`)).rejects.toThrow('256 MB');
  });
});

describe('the authenticator', () => {
  it('lets in the right password, refuses the wrong one, the unknown user and other schemes', async () => {
    const { login } = await fixture();
    expect(await login('ada', 'correct horse')).toBe('ada');
    expect(await login('ada', 'wrong')).toBe(wrong);
    expect(await login('bob', 'wrong')).toBe(wrong);
    expect(await login('ada', 'token', '10.0.0.1', 'bearer')).toBe(wrong);
  });

  it('answers repeated logins from the cache, and forgets them when the password changes', async () => {
    const { login, users } = await fixture();
    await login('ada', 'correct horse');
    const start = performance.now();
    for (let count = 0; count < 100; count++) expect(await login('ada', 'correct horse')).toBe('ada');
    // A hundred scrypts take seconds.
    expect(performance.now() - start).toBeLessThan(500);
    users.set('ada', { name: 'ada', credentials: await scryptPasswords.hash('another horse'), suspended: false });
    expect(await login('ada', 'correct horse')).toBe(wrong);
    expect(await login('ada', 'another horse')).toBe('ada');
  });

  it('refuses a suspended user, cached or not', async () => {
    const { login, users } = await fixture();
    await login('ada', 'correct horse');
    users.set('ada', { name: 'ada', credentials: await scryptPasswords.hash('correct horse'), suspended: true });
    expect(await login('ada', 'correct horse')).toBe(wrong);
  });

  it('after three failures makes that user wait at that address, even with the right password', async () => {
    const { login } = await fixture();
    for (let count = 0; count < 3; count++) expect(await login('ada', `wrong ${count}`)).toBe(wrong);
    expect(await login('ada', 'correct horse')).toBe(limited);
    expect(await login('ada', 'correct horse', '10.0.0.2')).toBe('ada');
  });

  it('after a wait allows one more failure', async () => {
    const { login, clock } = await fixture();
    for (let count = 0; count < 3; count++) await login('ada', `wrong ${count}`);
    clock.now += 5001;
    expect(await login('ada', 'wrong again')).toBe(wrong);
    expect(await login('ada', 'correct horse')).toBe(limited);
    clock.now += 5001;
    expect(await login('ada', 'correct horse')).toBe('ada');
  });

  it('lets credentials that were verified before pass meanwhile, but not among many guesses', async () => {
    const { login, clock } = await fixture();
    await login('ada', 'correct horse');
    for (let count = 0; count < 3; count++) await login('ada', `wrong ${count}`);
    for (let count = 0; count < 100; count++) {
      expect(await login('ada', 'the same wrong one')).toBe(limited);
      expect(await login('ada', 'correct horse')).toBe('ada');
    }
    for (let count = 0; count < 30; count++) expect(await login('ada', `guess ${count}`)).toBe(limited);
    expect(await login('ada', 'correct horse')).toBe(limited);
    clock.now += 5001;
    expect(await login('ada', 'correct horse')).toBe('ada');
  });

  it('counts guesses in flight, and shares one verification between equal logins', async () => {
    const { login } = await fixture();
    const guesses = await Promise.all(Array.from({ length: 10 }, (_, index) => login('ada', `guess ${index}`)));
    expect(guesses.filter((code) => code === wrong)).toHaveLength(3);
    expect(guesses.filter((code) => code === limited)).toHaveLength(7);
    const pool = await Promise.all(Array.from({ length: 10 }, () => login('ada', 'correct horse', '10.0.0.3')));
    expect(pool).toEqual(Array.from({ length: 10 }, () => 'ada'));
  });

  it('takes the same time for unknown users', async () => {
    const { login } = await fixture();
    await login('ada', 'warm up');
    const time = async (name: string) => {
      const start = performance.now();
      await login(name, 'nope', name);
      return performance.now() - start;
    };
    const [known, unknown] = [await time('ada'), await time('nobody')];
    expect(unknown).toBeGreaterThan(known / 5);
  });

  it('lets everybody in when it is switched off', async () => {
    const settings = { ...defaultAuthenticatorSettings, enabled: false };
    const authenticator = createAuthenticator({
      users: { find: () => Promise.resolve(undefined) },
      passwords: scryptPasswords,
      clock: new TestClock(),
      settings,
    });
    expect(await authenticator.authenticate({ scheme: 'none', principal: '', credentials: '' }, 'x')).toEqual({ name: '' });
  });
});

describe('the cache of verified credentials', () => {
  it('is bounded, and drops what was used longest ago', () => {
    const cache = new VerifiedCache(2);
    cache.add('a');
    cache.add('b');
    expect(cache.has('a')).toBe(true);
    cache.add('c');
    expect([cache.has('a'), cache.has('b'), cache.has('c')]).toEqual([true, false, true]);
  });

  it('keeps user and password apart in its keys', () => {
    const cache = new VerifiedCache(2);
    expect(cache.keyOf('ab', 'c', 'h')).not.toBe(cache.keyOf('a', 'bc', 'h'));
  });
});
