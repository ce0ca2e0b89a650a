// A pass over a plan: where it must take all rows before it goes on. Cypher's clauses are one after the other:
// a clause sees everything that earlier clauses wrote, and nothing of later ones, though rows flow through all of
// them at once. An `Eager` goes below the first operator that meets (touched.ts) one of those that it takes rows from.
// Sorting and grouping take all rows anyway.
//
// Needs: a whole plan without Eagers. Makes true: of two operators that meet, one has seen all its rows before the
// other begins. The exception is MERGE, whose match must find what it made for an earlier row: Cypher runs it row by row.

import type { Expression } from '../language/ast.js';
import { some } from '../semantics/tree.js';
import type { Plan } from './plan.js';
import { inputs } from './plan-tree.js';
import { expressionsOf, hasWrites, meets, merged, nothing, type Touched, touchedBy } from './touched.js';

export function containsWrite(plan: Plan): boolean {
  return plan.kind === 'SchemaWrite' || hasWrites(touchedBy(plan).writes) || inputs(plan).some(containsWrite);
}

/** Whether it gives the same rows whenever it runs: it writes nothing, calls nothing and takes no chances. */
export function isSteady(plan: Plan): boolean {
  if (plan.kind === 'ProcedureCall' || hasWrites(touchedBy(plan).writes)) return false;
  return expressionsOf(plan).every((e) => !some(e, isChance)) && inputs(plan).every(isSteady);
}

function isChance(e: Expression): boolean {
  return e.kind === 'Function' && /^(rand|randomuuid)$/i.test(e.name);
}

export function withEagers(plan: Plan): Plan {
  return containsWrite(plan) ? placed(plan).plan : plan;
}

/** Where an Eager is missing. */
export function unfinishedEagers(plan: Plan): string | undefined {
  return eagerCount(withEagers(plan)) > eagerCount(plan) ? 'an operator meets another one below it, and no Eager is between' : undefined;
}

function eagerCount(plan: Plan): number {
  return inputs(plan).reduce((sum, input) => sum + eagerCount(input), plan.kind === 'Eager' ? 1 : 0);
}

interface Placed {
  readonly plan: Plan;
  /** By what still runs while the plan gives its rows. */
  readonly running: Touched;
}

function placed(plan: Plan): Placed {
  switch (plan.kind) {
    case 'Argument':
    case 'SchemaWrite':
      return { plan, running: nothing() };
    case 'Union': {
      const [left, right] = [placed(plan.left), placed(plan.right)];
      return { plan: { ...plan, left: left.plan, right: right.plan }, running: merged([left.running, right.running]) };
    }
    case 'Apply':
    case 'SemiApply':
    case 'CountApply':
    case 'CollectApply':
    case 'CartesianProduct':
    case 'NodeHashJoin':
    case 'ValueHashJoin':
    case 'Foreach':
    case 'SubqueryForeach': {
      const left = ready(placed(plan.left), again(plan.right, plan));
      return { plan: { ...plan, left: left.plan, right: placed(plan.right).plan }, running: merged([left.running, again(plan.right, plan)]) };
    }
    case 'MergePattern': {
      const source = ready(placed(plan.source), again(plan.match, plan));
      return { plan: { ...plan, source: source.plan }, running: merged([source.running, again(plan.match, plan)]) };
    }
    default:
      return overSource(plan);
  }
}

function overSource(plan: Exclude<Plan, { readonly left: Plan } | { readonly kind: 'Argument' | 'SchemaWrite' | 'MergePattern' }>): Placed {
  const own = touchedBy(plan);
  const below = placed(plan.source);
  // Every write happens, however few rows are asked for above.
  const cut = plan.kind === 'Limit' && hasWrites(below.running.writes);
  const source = cut ? held(below, 'all writes happen whatever the limit') : ready(below, own);
  return { plan: { ...plan, source: source.plan }, running: takesAllRows(plan) ? nothing() : merged([source.running, own]) };
}

function takesAllRows(plan: Plan): boolean {
  return plan.kind === 'Eager' || plan.kind === 'Sort' || plan.kind === 'Top' || plan.kind === 'Aggregate';
}

/** What runs anew for each row of the left: taking all rows in there holds nothing back out here. */
function again(right: Plan, operator: Plan): Touched {
  return merged([touchedBy(operator), everything(right)]);
}

function everything(plan: Plan): Touched {
  return merged([touchedBy(plan), ...inputs(plan).map(everything)]);
}

/** `source` as an operator that touches `own` may take rows from it. */
function ready(source: Placed, own: Touched): Placed {
  if (!meets(source.running, own)) return source;
  return held(source, hasWrites(own.writes) ? 'a read must not see what is written above it' : 'a read must see all that is written below it');
}

function held({ plan }: Placed, reason: string): Placed {
  return { plan: { kind: 'Eager', source: plan, reason, rows: plan.rows }, running: nothing() };
}
