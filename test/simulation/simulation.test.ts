// The real code under fresh seeds, and that a seed repeats its run. A failure names its seed: `npm run sim -- --seed S`.

import { describe, expect, it } from 'vitest';
import { simulate } from './simulate.js';

const FRESH = 20;

describe('the simulation', () => {
  it('repeats a run from its seed, and runs differently from another', async () => {
    const [one, again, other] = [await simulate(7), await simulate(7), await simulate(8)];
    expect(again.digest).toBe(one.digest);
    expect(again.events).toBe(one.events);
    expect(other.digest).not.toBe(one.digest);
  }, 240_000);

  const first = 1 + Math.floor(Math.random() * 1e9);
  it.each(Array.from({ length: FRESH }, (_, index) => index))(
    'keeps every promise: fresh seed %i',
    async (index) => {
      const { seed, violations, faults, simulatedMs, counts } = await simulate(first + index);
      expect(violations, `npm run sim -- --seed ${seed}`).toEqual([]);
      expect(simulatedMs).toBeGreaterThan(60_000);
      expect(faults.length).toBeGreaterThanOrEqual(5);
      expect(counts.acknowledged).toBeGreaterThan(100);
    },
    60_000,
  );
});
