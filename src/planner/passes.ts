// The passes over a whole plan, in the order in which they run. Each has a file of its own that says what it needs and what it makes
// true; `broken` looks whether it is true. The plan can be printed after each: `npm run passes -- 'MATCH …'`.

import type { GraphSchema } from '../graph/schema.js';
import { distinctLevels } from './distinct-levels.js';
import { unfinishedEagers, withEagers } from './eagerness.js';
import { printPlan } from './explain.js';
import { knownDistinct } from './known-distinct.js';
import type { Plan } from './plan.js';

export interface Pass {
  readonly name: string;
  run(plan: Plan, schema: GraphSchema): Plan;
  /** What is not as the pass should have left it; undefined where all is well. For tests. */
  broken(plan: Plan, schema: GraphSchema): string | undefined;
}

export const passes: readonly Pass[] = [
  { name: 'distinct levels', run: distinctLevels, broken: (plan) => (distinctLevels(plan) === plan ? undefined : 'a chain whose ends alone count was left') },
  {
    name: 'known distinct',
    run: knownDistinct,
    broken: (plan, schema) => (printPlan(knownDistinct(plan, schema)) === printPlan(plan) ? undefined : 'distinct rows are made distinct'),
  },
  { name: 'eagers', run: withEagers, broken: unfinishedEagers },
];
