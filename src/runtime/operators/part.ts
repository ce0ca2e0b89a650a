// A plan of many operators is cut into parts: the operators up to a cut are a generator function of their own, which yields their rows to
// the loops above. In one function they would be longer than V8 optimises, and at last deeper than its parser goes.
//
//   Expand ◀─ … ◀─ Expand ◀─cut─ Expand ◀─ … ◀─ Scan          function* part(outer locals) { …; yield [row]; … }

import { children } from '../../planner/explain.js';
import type { Plan } from '../../planner/plan.js';
import type { Environment } from '../environment.js';
import { OPERATORS_UNITS, operatorUnits } from '../size.js';
import { type CodeMaker, type Consume, packing } from './operator.js';

/** The plans below `root` that are cut, counted from the leaves: what is left of each function is small enough. */
export function cuts(root: Plan): ReadonlySet<Plan> {
  const found = new Set<Plan>();
  unitsWithin(root, found);
  return found;
}

/** Of what stands in one function with the operator. */
function unitsWithin(plan: Plan, found: Set<Plan>): number {
  const below = children(plan)
    .map((child) => ({ child, units: unitsWithin(child, found) }))
    .sort((a, b) => b.units - a.units);
  let units = below.reduce((sum, one) => sum + one.units, operatorUnits(plan));
  for (const { child, units: own } of below) {
    if (units <= OPERATORS_UNITS) break;
    found.add(child);
    units -= own - 1;
  }
  return units;
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
