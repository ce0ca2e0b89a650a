// `npm run bench:stalls`: the longest time for which a heavy read query keeps the event loop to itself. Each query runs in
// this process with a turn of the event loop after each of its time slices, as a server runs it.
//
// A slice in which the operating system took the processor away says nothing of the query and is left out. Pauses of the
// garbage collector are told apart.

import { PerformanceObserver } from 'node:perf_hooks';
import { systemClock } from '../dist/base/clock.js';
import { seededRandom } from '../dist/base/random.js';
import { QueryEngine } from '../dist/database/query-engine.js';
import { createGraphStore } from '../dist/storage/store.js';

if (process.argv.includes('--help')) {
  console.log(`Usage: npm run bench:stalls -- [--scale N] [QUERY]

  --scale N   the queries are over 1,000,000 × N rows (default 1)
  QUERY       this query alone

Example:
  npm run bench:stalls -- "UNWIND range(1, 5000000) AS x RETURN count(DISTINCT x)"`);
  process.exit(0);
}
const words = process.argv.slice(2);
const at = words.indexOf('--scale');
const [, scale] = at < 0 ? [] : words.splice(at, 2);
const million = Math.round(1_000_000 * Number(scale ?? 1));
const shuffled = `(x * 7919) % ${million + 3}`;

const queries =
  words.length > 0
    ? words
    : [
        `UNWIND range(1, ${3 * million}) AS x RETURN sum(x)`,
        `UNWIND range(1, ${million}) AS x RETURN x ORDER BY ${shuffled}`,
        `UNWIND range(1, ${million}) AS x RETURN size(collect(x))`,
        `UNWIND range(1, ${million}) AS x RETURN size(collect({a: x}))`,
        `UNWIND range(1, ${million}) AS x WITH DISTINCT x RETURN count(x)`,
        `UNWIND range(1, ${million}) AS x RETURN count(DISTINCT x)`,
        `UNWIND range(1, ${million}) AS x WITH x, count(*) AS c RETURN sum(c)`,
        `UNWIND range(1, ${million}) AS x RETURN percentileCont(${shuffled}, 0.5)`,
        `RETURN reduce(s = 0, x IN range(1, ${5 * million}) | s + x)`,
        `RETURN size([x IN range(1, ${5 * million}) WHERE x % 2 = 0])`,
        `RETURN all(x IN range(1, ${5 * million}) WHERE x > 0)`,
        `WITH range(1, ${million}) AS list RETURN 0 IN list`,
      ];

const collections = [];
const observe = (list) => {
  for (const { duration } of list.getEntries()) collections.push(duration);
};
const observer = new PerformanceObserver(observe);
observer.observe({ entryTypes: ['gc'] });
const store = createGraphStore({ graphId: '11111111-2222-4333-8444-555555555555', budgetBytes: 16 * 1024 ** 2, poisonFreedPages: false });
const options = {
  database: 'neo4j',
  procedures: { find: () => undefined, list: () => [] },
  clock: systemClock,
  random: seededRandom(1),
  memoryLimitBytes: 4 * 1024 ** 3,
};
const turn = () => new Promise((resolve) => setImmediate(resolve));

async function longest(text) {
  const reader = store.published;
  const execution = new QueryEngine(options)
    .prepare(text, reader)
    .start({ reader, writer: undefined, parameters: new Map(), user: 'neo4j', cancellation: { error: undefined } });
  let worst = 0;
  for (let state = 'pause'; state !== 'done'; await turn()) {
    const switches = process.resourceUsage().involuntaryContextSwitches;
    const before = performance.now();
    state = execution.next({ row: () => {} }, 1000);
    const took = performance.now() - before;
    if (process.resourceUsage().involuntaryContextSwitches === switches) worst = Math.max(worst, took);
  }
  return worst;
}

console.log('longest slice   longest collection   total');
for (const text of queries) {
  collections.length = 0;
  const before = performance.now();
  const worst = await longest(text);
  const total = performance.now() - before;
  await new Promise((resolve) => setTimeout(resolve, 10));
  const collection = Math.max(0, ...collections);
  console.log(`${worst.toFixed(1).padStart(10)} ms   ${collection.toFixed(1).padStart(15)} ms   ${total.toFixed(0).padStart(6)} ms   ${text}`);
}
observer.disconnect();
