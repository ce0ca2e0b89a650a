// `npm run sim`: whole clusters on simulated time, one for each seed. Ends with 1 and the seed at the first broken promise.

import { parseArgs } from 'node:util';
import { bugOf, bugs } from './planted.js';
import { type Report, simulate } from './simulate.js';

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    seeds: { type: 'string' },
    minutes: { type: 'string' },
    plant: { type: 'string' },
    verbose: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  console.log(`Usage: npm run sim -- [--seed S] [--seeds N] [--minutes M]

Each seed is a cluster of 3 or 5 COREs and 1 or 2 READ_REPLICAs that lives a little more than a simulated minute with
clients and faults. The same seed is the same run. Ends with 1 when a promise is broken, and says how to repeat it.

  --seed S        the first seed (default: a new one)
  --seeds N       how many seeds (default 1)
  --minutes M     instead: as many as fit into M minutes
  --plant NAME    plants a bug; "list" names them
  --verbose       prints what the servers log, with simulated times

Examples:
  npm run sim -- --seed 4711              repeat one run
  npm run sim -- --seed 4711 --verbose    and see what the servers said
  npm run sim -- --seeds 200              200 new ones
  npm run sim -- --minutes 30             half an hour of new ones
  npm run sim -- --plant "no fence"       see a bug found`);
  process.exit(0);
}
if (values.plant === 'list') {
  for (const { name, what } of bugs) console.log(`${name}: ${what}`);
  process.exit(0);
}
const bug = values.plant === undefined ? undefined : bugOf(values.plant);
const first = values.seed === undefined ? 1 + Math.floor(Math.random() * 1e9) : wholeNumber('seed', values.seed);
const untilMs = values.minutes === undefined ? undefined : performance.now() + wholeNumber('minutes', values.minutes) * 60_000;
const count = untilMs !== undefined ? Number.POSITIVE_INFINITY : wholeNumber('seeds', values.seeds ?? '1');
const startedAtMs = performance.now();
const sum = { seeds: 0, minutes: 0, faults: 0, acknowledged: 0, reads: 0 };
let shownAtMs = startedAtMs;

for (let seed = first; seed < first + count && (untilMs === undefined || performance.now() < untilMs); seed++) {
  const report = await simulate(seed, { bug, say: values.verbose ? (line) => console.log(line) : undefined });
  add(report);
  if (report.violations.length > 0) {
    show(report);
    process.exit(1);
  }
  if (performance.now() - shownAtMs < 10_000) continue;
  shownAtMs = performance.now();
  console.log(summary(`seed ${seed}:`));
}
console.log(summary('No promise was broken:'));

function wholeNumber(name: string, text: string): number {
  const number = Number(text);
  if (Number.isSafeInteger(number) && number > 0) return number;
  console.error(`--${name} takes a whole number above 0, not '${text}'. See --help.`);
  process.exit(2);
}

function add({ simulatedMs, faults, counts }: Report): void {
  sum.seeds++;
  sum.minutes += simulatedMs / 60_000;
  sum.faults += faults.length;
  sum.acknowledged += counts.acknowledged;
  sum.reads += counts.reads;
}

function summary(beginning: string): string {
  const seconds = ((performance.now() - startedAtMs) / 1000).toFixed(0);
  return `${beginning} ${sum.seeds} seeds, ${sum.minutes.toFixed(1)} simulated minutes, ${sum.faults} faults, ${sum.acknowledged} acknowledged writes, ${sum.reads} reads in ${seconds} s`;
}

function show({ seed, violations, faults }: Report): void {
  console.log(`\nseed ${seed}: a promise was broken${bug === undefined ? '' : ` (planted: ${bug.name})`}\n`);
  for (const violation of violations) console.log(`  ${violation}`);
  console.log(`\nwhat happened:\n${faults.map((fault) => `  ${fault}`).join('\n')}`);
  console.log(`\nrepeat it with: npm run sim -- --seed ${seed}${bug === undefined ? '' : ` --plant '${bug.name}'`}`);
}
