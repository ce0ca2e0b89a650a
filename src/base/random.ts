// Randomness as an interface: the system's own in production, seeded (xoshiro128**) in tests and in the simulation, where
// the same seed gives the same run, on every machine.

import { randomFillSync } from 'node:crypto';

export interface Random {
  /** An integer in [0, 2^32). */
  next(): number;
}

/** Fit for secrets. Taken from the system by the kilobyte. */
export const systemRandom: Random = {
  next() {
    if (poolAt >= pool.length) {
      randomFillSync(pool);
      poolAt = 0;
    }
    return pool[poolAt++] as number;
  },
};

const pool = new Uint32Array(1024);
let poolAt = pool.length;

export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  // splitmix32 spreads the seed over the four words.
  const word = () => {
    state = (state + 0x9e3779b9) >>> 0;
    let z = state;
    z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
    z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
    return (z ^ (z >>> 16)) >>> 0;
  };
  let a = word();
  let b = word();
  let c = word();
  let d = word();
  return {
    next() {
      const product = Math.imul(b, 5);
      const result = Math.imul((product << 7) | (product >>> 25), 9) >>> 0;
      const t = b << 9;
      c ^= a;
      d ^= b;
      b ^= c;
      a ^= d;
      c ^= t;
      d = (d << 11) | (d >>> 21);
      return result;
    },
  };
}

/** A float in [0, 1). */
export function fraction(random: Random): number {
  return random.next() / 4294967296;
}

/** An integer in [0, bound). */
export function below(random: Random, bound: number): number {
  return Math.floor(fraction(random) * bound);
}

export function chance(random: Random, probability: number): boolean {
  return fraction(random) < probability;
}

export function pick<T>(random: Random, items: readonly T[]): T {
  const item = items[below(random, items.length)];
  if (item === undefined) throw new RangeError('pick from nothing');
  return item;
}

export function randomBytes(random: Random, count: number): Buffer {
  const bytes = Buffer.alloc(Math.ceil(count / 4) * 4);
  for (let at = 0; at < count; at += 4) bytes.writeUInt32LE(random.next(), at);
  return bytes.subarray(0, count);
}

/** 128 bits, 32 hexadecimal digits. */
export function randomId(random: Random): string {
  return randomBytes(random, 16).toString('hex');
}

/** A UUID of version 4. */
export function randomUuid(random: Random): string {
  const bytes = randomBytes(random, 16);
  bytes[6] = ((bytes[6] as number) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] as number) & 0x3f) | 0x80;
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
