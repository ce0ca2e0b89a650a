// Seeded randomness (xoshiro128**): the same seed gives the same run, on every machine.

export interface Random {
  /** An integer in [0, 2^32). */
  next(): number;
}

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
