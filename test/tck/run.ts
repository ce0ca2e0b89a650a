// `npm run tck`: the openCypher TCK, each scenario on a graph of its own. Ends with 1 where one fails, or where there is no TCK.

import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { readScenarios, type Scenario, TCK_FOLDER } from './features.js';
import { InProcess } from './in-process.js';
import { BoltCluster } from './over-bolt.js';
import { runScenario, type Target } from './scenario.js';

const LANES = 4;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    failures: { type: 'string', default: '10' },
    report: { type: 'string' },
    via: { type: 'string', default: 'process' },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  console.log(`Usage: npm run tck -- [--via process|bolt] [--failures N] [--report FILE] [PART]

Runs the scenarios of the openCypher TCK, which is looked for in ${TCK_FOLDER} (or in the folder that CAUSEWAY_TCK names).

  --via process   the query half in this process (default)
  --via bolt      a cluster of three servers, every statement sent to a follower; compile first (npm run build)
  --failures N    how many failures are shown whole (default 10)
  --report FILE   all of them, into this file
  PART            only scenarios whose file and name contain it

Examples:
  npm run tck
  npm run tck -- --via bolt
  npm run tck -- --failures 100 expressions/temporal`);
  process.exit(0);
}
if (!existsSync(TCK_FOLDER)) {
  console.error(`There is no TCK in ${TCK_FOLDER}. Name its folder with CAUSEWAY_TCK.`);
  process.exit(1);
}

const [part = ''] = positionals;
const scenarios = readScenarios().filter(({ file, name }) => `${file} ${name}`.includes(part));
if (values.via !== 'process' && values.via !== 'bolt') {
  console.error('--via takes process or bolt');
  process.exit(2);
}
const failures: string[] = [];
const byFile = new Map<string, number>();
let saidMs = performance.now();
let done = 0;

async function runAll(target: Target, next: () => Scenario | undefined): Promise<void> {
  for (let scenario = next(); scenario !== undefined; scenario = next()) {
    const wrong = await runScenario(scenario, target).catch((error: Error) => error.stack ?? error.message);
    done++;
    if (wrong !== undefined) {
      failures.push(`${scenario.file}: ${scenario.name}\n${scenario.steps.map(({ query }) => query ?? '').join('\n')}\n→ ${wrong}\n`);
      byFile.set(scenario.file, (byFile.get(scenario.file) ?? 0) + 1);
    }
    const { isTTY } = process.stderr;
    if (performance.now() - saidMs > (isTTY ? 200 : 20_000)) {
      saidMs = performance.now();
      const text = `${done} of ${scenarios.length}, ${failures.length} failed`;
      process.stderr.write(isTTY ? `\r${text} ` : `${text}\n`);
    }
  }
}

function taking(from: readonly Scenario[]): () => Scenario | undefined {
  let at = 0;
  return () => from[at++];
}

if (values.via === 'process') await runAll(new InProcess(), taking(scenarios));
else {
  const cluster = await BoltCluster.start();
  try {
    // Procedures are the servers', not a graph's: their scenarios come one after the other.
    const declares = ({ steps }: Scenario) => steps.some(({ text }) => text.startsWith('there exists a procedure'));
    const next = taking(scenarios.filter((scenario) => !declares(scenario)));
    await Promise.all(Array.from({ length: LANES }, () => runAll(cluster.lane(), next)));
    await runAll(cluster.lane(), taking(scenarios.filter(declares)));
  } finally {
    await cluster.stop();
  }
}
if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
for (const failure of failures.slice(0, Number(values.failures))) console.log(failure);
if (failures.length > 0) for (const [file, count] of byFile) console.log(`${String(count).padStart(5)}  ${file}`);
if (values.report !== undefined) {
  mkdirSync(path.dirname(path.resolve(values.report)), { recursive: true });
  writeFileSync(values.report, failures.join('\n'));
}
console.log(`${scenarios.length - failures.length} passed, ${failures.length} failed`);
process.exit(failures.length === 0 && scenarios.length > 0 ? 0 : 1);
