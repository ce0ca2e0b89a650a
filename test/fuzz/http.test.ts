// A few thousand spoiled conversations on every run; `npm run fuzz:http -- --count 1000000` for more.

import { expect, it } from 'vitest';
import { type HttpFinding, HttpFuzzer } from './http-fuzzer.js';

const SEED = Number(process.env.CAUSEWAY_FUZZ_SEED ?? 1);
const COUNT = 2000;
const AT_ONCE = 8;

it(`takes ${COUNT} spoiled conversations (seed ${SEED})`, async () => {
  const fuzzer = await HttpFuzzer.start();
  const findings: HttpFinding[] = [];
  let left: readonly string[] = [];
  try {
    for (let from = 0; from < COUNT && findings.length < 5; from += AT_ONCE) {
      const inputs = Array.from({ length: AT_ONCE }, (_, index) => fuzzer.run(SEED, from + index));
      findings.push(...(await Promise.all(inputs)).flat());
    }
  } finally {
    left = await fuzzer.stop();
  }
  expect(findings).toEqual([]);
  expect(left).toEqual([]);
}, 60_000);
