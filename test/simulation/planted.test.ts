// Each planted bug is found: one seed that finds it is replayed. A change of the product changes what happens under a seed, so the next ones
// have their try before the test fails; `npm run sim:planted` looks for better ones.

import { describe, expect, it } from 'vitest';
import { bugs } from './planted.js';
import { simulate } from './simulate.js';

const TRIES = 6;

describe('the simulation finds', () => {
  it('at least fifteen planted bugs', () => {
    expect(bugs.length).toBeGreaterThanOrEqual(15);
  });

  it.each(bugs.map((bug) => [bug.name, bug] as const))(
    '%s',
    async (_name, bug) => {
      const said: string[] = [];
      for (let seed = bug.seed; seed < bug.seed + TRIES; seed++) {
        const { violations } = await simulate(seed, { bug });
        if (violations.some((violation) => bug.breaks.test(violation))) return;
        said.push(`seed ${seed}: ${violations.join('; ') || 'nothing'}`);
      }
      expect.fail(said.join('\n'));
    },
    240_000,
  );
});
