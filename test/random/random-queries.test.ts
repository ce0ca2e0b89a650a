// A share of the random comparison; `npm run test:random` does as much as is asked for. CAUSEWAY_SEED runs one seed,
// CAUSEWAY_SEEDS as many.

import { expect, it } from 'vitest';
import { differences } from './comparison.js';

const first = Number(process.env.CAUSEWAY_SEED ?? 1);
const count = Number(process.env.CAUSEWAY_SEEDS ?? (process.env.CAUSEWAY_SEED === undefined ? 15 : 1));

it(`random queries give the same by the compiled runtime, with and without indexes, and by the plain evaluator (${count} seeds from ${first})`, () => {
  for (let seed = first; seed < first + count; seed++) expect(differences(seed, 10), `repeat it with CAUSEWAY_SEED=${seed}`).toEqual([]);
}, 60_000);
