// How long the code of an expression or of an operator becomes, roughly: a unit is up to 90 bytes of bytecode. V8 leaves functions of
// more than 60 KB unoptimised for ever (`--max-optimized-bytecode-size`), which makes their loops some thirty times slower; so what is
// large becomes several functions.

import type { Expression } from '../language/ast.js';
import { mapChildren } from '../planner/expressions.js';
import type { Plan } from '../planner/plan.js';
import { expressionsOf } from '../planner/touched.js';

/** An expression of so many units is a function of its own. */
export const EXPRESSION_UNITS = 150;
/** Of a row's items (columns, properties to set, nodes to create) as many as make so many units are in one function. */
export const GROUP_UNITS = 300;
/** And of operators. */
export const OPERATORS_UNITS = 400;

const OPERATOR_UNITS = 22;
/** A node or relationship to create or merge, beside its properties. */
const PATTERN_UNITS = 3;

const known = new WeakMap<Expression, number>();

/** Parts that are functions of their own count as one. */
export function unitsOf(e: Expression): number {
  let units = known.get(e);
  if (units !== undefined) return units;
  let sum = 1;
  mapChildren(e, (child) => {
    sum += unitsIn(child);
    return child;
  });
  units = sum;
  known.set(e, units);
  return units;
}

/** As a part of something larger. */
export function unitsIn(e: Expression): number {
  const units = unitsOf(e);
  return units >= EXPRESSION_UNITS ? 1 : units;
}

/** Of the operator itself, without its inputs. */
export function operatorUnits(plan: Plan): number {
  const expressions = expressionsOf(plan).reduce((sum, e) => sum + unitsIn(e), 0);
  const patterns = plan.kind === 'CreatePattern' || plan.kind === 'MergePattern' ? (plan.nodes.length + plan.relationships.length) * PATTERN_UNITS : 0;
  const others = plan.kind === 'Expand' || plan.kind === 'VariableExpand' ? plan.distinctFrom.length / 4 : 0;
  return OPERATOR_UNITS + others + Math.min(GROUP_UNITS, expressions + patterns);
}

/** Items in a row, in runs of at most GROUP_UNITS; one run where they are few. */
export function runsOf<T>(items: readonly T[], units: (item: T) => number): readonly (readonly T[])[] {
  const runs: T[][] = [];
  let left = 0;
  for (const item of items) {
    const own = units(item);
    if (own > left || runs.length === 0) {
      runs.push([]);
      left = GROUP_UNITS;
    }
    left -= own;
    (runs.at(-1) as T[]).push(item);
  }
  return runs;
}
