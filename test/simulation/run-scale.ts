// `npm run sim:scale`: the cluster at 3, 10, 30 and 100 COREs. Ends with 1 where leaders are not within one of each other, or graphs
// are without a leader for more than 10 simulated seconds after the deaths.

import { parseArgs } from 'node:util';
import { measureScale, type ScaleReport } from './scale.js';

const LED_AGAIN_MS_MAX = 10_000;
const STEPS = [3, 10, 30, 100];

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    cores: { type: 'string' },
    graphs: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  console.log(`Usage: npm run sim:scale -- [--seed S] [--cores N] [--graphs N]

Simulates clusters of 3, 10, 30 and 100 COREs with 20 graphs for each, kills three COREs of ten at the same moment, and prints how
evenly leaders are spread, how soon every graph is led again, and what servers send.

  --seed S      (default 1)
  --cores N     only a cluster of this size
  --graphs N    in it (default 20 for each CORE)

Examples:
  npm run sim:scale
  npm run sim:scale -- --cores 100 --graphs 2000`);
  process.exit(0);
}

const sizes = values.cores === undefined ? STEPS : [Number(values.cores)];
const reports: ScaleReport[] = [];
for (const cores of sizes) {
  const graphs = values.graphs === undefined ? cores * 20 : Number(values.graphs);
  const startedMs = performance.now();
  console.log(`${cores} COREs, ${graphs} graphs`);
  reports.push(await measureScale({ seed: Number(values.seed), cores, graphs, deaths: Math.round(cores * 0.3), say: (line) => console.log(`  ${line}`) }));
  console.log(`  (${((performance.now() - startedMs) / 1000).toFixed(0)} s)`);
}

const columns: readonly (readonly [string, (report: ScaleReport) => string])[] = [
  ['COREs', ({ cores }) => String(cores)],
  ['graphs', ({ graphs }) => String(graphs + 2)],
  ['led by one', ({ spread }) => spread.join('–')],
  ['died', ({ deaths }) => String(deaths)],
  ['led again', ({ ledAgainMs }) => `${(ledAgainMs / 1000).toFixed(2)} s`],
  ['led by one then', ({ spreadAfter }) => spreadAfter.join('–')],
  ['after', ({ evenAgainMs }) => `${(evenAgainMs / 1000).toFixed(1)} s`],
  ['messages / server / s', ({ messagesPerServerSecond }) => messagesPerServerSecond.toFixed(1)],
  ['log requests / server / s', ({ logRequestsPerServerSecond }) => logRequestsPerServerSecond.toFixed(1)],
];
const cells = [columns.map(([head]) => head), ...reports.map((report) => columns.map(([, cell]) => cell(report)))];
const widths = columns.map((_, column) => Math.max(...cells.map((row) => (row[column] as string).length)));
console.log(`\n${cells.map((row) => row.map((cell, column) => cell.padStart(widths[column] as number)).join('  ')).join('\n')}`);
const isWell = ({ ledAgainMs, spread: [least, most] }: ScaleReport) => ledAgainMs <= LED_AGAIN_MS_MAX && most - least <= 1;
process.exit(reports.every(isWell) ? 0 : 1);
