// `npm run fuzz:cypher`: spoiled queries, as many as asked for. Ends with 1 at the first finding.

import { parseArgs } from 'node:util';
import { CypherFuzzer } from './cypher-fuzzer.js';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 31)) },
    count: { type: 'string', default: '100000' },
    from: { type: 'string', default: '0' },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  console.log(`Usage: npm run fuzz:cypher -- [--seed S] [--count N] [--from I]

  --seed S    repeats a run (default: a new one, printed)
  --count N   inputs (default 100000)
  --from I    begins with the input of this number

Example:
  npm run fuzz:cypher -- --seed 7 --from 4211 --count 1`);
  process.exit(0);
}
const [seed, count, from] = [Number(values.seed), Number(values.count), Number(values.from)];

console.log(`seed ${seed}, ${count} inputs from ${from}`);
const fuzzer = new CypherFuzzer();
const startedAt = performance.now();
for (let input = from; input < from + count; input++) {
  const finding = fuzzer.run(seed, input);
  if (finding !== undefined) {
    console.log(`input ${input}: ${finding.what}\n${finding.query}`);
    console.log(`repeat it with: npm run fuzz:cypher -- --seed ${seed} --from ${input} --count 1`);
    process.exit(1);
  }
  if ((input - from) % 10_000 === 9999) {
    const megabytes = Math.round(process.memoryUsage().heapUsed / 1024 ** 2);
    console.log(`${input - from + 1} inputs, ${Math.round((input - from) / ((performance.now() - startedAt) / 1000))}/s, heap ${megabytes} MB`);
  }
}
console.log(`${count} inputs taken, nothing found`);
