// `npm run fuzz:http`: spoiled HTTP conversations, as many as asked for. Ends with 1 at the first finding.

import { parseArgs } from 'node:util';
import { HttpFuzzer } from './http-fuzzer.js';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 31)) },
    count: { type: 'string', default: '100000' },
    from: { type: 'string', default: '0' },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  console.log(`Usage: npm run fuzz:http -- [--seed S] [--count N] [--from I]

  --seed S    repeats a run (default: a new one, printed)
  --count N   inputs (default 100000)
  --from I    begins with the input of this number

Example:
  npm run fuzz:http -- --seed 7 --from 4211 --count 1`);
  process.exit(0);
}
const [seed, count, from] = [Number(values.seed), Number(values.count), Number(values.from)];

let current = from;
for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
  process.on(event, (error) => {
    console.error(`${event} at about input ${current} of seed ${seed}:`, error);
    process.exit(1);
  });
}

console.log(`seed ${seed}, ${count} inputs from ${from}`);
const fuzzer = await HttpFuzzer.start();
const startedAt = performance.now();
for (; current < from + count; current++) {
  const findings = await fuzzer.run(seed, current);
  for (const { input, what, conversation } of findings) console.log(`input ${input} (${conversation}): ${what}`);
  if (findings.length > 0) {
    console.log(`repeat it with: npm run fuzz:http -- --seed ${seed} --from ${current} --count 1`);
    process.exit(1);
  }
  if ((current - from) % 10_000 === 9999) {
    const megabytes = Math.round(process.memoryUsage().heapUsed / 1024 ** 2);
    console.log(`${current - from + 1} inputs, ${Math.round((current - from) / ((performance.now() - startedAt) / 1000))}/s, heap ${megabytes} MB`);
  }
}
const left = await fuzzer.stop();
for (const what of left) console.log(what);
console.log(left.length === 0 ? `${count} inputs taken, nothing found` : 'something is left');
process.exit(left.length === 0 ? 0 : 1);
