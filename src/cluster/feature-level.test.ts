import { describe, expect, it } from 'vitest';
import type { LiveServer } from '../log/log.js';
import { FeatureLevel } from './feature-level.js';

const server = (name: string, featureLevel: number, alive = true) => ({ name, featureLevel, alive }) as LiveServer;
const MINUTE = 60_000;

describe('the feature level of a cluster', () => {
  it('is the least of its servers, once that has held for ten seconds', () => {
    const level = new FeatureLevel(1);
    const upgraded = [server('a', 2), server('b', 2)];
    expect(level.level([server('a', 2), server('b', 1)], 0)).toBe(1);
    expect(level.level(upgraded, 1000)).toBe(1);
    expect(level.level(upgraded, 10_999)).toBe(1);
    expect(level.level(upgraded, 11_000)).toBe(2);
  });

  it('falls at once', () => {
    const level = new FeatureLevel(1);
    level.level([server('a', 2)], 0);
    expect(level.level([server('a', 2)], 20_000)).toBe(2);
    expect(level.level([server('a', 2), server('b', 1)], 20_001)).toBe(1);
  });

  it('counts who died for ten minutes', () => {
    const level = new FeatureLevel(1);
    level.level([server('a', 2), server('b', 1)], 0);
    const dead = [server('a', 2), server('b', 1, false)];
    expect(level.level(dead, 9 * MINUTE)).toBe(1);
    expect(level.level([server('a', 2)], 9 * MINUTE)).toBe(1);
    expect(level.level([server('a', 2)], 11 * MINUTE)).toBe(1);
    expect(level.level([server('a', 2)], 12 * MINUTE)).toBe(2);
  });
});
