// A small share of `npm run fuzz:cypher`: other queries each time, so the seed is in the message.

import { expect, it } from 'vitest';
import { CypherFuzzer } from './cypher-fuzzer.js';

it('spoiled queries end in time, with rows or an error that says something', { timeout: 240_000 }, () => {
  const seed = Math.floor(Math.random() * 2 ** 31);
  const fuzzer = new CypherFuzzer();
  for (let input = 0; input < 4000; input++) {
    const finding = fuzzer.run(seed, input);
    expect(finding, `npm run fuzz:cypher -- --seed ${seed} --from ${input} --count 1`).toBeUndefined();
  }
});

it('repeats a query by its seed and number', () => {
  const [one, other] = [new CypherFuzzer(), new CypherFuzzer()];
  for (let input = 0; input < 50; input++) expect(one.query(7, input)).toBe(other.query(7, input));
});
