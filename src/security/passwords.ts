// Passwords as they are kept: `scrypt$N$r$p$salt$hash`, salt and hash in base64url. The parameters travel with
// each hash, so that they can be raised without a migration. The plain password is never kept or logged.

import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';

/** How passwords are kept and compared. */
export interface Passwords {
  hash(password: string): Promise<string>;
  /** False for a wrong password. Rejects when `stored` is of another form: damaged data is not a wrong password. */
  verify(password: string, stored: string): Promise<boolean>;
  /** A hash that no password has; verifying against it costs the same as against a real one. */
  unmatchable(): string;
}

interface ScryptCost {
  readonly N: number;
  readonly r: number;
  readonly p: number;
}

/** 16 MB and some 30 ms of one core for each hash. */
const cost: ScryptCost = { N: 16384, r: 8, p: 1 };
const saltBytes = 16;
const hashBytes = 32;
/** A stored hash that asks for more was not made here. */
const memoryBytesMax = 256 * 1024 * 1024;

export const scryptPasswords: Passwords = { hash: hashPassword, verify: verifyPassword, unmatchable: unmatchableHash };

async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(saltBytes);
  return print(cost, salt, await derive(password, salt, hashBytes, cost));
}

async function verifyPassword(password: string, stored: string): Promise<boolean> {
  const { salt, hash, ...storedCost } = parse(stored);
  return timingSafeEqual(await derive(password, salt, hash.length, storedCost), hash);
}

function unmatchableHash(): string {
  return print(cost, randomBytes(saltBytes), randomBytes(hashBytes));
}

function print({ N, r, p }: ScryptCost, salt: Buffer, hash: Buffer): string {
  return `scrypt$${N}$${r}$${p}$${salt.toString('base64url')}$${hash.toString('base64url')}`;
}

function parse(stored: string): ScryptCost & { readonly salt: Buffer; readonly hash: Buffer } {
  const match = /^scrypt\$(\d{1,9})\$(\d{1,4})\$(\d{1,4})\$([\w-]+)\$([\w-]{22,})$/.exec(stored);
  if (match === null) throw new Error('stored credentials are not of the form scrypt$N$r$p$salt$hash');
  const [N, r, p] = [Number(match[1]), Number(match[2]), Number(match[3])];
  if (128 * N * r > memoryBytesMax) throw new Error('stored credentials ask for more than 256 MB');
  return { N, r, p, salt: Buffer.from(match[4] as string, 'base64url'), hash: Buffer.from(match[5] as string, 'base64url') };
}

function derive(password: string, salt: Buffer, length: number, { N, r, p }: ScryptCost): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    // Composed form: the same letters typed on another system give the same bytes.
    scrypt(password.normalize('NFC'), salt, length, { N, r, p, maxmem: 128 * N * r + 1024 * 1024 }, (error, key) =>
      error === null ? resolve(key) : reject(error),
    );
  });
}
