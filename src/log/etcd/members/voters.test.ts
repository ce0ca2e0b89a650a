import { describe, expect, it } from 'vitest';
import { removalConsequence, voterCount, voterStep } from './voters.js';

/** All COREs decide in turn, until nobody moves. */
function settle(cores: readonly string[], first: readonly string[], votersMax = 5): readonly string[] {
  let voters = first;
  for (let rounds = 0; rounds < 20; rounds++) {
    for (const self of cores) {
      const step = voterStep({ self, candidates: cores, voters, learnerCount: 0, votersMax });
      if (step === 'join') voters = [...voters, self];
      if (step === 'leave') voters = voters.filter((name) => name !== self);
    }
  }
  return voters;
}

describe('voters', () => {
  it('are odd in number', () => {
    expect([1, 2, 3, 4, 5, 6, 100].map((cores) => voterCount(cores, 5))).toEqual([1, 1, 3, 3, 5, 5, 5]);
    expect(voterCount(100, 7)).toBe(7);
    expect(voterCount(4, 4)).toBe(3);
  });

  it('grow and shrink with the COREs', () => {
    expect(settle(['c1', 'c2'], ['c1'])).toEqual(['c1']);
    expect(settle(['c1', 'c2', 'c3'], ['c1'])).toHaveLength(3);
    expect(settle(['c1', 'c2', 'c3', 'c4'], ['c1', 'c2', 'c3'])).toHaveLength(3);
    expect(settle(['c1', 'c2', 'c3', 'c4', 'c5'], ['c1', 'c2', 'c3'])).toHaveLength(5);
    expect(settle(['c1', 'c2', 'c3', 'c4'], ['c1', 'c2', 'c3', 'c4'])).toEqual(['c1', 'c2', 'c3']);
    expect(settle(['c1', 'c2'], ['c1', 'c2'])).toEqual(['c1']);
  });

  it('join one at a time', () => {
    expect(voterStep({ self: 'c3', candidates: ['c1', 'c2', 'c3'], voters: ['c1'], learnerCount: 1, votersMax: 5 })).toBe('none');
  });

  it('are not counted down while some have not said yet that they may be voters', () => {
    expect(voterStep({ self: 'c3', candidates: ['c3'], voters: ['c1', 'c2', 'c3'], learnerCount: 0, votersMax: 5 })).toBe('none');
  });

  it('are not taken away where the rest would have no majority', () => {
    const voters = (...up: boolean[]) => up.map((healthy, at) => ({ name: `c${at + 1}`, healthy }));
    expect(removalConsequence(voters(true, true, true), 'c1')).toBeUndefined();
    expect(removalConsequence(voters(true, true, false), 'c3')).toBeUndefined();
    expect(removalConsequence(voters(true, true, false), 'c1')).toContain('1 of 2 voters would answer (c3 does not) and 2 are needed');
    expect(removalConsequence(voters(true), 'c1')).toContain('only voter');
    expect(removalConsequence(voters(true, false, false), 'c9')).toBeUndefined();
  });
});
