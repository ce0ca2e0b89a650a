// `npm run sim:planted`: how many seeds it takes to find each planted bug. Ends with 1 if one is not found in time.

import { parseArgs } from 'node:util';
import { bugOf, bugs } from './planted.js';
import { simulate } from './simulate.js';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    seeds: { type: 'string', default: '200' },
    plant: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  console.log(`Usage: npm run sim:planted -- [--seed S] [--seeds N] [--plant NAME]

Runs the simulation with each planted bug until a seed finds it.

  --seed S       the first seed (default 1)
  --seeds N      seeds in which it must be found (default 200)
  --plant NAME   only this bug

Examples:
  npm run sim:planted
  npm run sim:planted -- --seed 1000 --plant "no fence"`);
  process.exit(0);
}
const [first, count] = [Number(values.seed), Number(values.seeds)];
let missed = 0;
for (const bug of values.plant === undefined ? bugs : [bugOf(values.plant)]) {
  const found = await findingSeed(first, count);
  if (found === undefined) missed++;
  console.log(
    found === undefined
      ? `NOT FOUND in ${count} seeds: ${bug.name}`
      : `${bug.name}: seed ${found.seed}, the ${found.seed - first + 1}. one: ${found.violation}`,
  );

  async function findingSeed(from: number, within: number): Promise<{ seed: number; violation: string } | undefined> {
    for (let seed = from; seed < from + within; seed++) {
      const [violation] = (await simulate(seed, { bug })).violations;
      if (violation !== undefined) return { seed, violation: violation.slice(0, 200) };
    }
    return undefined;
  }
}
process.exit(missed === 0 ? 0 : 1);
