import { describe, expect, it } from 'vitest';
import { campaignDelayMs, handOverTarget, isCloseBehind } from './elections.js';

const fresh = { lag: 0, leaderships: 0, resigned: false, tieBreak: 0 };

describe('campaignDelayMs', () => {
  it('lets the most caught-up go first', () => {
    expect(campaignDelayMs(fresh)).toBeLessThan(campaignDelayMs({ ...fresh, lag: 3 }));
  });
  it('then the least loaded', () => {
    expect(campaignDelayMs(fresh)).toBeLessThan(campaignDelayMs({ ...fresh, leaderships: 1 }));
  });
  it('lets those that lead much go before one that has much to read', () => {
    const loaded = { ...fresh, leaderships: 50, tieBreak: 0.99 };
    expect(campaignDelayMs({ ...fresh, lag: 5 })).toBeGreaterThan(campaignDelayMs(loaded));
    expect(campaignDelayMs({ ...fresh, lag: 4 })).toBeLessThan(campaignDelayMs(loaded));
  });
  it('lets no candidate wait for long', () => {
    expect(campaignDelayMs({ lag: 1_000_000, leaderships: 100, resigned: true, tieBreak: 0.99 })).toBeLessThan(500);
  });
});

describe('isCloseBehind', () => {
  it('is who has all but what is on its way', () => {
    expect([1000, 992, 1001].every((position) => isCloseBehind(position, 1000))).toBe(true);
    expect([991, 0, undefined].some((position) => isCloseBehind(position, 1000))).toBe(false);
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
