// `npm run test:faults`: real processes, real faults, histories checked. Ends with 1 and the seed at a violation.

import { parseArgs } from 'node:util';
import { KINDS, type Kind } from './faults.js';
import { type RunResult, realFaults, seconds } from './real-faults.js';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 31)) },
    log: { type: 'string', default: 'embedded' },
    build: { type: 'string' },
    faults: { type: 'string' },
    evidence: { type: 'string', default: '' },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  console.log(`Usage: npm run test:faults -- [--minutes M] [--seed S] [--log embedded|etcd] [--faults A,B] [--evidence DIR] [--build DIR]

  --minutes M     how long things are broken (default 10)
  --seed S        the same faults and clients in the same order (default: a new one, printed); when they meet is up to the machine
  --log L         embedded (default), or etcd with three members of etcd
  --faults A,B    only these: ${KINDS.join(', ')}
  --evidence DIR  where histories that are wrong go (default: a folder named by the seed in the folder for temporary files)
  --build DIR     a folder with the project compiled (default: this one)

Compile first (npm run build). Filling disks needs the right to mount a tmpfs.

Examples:
  npm run test:faults -- --minutes 30 --log etcd
  npm run test:faults -- --minutes 2 --seed 4711 --faults "kill,pause,one way"`);
  process.exit(0);
}

const seed = Number(values.seed);
const minutes = Number(values.minutes);
const { log } = values;
const kinds = values.faults?.split(',') as Kind[] | undefined;
const unknown = kinds?.find((kind) => !KINDS.includes(kind));
if (!(minutes > 0) || !Number.isSafeInteger(seed) || (log !== 'embedded' && log !== 'etcd') || unknown !== undefined) {
  console.error(unknown === undefined ? 'wrong options: see --help' : `no fault is called '${unknown}': see --help`);
  process.exit(2);
}
const evidence = values.evidence === '' ? `${process.env.TMPDIR ?? '/tmp'}/causeway-faults-seed-${seed}` : values.evidence;
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    // The servers end with their standard input.
    console.log(`stopped; seed ${seed}`);
    process.exit(130);
  });
}
const result = await realFaults({
  seed,
  seconds: minutes * 60,
  log,
  evidence,
  ...(values.build === undefined ? {} : { build: values.build }),
  ...(kinds === undefined ? {} : { kinds }),
  say: (line) => console.log(line),
});
show(result);
if (result.violations.length > 0)
  console.log(`seed ${seed}; histories in ${evidence}; again with: npm run test:faults -- --minutes ${minutes} --seed ${seed} --log ${log}`);
process.exit(result.violations.length > 0 ? 1 : 0);

function show({ counts, faults, codes, violations, ownPauseMs, skipped }: RunResult): void {
  console.log('\nfault           times   longest without a write');
  for (const { kind, times, worstMs } of faults) console.log(`${kind.padEnd(14)} ${String(times).padStart(6)}   ${seconds(worstMs)}`);
  console.log(`the run's own process stood still for at most ${seconds(ownPauseMs)}`);
  for (const what of skipped) console.log(`skipped: ${what}`);
  const made = faults.reduce((sum, { times }) => sum + times, 0);
  const { ok, unknown: open, failed, settled, rowless, undecided } = counts;
  console.log(
    `\n${made} faults; ${ok + open + failed} operations: ${ok} ok (${settled} outcomes settled afterwards, ${rowless} without the rows of a lost leader), ${open} unknown, ${failed} failed`,
  );
  for (const [code, times] of [...codes].sort((a, b) => b[1] - a[1])) console.log(`  ${String(times).padStart(6)}  ${code}`);
  if (undecided > 0) console.log(`${undecided} histories were too wide to decide`);
  console.log(`${violations.length} violations`);
  for (const violation of violations) console.log(`  ${violation}`);
}
