// A plan of hundreds of operators is cut into parts: the operators up to a cut are a generator function of their own, which
// yields their rows to the loops above. Nested in one another they would be deeper than V8's parser goes.
//
//   Expand ◀─ … ◀─ Expand ◀─cut─ Expand ◀─ … ◀─ Scan          function* part(outer locals) { …; yield [row]; … }

import { children } from '../../planner/explain.js';
import type { Plan } from '../../planner/plan.js';
import type { Environment } from '../environment.js';
import { type CodeMaker, type Consume, packing } from './operator.js';

/** Operators nested in one function. An operator is up to four loops and blocks. */
const OPERATORS_IN_PART = 40;

/** The plans below `root` that are cut: every so many operators, counted from the leaves. */
export function cuts(root: Plan): ReadonlySet<Plan> {
  const found = new Set<Plan>();
  depthOf(root, found);
  return found;
}

function depthOf(plan: Plan, found: Set<Plan>): number {
  const below = children(plan).reduce((deepest, child) => Math.max(deepest, depthOf(child, found)), 0);
  if (below < OPERATORS_IN_PART) return below + 1;
  found.add(plan);
  return 1;
}

export function producePart(maker: CodeMaker, outer: Environment, consume: Consume, produce: (consume: Consume) => void): void {
  const { emitter } = maker;
  const parameters = [...new Set([...outer.values()].map((slot) => slot.local))];
  let unpack = (_row: string): Environment => outer;
  const part = emitter.part(parameters, () =>
    produce((row) => {
      const packed = packing(maker, row);
      emitter.line(`yield ${packed.pack};`);
      unpack = packed.unpack;
    }),
  );
  const row = emitter.name('q');
  emitter.line(`for (const ${row} of ${part}(${parameters.join(', ')})) {`);
  // What is no row is for the event loop: the end of a slice, or a promise.
  emitter.line(`if (!Array.isArray(${row})) { yield ${row}; continue; }`);
  consume(unpack(row));
  emitter.line('}');
}
