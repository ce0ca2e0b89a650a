import { describe, expect, it } from 'vitest';
import { campaignDelayMs, handOverTarget } from './elections.js';

const fresh = { lag: 0, leaderships: 0, resigned: false, tieBreak: 0 };

describe('campaignDelayMs', () => {
  it('lets the most caught-up go first', () => {
    expect(campaignDelayMs(fresh)).toBeLessThan(campaignDelayMs({ ...fresh, lag: 3 }));
  });
  it('then the least loaded', () => {
    expect(campaignDelayMs(fresh)).toBeLessThan(campaignDelayMs({ ...fresh, leaderships: 1 }));
  });
  it('lets no candidate wait for long', () => {
    expect(campaignDelayMs({ lag: 1_000_000, leaderships: 100, resigned: true, tieBreak: 0.99 })).toBeLessThan(500);
  });
});

describe('handOverTarget', () => {
  it('is the least loaded, by name among equals', () => {
    expect(
      handOverTarget([
        { name: 'b', leaderships: 1 },
        { name: 'c', leaderships: 0 },
        { name: 'a', leaderships: 0 },
      ]),
    ).toBe('a');
  });
  it('is nobody where nobody is left', () => {
    expect(handOverTarget([])).toBeUndefined();
  });
});
