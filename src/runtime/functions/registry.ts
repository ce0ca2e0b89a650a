// All functions by name (in lower case: Cypher matches them without case), and what checking asks about them.

import { collectionFunctions } from './collections.js';
import type { ScalarFunction } from './function.js';
import { numberFunctions } from './numbers.js';
import { pointFunctions } from './points.js';
import { temporalFunctions } from './temporal.js';
import { textFunctions } from './texts.js';

const scalars = { ...numberFunctions, ...textFunctions, ...temporalFunctions, ...pointFunctions };
const functions: ReadonlyMap<string, ScalarFunction> = new Map(Object.entries({ ...scalars, ...collectionFunctions(scalars) }));

/** Number of arguments of each aggregate. */
const aggregates: ReadonlyMap<string, number> = new Map([
  ['count', 1],
  ['sum', 1],
  ['avg', 1],
  ['min', 1],
  ['max', 1],
  ['collect', 1],
  ['stdev', 1],
  ['stdevp', 1],
  ['percentilecont', 2],
  ['percentiledisc', 2],
]);

export function scalarFunction(name: string): ScalarFunction | undefined {
  return functions.get(name.toLowerCase());
}

export const functionSignatures = {
  /** Of functions that are no aggregates, in lower case. */
  names: [...functions.keys()],
  find(name: string): { readonly aggregate: boolean; readonly minArguments: number; readonly maxArguments: number } | undefined {
    const lower = name.toLowerCase();
    const count = aggregates.get(lower);
    if (count !== undefined) return { aggregate: true, minArguments: count, maxArguments: count };
    const scalar = functions.get(lower);
    return scalar === undefined ? undefined : { aggregate: false, minArguments: scalar.minArguments, maxArguments: scalar.maxArguments };
  },
};
