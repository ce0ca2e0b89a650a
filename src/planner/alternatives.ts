// A node by one of several ways: for `a OR b`, what a finds and what b finds, each node once.
//
//   Distinct n ── Union n ─┬─ leaf of a (with a filter for what of a it does not answer)
//                          └─ leaf of b

import { conjunction, conjuncts, disjuncts, hasSubquery, variablesOf } from './expressions.js';
import type { Plan } from './plan.js';
import type { Leaf } from './planning.js';
import type { Predicate } from './query-graph.js';

/** Each one is a lookup and code of its own; of more of them all nodes are checked. */
const alternativesMax = 16;

/** The ways to the node for predicates that all must hold. */
export type WaysTo = (predicates: readonly Predicate[], source: Plan) => readonly Leaf[];

/** `either` is one of `predicates`. Undefined where some alternative has no way but all nodes, or needs what is not bound. */
export function unionOf(
  node: string,
  either: Predicate,
  predicates: readonly Predicate[],
  source: Plan,
  bound: ReadonlySet<string>,
  ways: WaysTo,
): Leaf | undefined {
  const alternatives = disjuncts(either.expression);
  const known = [...either.needs].every((name) => name === node || bound.has(name));
  if (alternatives.length < 2 || alternatives.length > alternativesMax || !known || hasSubquery(either.expression)) return undefined;
  const others = predicates.filter((predicate) => predicate !== either);
  const given = [...new Set(predicates.flatMap(({ needs }) => [...needs]))].filter((name) => bound.has(name));
  const argument: Plan = { kind: 'Argument', variables: given, rows: 1 };
  const branches: Leaf[] = [];
  for (const alternative of alternatives) {
    const own = conjuncts(alternative).map((expression): Predicate => ({ expression, needs: variablesOf(expression) }));
    const branch = best(ways([...others, ...own], argument), own);
    if (branch === undefined) return undefined;
    branches.push(branch);
  }
  const found = branches
    .map(({ plan }) => plan)
    .reduce((left, right): Plan => ({ kind: 'Union', left, right, variables: [node], rows: left.rows + right.rows }));
  const distinct: Plan = { kind: 'Distinct', source: found, variables: [node], rows: found.rows };
  const rows = source.rows * found.rows;
  const plan: Plan = source.kind === 'Argument' && source.variables.length === 0 ? distinct : { kind: 'Apply', left: source, right: distinct, rows };
  const solved = [either, ...others.filter((predicate) => branches.every((branch) => branch.solved.includes(predicate)))];
  // What is found is kept until every way was gone, and looked up whether it is new.
  return { plan, solved, looked: branches.reduce((sum, { looked }) => sum + looked, 0) + 2 * found.rows };
}

/** The cheapest way, with a check of what it leaves open of `own`. */
function best(ways: readonly Leaf[], own: readonly Predicate[]): Leaf | undefined {
  const [first, ...rest] = ways.filter(({ plan }) => plan.kind !== 'AllNodesScan');
  if (first === undefined) return undefined;
  const leaf = rest.reduce((cheapest, next) => (next.looked < cheapest.looked ? next : cheapest), first);
  const predicate = conjunction(own.filter((one) => !leaf.solved.includes(one)).map(({ expression }) => expression));
  if (predicate === undefined) return leaf;
  return { ...leaf, plan: { kind: 'Filter', source: leaf.plan, predicate, rows: leaf.plan.rows / 2 } };
}
