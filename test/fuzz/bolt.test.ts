// A few thousand spoiled conversations on every run; `npm run fuzz:bolt -- --count 1000000` for more.

import { expect, it } from 'vitest';
import { BoltFuzzer, type Finding } from './bolt-fuzzer.js';

const SEED = Number(process.env.CAUSEWAY_FUZZ_SEED ?? 1);
const COUNT = 3000;

it(`takes ${COUNT} spoiled conversations (seed ${SEED})`, async () => {
  const fuzzer = await BoltFuzzer.start();
  const findings: Finding[] = [];
  try {
    for (let input = 0; input < COUNT && findings.length < 5; input++) findings.push(...(await fuzzer.run(SEED, input)));
  } finally {
    await fuzzer.stop();
  }
  expect(findings).toEqual([]);
}, 60_000);
