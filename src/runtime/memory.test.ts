import { describe, expect, it } from 'vitest';
import type { Value } from '../values/value.js';
import { Growing } from './growing.js';
import { MemoryAccount } from './memory.js';

describe('the memory account', () => {
  it('counts lists and maps with what they hold', () => {
    const bytesOf = (value: Value) => new MemoryAccount(2 ** 30).held(0, value);
    expect(bytesOf(1)).toBe(0);
    expect(bytesOf('x'.repeat(100))).toBeGreaterThanOrEqual(200);
    expect(bytesOf([1, 2, 3])).toBeGreaterThanOrEqual(24);
    expect(bytesOf(['x'.repeat(100), 'x'.repeat(100)])).toBeGreaterThanOrEqual(400);
    expect(bytesOf(new Map([['a', new Map([['b', 'x'.repeat(100)]])]]))).toBeGreaterThanOrEqual(500);
  });

  it('has one place for what a local holds', () => {
    const account = new MemoryAccount(2 ** 20);
    let held = 0;
    for (let row = 0; row < 10_000; row++) held = account.held(held, 'x'.repeat(1000));
    expect(account.used).toBe(held);
    account.held(held, null);
    expect(account.used).toBe(0);
  });

  it('a value that is small itself but huge when written out meets the limit, soon', () => {
    let list: Value = [1];
    for (let level = 0; level < 60; level++) list = [list, list];
    const account = new MemoryAccount(2 ** 20);
    const before = performance.now();
    expect(() => account.value(list)).toThrow('memory.query_bytes is 1048576');
    expect(performance.now() - before).toBeLessThan(1000);
  });

  it('a value nested too deep names its limit', () => {
    let list: Value = [];
    for (let level = 0; level < 100_000; level++) list = [list];
    expect(() => new MemoryAccount(2 ** 30).value(list)).toThrow('limits.value_depth');
  });

  it('lets go of what an expression made on its way', () => {
    const account = new MemoryAccount(10_000);
    for (let index = 0; index < 100; index++) {
      const before = account.used;
      account.made('x'.repeat(1000));
      account.settle(before, index);
    }
    expect(account.used).toBe(100 * 16);
    expect(() => account.made('x'.repeat(10_000))).toThrow('memory.query_bytes');
  });

  it('what grows is measured as it grows', () => {
    const account = new MemoryAccount(2 ** 23);
    const growing = new Growing(account);
    const list: Value[] = [];
    const grow = () => {
      for (;;) {
        list.push(account.made(Array.from({ length: 1000 }, () => 1)));
        growing.step(list);
      }
    };
    expect(grow).toThrow('memory.query_bytes');
    expect(list.length).toBeGreaterThan(100);
    expect(list.length).toBeLessThan(2000);
  });
});
