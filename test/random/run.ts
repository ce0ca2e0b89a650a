// `npm run test:random`: random queries on random graphs, as many seeds as asked for. Ends with 1 at a difference.

import { parseArgs } from 'node:util';
import { differences } from './comparison.js';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    seeds: { type: 'string', default: '1000' },
    queries: { type: 'string', default: '10' },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  console.log(`Usage: npm run test:random -- [--seed S] [--seeds N] [--queries Q]

  --seed S      the first seed (default 1)
  --seeds N     how many seeds, each with a graph of its own (default 1000)
  --queries Q   queries on each graph (default 10)

Example:
  npm run test:random -- --seed 4711 --seeds 1`);
  process.exit(0);
}
const [first, count, queries] = [Number(values.seed), Number(values.seeds), Number(values.queries)];
const startedAt = performance.now();
let shownAt = startedAt;
let found = 0;
for (let seed = first; seed < first + count; seed++) {
  for (const { graph, query, expected, found: given, by } of differences(seed, queries)) {
    found++;
    console.log(`\nseed ${seed}\n${graph};\n${query};\n--- the evaluator:\n${expected}\n--- ${by}:\n${given}`);
    console.log(`repeat it with: npm run test:random -- --seed ${seed} --seeds 1 --queries ${queries}`);
  }
  if (performance.now() - shownAt < 5000) continue;
  shownAt = performance.now();
  console.log(`${seed - first + 1} of ${count} seeds, ${found} differences`);
}
console.log(`${count} seeds, ${count * queries} queries, ${found} differences, ${((performance.now() - startedAt) / 1000).toFixed(0)} s`);
process.exit(found === 0 ? 0 : 1);
