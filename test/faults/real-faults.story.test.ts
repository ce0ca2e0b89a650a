// A short run with real processes: what every change must bear. Longer ones: `npm run test:faults`.

import { expect, it } from 'vitest';
import { realFaults } from './real-faults.js';

it('keeps its promises while servers are killed, stopped and cut off', async () => {
  const seed = Math.floor(Math.random() * 2 ** 31);
  const lines: string[] = [];
  const result = await realFaults({
    seed,
    seconds: 20,
    log: 'embedded',
    clients: 8,
    kinds: ['kill', 'pause', 'restart', 'isolate', 'one way', 'slow'],
    say: (line) => lines.push(line),
  });
  expect(result.violations, `seed ${seed}\n${lines.join('\n')}`).toEqual([]);
  expect(result.faults.length).toBeGreaterThan(0);
  expect(result.counts.ok).toBeGreaterThan(100);
  const { ok, unknown, failed } = result.counts;
  console.log(`seed ${seed}: ${result.faults.reduce((sum, { times }) => sum + times, 0)} faults, ${ok} ok, ${unknown} unknown, ${failed} failed`);
}, 120_000);
